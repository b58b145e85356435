// Every figure in README's section "Measured" is that of the folder of results that it links to.
// The folder is renewed by `scripts/bench`; this test reads the link, so it follows by itself. A
// new row, column or sentence with a figure fails until it is looked up here.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace factorwal {
namespace {

namespace fs = std::filesystem;

std::string whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path << " cannot be read";
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The section's lines, without its heading.
std::vector<std::string> section(const std::string& heading) {
  std::vector<std::string> lines;
  bool inside = false;
  for (const auto& line : lines_in(whole(fs::path(FACTORWAL_SOURCE_DIR) / "README.md"))) {
    if (line.starts_with("## "))
      inside = line == "## " + heading;
    else if (inside)
      lines.push_back(line);
  }
  EXPECT_FALSE(lines.empty()) << "README.md has no section '" << heading << "'";
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + " ";
  return text;
}

/// A folder of bench/results, as `scripts/bench` leaves it.
class Results {
 public:
  explicit Results(fs::path folder)
      : folder_(std::move(folder)), rows_(lines_in(whole(folder_ / "peers.jsonl"))) {}

  /// The first number of the first line of `file` that `pattern` captures.
  [[nodiscard]] std::optional<double> in(const char* file, const char* pattern) const {
    std::smatch found;
    const auto text = whole(folder_ / file);
    if (!std::regex_search(text, found, std::regex(pattern))) return std::nullopt;
    return std::stod(found[1]);
  }

  /// The median of a field in the rows of that type and store (and batch, unless it is empty).
  [[nodiscard]] std::optional<double> of(const std::string& type, const std::string& peer,
                                         const std::string& batch, const std::string& field) const {
    std::vector<double> values;
    for (const auto& row : rows_) {
      if (row.find("\"type\":\"" + type + "\",\"peer\":\"" + peer + "\"") == std::string::npos)
        continue;
      if (!batch.empty() && row.find("\"batch\":\"" + batch + "\"") == std::string::npos) continue;
      if (row.find("\"durable\":false") != std::string::npos) continue;
      std::smatch found;
      if (std::regex_search(row, found, std::regex("\"" + field + "\":([0-9.e+-]+)"))) {
        values.push_back(std::stod(found[1]));
      }
    }
    if (values.empty()) return std::nullopt;
    std::sort(values.begin(), values.end());
    return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
  }

