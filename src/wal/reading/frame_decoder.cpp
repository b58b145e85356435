#include "wal/reading/frame_decoder.h"

#include <algorithm>
#include <bit>

#include "channel/layout_code.h"
#include "graph/state_records.h"
#include "wal/format/value_code.h"

namespace factorwal::wal {
namespace {

Error malformed(std::string what) {
  return Error{Errc::kCorruption, "record does not follow the grammar: " + std::move(what)};
}

}  // namespace

void FrameDecoder::start(ByteView frame, const FrameHeader& header, std::uint64_t segment) {
  segment_ = segment;
  begin(frame, header);
  frame_chunks(frame, header, chunks_);
}

void FrameDecoder::start_parts(ByteView frame, const FrameHeader& header) {
  begin(frame, header);
  in_parts_ = true;
}

void FrameDecoder::begin(ByteView frame, const FrameHeader& header) {
  cursor_ = Cursor(frame_records(frame, header));
  next_sequence_ = header.first_sequence;
  left_ = header.record_count;
  last_time_ = 0;
  last_position_.clear();
  values_.clear();
  block_.forget();
  chunk_count_ = header.chunk_count;
  next_chunk_ = 0;
  in_parts_ = false;
  lost_.clear();
  ++frame_;
}

Result<bool> FrameDecoder::next(LogRecord& record) {
  if (next_of_block(record)) return true;
  while (cursor_.remaining() > 0) {
    const auto kind = cursor_.get<std::uint8_t>();
    if (kind >= kFirstSizedKind) {
      auto found = decode_sized(kind, record);
      if (!found) return found;
      if (!*found) continue;
      record.sequence = 0;
      return true;
    }
    if (kind == 0) return malformed("no record has kind 0");
    if (left_ == 0) return malformed("more records than the frame counts");
    if (kind == static_cast<std::uint8_t>(RecordKind::kBlock)) {
      if (in_parts_) {
        if (auto done = take_block(); !done) return done.error();
        return true;
      }
      if (auto done = start_block(); !done) return done.error();
      if (next_of_block(record)) return true;
      continue;
    }
    if (auto done = decode_fixed(static_cast<RecordKind>(kind), record); !done) return done.error();
    if (!cursor_.ok()) return malformed("it ends inside a record");
    --left_;
    record.sequence = next_sequence_++;
    return true;
  }
  if (left_ != 0) return malformed("fewer records than the frame counts");
  if (next_chunk_ != chunk_count_) return malformed("chunks that no block has");
  return false;
}

Result<FrameDecoder::Part> FrameDecoder::next_part(LogRecord& record) {
  block_taken_ = false;
  const auto found = next(record);
  if (!found) return found.error();
  if (!*found) return Part::kEnd;
  return block_taken_ ? Part::kBlock : Part::kRecord;
}

Status FrameDecoder::take_block() {
  const auto content = cursor_.bytes(cursor_.varint());
  Cursor head(content);
  const auto records = head.varint();
  const auto chunks = head.varint();
  if (!cursor_.ok() || !head.ok()) return malformed("it ends inside a block");
  if (records == 0 || records > left_ || chunks > chunk_count_ - next_chunk_) {
    return malformed("head of a block");
  }
  part_ = {content, records, next_chunk_, static_cast<std::size_t>(chunks), next_sequence_};
  block_taken_ = true;
  next_chunk_ += part_.chunks;
  next_sequence_ += records;
  left_ -= static_cast<std::uint32_t>(records);
  return {};
}

Status FrameDecoder::start_block() {
  const auto content = cursor_.bytes(cursor_.varint());
  if (!cursor_.ok()) return malformed("it ends inside a block");
  auto done = learning_ ? block_.start_times(content, left_, chunks_, next_chunk_)
                        : block_.start(content, left_, chunks_, next_chunk_);
  if (!done) return done;
  for (auto lost : block_.lost()) {
    lost.first += next_sequence_;
    lost.last += next_sequence_;
    lost_.push_back(std::move(lost));
  }
  if (learning_) pass_block();
  return {};
}

/// Over all its records, but for their event times.
void FrameDecoder::pass_block() {
  block_.event_times([this](InstrumentHandle instrument, TimestampNs time) {
    names_.note_event(instrument, time);
  });
  left_ -= static_cast<std::uint32_t>(block_.left());
  next_sequence_ += block_.left();
  block_.forget();
}

Status FrameDecoder::learn() {
  learning_ = true;
  LogRecord record;
  auto found = next(record);
  while (found && *found) found = next(record);
  learning_ = false;
  return found ? Status{} : found.error();
}

bool FrameDecoder::next_of_block(LogRecord& record) {
  while (block_.left() > 0) {
    --left_;
    record.sequence = next_sequence_++;
    if (!block_.next(record)) continue;
    names_.note_event(record.instrument, record.timestamp_ns);
    return true;
  }
  return false;
}

UpdateRun FrameDecoder::take_updates() {
  auto run = block_.take_updates();
  run.first_sequence = next_sequence_;
  next_sequence_ += run.values.size();
  left_ -= static_cast<std::uint32_t>(run.values.size());
  // As a rule many updates of one instrument follow one another.
  for (std::size_t i = 0; i < run.values.size();) {
    const auto instrument = run.targets[i].instrument;
    auto latest = kNoTimestamp;
    for (; i < run.values.size() && run.targets[i].instrument == instrument; ++i) {
      latest = std::max(latest, static_cast<TimestampNs>(run.times[i]));
    }
    names_.note_event({instrument}, latest);
  }
  return run;
}

Status FrameDecoder::decode_fixed(RecordKind kind, LogRecord& record) {
  switch (kind) {
    case RecordKind::kUpdate: {
      record.type = RecordType::kUpdate;
      if (auto done = read_instrument(cursor_, record); !done) return done;
      if (auto done = read_factor(cursor_.varint(), record.factor, record.factor_id); !done) {
        return done;
      }
      record.timestamp_ns = read_time();
      record.value = cursor_.get<double>();
      names_.note_event(record.instrument, record.timestamp_ns);
      return {};
    }
    case RecordKind::kVectorUpdate: {
      record.type = RecordType::kVectorUpdate;
      if (auto done = read_instrument(cursor_, record); !done) return done;
      if (auto done = read_factor(cursor_.varint(), record.factor, record.factor_id); !done) {
        return done;
      }
      record.timestamp_ns = read_time();
      names_.note_event(record.instrument, record.timestamp_ns);
      const auto count = cursor_.varint();
      if (count > kFrameBytesMax / sizeof(double)) return malformed("vector length");
      const auto bytes = cursor_.bytes(count * sizeof(double));
      scratch_.resize(bytes.size() / sizeof(double));
      if (!bytes.empty()) std::memcpy(scratch_.data(), bytes.data(), bytes.size());
      record.values = scratch_;
      return {};
    }
    case RecordKind::kSnapshot: return decode_snapshot(record);
    case RecordKind::kTick:
    case RecordKind::kUncountedTick:
      record.tick_number.counted = kind == RecordKind::kTick;
      return decode_tick(record);
    case RecordKind::kTime:
      record.type = RecordType::kTime;
      record.timestamp_ns = read_time();
      return {};
    case RecordKind::kPosition:
      record.type = RecordType::kPosition;
      record.position = read_position();
      return {};
    default: break;
  }
  return Error{Errc::kUnsupportedVersion, "record kind " +
                                              std::to_string(static_cast<unsigned>(kind)) +
                                              " is not known to this release; use a newer one"};
}

Status FrameDecoder::decode_snapshot(LogRecord& record) {
  record.type = RecordType::kSnapshot;
  if (auto done = read_instrument(cursor_, record); !done) return done;
  record.timestamp_ns = read_time();
  record.checkpoint_id = cursor_.varint();
  const auto count = cursor_.varint();
  factors_.clear();
  for (std::uint64_t i = 0; i < count && cursor_.ok(); ++i) {
    FactorValue item;
    if (auto done = read_factor(cursor_.varint(), item.factor, item.factor_id); !done) return done;
    item.value = cursor_.get<double>();
    factors_.push_back(item);
  }
  record.factors = factors_;
  return {};
}

Status FrameDecoder::decode_tick(LogRecord& record) {
  record.type = RecordType::kTick;
  if (auto done = read_instrument(cursor_, record); !done) return done;
  if (auto done = read_layout(cursor_, record); !done) return done;
  record.timestamp_ns = read_time();
  const auto index = record.instrument.index;
  if (index >= previous_.size()) previous_.resize(std::size_t{index} + 1);
  auto& previous = previous_[index];
  const auto layout = record.layout_handle.index;
  const bool follows = previous.frame == frame_ && previous.layout == layout;
  record.tick_number.ordinal = cursor_.varint() + (follows ? previous.ordinal + 1 : 0);
  record.position = read_position();

  const std::size_t field_count = record.layout->fields.size();
  const std::size_t count = field_count + record.layout->factors.size();
  const auto codes = cursor_.bytes((count + 1) / 2);
  if (!cursor_.ok()) return malformed("tick");
  const std::size_t start = values_.size();
  values_.resize(start + count);
  const RoundToNearest rounding;
  const auto bits_of = [this](std::size_t at) { return std::bit_cast<std::uint64_t>(values_[at]); };
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = (static_cast<unsigned>(codes[i / 2]) >> (i % 2 == 0 ? 0U : 4U)) & 0xfU;
    Prediction near;
    if (i > 0) near = {bits_of(start), bits_of(start + i - 1)};
    if (follows) near.expected = bits_of(previous.values + i);
    std::uint64_t bits = 0;
    if (!load_value(cursor_, code, near, bits)) return malformed("tick value");
    values_[start + i] = std::bit_cast<double>(bits);
  }
  previous = {frame_, layout, record.tick_number.ordinal, start};
  names_.note_event(record.instrument, record.timestamp_ns);
  const std::span<const double> all(values_.data() + start, count);
  record.fields = all.first(field_count);
  record.values = all.subspan(field_count);
  return {};
}

