#include "wal/writing/frame_builder.h"

#include <algorithm>

#include "base/crc32c.h"
#include "channel/layout_code.h"
#include "wal/format/frame_checksum.h"
#include "wal/format/value_code.h"

namespace factorwal::wal {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

}  // namespace

FrameBuilder::FrameBuilder() : buffer_(kBufferBytes) {}

void FrameBuilder::reset() {
  end_ = kFrameHeaderBytes;
  record_count_ = 0;
  flags_ = 0;
  last_time_ = 0;
  last_position_.clear();
  values_.clear();
  waiting_.clear();
  bodies_.clear();
  ++frame_;
}

void FrameBuilder::settle() {
  if (waiting_.empty()) return;
  if (waiting_.ticks().size() >= kBlockTicksLeast || waiting_.updates() >= kBlockUpdatesLeast) {
    add_block();
  } else {
    add_rows();
  }
  waiting_.clear();
}

void FrameBuilder::add_rows() {
  std::size_t update = 0;
  std::size_t next_tick = 0;
  for (const auto record : waiting_.order()) {
    if (record == kIsUpdate) {
      const auto handle = [&](auto column) { return static_cast<std::uint32_t>(column[update]); };
      add_update_row({handle(waiting_.update_instruments())}, {handle(waiting_.update_factors())},
                     static_cast<TimestampNs>(waiting_.update_times()[update]),
                     waiting_.update_values()[update]);
      ++update;
      continue;
    }
    const auto& tick = waiting_.ticks()[next_tick++];
    const auto& series = waiting_.series()[record];
    add_tick_row({series.instrument}, {series.layout}, tick.time, {tick.ordinal, series.counted},
                 waiting_.position(tick), std::as_bytes(waiting_.values(tick)));
  }
}

void FrameBuilder::add_block() {
  const auto content = blocks_.store(waiting_, bodies_);
  auto* at = reserve(16 + content.size());
  *at++ = static_cast<std::byte>(RecordKind::kBlock);
  at = store_varint(at, content.size());
  commit(std::copy(content.begin(), content.end(), at));
  record_count_ += static_cast<std::uint32_t>(waiting_.size());
}

std::byte* FrameBuilder::reserve(std::size_t size) {
  if (buffer_.size() - end_ < size) {
    buffer_.resize(std::max(buffer_.size() * 2, end_ + size));
  }
  return buffer_.data() + end_;
}

std::byte* FrameBuilder::store_kind(std::byte* at, RecordKind kind) {
  *at = static_cast<std::byte>(kind);
  ++record_count_;
  return at + 1;
}

std::byte* FrameBuilder::store_time(std::byte* at, TimestampNs time) {
  // Differences wrap, so that any two times have one.
  const auto difference = static_cast<std::int64_t>(static_cast<std::uint64_t>(time) -
                                                    static_cast<std::uint64_t>(last_time_));
  last_time_ = time;
  return store_varint(at, zigzag(difference));
}

std::byte* FrameBuilder::store_position(std::byte* at, ByteView position) {
  const auto limit = std::min(position.size(), last_position_.size());
  const auto shared = static_cast<std::size_t>(
      std::mismatch(position.begin(), position.begin() + static_cast<std::ptrdiff_t>(limit),
                    last_position_.begin())
          .first -
      position.begin());
  const auto rest = position.subspan(shared);
  at = store_varint(at, shared);
  at = store_varint(at, rest.size());
  at = std::copy(rest.begin(), rest.end(), at);
  if (!position.empty()) last_position_.assign(position.begin(), position.end());
  return at;
}

void FrameBuilder::add_update(InstrumentHandle instrument, FactorHandle factor, TimestampNs time,
                              double value) {
  if (waiting_.add_update(instrument, factor, time, value)) return;
  settle();
  (void)waiting_.add_update(instrument, factor, time, value);  // fits an empty one
}

void FrameBuilder::add_update_row(InstrumentHandle instrument, FactorHandle factor,
                                  TimestampNs time, double value) {
  auto* at = store_kind(reserve(40), RecordKind::kUpdate);
  at = store_varint(at, instrument.index);
  at = store_varint(at, factor.index);
  at = store_time(at, time);
  store(at, value);
  commit(at + sizeof value);
}

void FrameBuilder::add_vector_update(InstrumentHandle instrument, FactorHandle factor,
                                     TimestampNs time, ByteView values) {
  settle();
  auto* at = store_kind(reserve(48 + values.size()), RecordKind::kVectorUpdate);
  at = store_varint(at, instrument.index);
  at = store_varint(at, factor.index);
  at = store_time(at, time);
  at = store_varint(at, values.size() / sizeof(double));
  commit(std::copy(values.begin(), values.end(), at));
}

