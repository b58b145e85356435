// Who may include whom. In src/ a room includes its own files, those of the rooms above it, and the
// public headers; src/archive and src/feed their own and the public headers; the public headers
// each other. What is neither in src/, tests/ nor bench/ sees the public headers alone.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace factorwal {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = FACTORWAL_SOURCE_DIR;

/// In the order of src/README.md.
constexpr std::array<std::string_view, 14> kRooms = {
    "base",      "exact",       "operators",   "graph",   "language", "channel", "wal/format",
    "wal/chunk", "wal/reading", "wal/writing", "persist", "recovery", "history", "engine"};
/// Beside the rooms: each a library of its own.
constexpr std::array<std::string_view, 2> kLibraries = {"archive", "feed"};
/// They may look into src/.
constexpr std::array<std::string_view, 2> kInsiders = {"tests/", "bench/"};

/// Where in the order a path relative to src/ lies; nothing when in none of the rooms.
std::optional<std::size_t> room_of(std::string_view path) {
  for (std::size_t i = 0; i < kRooms.size(); ++i) {
    if (path.starts_with(kRooms[i]) && path.substr(kRooms[i].size()).starts_with('/')) return i;
  }
  return std::nullopt;
}

std::string order() {
  std::string text;
  for (const auto room : kRooms) text += (text.empty() ? "" : ", ") + std::string(room);
  return text;
}

bool is_public(std::string_view included) { return included.starts_with("factorwal/"); }

/// Of a file in src/, relative to it. Empty: nothing is wrong.
std::string fault_inside(std::string_view file, std::string_view included) {
  if (is_public(included)) return {};
  for (const auto library : kLibraries) {
    const std::string folder = std::string(library) + "/";
    if (!file.starts_with(folder)) continue;
    if (included.starts_with(folder)) return {};
    return "src/" + std::string(library) +
           " includes public headers (factorwal/...) and its own alone: use a public one, or make "
           "what it needs public";
  }
  const auto own = room_of(file);
  if (!own) return "this folder is in no room: give it a place in kRooms and in src/README.md";
  const auto other = room_of(included);
  if (!other) return "neither a public header nor one of a room: include it by its path in src/";
  if (*other <= *own) return {};
  return std::string(kRooms[*own]) + " includes only rooms above it in this order: " + order() +
         "; move what is shared up, or this file down";
}

/// Of any file, relative to the root; `is_inner`: src/ has what it includes.
std::string fault_of(std::string_view file, std::string_view included, bool is_inner) {
  if (file.starts_with("src/")) return fault_inside(file.substr(4), included);
  const bool insider = std::ranges::any_of(
      kInsiders, [&](std::string_view folder) { return file.starts_with(folder); });
  if (insider || is_public(included)) return {};
  if (!is_inner && included.find("src/") == std::string_view::npos) return {};
  return "outside src/, tests/ and bench/ only public headers (factorwal/...) are included: use "
         "one, or make what is needed public in include/factorwal/";
}

struct Include {
  std::size_t line = 0;
  std::string path;
};

/// Headers of other libraries come in angle brackets, which also ours could.
std::vector<Include> includes_of(std::istream& text) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
  std::vector<Include> found;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    std::smatch match;
    if (line.find("include") == std::string::npos) continue;
    if (!std::regex_search(line, match, kInclude)) continue;
    const bool quoted = line.find('"') != std::string::npos;
    if (quoted || fs::exists(kRoot / "src" / match[1].str())) found.push_back({number, match[1]});
  }
  return found;
}

/// `FILE:LINE: includes "...": what to do`, a line each.
std::vector<std::string> faults_in(const std::string& file, std::istream& text) {
  std::vector<std::string> faults;
  for (const auto& [line, path] : includes_of(text)) {
    const auto fault = fault_of(file, path, fs::exists(kRoot / "src" / path));
    if (fault.empty()) continue;
    faults.push_back(file + ":" + std::to_string(line) + ": includes \"" + path + "\": " + fault);
  }
  return faults;
}

std::vector<std::string> faults_of_text(const std::string& file, const std::string& text) {
  std::istringstream stream(text);
  return faults_in(file, stream);
}