 private:
  fs::path folder_;
  std::vector<std::string> rows_;
};

Results linked_results() {
  std::smatch found;
  const auto text = joined(section("Measured"));
  EXPECT_TRUE(std::regex_search(text, found,
                                std::regex(R"(\[(bench/results/[^\]]+)\]\(([^)]+)/summary\.md\))")))
      << "README.md's section 'Measured' links to no bench/results/<run>/summary.md";
  EXPECT_EQ(found[1], found[2]) << "the link is to another folder than it says";
  return Results(fs::path(FACTORWAL_SOURCE_DIR) / found[2].str());
}

/// `shown` is `value`, rounded as far as it is written. A thousandth of the last place more is left
/// to figures that were rounded twice.
void expect_shown(const std::string& shown, std::optional<double> value, const std::string& where) {
  ASSERT_TRUE(value) << where << ": " << shown << " is not in the results that README.md links to";
  std::string digits = shown;
  std::erase(digits, ',');
  const auto point = digits.find('.');
  const auto places = point == std::string::npos ? 0 : digits.size() - point - 1;
  EXPECT_LE(std::abs(std::stod(digits) - *value),
            0.501 * std::pow(10, -static_cast<double>(places)))
      << where << ": README.md says " << shown << ", the results say " << *value;
}

using Row = std::vector<std::string>;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool is_table(const std::string& line) { return line.starts_with("|"); }

/// The cells of every table of the section, heading first, without the line of rules.
std::vector<std::vector<Row>> tables() {
  std::vector<std::vector<Row>> found;
  bool inside = false;
  for (const auto& line : section("Measured")) {
    if (is_table(line)) {
      if (!inside) found.emplace_back();
      Row cells;
      std::istringstream stream(line.substr(1));
      for (std::string cell; std::getline(stream, cell, '|');) cells.push_back(trimmed(cell));
      if (!cells[1].starts_with("---")) found.back().push_back(cells);
    }
    inside = is_table(line);
  }
  return found;
}

/// The heading of a column as the results call that store.
std::string store(const std::string& heading) {
  static const std::map<std::string, std::string> kNames{
      {"factorwal", "factorwal"}, {"raw", "raw"},         {"SQLite", "sqlite"},
      {"LMDB", "lmdb"},           {"LevelDB", "leveldb"}, {"RocksDB", "rocksdb"},
      {"seed's design", "seed"}};
  const auto found = kNames.find(heading);
  if (found != kNames.end()) return found->second;
  ADD_FAILURE() << "README.md measures '" << heading << "', which no results are looked up for";
  return heading;
}

/// "87 (1.02)": thousands a second, and the ratio to raw.
void expect_durable_cell(const Results& results, const std::string& cell, const std::string& peer,
                         const std::string& batch) {
  const auto where = peer + ", " + batch + " a commit";
  std::smatch found;
  ASSERT_TRUE(std::regex_match(cell, found, std::regex(R"(([0-9,.]+) \(([0-9.]+)\))")))
      << where << ": '" << cell << "' is not a rate with its ratio";
  const auto rate = results.of("summary", peer, batch, "rec_per_s");
  expect_shown(found[1], rate ? std::optional(*rate / 1000) : std::nullopt, where);
  expect_shown(found[2], results.of("summary", peer, batch, "ratio_to_raw"), where + ", ratio");
}

/// "10 (`factorwal-log`)": the batch, and what the column of ours measured.
void expect_durable_row(const Results& results, const Row& heading, const Row& row) {
  std::smatch found;
  ASSERT_TRUE(
      std::regex_match(row[0], found, std::regex(R"(([0-9,]+|all that waits).* ?\(`(.+)`\))")))
      << "'" << row[0] << "' names no batch and store";
  std::string batch = found[1] == "all that waits" ? "natural" : found[1].str();
  std::erase(batch, ',');
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i].empty()) continue;
    const auto peer = heading[i] == "factorwal" ? found[2].str() : store(heading[i]);
    expect_durable_cell(results, row[i], peer, batch);
  }
}

void expect_paced_cell(const Results& results, const std::string& cell, const std::string& peer) {
  std::smatch found;
  ASSERT_TRUE(std::regex_match(cell, found, std::regex(R"(([0-9,.]+) / ([0-9,.]+))"))) << cell;
  const std::string batch = peer == "seed" ? "100" : "natural";
  expect_shown(found[1], results.of("paced_summary", peer, batch, "lat_p50_us"), peer + ", p50");
  expect_shown(found[2], results.of("paced_summary", peer, batch, "lat_p99_us"), peer + ", p99");
}

void expect_row(const Results& results, const Row& heading, const Row& row) {
  const bool paced = row[0].find("updates/s: send to durable, p50 / p99, us") != std::string::npos;
  const bool recovery =
      std::regex_search(row[0], std::regex("last values of .* updates again, ms"));
  const bool size = row[0] == "bytes on disk a record";
  ASSERT_TRUE(paced || recovery || size) << "'" << row[0] << "' is looked up nowhere";
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i].empty()) continue;
    const auto peer = store(heading[i]);
    if (paced) expect_paced_cell(results, row[i], peer);
    if (recovery) expect_shown(row[i], results.of("recovery", peer, "", "ms"), peer + ", recovery");
    if (size)
      expect_shown(row[i], results.of("recovery", peer, "", "disk_B_per_rec"), peer + ", size");
  }
}