void FrameBuilder::add_snapshot(InstrumentHandle instrument, TimestampNs time,
                                std::uint64_t checkpoint_id, ByteView factors) {
  settle();
  constexpr std::size_t kPair = 12;
  auto* at = store_kind(reserve(48 + factors.size() / kPair * 13), RecordKind::kSnapshot);
  at = store_varint(at, instrument.index);
  at = store_time(at, time);
  at = store_varint(at, checkpoint_id);
  at = store_varint(at, factors.size() / kPair);
  for (; factors.size() >= kPair; factors = factors.subspan(kPair)) {
    at = store_varint(at, load<std::uint32_t>(factors.data()));
    at = std::copy_n(factors.data() + sizeof(std::uint32_t), sizeof(double), at);
  }
  commit(at);
}

void FrameBuilder::add_tick(InstrumentHandle instrument, LayoutHandle layout, TimestampNs time,
                            const TickNumber& number, ByteView position, ByteView values) {
  if (waiting_.add_tick(instrument, layout, time, number, position, values)) return;
  settle();
  if (waiting_.add_tick(instrument, layout, time, number, position, values)) return;
  add_tick_row(instrument, layout, time, number, position, values);  // has a block's values alone
}

void FrameBuilder::add_tick_row(InstrumentHandle instrument, LayoutHandle layout, TimestampNs time,
                                const TickNumber& number, ByteView position, ByteView values) {
  const std::size_t count = values.size() / sizeof(double);
  auto* at = store_kind(reserve(80 + position.size() + count / 2 + 1 + count * 8 + 16),
                        number.counted ? RecordKind::kTick : RecordKind::kUncountedTick);
  at = store_varint(at, instrument.index);
  at = store_varint(at, layout.index);
  at = store_time(at, time);
  if (instrument.index >= previous_.size()) previous_.resize(std::size_t{instrument.index} + 1);
  auto& previous = previous_[instrument.index];
  const bool follows = previous.frame == frame_ && previous.layout == layout.index;
  at = store_varint(at, number.ordinal - (follows ? previous.ordinal + 1 : 0));
  at = store_position(at, position);

  const RoundToNearest rounding;
  auto* codes = at;
  const std::size_t code_bytes = (count + 1) / 2;
  std::fill_n(codes, code_bytes, std::byte{0});
  at += code_bytes;
  const std::size_t start = values_.size();
  values_.resize(start + count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = load<std::uint64_t>(values.data() + i * sizeof(double));
    // Without an earlier tick in this frame: near the first value, the price as a rule.
    Prediction near;
    if (i > 0) near = {values_[start], values_[start + i - 1]};
    if (follows) near.expected = values_[previous.values + i];
    const auto [code, width] = store_value(at, bits, near);
    codes[i / 2] |= static_cast<std::byte>(code << (i % 2 == 0 ? 0U : 4U));
    at += width;
    values_[start + i] = bits;
  }
  previous = {frame_, layout.index, number.ordinal, start};
  commit(at);
}

void FrameBuilder::add_time(TimestampNs time) {
  settle();
  commit(store_time(store_kind(reserve(16), RecordKind::kTime), time));
}

void FrameBuilder::add_position(ByteView position) {
  settle();
  commit(
      store_position(store_kind(reserve(32 + position.size()), RecordKind::kPosition), position));
}

void FrameBuilder::add_sized(RecordKind kind, ByteView payload) {
  auto* at = reserve(16 + payload.size());
  *at++ = static_cast<std::byte>(kind);
  at = store_varint(at, payload.size());
  commit(std::copy(payload.begin(), payload.end(), at));
}

void FrameBuilder::define_instrument(std::uint32_t index, TimestampNs event_time,
                                     std::string_view id) {
  scratch_.clear();
  put_varint(scratch_, index);
  put(scratch_, event_time);
  put_bytes(scratch_, as_bytes(id));
  add_sized(RecordKind::kInstrument, scratch_);
  flags_ |= kFrameHasDefinitions;
}

void FrameBuilder::define_factor(std::uint32_t index, std::string_view id) {
  scratch_.clear();
  put_varint(scratch_, index);
  put_bytes(scratch_, as_bytes(id));
  add_sized(RecordKind::kFactor, scratch_);
  flags_ |= kFrameHasDefinitions;
}

void FrameBuilder::define_layout(std::uint32_t index, const TickLayout& layout) {
  scratch_.clear();
  put_varint(scratch_, index);
  channel::put_layout(scratch_, layout);
  add_sized(RecordKind::kLayout, scratch_);
  flags_ |= kFrameHasDefinitions;
}

void FrameBuilder::add_operator_state(InstrumentHandle instrument, LayoutHandle layout,
                                      TimestampNs time, std::uint64_t ordinal,
                                      std::span<const double> values, ByteView state) {
  settle();
  scratch_.clear();
  put_varint(scratch_, instrument.index);
  put_varint(scratch_, layout.index);
  put(scratch_, time);
  put_varint(scratch_, ordinal);
  put_varint(scratch_, values.size());
  put_bytes(scratch_, std::as_bytes(values));
  put_bytes(scratch_, state);
  add_sized(RecordKind::kOperatorState, scratch_);
  flags_ |= kFrameHasState;
}

