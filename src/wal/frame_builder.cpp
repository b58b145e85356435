#include "wal/frame_builder.h"

#include <algorithm>

#include "base/check.h"
#include "base/crc32c.h"
#include "channel/layout_code.h"
#include "wal/frame_checksum.h"
#include "wal/value_code.h"

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
  ++frame_;
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
  auto* at = store_kind(reserve(40), RecordKind::kUpdate);
  at = store_varint(at, instrument.index);
  at = store_varint(at, factor.index);
  at = store_time(at, time);
  store(at, value);
  commit(at + sizeof value);
}

void FrameBuilder::add_vector_update(InstrumentHandle instrument, FactorHandle factor,
                                     TimestampNs time, ByteView values) {
  auto* at = store_kind(reserve(48 + values.size()), RecordKind::kVectorUpdate);
  at = store_varint(at, instrument.index);
  at = store_varint(at, factor.index);
  at = store_time(at, time);
  at = store_varint(at, values.size() / sizeof(double));
  commit(std::copy(values.begin(), values.end(), at));
}

void FrameBuilder::add_snapshot(InstrumentHandle instrument, TimestampNs time,
                                std::uint64_t checkpoint_id, ByteView factors) {
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
                            std::uint64_t ordinal, ByteView position, ByteView values) {
  const std::size_t count = values.size() / sizeof(double);
  auto* at =
      store_kind(reserve(80 + position.size() + count / 2 + 1 + count * 8 + 16), RecordKind::kTick);
  at = store_varint(at, instrument.index);
  at = store_varint(at, layout.index);
  at = store_time(at, time);
  if (instrument.index >= previous_.size()) previous_.resize(std::size_t{instrument.index} + 1);
  auto& previous = previous_[instrument.index];
  const bool follows = previous.frame == frame_ && previous.layout == layout.index;
  at = store_varint(at, ordinal - (follows ? previous.ordinal + 1 : 0));
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
  previous = {frame_, layout.index, ordinal, start};
  commit(at);
}

void FrameBuilder::add_time(TimestampNs time) {
  commit(store_time(store_kind(reserve(16), RecordKind::kTime), time));
}

void FrameBuilder::add_position(ByteView position) {
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
  scratch_.clear();
  put_varint(scratch_, generation);
  put_varint(scratch_, replay.last);
  put_varint(scratch_, replay.before);
  put_bytes(scratch_, position);
  add_sized(RecordKind::kGeneration, scratch_);
  flags_ |= kFrameHasState;
}

void FrameBuilder::copy_records(ByteView payload, std::uint32_t record_count, std::uint8_t flags) {
  FACTORWAL_CHECK(empty());
  commit(std::copy(payload.begin(), payload.end(), reserve(payload.size())));
  record_count_ = record_count;
  flags_ = flags;
}

void FrameBuilder::complete(FrameKind kind, Sequence first_sequence,
                            std::span<const RingMark> rings) {
  // Ring marks go last: their number is not known while records are added.
  auto* marks = reserve(rings.size() * kFrameRingBytes + kFrameAlignment);
  const auto record_bytes = end_ - kFrameHeaderBytes;
  for (const auto& mark : rings) {
    store(marks, mark.ring);
    store(marks + 8, mark.ordinal);
    marks += kFrameRingBytes;
  }
  commit(marks);
  while (end_ % kFrameAlignment != 0) buffer_[end_++] = std::byte{0};

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
  store(frame.data() + kFrameChecksumOffset, frame_checksum(segment, offset, frame));
}

}  // namespace factorwal::wal
