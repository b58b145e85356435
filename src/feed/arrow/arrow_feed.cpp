#include "feed/arrow/arrow_feed.h"

#include <algorithm>
#include <array>
#include <utility>

#include "factorwal/operators/missing.h"
#include "feed/bad_cell.h"
#include "feed/bytes/cells.h"
#include "feed/bytes/utf8_scan.h"
#include "feed/files/file_identity.h"
#include "feed/joined_id.h"
#include "feed/printable.h"

namespace factorwal::feed {

ArrowFeed::ArrowFeed(ArrowBatches batches, ArrowOrigin origin, FeedShared& shared)
    : origin_(std::move(origin)),
      shared_(shared),
      memory_(origin_.name, origin_.file_index, shared),
      batches_(std::move(batches)) {}

Result<std::unique_ptr<ArrowFeed>> ArrowFeed::open(OwnedArrowStream stream, ArrowOrigin origin,
                                                   FeedShared& shared) {
  ArrowBatches batches(std::move(stream), origin.name, shared.options.stop);
  std::unique_ptr<ArrowFeed> feed(new ArrowFeed(std::move(batches), std::move(origin), shared));
  Result<ArrowLayout> layout =
      lay_out_arrow(feed->origin_.name, feed->batches_, feed->origin_.reopen, shared.options,
                    shared.report, shared.files);
  if (!layout) return layout.error();
  if (Status done = feed->set_up(std::move(*layout)); !done) return done.error();
  return feed;
}

Status ArrowFeed::set_up(ArrowLayout layout) {
  identity_ = identify(origin_.path, layout.header, layout.first_row);
  layout_ = std::move(layout.layout);
  stamp_is_typed_ = layout.stamp_is_typed;
  held_ = std::move(layout.batches);
  for (ArrowType& type : layout.types) columns_.emplace_back(std::move(type));
  if (!shared_.schema) {
    std::vector<std::string> names;
    for (const FieldColumn& known : layout_.fields) names.push_back(known.field);
    Result<TickSchema> schema = TickSchema::make(names);
    if (!schema) return Error{schema.error().code, origin_.name + ": " + schema.error().message};
    shared_.schema = std::move(*schema);
    if (Status known = check_rules(origin_.name, layout_, *shared_.schema, shared_.options);
        !known) {
      return known;
    }
  }
  Result<std::vector<std::size_t>> fitted =
      fit_to_schema(layout_, *shared_.schema, origin_.name, shared_.report);
  if (!fitted) return fitted.error();
  field_columns_ = std::move(*fitted);
  rules_ = field_rules(layout_, *shared_.schema, shared_.options);
  stamps_.emplace(std::move(layout.stamp_plan), shared_.zone);
  memory_.set_columns(layout_.exchange_and_id());
  stamp_is_utc_ = stamp_is_typed_ &&
                  (columns_[layout_.stamp.front()].type().has_zone || shared_.zone.is_default());
  has_runs_ = !origin_.checked && shared_.options.volume_mode == VolumeMode::kIncremental &&
              layout_.exchange == kNoColumn && layout_.instrument.size() <= 1;
  odd_noted_.resize(columns_.size());
  used_columns_ = field_columns_;
  used_columns_.insert(used_columns_.end(), layout_.stamp.begin(), layout_.stamp.end());
  used_columns_.insert(used_columns_.end(), layout_.instrument.begin(), layout_.instrument.end());
  used_columns_.push_back(layout_.exchange);
  used_columns_.push_back(layout_.trading_day);
  std::erase(used_columns_, kNoColumn);
  std::sort(used_columns_.begin(), used_columns_.end());
  used_columns_.erase(std::unique(used_columns_.begin(), used_columns_.end()), used_columns_.end());
  return origin_.reopen && !shared_.options.fields_only ? read_used_columns() : Status();
}

Status ArrowFeed::read_used_columns() {
  Result<OwnedArrowStream> again = origin_.reopen(used_columns_);
  if (!again) return again.error();
  held_.clear();
  only_used_ = true;
  batches_ = ArrowBatches(std::move(*again), origin_.name, shared_.options.stop);
  Result<OwnedArrowSchema> schema = batches_.schema();
  if (!schema) return schema.error();
  const bool same = (*schema)->n_children == static_cast<std::int64_t>(used_columns_.size());
  return same ? Status() : Error{Errc::kIo, origin_.name + ": changed while it was opened"};
}

FeedStep ArrowFeed::take_batch() {
  of_place_.clear();
  row_ = -1;
  block_first_ = 0;
  block_rows_ = 0;
  if (!held_.empty()) {
    batch_ = std::move(held_.front());
    held_.pop_front();
  } else {
    const std::size_t count = only_used_ ? used_columns_.size() : columns_.size();
    Result<OwnedArrowArray> next = batches_.next(static_cast<std::int64_t>(count));
    if (!next) {
      error_ = next.error();
      return FeedStep::kFailed;
    }
    batch_ = std::move(*next);
  }
  if (batch_ == nullptr) return FeedStep::kEnd;
  for (std::size_t i = 0; i < used_columns_.size(); ++i) {
    const std::size_t column = used_columns_[i];
    const Status bound = bind_column(*batch_, only_used_ ? i : column, columns_[column]);
    if (bound) continue;
    error_ =
        Error{bound.error().code, origin_.name + ": column " + in_quotes(layout_.header[column]) +
                                      ": " + bound.error().message};
    return FeedStep::kFailed;
  }
  const bool one = layout_.instrument.size() == 1;
  if (one) of_place_.resize(columns_[layout_.instrument.front()].dictionary_size());
  return FeedStep::kRow;
}

FeedStep ArrowFeed::advance() {
  if (batch_ == nullptr || row_ + 1 == batch_->length) {
    const FeedStep step = take_batch();
    if (step != FeedStep::kRow) return step;
  }
  ++row_;
  row_number_ = next_row_++;
  ++shared_.report.rows_read;
  if (origin_.checked) add_to_check();
  return FeedStep::kRow;
}

void ArrowFeed::add_to_check() {
  raw_.clear();
  for (const std::size_t column : used_columns_) columns_[column].append_raw(row_, raw_);
  rows_.add(raw_);
}

BadRow ArrowFeed::fault_at(BadRow fault, std::size_t column, std::string_view value) {
  // More than is shown, so that it can be said that something was cut.
  constexpr std::size_t kKeptBytes = 64;
  fault_column_ = column;
  fault_value_.assign(value.substr(0, kKeptBytes));
  return fault;
}

BadRow ArrowFeed::parse(ParsedRow& row, FeedInstrument*& instrument) {
  if (const BadRow bad = parse_instrument(instrument); bad != BadRow::kNone) return bad;
  if (const BadRow bad = parse_stamp(row.timestamp_ns); bad != BadRow::kNone) return bad;
  if (row_ >= block_first_ + static_cast<std::int64_t>(block_rows_)) read_block(row_);
  const auto at = static_cast<std::size_t>(row_ - block_first_);
  if (const std::size_t column = faults_[at]; column != kNoColumn) {
    CellText room;
    return fault_at(BadRow::kNotANumber, column, columns_[column].text(row_, room));
  }
  row.instrument_id = instrument->id;
  row.values = std::span(values_).subspan(at * field_columns_.size(), field_columns_.size());
  if (layout_.exchange != kNoColumn) {
    row.exchange = columns_[layout_.exchange].text(row_, exchange_room_);
  }
  const bool totals = shared_.options.volume_mode != VolumeMode::kIncremental;
  if (totals && layout_.trading_day != kNoColumn) {
    CellText room;
    std::int64_t day = 0;
    for (const char c : columns_[layout_.trading_day].text(row_, room)) {
      if (c >= '0' && c <= '9' && day < 1'000'000'000'000) day = day * 10 + (c - '0');
    }
    row.trading_day = day;
  }
  return BadRow::kNone;
}

void ArrowFeed::read_block(std::int64_t first) {
  // Few rows at a time: then all columns stay in the nearest cache, and each goes on steadily.
  constexpr std::size_t kTileRows = 64;
  block_first_ = first;
  block_rows_ = static_cast<std::size_t>(std::min(kBlockRows, batch_->length - first));
  const std::size_t stride = field_columns_.size();
  values_.resize(block_rows_ * stride);
  faults_.assign(block_rows_, kNoColumn);
  std::array<double, kTileRows> tile;
  for (std::size_t begin = 0; begin < block_rows_; begin += kTileRows) {
    const auto rows = std::span(tile).first(std::min(kTileRows, block_rows_ - begin));
    for (std::size_t field = 0; field < stride; ++field) {
      read_column(field, begin, rows);
      double* into = &values_[begin * stride + field];
      for (const double value : rows) {
        *into = value;
        into += stride;
      }
    }
  }
}

void ArrowFeed::read_column(std::size_t field, std::size_t begin, std::span<double> out) {
  if (field_columns_[field] == kNoColumn) {
    std::fill(out.begin(), out.end(), kMissing);
    return;
  }
  ArrowColumn& column = columns_[field_columns_[field]];
  const std::int64_t first = block_first_ + static_cast<std::int64_t>(begin);
  if (!column.numbers(first, out.size(), out.data())) read_cells(field, begin, out);
  rules_[field].apply(out);
}

void ArrowFeed::read_cells(std::size_t field, std::size_t begin, std::span<double> out) {
  const std::size_t place = field_columns_[field];
  ArrowColumn& column = columns_[place];
  const FieldRule& rule = rules_[field];
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t row = block_first_ + static_cast<std::int64_t>(begin + i);
    double& value = out[i];
    bool number = column.number(row, rule.form, value);
    if (!number && rule.kind != CellKind::kNumber) {
      CellText room;
      number = parse_word(rule.kind, column.text(row, room), value);
    }
    if (!number) {
      value = kMissing;
      if (!rule.required) {
        note_odd_cell(place, row);
      } else if (faults_[begin + i] == kNoColumn) {
        faults_[begin + i] = place;
      }
    }
    if (column.take_rounded()) note_rounded(place, row);
  }
}

