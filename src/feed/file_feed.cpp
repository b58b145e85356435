#include "feed/file_feed.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "feed/field_rule.h"
#include "feed/number.h"
#include "feed/zone_name.h"

namespace factorwal::feed {
namespace {

std::string what_to_do(const FeedWords& words) {
  return "give the file that was read, unchanged or with rows added at its end, or take this one "
         "as new data with " +
         words.append;
}

}  // namespace

FileFeed::FileFeed(std::string path, std::size_t file_index, FeedShared& shared,
                   RecordReader reader)
    : path_(std::move(path)),
      name_(display_name(path_)),
      file_index_(file_index),
      shared_(shared),
      memory_(name_, shared.files_opened++, shared),
      reader_(std::move(reader)) {}

Result<std::unique_ptr<FileFeed>> FileFeed::open(const FileToOpen& file, FeedShared& shared) {
  const FeedOptions& options = shared.options;
  const bool may_grow = file.may_grow || file.rotated;
  const auto end = !may_grow || options.take_last_line ? RecordReader::AtEnd::kTakeAll
                   : options.follow                    ? RecordReader::AtEnd::kWaitForGrowth
                                                       : RecordReader::AtEnd::kWaitForLine;
  const auto start = [&]() -> Result<std::unique_ptr<FileFeed>> {
    Result<ByteSource> source =
        ByteSource::open(file.path, options, shared.report, end != RecordReader::AtEnd::kTakeAll);
    if (!source) return source.error();
    return std::unique_ptr<FileFeed>(
        new FileFeed(file.path, file.index, shared, RecordReader(std::move(*source), end)));
  };
  const FeedReport before = shared.report;
  Result<std::unique_ptr<FileFeed>> feed = start();
  if (!feed) return feed;
  Status found = (*feed)->find_form(std::nullopt);
  const std::uint64_t known = file.known ? file.known->form_rows : 0;
  if (found && known > 0 && (*feed)->form_.rows != known && (*feed)->reader_.is_regular() &&
      (*feed)->identity().content_hash == file.known->identity.content_hash) {
    // It has grown since an earlier run looked at it: what that run saw decides.
    shared.report = before;
    feed = start();
    if (!feed) return feed;
    found = (*feed)->find_form(known);
  }
  if (!found) {
    if (found.error().code == Errc::kTimeout) shared.report = before;
    return found.error();
  }
  (*feed)->follows_ = options.follow && (*feed)->reader_.waits();
  if (file.may_grow && options.follow && (*feed)->reader_.is_regular() && !(*feed)->follows_) {
    return Error{Errc::kInvalidArgument, (*feed)->name_ + ": is packed, and cannot be followed; " +
                                             options.words.follow + " is for plain files"};
  }
  (*feed)->has_other_name_ = file.rotated;
  if (file.rotated && !(*feed)->follows_) (*feed)->rotated_ = (*feed)->reader_.source().stamp();
  if (Status set = (*feed)->set_columns(); !set) return set.error();
  return feed;
}

Status FileFeed::find_form(std::optional<std::uint64_t> known_rows) {
  Result<FileForm> form =
      feed::find_form(path_, reader_, shared_.options, shared_.report, known_rows, shared_.files);
  if (!form) return form.error();
  form_ = std::move(*form);
  return {};
}

Status FileFeed::set_columns() {
  ColumnLayout& layout = form_.layout;
  if (!shared_.schema) {
    std::vector<std::string> names;
    for (const FieldColumn& known : layout.fields) names.push_back(known.field);
    Result<TickSchema> schema = TickSchema::make(names);
    if (!schema) return Error{schema.error().code, name_ + ": " + schema.error().message};
    shared_.schema = std::move(*schema);
    if (Status known = check_rules(name_, layout, *shared_.schema, shared_.options); !known) {
      return known;
    }
  }
  Result<std::vector<std::size_t>> columns =
      fit_to_schema(layout, *shared_.schema, name_, shared_.report);
  if (!columns) return columns.error();
  std::vector<FieldRule> rules = field_rules(layout, *shared_.schema, shared_.options);
  std::string instrument = layout.instrument_id;
  parser_.emplace(std::move(layout), std::move(*columns), form_.delimiter, std::move(instrument),
                  TimestampReader(form_.stamps, shared_.zone));
  parser_->set_rules(std::move(rules));
  memory_.set_columns(parser_->exchange_and_id());
  return {};
}

FeedStep FileFeed::fail_rewritten() {
  error_ =
      Error{Errc::kInvalidArgument,
            name_ +
                ": was emptied or written anew while it was followed; what it held since the "
                "last look is not known. A recorder has to rename a full file, not to empty it"};
  return FeedStep::kFailed;
}

FeedStep FileFeed::at_end() {
  if (!follows_) {
    if (reader_.left_unfinished()) note_unfinished();
    return FeedStep::kEnd;
  }
  const bool unfinished = reader_.left_unfinished();
  last_bytes_ = reader_.source().last_bytes();
  reader_.look_again(RecordReader::AtEnd::kWaitForGrowth);
  const std::optional<FileStamp> ours = reader_.source().stamp();
  const std::optional<FileStamp> there = stamp_of(path_);
  // A successor that has nothing yet may be made before the recorder turns to it; and what the
  // recorder still holds for this file may come behind the first lines of the next.
  const bool renamed =
      ours && (has_other_name_ || (there && !there->same_file(*ours) && there->bytes > 0));
  constexpr std::chrono::seconds kQuiet{1};
  constexpr std::chrono::seconds kQuietWithinALine{10};
  if (!renamed || !is_quiet(*ours, unfinished ? kQuietWithinALine : kQuiet)) {
    return FeedStep::kIdle;
  }
  rotated_ = ours;
  return FeedStep::kEnd;
}

void FileFeed::finish() {
  if (!std::exchange(follows_, false)) return;
  reader_.look_again(RecordReader::AtEnd::kTakeAll);
}

void FileFeed::note_unfinished() {
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

/// The rows before it had no such number, or one column would have told.
std::string FileFeed::number_hint(std::string_view cell) const {
  const FeedOptions& options = shared_.options;
  if (options.decimal_comma || options.thousands) return {};
  const std::string thousands = "; " + options.words.thousands;
  switch (comma_meaning(cell)) {
    case CommaMeaning::kNone: break;
    case CommaMeaning::kThousands: return thousands + " reads it";
    case CommaMeaning::kPoint: return "; " + options.words.decimal_comma + " reads it";
    case CommaMeaning::kOpen: return thousands + " or " + options.words.decimal_comma + " reads it";
  }
  return {};
}

std::string FileFeed::stamps_hint() const {
  const std::size_t count = form_.first_stamps.size();
  TimestampReader reader = parser_->stamps();
  for (const std::vector<std::string>& stamp : form_.first_stamps) {
    const std::vector<std::string_view> parts(stamp.begin(), stamp.end());
    TimestampNs time_ns = 0;
    if (reader.read(parts, time_ns) == BadRow::kNone) return {};
  }
  if (count < 2) return {};
  const FeedWords& words = shared_.options.words;
  const std::string all = "so are the first " + std::to_string(count) + " rows: ";
  const std::string pattern = words.time_format;
  if (!shared_.options.time_format.empty()) return all + pattern + " does not fit them";
  std::string text;
  for (const std::string& part : form_.first_stamps.front())
    text += (text.empty() ? "" : " ") + part;
  const std::optional<NamedZone> zone = named_zone(text);
  if (!zone) return all + pattern + " gives their pattern";
  return all + zone->name + " may be several zones; " + pattern + " '" + zone->pattern +
         "' takes it for a mere text, and " + words.time_zone + " gives the zone";
}

bool FileFeed::tolerate(BadRow fault, const Record& record) {
  error_ = memory_.count_bad(fault, [&] {
    RowMemory::BadRowText bad;
    bad.text = name_ + ":" + std::to_string(record.line) + ": " + parser_->describe(fault);
    if (fault == BadRow::kNotANumber) bad.text += number_hint(parser_->fault_value());
    if (fault == BadRow::kBadTimestamp && rows_.row_count() == 1) {
      bad.hint = stamps_hint();
      bad.may_skip = bad.hint.empty();
    }
    if (fault == BadRow::kInvalidUtf8 && shared_.options.encoding.empty()) {
      bad.hint = shared_.options.words.encoding + " gives the encoding of other text";
    }
    return bad;
  });
  return !error_;
}

FeedStep FileFeed::take_record(Record& record) {
  const FeedStep step = reader_.next_record(form_.delimiter, record);
  // Before the splitter unescapes quotes in place.
  if (step == FeedStep::kRow) rows_.add(record.text);
  return step;
}

FeedStep FileFeed::next(TickRow& row) {
  if (error_) return FeedStep::kFailed;
  if (follows_ && last_bytes_ && *std::exchange(last_bytes_, {}) != reader_.source().last_bytes()) {
    return fail_rewritten();
  }
  for (;;) {
    Record record;
    const std::uint64_t row_number = rows_.row_count();
    const FeedStep step = take_record(record);
    if (step == FeedStep::kFailed) error_ = reader_.error();
    if (step == FeedStep::kEnd) return at_end();
    if (step != FeedStep::kRow) return step;
    ++shared_.report.rows_read;
    ParsedRow parsed;
    const BadRow fault = parser_->parse(record, parsed);
    if (fault != BadRow::kNone) {
      if (!tolerate(fault, record)) return FeedStep::kFailed;
      continue;
    }
    const TimestampReader& stamps = parser_->stamps();
    if (stamps.used_zone() && memory_.refuses_zoneless()) {
      error_ = memory_.zone_is_missing(parser_->stamp_column(), form_text(stamps.plan()));
      return FeedStep::kFailed;
    }
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
                  FeedPosition{form_.identity, row_number + 1, rows_.check(), form_.rows},
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
