#pragma once
/// Encodes records into one frame. Nothing in a frame refers to another frame's values: deltas
/// start anew in each, so that damage stays in its frame. Ticks and updates that follow one another
/// wait, and become a block if they are many, rows otherwise.

#include <span>
#include <vector>

#include "base/coding.h"
#include "factorwal/record.h"
#include "wal/chunk/block_builder.h"
#include "wal/chunk/waiting_records.h"
#include "wal/format/frame_marks.h"
#include "wal/format/wal_format.h"

namespace factorwal::wal {

/// A frame that can be put anywhere: `place_frame` says where.
struct CompleteFrame {
  Bytes buffer;  ///< the frame, and perhaps more
  std::size_t size = 0;
  std::uint32_t record_count = 0;

  [[nodiscard]] std::span<std::byte> bytes() noexcept { return std::span(buffer).first(size); }
};

/// Makes a complete frame one of this place. It can be placed again, elsewhere.
void place_frame(std::span<std::byte> frame, const Identity& segment, std::uint64_t offset,
                 Frontier frontier) noexcept;

class FrameBuilder {
 public:
  FrameBuilder();

  /// Forgets the frame; the next record is the first of a new one.
  void reset();
  [[nodiscard]] bool empty() const noexcept { return bytes() == kFrameHeaderBytes; }
  [[nodiscard]] std::uint32_t record_count() const noexcept {
    return record_count_ + static_cast<std::uint32_t>(waiting_.size());
  }
  /// With those that wait, as they are. `settle` makes it exact, and less as a rule.
  [[nodiscard]] std::size_t bytes() const noexcept {
    const auto chunks = bodies_.marks.empty() ? 0 : chunk_table_bytes(bodies_.marks.size());
    return end_ + waiting_.bytes() + chunks + bodies_.end;
  }
  /// Stores what waits.
  void settle();

  // Records with a sequence; the caller counts sequences.
  void add_update(InstrumentHandle, FactorHandle, TimestampNs, double value);
  void add_vector_update(InstrumentHandle, FactorHandle, TimestampNs, ByteView values);
  /// `factors` is pairs of (u32 factor, f64 value), 12 bytes each.
  void add_snapshot(InstrumentHandle, TimestampNs, std::uint64_t checkpoint_id, ByteView factors);
  /// `values` is the layout's fields, then its factors, as doubles.
  void add_tick(InstrumentHandle, LayoutHandle, TimestampNs, const TickNumber& number,
                ByteView position, ByteView values);
  void add_time(TimestampNs);
  void add_position(ByteView position);

  // Records without.
  void define_instrument(std::uint32_t index, TimestampNs event_time, std::string_view id);
  void define_factor(std::uint32_t index, std::string_view id);
  void define_layout(std::uint32_t index, const TickLayout& layout);
  void add_operator_state(InstrumentHandle, LayoutHandle, TimestampNs, std::uint64_t ordinal,
                          std::span<const double> values, ByteView state);
  /// One of several parts, in order, which may lie in frames of their own: their chunks together
  /// are what follows the ordinal in a whole state.
  void add_operator_state_part(InstrumentHandle, LayoutHandle, TimestampNs, std::uint64_t ordinal,
                               std::uint64_t part, std::uint64_t part_count, ByteView chunk);
  /// What follows the ordinal in an operator state.
  [[nodiscard]] static Bytes state_body(std::span<const double> values, ByteView state);
  /// `replay`: where reading must begin to meet all its states, and those of the one before it.
  void add_generation(std::uint64_t generation, const ReplayStarts& replay, ByteView position);

  /// Completes the frame for its place. The view is valid until the next call.
  [[nodiscard]] ByteView finish(FrameKind kind, const Identity& segment, std::uint64_t offset,
                                Sequence first_sequence, Frontier frontier,
                                std::span<const RingMark> rings);
  /// Completes a commit frame but for its place, and gives it away without copying; goes on with a
  /// new frame in `spare`.
  [[nodiscard]] CompleteFrame hand_over(Sequence first_sequence, std::span<const RingMark> rings,
                                        Bytes spare);

 private:
  struct Previous {  // an instrument's latest tick in this frame
    std::uint64_t frame = 0;
    std::uint32_t layout = 0;
    std::uint64_t ordinal = 0;
    std::size_t values = 0;  // index into values_
  };
  void complete(FrameKind kind, Sequence first_sequence, std::span<const RingMark> rings);
  void add_chunks();
  void pad();
  void add_tick_row(InstrumentHandle, LayoutHandle, TimestampNs, const TickNumber& number,
                    ByteView position, ByteView values);
  void add_update_row(InstrumentHandle, FactorHandle, TimestampNs, double value);
  void add_rows();
  void add_block();
  std::byte* reserve(std::size_t size);
  void commit(const std::byte* end) { end_ = static_cast<std::size_t>(end - buffer_.data()); }
  std::byte* store_kind(std::byte* at, RecordKind kind);
  std::byte* store_time(std::byte* at, TimestampNs time);
  std::byte* store_position(std::byte* at, ByteView position);
  void add_sized(RecordKind kind, ByteView payload);

  Bytes buffer_;  // header space, then records; valid up to end_
  std::size_t end_ = kFrameHeaderBytes;
  std::uint32_t record_count_ = 0;
  std::uint8_t flags_ = 0;
  std::int64_t last_time_ = 0;
  Bytes last_position_;
  std::uint64_t frame_ = 1;
  std::vector<Previous> previous_;     // by instrument
  std::vector<std::uint64_t> values_;  // of the ticks in this frame
  Bytes scratch_;
  WaitingRecords waiting_;
  BlockBuilder blocks_;
  ChunkBodies bodies_;
};

}  // namespace factorwal::wal
