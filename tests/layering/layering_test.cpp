// Who may include whom. In src/ a room includes its own files, those of the rooms above it, and the
// public headers; src/archive and src/feed their own and the public headers; the public headers
// each other. What is neither in src/, tests/ nor bench/ sees the public headers alone; of the
// Python module, whose rooms are those of python/src/README.md, each also those above it.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <span>
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
/// In the order of python/src/README.md.
constexpr std::array<std::string_view, 7> kPythonRooms = {"base",   "factors", "tables", "feed",
                                                          "engine", "log",     "archive"};
/// Beside the rooms: each a library of its own.
constexpr std::array<std::string_view, 2> kLibraries = {"archive", "feed"};
/// They may look into src/.
constexpr std::array<std::string_view, 2> kInsiders = {"tests/", "bench/"};

using Rooms = std::span<const std::string_view>;

/// Where in the order a path relative to the house lies; nothing when in none of the rooms.
std::optional<std::size_t> room_of(std::string_view path, Rooms rooms) {
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (path.starts_with(rooms[i]) && path.substr(rooms[i].size()).starts_with('/')) return i;
  }
  return std::nullopt;
}

std::string order(Rooms rooms) {
  std::string text;
  for (const auto room : rooms) text += (text.empty() ? "" : ", ") + std::string(room);
  return text;
}

bool is_public(std::string_view included) { return included.starts_with("factorwal/"); }

std::string fault_between(std::string_view file, std::string_view included, Rooms rooms) {
  const auto own = room_of(file, rooms);
  if (!own) return "this folder is in no room: give it a place in the test and in the README.md";
  const auto other = room_of(included, rooms);
  if (!other) return "neither a public header nor one of a room: include it by its path in src/";
  if (*other <= *own) return {};
  return std::string(rooms[*own]) + " includes only rooms above it in this order: " + order(rooms) +
         "; move what is shared up, or this file down";
}

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
  return fault_between(file, included, kRooms);
}

/// Of a file in python/src/, relative to it.
std::string fault_in_python(std::string_view file, std::string_view included) {
  const bool is_whole = file == "module.cpp";
  return is_public(included) || is_whole ? std::string()
                                         : fault_between(file, included, kPythonRooms);
}

/// Of any file, relative to the root; `is_inner`: src/ has what it includes.
std::string fault_of(std::string_view file, std::string_view included, bool is_inner) {
  constexpr std::string_view kInside = "src/";
  constexpr std::string_view kPython = "python/src/";
  if (file.starts_with(kInside)) return fault_inside(file.substr(kInside.size()), included);
  if (file.starts_with(kPython)) return fault_in_python(file.substr(kPython.size()), included);
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
      {"python/src/engine/session.cpp", "feed/source.h", true},
      {"python/src/engine/session.cpp", "factorwal/engine.h", true},
      {"python/src/feed/source.h", "engine/session.h", false},
      {"python/src/feed/source.h", "source.h", false},
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

/// Of the rooms that a page describes.
std::vector<std::string> headings_of(const std::string& folder) {
  std::ifstream page(kRoot / folder / "README.md");
  std::vector<std::string> headings;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("## ")) continue;
    const auto name = line.substr(3);
    if (fs::is_directory(kRoot / folder / name)) headings.push_back(name);
  }
  return headings;
}

TEST(Layering, TheOrderIsThatOfThePythonReadme) {
  const std::vector<std::string> rooms(kPythonRooms.begin(), kPythonRooms.end());
  EXPECT_EQ(headings_of("python/src"), rooms);
}

TEST(Layering, TheOrderIsThatOfTheSourcesReadme) {
  auto headings = headings_of("src");
  std::erase_if(headings, [](const std::string& name) {
    return std::ranges::find(kLibraries, name) != kLibraries.end();
  });
  std::vector<std::string> rooms;
  for (const auto room : kRooms) {
    const std::string name(room.substr(0, room.find('/')));
    if (rooms.empty() || rooms.back() != name) rooms.push_back(name);
  }
  EXPECT_EQ(headings, rooms);
}

}  // namespace
}  // namespace factorwal