Result<bool> FrameDecoder::decode_sized(std::uint8_t kind, LogRecord& record) {
  Cursor payload(cursor_.bytes(cursor_.varint()));
  if (!cursor_.ok()) return malformed("it ends inside a record");
  switch (static_cast<RecordKind>(kind)) {
    case RecordKind::kInstrument:
    case RecordKind::kFactor:
    case RecordKind::kLayout:
      if (auto done = decode_definition(static_cast<RecordKind>(kind), payload); !done) {
        return done.error();
      }
      return false;
    case RecordKind::kOperatorState:
      if (auto done = decode_state_head(payload, record); !done) return done.error();
      if (auto done = decode_state_body(payload, record); !done) return done.error();
      state_segment_ = segment_;
      return true;
    case RecordKind::kOperatorStatePart: return decode_state_part(payload, record);
    case RecordKind::kGeneration: {
      GenerationMark mark;
      mark.generation = payload.varint();
      for (auto* start : {&mark.replay.last, &mark.replay.before}) {
        start->segment = payload.varint();
        start->offset = payload.varint();
        start->sequence = payload.varint();
      }
      const auto position = payload.bytes(payload.remaining());
      mark.position.assign(position.begin(), position.end());
      if (!payload.ok()) return malformed("generation mark");
      generation_ = std::move(mark);
      return false;
    }
    default: break;
  }
  if ((kind & kOptionalBit) != 0) return false;
  return Error{Errc::kUnsupportedVersion, "record kind " + std::to_string(kind) +
                                              " is not known to this release; use a newer one"};
}

