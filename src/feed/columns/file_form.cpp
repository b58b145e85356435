#include "feed/columns/file_form.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "factorwal/feed.h"
#include "feed/bytes/cells.h"
#include "feed/bytes/utf8_scan.h"
#include "feed/columns/column_guess.h"
#include "feed/columns/column_names.h"
#include "feed/columns/vendor_forms.h"
#include "feed/files/file_identity.h"
#include "feed/limits.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

constexpr std::size_t kSampleRows = 200;
constexpr std::size_t kKeptStamps = 20;
/// Which a shell takes as they stand.
constexpr std::string_view kBareLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-,";
constexpr const char* kCarriageReturns = "its lines end with CR alone; LF or CRLF is needed";

std::vector<std::string> cells_of(std::string line, char delimiter) {
  std::vector<std::string_view> views;
  QuoteScanner quotes(delimiter);
  quotes.scan(line);
  if (quotes.closed()) {
    split_quoted(line, delimiter, views);
  } else {
    split_plain(line, delimiter, views);
  }
  std::vector<std::string> cells;
  cells.reserve(views.size());
  for (const std::string_view view : views) cells.emplace_back(trimmed(view));
  return cells;
}

/// Puts lines together where quotes hold line ends; `whole`: without a last one that goes on behind
/// them, even if it is the only one.
std::vector<std::string> records_of(std::vector<std::string> lines, char delimiter, bool whole) {
  std::vector<std::string> records;
  bool open = false;
  for (std::string& line : lines) {
    if (open) {
      records.back() += '\n';
      records.back() += line;
    } else {
      records.push_back(std::move(line));
    }
    QuoteScanner quotes(delimiter);
    quotes.scan(records.back());
    open = quotes.open();
  }
  if (open && (whole || records.size() > 1)) records.pop_back();
  return records;
}

/// The name of a tar's first file and its magic come before the first line of that file.
bool is_tar(std::string_view text) {
  constexpr std::size_t kMagicAt = 257;
  return text.size() > kMagicAt && text.substr(kMagicAt).starts_with("ustar");
}

/// Text of some encoding has tabs, but no other controls.
bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7f;
  });
}

