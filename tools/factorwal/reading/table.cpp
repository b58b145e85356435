#include "reading/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "reading/text.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::string_view kHeaderOn = "\x1b[1;36m";
constexpr std::string_view kHeaderOff = "\x1b[0m";

}  // namespace

std::size_t terminal_width(int descriptor) {
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr && *columns != '\0') {
    return static_cast<std::size_t>(std::strtoul(columns, nullptr, 10));
  }
  winsize size{};
  if (::isatty(descriptor) != 1 || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

Table::Table(std::vector<Column> columns, std::size_t key_count)
    : columns_(std::move(columns)), key_count_(std::min(key_count, columns_.size())) {
  for (const auto& column : columns_) widths_.push_back(display_width(column.title));
}

void Table::add_row(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], display_width(cells[i]));
  }
  rows_.push_back(std::move(cells));
}

void Table::print_cell(std::string& line, const std::string& text, std::size_t column) const {
  const std::size_t padding = widths_[column] - display_width(text);
  if (columns_[column].align == Align::kRight) line.append(padding, ' ');
  line += text;
  if (columns_[column].align == Align::kLeft) line.append(padding, ' ');
}

void Table::print_block(Output& out, const std::vector<std::size_t>& block, bool header,
                        bool colour) {
  std::string line;
  const auto finish = [&](bool coloured) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (coloured) out << kHeaderOn;
    out << line;
    if (coloured) out << kHeaderOff;
    out << "\n";
    line.clear();
  };
  if (header) {
    for (const auto column : block) {
      if (!line.empty()) line.append(kGap, ' ');
      print_cell(line, columns_[column].title, column);
    }
    finish(colour);
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      print_cell(line, row[block[i]], block[i]);
    }
    finish(false);
    if (!out.open()) return;
  }
}

void Table::print(Output& out, std::size_t width, bool colour) {
  std::vector<std::size_t> keys;
  std::size_t key_width = 0;
  for (std::size_t i = 0; i < key_count_; ++i) {
    keys.push_back(i);
    key_width += widths_[i] + kGap;
  }
  std::vector<std::vector<std::size_t>> blocks{keys};
  std::size_t used = key_width;
  for (std::size_t i = key_count_; i < columns_.size(); ++i) {
    const bool fits = width == 0 || used + widths_[i] <= width;
    if (!fits && blocks.back().size() > keys.size()) {
      blocks.push_back(keys);
      used = key_width;
    }
    blocks.back().push_back(i);
    used += widths_[i] + kGap;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i > 0) out << "\n";
    print_block(out, blocks[i], !printed_ || blocks.size() > 1, colour);
  }
  rows_.clear();
  printed_ = true;
}

}  // namespace factorwal::tool