TEST(Layering, EachFileIncludesOnlyWhatItsPlaceAllows) {
  std::size_t files = 0;
  for (const auto* folder :
       {"src", "include", "tools", "examples", "tests", "bench", "python", "scripts"}) {
    if (!fs::exists(kRoot / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      ++files;
      std::ifstream text(entry.path());
      const auto file = fs::relative(entry.path(), kRoot).generic_string();
      for (const auto& fault : faults_in(file, text)) ADD_FAILURE() << fault;
    }
  }
  EXPECT_GT(files, 300U) << "the walk does not find the sources";
}

TEST(Layering, AnIncludeOfARoomBelowIsToldByFileAndLine) {
  const auto faults = faults_of_text("src/wal/reading/tail.cpp",
                                     "#include \"wal/reading/tail.h\"\n"
                                     "#include \"factorwal/reader.h\"\n"
                                     "#include \"base/file.h\"\n"
                                     "  #  include \"recovery/replay.h\"\n");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_TRUE(faults[0].starts_with("src/wal/reading/tail.cpp:4: includes \"recovery/replay.h\": "))
      << faults[0];
  EXPECT_NE(faults[0].find("move what is shared up"), std::string::npos);
}

TEST(Layering, ThePlacesOfTheHouseAreToldApart) {
  struct Case {
    std::string file;
    std::string included;
    bool right;
  };
  const std::vector<Case> cases = {
      {"src/base/file.cpp", "exact/grid.h", false},
      {"src/engine/engine.cpp", "history/as_of.h", true},
      {"src/history/as_of.cpp", "engine/engine_state.h", false},
      {"src/wal/chunk/relation.cpp", "wal/reading/frame.h", false},
      {"src/wal/writing/log.cpp", "wal/reading/frame.h", true},
      {"src/base/file.cpp", "file.h", false},
      {"src/attic/thing.cpp", "base/file.h", false},
      {"src/archive/writer.cpp", "archive/writer.h", true},
      {"src/archive/writer.cpp", "factorwal/history.h", true},
      {"src/archive/writer.cpp", "base/file.h", false},
      {"src/feed/number.cpp", "feed/bytes/cells.h", true},
      {"src/feed/number.cpp", "factorwal/tick.h", true},
      {"src/feed/number.cpp", "base/file.h", false},
      {"src/archive/writer.cpp", "feed/number.h", false},
      {"include/factorwal/reader.h", "factorwal/record.h", true},
      {"include/factorwal/reader.h", "wal/reading/log_view.h", false},
      {"tools/factorwal/run.cpp", "reading/output.h", true},
      {"tools/factorwal/run.cpp", "feed/number.h", false},
      {"tools/factorwal/run.cpp", "factorwal/engine.h", true},
      {"tools/factorwal/run.cpp", "base/file.h", false},
      {"tools/factorwal/run.cpp", "../../src/base/file.h", false},
      {"examples/quickstart.cpp", "engine/engine_state.h", false},
      {"tests/wal/retention_test.cpp", "wal/writing/retention.h", true},
      {"bench/bench_tick.cpp", "graph/instrument_graph.h", true},
  };
  for (const auto& [file, included, right] : cases) {
    const auto faults = faults_of_text(file, "#include \"" + included + "\"\n");
    EXPECT_EQ(faults.empty(), right) << file << " includes " << included;
  }
  EXPECT_EQ(faults_of_text("tools/factorwal/run.cpp", "#include <base/file.h>\n").size(), 1U);
  EXPECT_TRUE(faults_of_text("tools/factorwal/run.cpp", "#include <vector>\n").empty());
}

TEST(Layering, TheOrderIsThatOfTheSourcesReadme) {
  std::ifstream page(kRoot / "src/README.md");
  std::vector<std::string> headings;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("## ")) continue;
    const auto name = line.substr(3);
    const bool room = std::ranges::find(kLibraries, name) == kLibraries.end();
    if (room && fs::is_directory(kRoot / "src" / name)) headings.push_back(name);
  }
  std::vector<std::string> rooms;
  for (const auto room : kRooms) {
    const std::string name(room.substr(0, room.find('/')));
    if (rooms.empty() || rooms.back() != name) rooms.push_back(name);
  }
  EXPECT_EQ(headings, rooms);
}

}  // namespace
}  // namespace factorwal