Status FrameDecoder::decode_definition(RecordKind kind, Cursor& payload) {
  const auto index = payload.varint();
  if (index > std::numeric_limits<std::uint32_t>::max()) return malformed("handle");
  const auto handle = static_cast<std::uint32_t>(index);
  bool agrees = false;
  if (kind == RecordKind::kLayout) {
    TickLayout layout;
    agrees =
        channel::get_layout(payload, layout) && names_.layouts.define(handle, std::move(layout));
  } else if (kind == RecordKind::kInstrument) {
    const auto event_time = payload.get<TimestampNs>();
    const auto id = as_text(payload.bytes(payload.remaining()));
    agrees = payload.ok() && check_id("id", id) && names_.instruments.define(handle, id);
    if (agrees) names_.note_event({handle}, event_time);
  } else {
    const auto id = as_text(payload.bytes(payload.remaining()));
    agrees = payload.ok() && check_id("id", id) && names_.factors.define(handle, id);
  }
  if (!agrees) return malformed("definition " + std::to_string(handle) + " contradicts the others");
  return {};
}

Status FrameDecoder::decode_state_head(Cursor& payload, LogRecord& record) {
  record.type = RecordType::kOperatorState;
  if (auto done = read_instrument(payload, record); !done) return done;
  if (auto done = read_layout(payload, record); !done) return done;
  record.timestamp_ns = payload.get<TimestampNs>();
  record.tick_number.ordinal = payload.varint();
  return payload.ok() ? Status{} : malformed("operator state");
}