BadRow ArrowFeed::parse_instrument(FeedInstrument*& instrument) {
  if (layout_.instrument.empty()) {
    if (fixed_instrument_ == nullptr) {
      fixed_instrument_ = &memory_.instrument(layout_.instrument_id);
    }
    instrument = fixed_instrument_;
    return BadRow::kNone;
  }
  const ArrowColumn& column = columns_[layout_.instrument.front()];
  if (of_place_.empty() || column.is_null(row_)) return parse_text_instrument(instrument);
  FeedInstrument*& known = of_place_[column.place(row_)];
  if (known == nullptr) {
    const BadRow bad = parse_text_instrument(known);
    if (bad != BadRow::kNone) return bad;
  }
  instrument = known;
  return BadRow::kNone;
}

BadRow ArrowFeed::parse_text_instrument(FeedInstrument*& instrument) {
  CellText room;
  const auto cell = [&](std::size_t column) { return columns_[column].text(row_, room); };
  const JoinedId found = join_id(layout_, cell, joined_id_);
  const std::string_view id = found.text;
  if (found.fault != BadRow::kNone) return fault_at(found.fault, found.column, id);
  if (has_odd_bytes(id)) {
    if (id.find('\0') != std::string_view::npos) {
      return fault_at(BadRow::kNulByte, found.column, id);
    }
    if (!is_utf8(id)) return fault_at(BadRow::kInvalidUtf8, found.column, id);
  }
  instrument = &memory_.instrument(id);
  return BadRow::kNone;
}