std::string joined_by_commas(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

class FormFinder {
 public:
  FormFinder(const std::string& path, RecordReader& reader, const FeedOptions& options,
             FeedReport& report, std::optional<std::uint64_t> known_rows, std::size_t files)
      : path_(path),
        name_(display_name(path)),
        reader_(reader),
        options_(options),
        report_(report),
        known_rows_(known_rows),
        files_(files) {}
  Result<FileForm> find();

 private:
  /// The line that names the columns: behind what stands before it, or of the options.
  Result<std::string> find_header();
  bool is_nameless();
  Result<std::string> take_three_lines(const std::string& first);
  bool is_commented_header(const std::string& text);
  /// The rows ahead that have as many cells as the header; all of them count in `form_.rows`.
  Result<std::vector<std::vector<std::string>>> take_sample(std::vector<std::string>& header);
  /// All rows have one cell more than the header: an empty last one is passed over, as a nameless
  /// column; for another the header needs a name.
  Status fit_header(const std::vector<std::vector<std::string>>& rows,
                    std::vector<std::string>& header);
  /// From the sample, and from as much of the file behind it as it takes. A pipe has one row.
  Result<StampPlan> plan_stamps(const std::vector<std::vector<std::string>>& sample);
  Status look_ahead(StampGuess& guess);
  [[nodiscard]] bool may_look_on(std::uint64_t rows) const {
    return !known_rows_ || rows < *known_rows_;
  }
  [[nodiscard]] bool grows() const { return options_.follow && reader_.waits(); }
  [[nodiscard]] Error refuse(const std::string& what) const {
    return Error{Errc::kInvalidArgument, name_ + ": " + what};
  }
  [[nodiscard]] Error not_yet(const std::string& what) const {
    return Error{Errc::kTimeout, name_ + ": " + what};
  }

  const std::string& path_;
  std::string name_;
  RecordReader& reader_;
  const FeedOptions& options_;
  FeedReport& report_;
  std::optional<std::uint64_t> known_rows_;
  std::size_t files_;
  std::uint64_t header_line_ = 0;  // data begins behind it
  std::optional<char> told_delimiter_;
  VendorForm vendor_;  // of a file without a header
  FileForm form_;
};

Result<std::string> FormFinder::find_header() {
  Record line;
  std::size_t comments = 0;
  for (;;) {
    if (!options_.header.empty() && header_line_ >= options_.skip_lines) {
      return joined_by_commas(options_.header);
    }
    if (header_line_ >= options_.skip_lines && is_nameless()) {
      return joined_by_commas(vendor_.columns);
    }
    const FeedStep step = reader_.next_line(line);
    if (step == FeedStep::kFailed) return reader_.error();
    if (step == FeedStep::kEnd && grows()) return not_yet("its header is not there yet");
    if (step == FeedStep::kEnd && reader_.unfinished().find('\r') != std::string_view::npos) {
      return refuse(kCarriageReturns);
    }
    if (step == FeedStep::kEnd && reader_.left_unfinished()) {
      return refuse("its header has no line end yet; " + options_.words.take_last_line +
                    " takes it as it stands");
    }
    if (step == FeedStep::kEnd) return refuse("is empty; the first line must name the columns");
    header_line_ = line.line;
    if (header_line_ <= options_.skip_lines) continue;
    std::string text(line.text.data(), line.text.size());
    if (line.too_long)
      return refuse("the first line is too long for a header: is this a CSV file?");
    if (is_tar(text)) return refuse("is a tar archive; unpack it and give the files in it");
    if (text.find('\0') != std::string::npos || !is_utf8(text)) {
      const std::string what = "the header is not UTF-8 text: " + in_quotes(text);
      if (!is_printable(text)) return refuse(what + ": is this a CSV file?");
      return refuse(what + "; " + options_.words.encoding +
                    " gives its encoding, like GB18030 or latin1");
    }
    if (text.find('\r') != std::string::npos) return refuse(kCarriageReturns);
    if (text.size() == 5 && text.starts_with("sep=")) {
      told_delimiter_ = text.back();
      continue;
    }
    if (text.starts_with("Price,")) {
      Result<std::string> names = take_three_lines(text);
      if (!names || !names->empty()) return names;
    }
    const bool address = text.starts_with("http://") || text.starts_with("https://");
    const bool comment = text.front() == '#' && !is_commented_header(text);
    if (!address && !comment) {
      if (comments > 0) {
        report_.note(name_, std::to_string(comments) + " lines before the header passed over");
      }
      return text.front() == '#' ? text.substr(text.find_first_not_of("# ")) : text;
    }
    ++comments;
  }
}

/// The header that yfinance writes in three lines; empty: this is none.
Result<std::string> FormFinder::take_three_lines(const std::string& first) {
  const std::vector<std::string> ahead = reader_.peek_lines(2);
  if (ahead.size() < 2 && grows()) return not_yet("its header is not there yet");
  if (ahead.size() < 2) return std::string();
  std::optional<VendorForm> form =
      form_of_three_lines(cells_of(first, ','), cells_of(ahead[0], ','), cells_of(ahead[1], ','));
  if (!form) return std::string();
  if (form->instrument.empty()) {
    return refuse("has the columns of several instruments side by side (" + ahead[0] +
                  "); write a file for each, or one with a column Ticker and a row for each");
  }
  Record line;
  for (int i = 0; i < 2; ++i) {
    if (reader_.next_line(line) == FeedStep::kFailed) return reader_.error();
    header_line_ = line.line;
  }
  vendor_ = std::move(*form);
  report_.note(name_, "read as " + vendor_.name + ", with a header of three lines");
  return joined_by_commas(vendor_.columns);
}

/// Before the first line is taken: it may have data already.
bool FormFinder::is_nameless() {
  std::vector<std::string> ahead = reader_.peek_lines(kSampleRows);
  if (known_rows_ && ahead.size() > *known_rows_) ahead.resize(*known_rows_);
  if (ahead.empty()) return false;
  const char delimiter = told_delimiter_.value_or(guess_delimiter(ahead.front()));
  if (!looks_headerless(cells_of(ahead.front(), delimiter))) return false;
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : ahead) {
    if (!is_utf8(line)) return false;
    rows.push_back(cells_of(line, delimiter));
  }
  std::optional<VendorForm> form = form_without_header(path_, rows);
  if (!form) return false;
  vendor_ = std::move(*form);
  report_.note(name_, "has no header; read as " + vendor_.name + ", with the columns " +
                          quoted_list(vendor_.columns) + "; " + options_.words.header +
                          " gives other names");
  return true;
}