Status FrameDecoder::decode_state_body(Cursor& payload, LogRecord& record) {
  const auto count = payload.varint();
  if (count > kFrameBytesMax / sizeof(double)) return malformed("operator state");
  const auto bytes = payload.bytes(count * sizeof(double));
  if (!payload.ok()) return malformed("operator state");
  scratch_.resize(bytes.size() / sizeof(double));
  if (!bytes.empty()) std::memcpy(scratch_.data(), bytes.data(), bytes.size());
  record.values = scratch_;
  record.state = payload.bytes(payload.remaining());
  record.tick_number.counted = !graph::has_uncounted_mark(record.state);
  return {};
}

Result<bool> FrameDecoder::decode_state_part(Cursor& payload, LogRecord& record) {
  if (auto done = decode_state_head(payload, record); !done) return done.error();
  const auto part = payload.varint();
  const auto part_count = payload.varint();
  const auto chunk = payload.bytes(payload.remaining());
  if (!payload.ok() || part >= part_count) return malformed("part of an operator state");
  if (part == 0) {
    unfinished_ = {record.instrument, record.tick_number.ordinal, 0, segment_, {}};
  } else if (!(unfinished_.instrument == record.instrument) ||
             unfinished_.ordinal != record.tick_number.ordinal || unfinished_.parts != part) {
    return false;  // its beginning is lost, or before where reading began
  }
  if (unfinished_.body.size() + chunk.size() > kStateBytesMax + kFrameBytesMax) {
    return malformed("operator state");
  }
  put_bytes(unfinished_.body, chunk);
  if (++unfinished_.parts < part_count) return false;
  state_segment_ = unfinished_.segment;
  Cursor body(unfinished_.body);
  if (auto done = decode_state_body(body, record); !done) return done.error();
  return true;
}

Status FrameDecoder::read_instrument(Cursor& from, LogRecord& record) {
  const auto index = from.varint();
  const auto name = index <= std::numeric_limits<std::uint32_t>::max()
                        ? names_.instruments.name(static_cast<std::uint32_t>(index))
                        : std::nullopt;
  if (!from.ok() || !name)
    return malformed("instrument " + std::to_string(index) + " has no definition");
  record.instrument = InstrumentHandle{static_cast<std::uint32_t>(index)};
  record.instrument_id = *name;
  return {};
}

Status FrameDecoder::read_factor(std::uint64_t index, FactorHandle& factor, std::string_view& id) {
  const auto name = index <= std::numeric_limits<std::uint32_t>::max()
                        ? names_.factors.name(static_cast<std::uint32_t>(index))
                        : std::nullopt;
  if (!cursor_.ok() || !name)
    return malformed("factor " + std::to_string(index) + " has no definition");
  factor = FactorHandle{static_cast<std::uint32_t>(index)};
  id = *name;
  return {};
}

Status FrameDecoder::read_layout(Cursor& from, LogRecord& record) {
  const auto index = from.varint();
  const auto* layout = layouts_.find(index);
  if (!from.ok() || layout == nullptr) {
    return malformed("layout " + std::to_string(index) + " has no definition");
  }
  record.layout_handle = LayoutHandle{static_cast<std::uint32_t>(index)};
  record.layout = layout;
  return {};
}

TimestampNs FrameDecoder::read_time() {
  const auto difference = unzigzag(cursor_.varint());
  last_time_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(last_time_) +
                                         static_cast<std::uint64_t>(difference));
  return last_time_;
}

ByteView FrameDecoder::read_position() {
  const auto shared = cursor_.varint();
  const auto rest = cursor_.bytes(cursor_.varint());
  if (shared == 0 && rest.empty()) return {};
  if (shared > last_position_.size()) {
    (void)cursor_.bytes(cursor_.remaining() + 1);  // marks the cursor as failed
    return {};
  }
  last_position_.resize(static_cast<std::size_t>(shared));
  put_bytes(last_position_, rest);
  return last_position_;
}

}  // namespace factorwal::wal
