#pragma once
/// A block: many ticks and scalar updates in one record of a frame, each series by itself. The
/// record says what there is, in which order; values are in chunks behind the frame's head, each
/// with a checksum of its own. docs/format.md, "Blocks".

#include <cstdint>
#include <vector>

#include "wal/chunk/value_column.h"

namespace factorwal::wal {

/// Fewer records are stored one by one, which is quicker and hardly longer.
inline constexpr std::size_t kBlockTicksLeast = 16;
inline constexpr std::size_t kBlockUpdatesLeast = 256;
inline constexpr std::size_t kBlockRecordsMax = kColumnRowsMax;
/// So many values a block has at most, so that no bytes make a reader allocate without bound.
inline constexpr std::size_t kBlockValuesMax = std::size_t{1} << 20;

enum class ChunkKind : std::uint8_t { kTicks = 0, kUpdates = 1 };
/// In place of kTicks at a chunk's entry: their numbers are no counts; see TickNumber.
inline constexpr std::byte kUncountedTicks{0x02};

/// A chunk in its frame's table.
struct ChunkMark {
  std::uint32_t bytes = 0;
  std::uint32_t checksum = 0;
};

/// Chunks on their way into a frame.
struct ChunkBodies {
  std::vector<ChunkMark> marks;
  Bytes buffer;  ///< valid up to `end`
  std::size_t end = 0;

  void clear() noexcept {
    marks.clear();
    end = 0;
  }
  [[nodiscard]] ByteView bytes() const noexcept { return ByteView(buffer).first(end); }
};

/// A chunk as read. Has kColumnSlack readable bytes behind it.
struct ChunkView {
  ByteView bytes;
  bool intact = true;
};

/// Foretells which series the next record belongs to: the one that came after this one before, or
/// else one as far on as the last time.
class SeriesOrder {
 public:
  explicit SeriesOrder(std::vector<std::uint32_t>& memory, std::size_t series) {
    memory.assign(series + 1, kNone);
    after_ = memory.data();
  }

  [[nodiscard]] std::uint64_t expected() const noexcept {
    const auto known = after_[last_];
    return (known != kNone ? known : last_ + step_) - 1;
  }
  /// `series` counts from 0 and is one of those that there are.
  void push(std::uint64_t series) noexcept {
    after_[last_] = static_cast<std::uint32_t>(series + 1);
    step_ = series + 1 - last_;
    last_ = series + 1;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t* after_;  // 0 is where the block begins; series count from 1
  std::uint64_t last_ = 0;
  std::uint64_t step_ = 1;
};

}  // namespace factorwal::wal