/// `#time,price` names the columns where what follows has as many, and data.
bool FormFinder::is_commented_header(const std::string& text) {
  const std::size_t begin = text.find_first_not_of("# ");
  if (begin == std::string::npos) return false;
  const std::vector<std::string> ahead = reader_.peek_lines(1);
  if (ahead.empty() || ahead.front().starts_with('#')) return false;
  const std::string names = text.substr(begin);
  const char delimiter = guess_delimiter(names);
  const std::vector<std::string> below = cells_of(ahead.front(), delimiter);
  const bool named = std::none_of(below.begin(), below.end(), [](const std::string& cell) {
    return role_of(cell).role != ColumnRole::kNone || known_field(cell).has_value();
  });
  return named && below.size() > 1 && cells_of(names, delimiter).size() == below.size();
}

Status FormFinder::fit_header(const std::vector<std::vector<std::string>>& rows,
                              std::vector<std::string>& header) {
  const std::size_t more = header.size() + 1;
  const auto all = [&](auto test) { return std::all_of(rows.begin(), rows.end(), test); };
  if (rows.empty() || !all([&](const auto& row) { return row.size() == more; })) return {};
  if (all([](const auto& row) { return row.back().empty(); })) {
    header.emplace_back();
    report_.note(name_, "its rows end with a separator that the header lacks");
    return {};
  }
  if (options_.on_bad_row == OnBadRow::kSkip) return {};
  const std::string skip =
      options_.header.empty() ? options_.words.skip_lines + " " + std::to_string(header_line_) + " "
                              : std::string();
  const bool plain = std::none_of(header.begin(), header.end(), [](const std::string& name) {
    return name.find_first_of(",'\n") != std::string::npos;
  });
  const std::string names = plain ? joined_by_commas(header) : "NAMES";
  const bool bare = names.find_first_not_of(kBareLetters) == std::string::npos;
  return refuse("every row has " + std::to_string(more) + " cells, but the header names " +
                std::to_string(header.size()) +
                "; where the first cell is the row's name, as R writes it, this reads it: " + skip +
                options_.words.header + (bare ? " row," + names : " 'row," + names + "'"));
}

Result<std::vector<std::vector<std::string>>> FormFinder::take_sample(
    std::vector<std::string>& header) {
  std::vector<std::vector<std::string>> sample;
  for (std::string& record :
       records_of(reader_.peek_lines(kSampleRows), form_.delimiter, grows())) {
    if (!may_look_on(form_.rows)) break;
    ++form_.rows;
    sample.push_back(cells_of(std::move(record), form_.delimiter));
  }
  if (form_.rows == 0 && grows()) return not_yet("its first row is not there yet");
  if (Status fits = fit_header(sample, header); !fits) return fits.error();
  std::erase_if(sample, [&](const auto& row) { return row.size() != header.size(); });
  return sample;
}

