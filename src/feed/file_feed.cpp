#include "feed/file_feed.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "feed/cells.h"
#include "feed/column_guess.h"
#include "feed/column_names.h"
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

/// What a tick takes for "no price" has no place in a running total either.
double usable(double value) {
  return std::abs(value) < 1e300 ? value : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

FileFeed::FileFeed(std::string path, std::size_t file_index, FeedShared& shared,
                   RecordReader reader)
    : path_(std::move(path)),
      name_(display_name(path_)),
      file_index_(file_index),
      shared_(shared),
      reader_(std::move(reader)) {}

Result<std::unique_ptr<FileFeed>> FileFeed::open(const std::string& path, std::size_t file_index,
                                                 bool is_last, FeedShared& shared) {
  const bool waits = is_last && !shared.options.take_last_line;
  Result<ByteSource> source = ByteSource::open(path, shared.options, shared.report, waits);
  if (!source) return source.error();
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
    if (is_tar(text)) return refuse("is a tar archive; unpack it and give the files in it");
    if (text.find('\0') != std::string::npos || !is_utf8(text)) {
      const std::string what = "the header is not UTF-8 text: " + in_quotes(text);
      if (!is_printable(text)) return refuse(what + ": is this a CSV file?");
      return refuse(what + "; " + options.words.encoding +
                    " gives its encoding, like GB18030 or latin1");
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
  Result<ByteSource> source = ByteSource::open(path_, shared_.options, shared_.report);
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
  volume_ = shared_.schema->find("volume");
  turnover_ = shared_.schema->find("turnover");
  if (shared_.options.volume_mode != VolumeMode::kIncremental && !volume_ && !turnover_) {
    shared_.report.note(name_, "cumulative volume was asked for, but no column is one");
  }
  std::vector<RowParser::FieldRule> rules = rules_of(layout);
  parser_.emplace(std::move(layout), std::move(*columns), delimiter_, shared_.options.instrument,
                  TimestampReader(stamp_plan_, shared_.zone));
  parser_->set_rules(std::move(rules), shared_.options.decimal_comma);
  return {};
}

std::vector<RowParser::FieldRule> FileFeed::rules_of(const ColumnLayout& layout) const {
  std::vector<RowParser::FieldRule> rules(shared_.schema->size());
  for (const FieldColumn& known : layout.fields) {
    const std::optional<FieldHandle> handle = shared_.schema->find(known.field);
    if (handle) rules[handle->index].required = known.required;
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string& name = shared_.schema->names()[i];
    for (const MissingValue& missing : shared_.options.missing) {
      if (missing.field.empty() || missing.field == name) rules[i].missing.push_back(missing.value);
    }
    for (const FieldScale& scale : shared_.options.scale) {
      if (scale.field == name) rules[i].scale = scale.factor;
    }
  }
  return rules;
}

void FileFeed::note_end() {
  if (!reader_.left_unfinished()) return;
  shared_.report.note(name_,
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

void FileFeed::note_exchange(FeedInstrument& instrument, const ParsedRow& parsed) {
  if (parsed.exchange.empty() || exchange_noted_) return;
  if (instrument.exchange.empty()) instrument.exchange = parsed.exchange;
  if (instrument.exchange == parsed.exchange) return;
  exchange_noted_ = true;
  shared_.report.note(
      name_, in_quotes(parsed.instrument_id) + " is under two exchanges, " +
                 in_quotes(instrument.exchange) + " and " + in_quotes(parsed.exchange) +
                 ", and becomes one instrument; " +
                 map_option(shared_.options.words, "instrument_id=" + parser_->exchange_and_id()) +
                 " tells them apart");
}

// Kept they are, but nobody sees them.
void FileFeed::note_spaces(std::string_view id) {
  if (trimmed(id).size() == id.size()) return;
  spaces_noted_ = true;
  shared_.report.note(name_, "the instrument id " + in_quotes(id) +
                                 " has spaces around it; ids are taken as they are");
}

FeedInstrument& FileFeed::remember(ParsedRow& parsed) {
  if (!spaces_noted_) note_spaces(parsed.instrument_id);
  FeedInstrument& instrument = shared_.instruments.intern(parsed.instrument_id);
  note_exchange(instrument, parsed);
  const VolumeMode mode = shared_.options.volume_mode;
  if (mode == VolumeMode::kIncremental) return instrument;
  if (instrument.converter_file != file_index_) {
    // Nobody knows what was traded between two files; and a resume within this file, which does not
    // read the ones before, must come to the same increments.
    instrument.converter = VolumeConverter();
    instrument.converter_file = file_index_;
  }
  const TradedAmounts totals{volume_ ? usable(parsed.values[volume_->index]) : kMissing,
                             turnover_ ? usable(parsed.values[turnover_->index]) : kMissing};
  const std::int64_t day = mode == VolumeMode::kSession ? 0 : parsed.trading_day;
  const std::uint64_t corrections = instrument.converter.corrections();
  const TradedAmounts traded = instrument.converter.to_increments(day, totals);
  shared_.report.volume_corrections += instrument.converter.corrections() - corrections;
  if (volume_) parsed.values[volume_->index] = traded.volume;
  if (turnover_) parsed.values[turnover_->index] = traded.turnover;
  return instrument;
}

bool FileFeed::tolerate(BadRow fault, const Record& record) {
  FeedReport& report = shared_.report;
  BadRowCount& kind = report.bad[static_cast<std::size_t>(fault)];
  ++report.rows_bad;
  ++kind.count;
  const bool stop = shared_.options.on_bad_row == OnBadRow::kStop;
  if (!stop && kind.count > 1) return true;
  std::string text = name_ + ":" + std::to_string(record.line) + ": " + parser_->describe(fault);
  if (kind.count == 1) kind.first_example = text;
  double number = 0;
  const bool comma = fault == BadRow::kNotANumber && !shared_.options.decimal_comma &&
                     delimiter_ != ',' && parse_comma_number(parser_->fault_value(), number);
  if (comma) text += "; " + shared_.options.words.decimal_comma + " reads it";
  if (stop && fault == BadRow::kInvalidUtf8 && shared_.options.encoding.empty()) {
    text += "; " + shared_.options.words.encoding + " gives the encoding of other text";
  }
  if (stop) {
    error_ =
        Error{Errc::kInvalidArgument, std::move(text) + "; " + shared_.options.words.skip_bad_rows +
                                          " counts such rows and goes on"};
  }
  return !stop;
}

void FileFeed::note_stamps() {
  const TimestampReader& stamps = parser_->stamps();
  stamps_noted_ = true;
  std::string text = "timestamps are " + form_text(stamps.plan());
  if (stamps.used_zone()) {
    const std::string& zone = shared_.options.time_zone;
    text += zone.empty() ? " without offset, taken as UTC (" + shared_.options.words.time_zone +
                               " says otherwise)"
                         : " without offset, taken as " + zone;
  }
  shared_.report.note(name_, std::move(text));
}

FeedStep FileFeed::take_record(Record& record) {
  const FeedStep step = reader_.next_record(delimiter_, record);
  // Before the splitter unescapes quotes in place.
  if (step == FeedStep::kRow) rows_.add(record.text);
  return step;
}

FeedStep FileFeed::next(TickRow& row) {
  if (error_) return FeedStep::kFailed;
  FeedReport& report = shared_.report;
  for (;;) {
    Record record;
    const std::uint64_t row_number = rows_.row_count();
    const FeedStep step = take_record(record);
    if (step == FeedStep::kFailed) error_ = reader_.error();
    if (step == FeedStep::kEnd) note_end();
    if (step != FeedStep::kRow) return step;
    ++report.rows_read;
    ParsedRow parsed;
    const BadRow fault = parser_->parse(record, parsed);
    if (fault == BadRow::kNone && !stamps_noted_) note_stamps();
    if (fault != BadRow::kNone) {
      if (!tolerate(fault, record)) return FeedStep::kFailed;
      continue;
    }
    note_odd_cell(record.line);
    FeedInstrument& instrument = remember(parsed);
    if (parsed.timestamp_ns < instrument.newest_ns) {
      ++report.backward_stamps;
    } else {
      instrument.newest_ns = parsed.timestamp_ns;
    }
    const std::uint64_t ambiguous = parser_->stamps().ambiguous_times();
    if (ambiguous > 0 && ambiguous_seen_ == 0) {
      report.note(name_,
                  "local times came twice, when clocks were set back: each is taken for the first "
                  "passage, and counted");
    }
    report.ambiguous_times += ambiguous - std::exchange(ambiguous_seen_, ambiguous);
    ++report.rows_delivered;
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
    if (parser_->parse(record, parsed) == BadRow::kNone) remember(parsed);
  }
  if (!position.check) {
    shared_.report.note(name_,
                        "an earlier release read it before, which kept no checksum of its rows: "
                        "only its header and first row were compared");
  } else if (rows_.check() != *position.check) {
    // The blocks before agree, if there are any.
    return replaced(std::min(finished + 1, next_row), next_row);
  }
  ambiguous_seen_ = parser_->stamps().ambiguous_times();
  shared_.report.volume_corrections = corrections;  // those were told by the earlier run
  return {};
}

}  // namespace factorwal::feed
