#include "feed/file_feed.h"

#include <algorithm>
#include <utility>

#include "feed/cells.h"
#include "feed/column_guess.h"
#include "feed/column_names.h"
#include "feed/field_rule.h"
#include "feed/file_identity.h"
#include "feed/limits.h"
#include "feed/number.h"
#include "feed/printable.h"
#include "feed/utf8_scan.h"

namespace factorwal::feed {
namespace {

constexpr std::size_t kSampleRows = 200;

std::string what_to_do(const FeedWords& words) {
  return "give the file that was read, unchanged or with rows added at its end, or take this one "
         "as new data with " +
         words.append;
}

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

/// Puts lines together where quotes hold line ends.
std::vector<std::string> records_of(std::vector<std::string> lines, char delimiter) {
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
  return records;
}

}  // namespace

FileFeed::FileFeed(std::string path, std::size_t file_index, FeedShared& shared,
                   RecordReader reader)
    : path_(std::move(path)),
      name_(display_name(path_)),
      file_index_(file_index),
      shared_(shared),
      memory_(name_, file_index, shared),
      reader_(std::move(reader)) {}

Result<std::unique_ptr<FileFeed>> FileFeed::open(const std::string& path, std::size_t file_index,
                                                 bool is_last, FeedShared& shared) {
  Result<ByteSource> source = ByteSource::open(path, shared.options.stop);
  if (!source) return source.error();
  const bool waits = is_last && !shared.options.take_last_line;
  std::unique_ptr<FileFeed> feed(
      new FileFeed(path, file_index, shared, RecordReader(std::move(*source), waits)));
  if (Status read = feed->read_header(); !read) return read.error();
  return feed;
}

Result<std::string> FileFeed::find_header() {
  const FeedOptions& options = shared_.options;
  const auto refuse = [&](const std::string& what) {
    return Error{Errc::kInvalidArgument, name_ + ": " + what};
  };
  Record line;
  std::size_t comments = 0;
  for (;;) {
    if (!options.header.empty() && header_line_ >= options.skip_lines) {
      std::string joined;
      for (const std::string& name : options.header) joined += (joined.empty() ? "" : ",") + name;
      return joined;
    }
    const FeedStep step = reader_.next_line(line);
    if (step == FeedStep::kFailed) return reader_.error();
    if (step == FeedStep::kEnd && reader_.left_unfinished()) {
      return refuse("its header has no line end yet; " + options.words.take_last_line +
                    " takes it as it stands");
    }
    if (step == FeedStep::kEnd) return refuse("is empty; the first line must name the columns");
    header_line_ = line.line;
    if (header_line_ <= options.skip_lines) continue;
    std::string text(line.text.data(), line.text.size());
    if (line.too_long)
      return refuse("the first line is too long for a header: is this a CSV file?");
    if (text.find('\0') != std::string::npos || !is_utf8(text)) {
      return refuse("the header is not UTF-8 text: \"" + printable(text) + "\"");
    }
    if (text.find('\r') != std::string::npos) {
      return refuse("its lines end with CR alone; LF or CRLF is needed");
    }
    if (text.size() == 5 && text.starts_with("sep=")) {
      told_delimiter_ = text.back();
      continue;
    }
    const bool address = text.starts_with("http://") || text.starts_with("https://");
    const bool comment = text.front() == '#' && !is_commented_header(text);
    if (!address && !comment) {
      if (comments > 0) {
        shared_.report.note(name_,
                            std::to_string(comments) + " lines before the header passed over");
      }
      return text.front() == '#' ? text.substr(text.find_first_not_of("# ")) : text;
    }
    ++comments;
  }
}

/// `#time,price` names the columns where what follows has as many, and data.
bool FileFeed::is_commented_header(const std::string& text) {
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

Status FileFeed::read_header() {
  Result<std::string> header = find_header();
  if (!header) return header.error();
  Result<ColumnLayout> layout = lay_out(*header);
  if (!layout) return layout.error();
  return set_columns(std::move(*layout));
}

Result<ColumnLayout> FileFeed::lay_out(const std::string& header) {
  const FeedOptions& options = shared_.options;
  std::vector<std::string> ahead = reader_.peek_lines(kSampleRows);
  const bool named = options.header.empty();
  const std::string_view shown = named || ahead.empty() ? std::string_view(header) : ahead.front();
  delimiter_ = told_delimiter_.value_or(guess_delimiter(shown));
  if (delimiter_ != ',') {
    const std::string text = delimiter_ == '\t' ? "tabs" : std::string("\"") + delimiter_ + "\"";
    shared_.report.note(name_, "columns are parted by " + text);
  }
  LayoutInput input{name_, named ? cells_of(header, delimiter_) : options.header, {}};
  if (input.header.size() > kMaxColumns) {
    return Error{Errc::kInvalidArgument, name_ + ": has " + std::to_string(input.header.size()) +
                                             " columns; at most " + std::to_string(kMaxColumns) +
                                             " are read"};
  }
  identity_ = identify(path_, header, ahead.empty() ? std::string_view{} : ahead.front());
  for (std::string& record : records_of(std::move(ahead), delimiter_)) {
    std::vector<std::string> cells = cells_of(std::move(record), delimiter_);
    if (cells.size() == input.header.size()) input.sample.push_back(std::move(cells));
  }
  const std::vector<std::vector<std::string>> sample = input.sample;
  Result<ColumnLayout> layout = make_layout(std::move(input), options, shared_.report);
  if (!layout || options.fields_only) return layout;
  Result<StampPlan> plan = plan_stamps(*layout, sample);
  if (!plan) return Error{plan.error().code, name_ + ": " + plan.error().message};
  stamp_plan_ = std::move(*plan);
  return layout;
}

Result<StampPlan> FileFeed::plan_stamps(const ColumnLayout& layout,
                                        const std::vector<std::vector<std::string>>& sample) {
  const FeedOptions& options = shared_.options;
  StampGuess guess(layout.stamp.size());
  if (Status told = guess.use_format(options.time_format); !told) {
    return Error{told.error().code, options.words.time_format + ": " + told.error().message};
  }
  std::vector<std::string_view> parts(layout.stamp.size());
  for (const std::vector<std::string>& row : sample) {
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = row[layout.stamp[i]];
    guess.add(parts);
  }
  if (!guess.settled() && reader_.is_regular()) {
    if (Status looked = look_ahead(layout.stamp, guess); !looked) return looked.error();
  }
  return guess.plan(options.words.time_format);
}

Status FileFeed::look_ahead(const std::vector<std::size_t>& columns, StampGuess& guess) const {
  Result<ByteSource> source = ByteSource::open(path_, shared_.options.stop);
  if (!source) return source.error();
  RecordReader reader(std::move(*source));
  Record record;
  std::vector<std::string_view> cells;
  std::vector<std::string_view> parts(columns.size());
  const std::size_t last = *std::max_element(columns.begin(), columns.end());
  while (!guess.settled()) {
    const FeedStep step = reader.next_record(delimiter_, record);
    // What cannot be read here cannot be read later: the rows before it count, then it is told.
    if (step != FeedStep::kRow) return {};
    if (record.line <= header_line_ || record.too_long || record.bad_quotes) continue;
    if (record.has_quotes) {
      split_quoted(record.text, delimiter_, cells);
    } else {
      split_plain(std::string_view(record.text.data(), record.text.size()), delimiter_, cells);
    }
    if (cells.size() <= last) continue;
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = cells[columns[i]];
    guess.add(parts);
    const std::atomic<bool>* stop = shared_.options.stop;
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
      return Error{Errc::kClosed, "stopped while looking for the form of its timestamps"};
    }
  }
  return {};
}

Status FileFeed::set_columns(ColumnLayout layout) {
  if (!shared_.schema) {
    std::vector<std::string> names;
    for (const FieldColumn& known : layout.fields) names.push_back(known.field);
    Result<TickSchema> schema = TickSchema::make(names);
    if (!schema) return Error{schema.error().code, name_ + ": " + schema.error().message};
    shared_.schema = std::move(*schema);
  }
  Result<std::vector<std::size_t>> columns =
      fit_to_schema(layout, *shared_.schema, name_, shared_.report);
  if (!columns) return columns.error();
  std::vector<FieldRule> rules = field_rules(layout, *shared_.schema, shared_.options);
  parser_.emplace(std::move(layout), std::move(*columns), delimiter_, shared_.options.instrument,
                  TimestampReader(stamp_plan_, shared_.zone));
  parser_->set_rules(std::move(rules), shared_.options.decimal_comma);
  memory_.set_columns(parser_->exchange_and_id());
  return {};
}

void FileFeed::note_end() {
  if (!reader_.left_unfinished()) return;
  shared_.report.note(
      name_,
      "its last line has no line end, and waits: a writer may be within it. A later "
      "run on the finished file goes on there; " +
          shared_.options.words.take_last_line + " takes it as it stands");
}

void FileFeed::note_odd_cell(std::uint64_t line) {
  const std::size_t column = parser_->take_odd_column();
  if (column == kNoColumn) return;
  if (std::find(odd_columns_.begin(), odd_columns_.end(), column) != odd_columns_.end()) return;
  odd_columns_.push_back(column);
  shared_.report.note(name_, "line " + std::to_string(line) + ": " +
                                 parser_->describe(BadRow::kNotANumber) +
                                 "; nobody asked for that column: such cells are missing, and "
                                 "their rows stay");
}

bool FileFeed::tolerate(BadRow fault, const Record& record) {
  const FeedOptions& options = shared_.options;
  error_ = memory_.count_bad(fault, [&] {
    RowMemory::BadRowText bad;
    bad.text = name_ + ":" + std::to_string(record.line) + ": " + parser_->describe(fault);
    double number = 0;
    const bool comma = fault == BadRow::kNotANumber && !options.decimal_comma &&
                       delimiter_ != ',' && parse_comma_number(parser_->fault_value(), number);
    if (comma) bad.hint = options.words.decimal_comma + " reads it";
    return bad;
  });
  return !error_;
}

FeedStep FileFeed::take_record(Record& record) {
  const FeedStep step = reader_.next_record(delimiter_, record);
  // Before the splitter unescapes quotes in place.
  if (step == FeedStep::kRow) rows_.add(record.text);
  return step;
}

FeedStep FileFeed::next(TickRow& row) {
  if (error_) return FeedStep::kFailed;
  for (;;) {
    Record record;
    const std::uint64_t row_number = rows_.row_count();
    const FeedStep step = take_record(record);
    if (step == FeedStep::kFailed) error_ = reader_.error();
    if (step == FeedStep::kEnd) note_end();
    if (step != FeedStep::kRow) return step;
    ++shared_.report.rows_read;
    ParsedRow parsed;
    const BadRow fault = parser_->parse(record, parsed);
    if (fault != BadRow::kNone) {
      if (!tolerate(fault, record)) return FeedStep::kFailed;
      continue;
    }
    const TimestampReader& stamps = parser_->stamps();
    if (!memory_.stamps_noted()) memory_.note_stamps(form_text(stamps.plan()), stamps.used_zone());
    note_odd_cell(record.line);
    FeedInstrument& instrument = memory_.instrument(parsed.instrument_id);
    memory_.follow(instrument, parsed);
    memory_.deliver(instrument, parsed.timestamp_ns, stamps.ambiguous_times());
    row = TickRow{instrument.id,
                  instrument.index,
                  parsed.timestamp_ns,
                  parsed.values,
                  file_index_,
                  row_number,
                  FeedPosition{identity_, row_number + 1, rows_.check()},
                  record.line};
    return FeedStep::kRow;
  }
}

Error FileFeed::replaced(std::uint64_t first_row, std::uint64_t last_row) const {
  const std::string rows = first_row == last_row ? "row " + std::to_string(first_row) + " is"
                                                 : "rows " + std::to_string(first_row) + " to " +
                                                       std::to_string(last_row) + " are";
  return Error{Errc::kInvalidArgument,
               name_ +
                   ": was changed or replaced since it was read: its header and first row are "
                   "the same, but its " +
                   rows + " not what the earlier run read (another checksum); " +
                   what_to_do(shared_.options.words)};
}

Status FileFeed::skip_to(const FeedPosition& position) {
  const std::uint64_t next_row = position.next_row;
  const std::uint64_t finished = next_row - next_row % kRowsPerBlock;
  const std::uint64_t corrections = shared_.report.volume_corrections;
  const bool follow = shared_.options.volume_mode != VolumeMode::kIncremental;
  while (rows_.row_count() < next_row) {
    Record record;
    const FeedStep step = take_record(record);
    if (step == FeedStep::kFailed) return reader_.error();
    if (step == FeedStep::kEnd) {
      return Error{Errc::kInvalidArgument,
                   name_ + ": was shortened or replaced: it has " +
                       std::to_string(rows_.row_count()) + " rows, but the earlier run read " +
                       std::to_string(next_row) + " of it; " + what_to_do(shared_.options.words)};
    }
    ++shared_.report.rows_read;
    ++shared_.report.rows_resumed;
    // As early as it can be known: of a large file that was replaced, not all must be read.
    if (position.check && rows_.row_count() == finished &&
        rows_.check().blocks != position.check->blocks) {
      return replaced(1, finished);
    }
    if (!follow) continue;
    ParsedRow parsed;
    if (parser_->parse(record, parsed) == BadRow::kNone) {
      memory_.follow(memory_.instrument(parsed.instrument_id), parsed);
    }
  }
  if (!position.check) {
    shared_.report.note(name_,
                        "an earlier release read it before, which kept no checksum of its rows: "
                        "only its header and first row were compared");
  } else if (rows_.check() != *position.check) {
    // The blocks before agree, if there are any.
    return replaced(std::min(finished + 1, next_row), next_row);
  }
  memory_.set_told(parser_->stamps().ambiguous_times(), corrections);
  return {};
}

}  // namespace factorwal::feed
