#pragma once
/// CSV files of numbers, gzipped or plain, held in memory.

#include <gtest/gtest.h>
#include <zlib.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace factorwal::test {

/// A CSV file in memory. Cells without quotes only, which is what these files have.
class CsvTable {
 public:
  /// Empty (`row_count() == 0`) when the file cannot be read.
  explicit CsvTable(const std::filesystem::path& path) {
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) return;
    char buffer[1 << 16];
    int got = 0;
    while ((got = gzread(file, buffer, sizeof buffer)) > 0) {
      text_.append(buffer, static_cast<std::size_t>(got));
    }
    gzclose(file);
    std::string_view rest = text_;
    while (!rest.empty()) {
      std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) end = rest.size();
      rows_.push_back(split(rest.substr(0, end)));
      rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    for (std::size_t i = 0; !rows_.empty() && i < rows_[0].size(); ++i) {
      columns_.emplace(std::string(rows_[0][i]), i);
    }
  }
  CsvTable(CsvTable&&) = delete;  // rows_ point into text_
  CsvTable& operator=(CsvTable&&) = delete;

  [[nodiscard]] std::size_t row_count() const { return rows_.empty() ? 0 : rows_.size() - 1; }
  [[nodiscard]] bool has(const std::string& column) const { return columns_.count(column) != 0; }
  [[nodiscard]] std::string_view cell(std::size_t row, const std::string& column) const {
    return rows_[row + 1][columns_.at(column)];
  }
  /// NaN for an empty cell.
  [[nodiscard]] double number(std::size_t row, const std::string& column) const {
    return parse(cell(row, column));
  }
  [[nodiscard]] std::size_t index(std::size_t row, const std::string& column) const {
    return static_cast<std::size_t>(number(row, column));
  }
  [[nodiscard]] const std::vector<std::string_view>& header() const { return rows_[0]; }
  [[nodiscard]] const std::vector<std::string_view>& cells(std::size_t row) const {
    return rows_[row + 1];
  }
  static double parse(std::string_view text) {
    double value = std::numeric_limits<double>::quiet_NaN();
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

 private:
  static std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> cells;
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (true) {
      const std::size_t comma = line.find(',');
      cells.push_back(line.substr(0, comma));
      if (comma == std::string_view::npos) return cells;
      line.remove_prefix(comma + 1);
    }
  }
  std::string text_;
  std::vector<std::vector<std::string_view>> rows_;
  std::map<std::string, std::size_t> columns_;
};

}  // namespace factorwal::test