BadRow ArrowFeed::read_stamp(std::int64_t row, TimestampNs& time_ns) {
  if (stamp_is_typed_) {
    const ArrowColumn& column = columns_[layout_.stamp.front()];
    // The first row goes the long way, which finds out what there is to say of all.
    if (stamp_is_utc_ && memory_.stamps_noted() && column.plain_ns(row, 1, &time_ns) == 1 &&
        TimestampReader::is_readable(time_ns)) {
      return BadRow::kNone;
    }
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    if (!column.time(row, seconds, nanoseconds)) return BadRow::kBadTimestamp;
    const bool is_utc = column.type().value_type().has_zone;
    return stamps_->read_typed(seconds, nanoseconds, is_utc, time_ns);
  }
  std::array<CellText, kStampColumnsMax> rooms;
  std::array<std::string_view, kStampColumnsMax> parts;
  for (std::size_t i = 0; i < layout_.stamp.size(); ++i) {
    parts[i] = columns_[layout_.stamp[i]].text(row, rooms[i]);
  }
  return stamps_->read(std::span(parts.data(), layout_.stamp.size()), time_ns);
}

BadRow ArrowFeed::parse_stamp(TimestampNs& time_ns) {
  const BadRow bad = read_stamp(row_, time_ns);
  if (bad == BadRow::kNone) return bad;
  std::string text;
  for (std::size_t i = 0; i < layout_.stamp.size(); ++i) {
    CellText room;
    if (i > 0) text += ' ';
    text += trimmed(columns_[layout_.stamp[i]].text(row_, room));
  }
  return fault_at(bad, layout_.stamp.front(), text);
}

std::string ArrowFeed::form() const {
  return stamp_is_typed_ ? columns_[layout_.stamp.front()].type().name : form_text(stamps_->plan());
}