TEST(ReadmeFigures, OfEveryTableAreInTheResultsThatItLinksTo) {
  const auto results = linked_results();
  ASSERT_FALSE(tables().empty());
  for (const auto& table : tables()) {
    ASSERT_GE(table.size(), 2U);
    for (std::size_t i = 1; i < table.size(); ++i) {
      ASSERT_EQ(table[i].size(), table[0].size()) << table[i][0];
      if (table[0][0] == "Records a commit")
        expect_durable_row(results, table[0], table[i]);
      else
        expect_row(results, table[0], table[i]);
    }
  }
}

TEST(ReadmeFigures, InRowsOfTablesAreTheParametersOfTheRun) {
  const auto results = linked_results();
  for (const auto& table : tables()) {
    for (const auto& row : table) {
      std::smatch found;
      if (std::regex_search(row[0], found, std::regex("^([0-9,]+) updates/s"))) {
        const auto rate = results.of("paced_summary", "raw", "natural", "rec_per_s");
        // A producer that is paced hits its rate to a fraction of a percent.
        const auto thousands = rate ? std::optional(std::round(*rate / 1000) * 1000) : std::nullopt;
        expect_shown(found[1], thousands, row[0]);
      }
      if (std::regex_search(row[0], found, std::regex("last values of ([0-9,]+) updates"))) {
        expect_shown(found[1], results.of("recovery", "raw", "", "records"), row[0]);
      }
    }
  }
}

/// A figure in a sentence, and where in the results it is.
struct Sentence {
  const char* pattern;  ///< captures the figure as README.md shows it
  const char* file;
  const char* result;  ///< captures the figure in the file
  double unit = 1;     ///< of the figure shown
};

constexpr Sentence kSentences[] = {
    {"other programs used ([0-9]+) %", "summary.md", "Other processes used ([0-9]+) %"},
    {"with the ([0-9]+) default factors", "tick.txt", "\n([0-9]+) factors"},
    {"default factors, ([0-9,]+) instruments", "tick.txt", "instruments=([0-9]+)"},
    {"([0-9,.]+) ns computed only", "tick.txt", "\ncomputed +([0-9.]+) ns"},
    {"([0-9,.]+) ns p50 in `process_tick`", "tick.txt", "process_tick +p50 ([0-9.]+) ns"},
    {"([0-9,.]+) million ticks a second until all is durable", "tick.txt",
     "until durable .* ([0-9.]+) ticks/s", 1e6},
    {"([0-9,.]+) bytes a tick in the log", "tick.txt", "log +([0-9.]+) bytes a tick"},
    {"\\(([0-9,.]+) a factor value\\)", "tick.txt", "bytes a tick, ([0-9.]+) a factor value"},
};

TEST(ReadmeFigures, OfEverySentenceAreInTheResultsThatItLinksTo) {
  const auto results = linked_results();
  std::vector<std::string> prose = section("Measured");
  std::erase_if(prose, is_table);
  auto text = joined(prose);
  for (const auto& sentence : kSentences) {
    std::smatch found;
    if (!std::regex_search(text, found, std::regex(sentence.pattern))) continue;
    auto value = results.in(sentence.file, sentence.result);
    if (value) *value /= sentence.unit;
    expect_shown(found[1], value, found[0]);
    text.erase(static_cast<std::size_t>(found.position(1)), found[1].str().size());
  }
  // Names of folders, of percentiles and of what is compared with are no figures.
  text = std::regex_replace(text, std::regex(R"(\[[^\]]*\]\([^)]*\)|\bp[0-9.]+\b|24-byte)"), "");
  std::smatch left;
  EXPECT_FALSE(std::regex_search(text, left, std::regex(R"(.{0,40}\b[0-9][0-9,.]*.{0,40})")))
      << "README.md shows a figure that is looked up nowhere: ..." << left[0] << "...";
}

}  // namespace
}  // namespace factorwal
