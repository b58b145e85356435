#include "reading/row_printer.h"

#include <algorithm>
#include <cmath>

#include "reading/text.h"
#include "reading/time_text.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

class CsvPrinter final : public RowPrinter {
 public:
  CsvPrinter(const Columns& columns, bool with_sequence, Output& out)
      : columns_(columns), with_sequence_(with_sequence), out_(out) {}

  void row(const Row& row) override {
    header();
    auto& line = out_.buffer();
    append_csv_text(line, row.instrument_id);
    line += ',';
    if (row.timestamp_ns != kNoTimestamp) append_number(line, row.timestamp_ns);
    if (with_sequence_) {
      line += ',';
      append_number(line, row.sequence);
    }
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      line += ',';
      append_number(line, row.values[i]);
      if (row.vectors.empty()) continue;
      if (const auto* values = row.vector_at(i)) {
        std::string cell;
        append_json_array(cell, *values);
        append_csv_text(line, cell);
      }
    }
    line += '\n';
    out_.settle();
  }
  void end() override {
    header();
    out_.flush();
  }

 private:
  void header() {
    if (columns_.size() == header_size_) return;
    header_size_ = columns_.size();
    auto& line = out_.buffer();
    line += "instrument_id,timestamp_ns";
    if (with_sequence_) line += ",sequence";
    for (const auto& title : columns_.titles()) {
      line += ',';
      append_csv_text(line, title);
    }
    line += '\n';
  }
  const Columns& columns_;
  bool with_sequence_;
  Output& out_;
  std::size_t header_size_ = ~std::size_t{0};  // columns that the last header told
};

class JsonPrinter final : public RowPrinter {
 public:
  JsonPrinter(const Columns& columns, bool with_sequence, Output& out)
      : columns_(columns), with_sequence_(with_sequence), out_(out) {}

  void row(const Row& row) override {
    while (keys_.size() < columns_.size()) {
      std::string key = ",";
      append_json_string(key, columns_.titles()[keys_.size()]);
      keys_.push_back(key + ':');
    }
    auto& line = out_.buffer();
    line += "{\"instrument_id\":";
    append_json_string(line, row.instrument_id);
    line += ",\"timestamp_ns\":";
    if (row.timestamp_ns == kNoTimestamp) {
      line += "null";
    } else {
      append_number(line, row.timestamp_ns);
    }
    if (with_sequence_) {
      line += ",\"sequence\":";
      append_number(line, row.sequence);
    }
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      line += keys_[i];
      const auto* values = row.vectors.empty() ? nullptr : row.vector_at(i);
      if (values != nullptr) {
        append_json_array(line, *values);
      } else {
        append_json_number(line, row.values[i]);
      }
    }
    line += "}\n";
    out_.settle();
  }
  void end() override { out_.flush(); }

 private:
  const Columns& columns_;
  bool with_sequence_;
  Output& out_;
  std::vector<std::string> keys_;
};

class TablePrinter final : public RowPrinter {
 public:
  TablePrinter(const Columns& columns, bool with_sequence, Output& out)
      : columns_(columns), with_sequence_(with_sequence), out_(out) {}

  void row(const Row& row) override {
    if (!table_ || table_columns_ != columns_.size()) start();
    digits_ = std::max(digits_, fraction_digits(row.timestamp_ns));
    times_.push_back(row.timestamp_ns);
    std::vector<std::string> cells{printable(row.instrument_id), ""};
    if (with_sequence_) cells.push_back(std::to_string(row.sequence));
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      const auto* values = row.vectors.empty() ? nullptr : row.vector_at(i);
      cells.push_back(values != nullptr ? short_vector(*values) : readable_number(row.values[i]));
    }
    waiting_.push_back(std::move(cells));
    if (waiting_.size() == kBatch) print();
  }
  void end() override {
    if (!table_) start();
    print();
    out_.flush();
  }

 private:
  static constexpr std::size_t kBatch = 256;  // widths come from the first so many rows
  static constexpr std::size_t kVectorShown = 4;

  static std::string short_vector(std::span<const double> values) {
    std::string text = "[";
    for (std::size_t i = 0; i < values.size() && i < kVectorShown; ++i) {
      text += i == 0 ? "" : " ";
      text += std::isnan(values[i]) ? "nan" : readable_number(values[i]);
    }
    if (values.size() > kVectorShown) text += " +" + std::to_string(values.size() - kVectorShown);
    return text + "]";
  }

  void start() {
    print();
    if (table_) out_ << "\n";
    std::vector<Table::Column> columns{{"instrument", Table::Align::kLeft},
                                       {"time (UTC)", Table::Align::kLeft}};
    if (with_sequence_) columns.push_back({"sequence", Table::Align::kRight});
    for (const auto& title : columns_.titles()) {
      columns.push_back({printable(title), Table::Align::kRight});
    }
    table_ = std::make_unique<Table>(std::move(columns), 2);
    table_columns_ = columns_.size();
  }

  void print() {
    if (!table_) return;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      waiting_[i][1] = iso_time(times_[i], digits_);
      table_->add_row(std::move(waiting_[i]));
    }
    waiting_.clear();
    times_.clear();
    table_->print(out_, terminal_width(out_.descriptor()), takes_colour(out_.descriptor()));
  }

  const Columns& columns_;
  bool with_sequence_;
  Output& out_;
  std::unique_ptr<Table> table_;
  std::size_t table_columns_ = 0;
  std::vector<std::vector<std::string>> waiting_;
  std::vector<TimestampNs> times_;
  int digits_ = 0;
};

}  // namespace

std::unique_ptr<RowPrinter> make_row_printer(Format format, const Columns& columns,
                                             bool with_sequence, Output& out) {
  switch (format) {
    case Format::kCsv: return std::make_unique<CsvPrinter>(columns, with_sequence, out);
    case Format::kJson: return std::make_unique<JsonPrinter>(columns, with_sequence, out);
    case Format::kTable: break;
  }
  return std::make_unique<TablePrinter>(columns, with_sequence, out);
}

}  // namespace factorwal::tool