bool ArrowFeed::tolerate(BadRow fault) {
  error_ = memory_.count_bad(fault, [&] {
    const std::string stamp_form = form();
    const BadCell cell{layout_.header[fault_column_], fault_column_, fault_value_, stamp_form};
    return RowMemory::BadRowText{origin_.name + ": " + row_text(row_) + ": " +
                                 describe(fault, cell) + "; its type is " +
                                 columns_[fault_column_].type().name};
  });
  return !error_;
}

std::string ArrowFeed::row_text(std::int64_t row) const {
  return "row " + std::to_string(row_number_ + static_cast<std::uint64_t>(row - row_) + 1);
}

void ArrowFeed::note_odd_cell(std::size_t column, std::int64_t row) {
  if (odd_noted_[column]) return;
  odd_noted_[column] = true;
  CellText room;
  const BadCell cell{layout_.header[column], column, columns_[column].text(row, room), {}};
  shared_.report.note(origin_.name, row_text(row) + ": " + describe(BadRow::kNotANumber, cell) +
                                        "; nobody asked for that column: such cells are missing, "
                                        "and their rows stay");
}

void ArrowFeed::note_rounded(std::size_t column, std::int64_t row) {
  if (std::exchange(rounded_noted_, true)) return;
  shared_.report.note(origin_.name, row_text(row) + ": column " +
                                        in_quotes(layout_.header[column]) + " (" +
                                        columns_[column].type().name +
                                        ") has numbers of more digits than a double keeps: the "
                                        "nearest is taken");
}

FeedStep ArrowFeed::next(TickRow& row) {
  if (error_) return FeedStep::kFailed;
  for (;;) {
    if (const FeedStep step = advance(); step != FeedStep::kRow) return step;
    ParsedRow parsed;
    FeedInstrument* instrument = nullptr;
    if (const BadRow fault = parse(parsed, instrument); fault != BadRow::kNone) {
      if (!tolerate(fault)) return FeedStep::kFailed;
      continue;
    }
    if (stamps_->used_zone() && memory_.refuses_zoneless()) {
      error_ = memory_.zone_is_missing(layout_.header[layout_.stamp.front()], form());
      return FeedStep::kFailed;
    }
    if (!memory_.stamps_noted()) memory_.note_stamps(form(), stamps_->used_zone());
    memory_.follow(*instrument, parsed);
    memory_.deliver(*instrument, parsed.timestamp_ns, stamps_->ambiguous_times());
    FeedPosition position{identity_, next_row_, {}};
    if (origin_.checked) position.check = rows_.check();
    row = TickRow{instrument->id,
                  instrument->index,
                  parsed.timestamp_ns,
                  parsed.values,
                  origin_.file_index,
                  row_number_,
                  position,
                  0};
    return FeedStep::kRow;
  }
}

Error ArrowFeed::changed(const std::string& what) const {
  return Error{Errc::kInvalidArgument, origin_.name + ": " + what +
                                           "; give what was read, unchanged or with rows added at "
                                           "its end, or take this as new data with " +
                                           shared_.options.words.append};
}

Status ArrowFeed::skip_to(const FeedPosition& position) {
  const std::uint64_t finished = position.next_row - position.next_row % kRowsPerBlock;
  const std::uint64_t corrections = shared_.report.volume_corrections;
  const bool follow = shared_.options.volume_mode != VolumeMode::kIncremental;
  while (next_row_ < position.next_row) {
    const FeedStep step = advance();
    if (step == FeedStep::kFailed) return *error_;
    if (step == FeedStep::kEnd) {
      return changed("was shortened or replaced: it has " + std::to_string(next_row_) +
                     " rows, but the earlier run read " + std::to_string(position.next_row));
    }
    ++shared_.report.rows_resumed;
    // As early as it can be known: of a large file that was replaced, not all must be read.
    if (origin_.checked && position.check && next_row_ == finished &&
        rows_.check().blocks != position.check->blocks) {
      return changed("was changed or replaced since it was read: not all of its rows 1 to " +
                     std::to_string(finished) + " are what the earlier run read");
    }
    if (!follow) continue;
    ParsedRow parsed;
    FeedInstrument* instrument = nullptr;
    if (parse(parsed, instrument) == BadRow::kNone) memory_.follow(*instrument, parsed);
  }
  if (origin_.checked && position.check && rows_.check() != *position.check) {
    return changed("was changed or replaced since it was read: its rows up to " +
                   std::to_string(position.next_row) + " are not what the earlier run read");
  }
  memory_.set_told(stamps_->ambiguous_times(), corrections);
  return {};
}

}  // namespace factorwal::feed