Result<FileForm> FormFinder::find() {
  Result<std::string> header = find_header();
  if (!header) return header.error();
  const std::vector<std::string> ahead = reader_.peek_lines(1);
  const std::string first_row = ahead.empty() ? std::string() : ahead.front();
  const std::vector<std::string>& given =
      vendor_.columns.empty() ? options_.header : vendor_.columns;
  const bool named = given.empty();
  const std::string_view shown = named || ahead.empty() ? *header : first_row;
  form_.delimiter = told_delimiter_.value_or(guess_delimiter(shown));
  if (form_.delimiter != ',') {
    report_.note(name_, "columns are parted by " +
                            (form_.delimiter == '\t' ? "tabs" : in_quotes({&form_.delimiter, 1})));
  }
  LayoutInput input{
      name_, named ? cells_of(*header, form_.delimiter) : given, {}, vendor_, header_line_, files_};
  if (input.header.size() > kMaxColumns) {
    return refuse("has " + std::to_string(input.header.size()) + " columns; at most " +
                  std::to_string(kMaxColumns) + " are read");
  }
  form_.identity = identify(path_, *header, first_row);
  Result<std::vector<std::vector<std::string>>> sample = take_sample(input.header);
  if (!sample) return sample.error();
  input.sample = *sample;
  Result<ColumnLayout> layout = make_layout(std::move(input), options_, report_);
  if (!layout) return layout.error();
  form_.layout = std::move(*layout);
  if (options_.fields_only) return std::move(form_);
  Result<StampPlan> plan = plan_stamps(*sample);
  if (!plan) return Error{plan.error().code, name_ + ": " + plan.error().message};
  form_.stamps = std::move(*plan);
  return std::move(form_);
}

Result<StampPlan> FormFinder::plan_stamps(const std::vector<std::vector<std::string>>& sample) {
  const ColumnLayout& layout = form_.layout;
  StampGuess guess(layout.stamp.size());
  const bool told_by_form = options_.time_format.empty();
  if (Status told = guess.use_format(told_by_form ? layout.time_format : options_.time_format);
      !told) {
    return Error{told.error().code, options_.words.time_format + ": " + told.error().message};
  }
  std::vector<std::string_view> parts(layout.stamp.size());
  for (const std::vector<std::string>& row : sample) {
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = layout.stamp_cell(i, row);
    guess.add(parts);
    const bool kept = form_.first_stamps.size() < kKeptStamps;
    if (kept) form_.first_stamps.emplace_back(parts.begin(), parts.end());
  }
  if (!guess.settled() && reader_.is_regular()) {
    if (Status looked = look_ahead(guess); !looked) return looked.error();
  }
  if (!guess.settled() && grows() && !known_rows_) {
    return Error{Errc::kTimeout, "its rows do not tell the form of their timestamps yet; " +
                                     options_.words.time_format + " says it"};
  }
  return guess.plan(options_.words.time_format);
}

Status FormFinder::look_ahead(StampGuess& guess) {
  Result<ByteSource> source = ByteSource::open(path_, options_, report_);
  if (!source) return source.error();
  RecordReader reader(std::move(*source), reader_.at_end());
  Record record;
  std::vector<std::string_view> cells;
  const ColumnLayout& layout = form_.layout;
  std::vector<std::string_view> parts(layout.stamp.size());
  for (std::uint64_t rows = 0; !guess.settled() && may_look_on(rows);) {
    const FeedStep step = reader.next_record(form_.delimiter, record);
    // What cannot be read here cannot be read later: the rows before it count, then it is told.
    if (step != FeedStep::kRow) return {};
    if (record.line <= header_line_) continue;
    form_.rows = std::max(form_.rows, ++rows);
    if (record.too_long || record.bad_quotes) continue;
    if (record.has_quotes) {
      split_quoted(record.text, form_.delimiter, cells);
    } else {
      split_plain(std::string_view(record.text.data(), record.text.size()), form_.delimiter, cells);
    }
    if (cells.size() != layout.header.size()) continue;
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = layout.stamp_cell(i, cells);
    guess.add(parts);
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
      return Error{Errc::kClosed, "stopped while looking for the form of its timestamps"};
    }
  }
  return {};
}

}  // namespace

Result<FileForm> find_form(const std::string& path, RecordReader& reader,
                           const FeedOptions& options, FeedReport& report,
                           std::optional<std::uint64_t> known_rows, std::size_t files) {
  return FormFinder(path, reader, options, report, known_rows, files).find();
}

}  // namespace factorwal::feed