Bytes FrameBuilder::state_body(std::span<const double> values, ByteView state) {
  Bytes body;
  put_varint(body, values.size());
  put_bytes(body, std::as_bytes(values));
  put_bytes(body, state);
  return body;
}

void FrameBuilder::add_operator_state_part(InstrumentHandle instrument, LayoutHandle layout,
                                           TimestampNs time, std::uint64_t ordinal,
                                           std::uint64_t part, std::uint64_t part_count,
                                           ByteView chunk) {
  settle();
  scratch_.clear();
  put_varint(scratch_, instrument.index);
  put_varint(scratch_, layout.index);
  put(scratch_, time);
  put_varint(scratch_, ordinal);
  put_varint(scratch_, part);
  put_varint(scratch_, part_count);
  put_bytes(scratch_, chunk);
  add_sized(RecordKind::kOperatorStatePart, scratch_);
  flags_ |= kFrameHasState;
}

void FrameBuilder::add_generation(std::uint64_t generation, const ReplayStarts& replay,
                                  ByteView position) {
  settle();
  scratch_.clear();
  put_varint(scratch_, generation);
  for (const auto& start : {replay.last, replay.before}) {
    put_varint(scratch_, start.segment);
    put_varint(scratch_, start.offset);
    put_varint(scratch_, start.sequence);
  }
  put_bytes(scratch_, position);
  add_sized(RecordKind::kGeneration, scratch_);
  flags_ |= kFrameHasState;
}

void FrameBuilder::complete(FrameKind kind, Sequence first_sequence,
                            std::span<const RingMark> rings) {
  settle();
  const auto record_bytes = end_ - kFrameHeaderBytes;
  // Ring marks go last: their number is not known while records are added.
  auto* marks = reserve(rings.size() * kFrameRingBytes);
  for (const auto& mark : rings) {
    store(marks, mark.ring);
    store(marks + 8, mark.ordinal);
    marks += kFrameRingBytes;
  }
  commit(marks);
  if (!bodies_.marks.empty()) add_chunks();
  pad();

  auto* head = buffer_.data();
  store(head, kFrameMagic);
  store(head + kFrameLengthOffset, static_cast<std::uint32_t>(end_));
  head[kFrameKindOffset] = static_cast<std::byte>(kind);
  head[kFrameFlagsOffset] = static_cast<std::byte>(flags_);
  store(head + kFrameRingCountOffset, static_cast<std::uint16_t>(rings.size()));
  store(head + kFrameFirstSequenceOffset, first_sequence);
  store(head + kFrameRecordCountOffset, record_count_);
  store(head + kFrameRecordBytesOffset, static_cast<std::uint32_t>(record_bytes));
}

void FrameBuilder::add_chunks() {
  auto* at = reserve(chunk_table_bytes(bodies_.marks.size()) + bodies_.end);
  store(at, static_cast<std::uint32_t>(bodies_.marks.size()));
  at += sizeof(std::uint32_t);
  for (const auto& mark : bodies_.marks) {
    store(at, mark.bytes);
    store(at + 4, mark.checksum);
    at += kFrameChunkBytes;
  }
  commit(at);
  pad();
  at = std::ranges::copy(bodies_.bytes(), buffer_.data() + end_).out;
  commit(std::fill_n(at, kFrameChunkSlack, std::byte{0}));
  flags_ |= kFrameHasChunks;
}

void FrameBuilder::pad() {
  auto* at = reserve(kFrameAlignment);
  while (end_ % kFrameAlignment != 0) {
    *at++ = std::byte{0};
    ++end_;
  }
}

ByteView FrameBuilder::finish(FrameKind kind, const Identity& segment, std::uint64_t offset,
                              Sequence first_sequence, Frontier frontier,
                              std::span<const RingMark> rings) {
  complete(kind, first_sequence, rings);
  const auto frame = std::span(buffer_).first(end_);
  place_frame(frame, segment, offset, frontier);
  return frame;
}

CompleteFrame FrameBuilder::hand_over(Sequence first_sequence, std::span<const RingMark> rings,
                                      Bytes spare) {
  complete(FrameKind::kCommit, first_sequence, rings);
  CompleteFrame frame{std::move(buffer_), end_, record_count_};
  buffer_ = std::move(spare);
  if (buffer_.size() < kBufferBytes) buffer_.resize(kBufferBytes);
  reset();
  return frame;
}

void place_frame(std::span<std::byte> frame, const Identity& segment, std::uint64_t offset,
                 Frontier frontier) noexcept {
  store(frame.data() + kFrameFrontierSequenceOffset, frontier.sequence);
  store(frame.data() + kFrameFrontierOffsetOffset, frontier.offset);
  const auto head = find_extent(frame)->head;
  store(frame.data() + kFrameChecksumOffset,
        frame_checksum(segment, offset, frame.first(static_cast<std::size_t>(head))));
}

}  // namespace factorwal::wal
