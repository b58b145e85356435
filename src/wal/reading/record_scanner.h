#pragma once
/// The outline of a frame's records without their values: kinds, and of ticks their instrument,
/// layout and count. What a reader needs who checks a log, at several times the decoder's speed.

#include <vector>

#include "factorwal/record.h"
#include "wal/chunk/block_decoder.h"
#include "wal/format/known_layouts.h"
#include "wal/format/name_table.h"
#include "wal/reading/frame.h"

namespace factorwal::wal {

struct ScannedRecord {
  RecordType type = RecordType::kTick;
  InstrumentHandle instrument;
  LayoutHandle layout;     ///< ticks only
  TickNumber tick_number;  ///< ticks only
};

class RecordScanner {
 public:
  explicit RecordScanner(const NameTable& names)
      : names_(names), layouts_(names.layouts), block_(names) {}

  /// Whether all of the frame's records follow the grammar. False also for what is rare: then the
  /// decoder is to be asked, whose word counts.
  [[nodiscard]] bool scan(ByteView frame, const FrameHeader& header);

  [[nodiscard]] const std::vector<ScannedRecord>& records() const noexcept { return records_; }
  /// Of a tick that was scanned.
  [[nodiscard]] const TickLayout* layout(LayoutHandle handle) {
    return layouts_.find(handle.index);
  }

 private:
  struct Previous {  // an instrument's latest tick in this frame
    std::uint64_t frame = 0;
    std::uint32_t layout = 0;
    std::uint64_t ordinal = 0;
  };
  /// The records of a block, from `at` on; how many there are, 0 if it is none.
  [[nodiscard]] std::size_t scan_block(Cursor& cursor, std::size_t at);
  [[nodiscard]] bool scan_record(Cursor& cursor, ScannedRecord& record);
  [[nodiscard]] bool scan_tick(Cursor& cursor, ScannedRecord& record);
  [[nodiscard]] bool scan_position(Cursor& cursor);
  [[nodiscard]] bool read_instrument(Cursor& cursor, ScannedRecord& record) const;

  const NameTable& names_;
  std::vector<ScannedRecord> records_;
  KnownLayouts layouts_;
  std::vector<Previous> previous_;  // by instrument
  std::uint64_t frame_ = 0;
  std::uint64_t position_bytes_ = 0;  // of the last position
  std::vector<ChunkView> chunks_;
  std::size_t next_chunk_ = 0;
  BlockDecoder block_;
};

}  // namespace factorwal::wal
