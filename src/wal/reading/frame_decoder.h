#pragma once
/// Gives back the records of one frame. Definitions go into the name table as they pass.

#include <vector>

#include "factorwal/record.h"
#include "wal/chunk/block_decoder.h"
#include "wal/format/known_layouts.h"
#include "wal/format/name_table.h"
#include "wal/reading/frame.h"

namespace factorwal::wal {

/// A completed snapshot generation: every instrument's state since its start is in the log.
struct GenerationMark {
  std::uint64_t generation = 0;
  ReplayStarts replay;  ///< its own start, and that of the generation before it
  Bytes position;
};

/// A block as a frame holds it.
struct BlockPart {
  ByteView content;
  std::uint64_t records = 0;
  std::size_t first_chunk = 0;  ///< of the frame's
  std::size_t chunks = 0;
  Sequence first_sequence = 0;
};

class FrameDecoder {
 public:
  explicit FrameDecoder(NameTable& names) : names_(names), layouts_(names.layouts), block_(names) {}

  /// Begins a frame whose checksum holds. Its bytes must outlive the decoding. `segment`: where it
  /// lies.
  void start(ByteView frame, const FrameHeader& header, std::uint64_t segment = 0);
  /// Of the operator state that was decoded last: the segment in which its first part lies.
  [[nodiscard]] std::uint64_t state_segment() const noexcept { return state_segment_; }

  /// The next record, or the next that is not lost. False at the end of the frame; kCorruption when
  /// the records do not follow the grammar, kUnsupportedVersion at a required kind that is not
  /// known.
  [[nodiscard]] Result<bool> next(LogRecord& record);

  /// As `next`, but that a block is given as it is, in place of its records. `frame` may be the
  /// frame's head. Not to be mixed with `next`.
  void start_parts(ByteView frame, const FrameHeader& header);
  enum class Part : std::uint8_t { kEnd, kRecord, kBlock };
  [[nodiscard]] Result<Part> next_part(LogRecord& record);
  /// Of the kBlock that was given last.
  [[nodiscard]] const BlockPart& block() const noexcept { return part_; }

  /// As `next` to the end of the frame, for who needs names, event times and marks alone: records
  /// of blocks are not decoded. kCorruption as from `next`.
  [[nodiscard]] Status learn();

  /// The next record of the block that `next` is in; false when none is left, or it is in none.
  /// There is no error in the midst of a block, and nothing is lost there that was not told.
  [[nodiscard]] bool next_of_block(LogRecord& record);

  /// The rest of the block that `next` is in, if it is updates alone and none of them is lost.
  [[nodiscard]] UpdateRun take_updates();

  /// See BlockDecoder.
  [[nodiscard]] InstrumentHandle instrument_ahead(std::size_t n) const noexcept {
    return block_.instrument_ahead(n);
  }

  /// Of the frame so far: what chunks that do not hold have cost. Sequences in place of records.
  [[nodiscard]] const std::vector<LostRows>& lost() const noexcept { return lost_; }

  /// The last generation mark met, if any.
  [[nodiscard]] const std::optional<GenerationMark>& generation() const { return generation_; }

 private:
  struct Previous {
    std::uint64_t frame = 0;
    std::uint32_t layout = 0;
    std::uint64_t ordinal = 0;
    std::size_t values = 0;
  };
  void begin(ByteView frame, const FrameHeader& header);
  [[nodiscard]] Status take_block();
  [[nodiscard]] Status start_block();
  void pass_block();
  [[nodiscard]] Status decode_fixed(RecordKind kind, LogRecord& record);
  [[nodiscard]] Result<bool> decode_sized(std::uint8_t kind, LogRecord& record);
  [[nodiscard]] Status decode_tick(LogRecord& record);
  [[nodiscard]] Status decode_snapshot(LogRecord& record);
  [[nodiscard]] Status decode_definition(RecordKind kind, Cursor& payload);
  [[nodiscard]] Status decode_state_head(Cursor& payload, LogRecord& record);
  [[nodiscard]] Status decode_state_body(Cursor& payload, LogRecord& record);
  /// True with the last part of a state whose parts have all come, in order.
  [[nodiscard]] Result<bool> decode_state_part(Cursor& payload, LogRecord& record);
  [[nodiscard]] Status read_instrument(Cursor& from, LogRecord& record);
  [[nodiscard]] Status read_factor(std::uint64_t index, FactorHandle& factor, std::string_view& id);
  [[nodiscard]] Status read_layout(Cursor& from, LogRecord& record);
  [[nodiscard]] TimestampNs read_time();
  [[nodiscard]] ByteView read_position();

  NameTable& names_;
  KnownLayouts layouts_;
  Cursor cursor_{ByteView{}};
  Sequence next_sequence_ = 0;
  std::uint32_t left_ = 0;
  std::int64_t last_time_ = 0;
  Bytes last_position_;
  std::uint64_t frame_ = 0;
  std::vector<Previous> previous_;
  std::vector<double> values_;  // of the ticks in this frame
  std::vector<double> scratch_;
  std::vector<FactorValue> factors_;
  std::optional<GenerationMark> generation_;
  std::uint64_t segment_ = 0;
  std::uint64_t state_segment_ = 0;

  /// A state of which some parts have come.
  struct Unfinished {
    InstrumentHandle instrument;
    std::uint64_t ordinal = 0;
    std::uint64_t parts = 0;
    std::uint64_t segment = 0;
    Bytes body;
  };
  Unfinished unfinished_;
  std::vector<ChunkView> chunks_;
  std::size_t chunk_count_ = 0;
  std::size_t next_chunk_ = 0;
  bool in_parts_ = false;
  bool block_taken_ = false;
  BlockPart part_;
  BlockDecoder block_;
  std::vector<LostRows> lost_;
  bool learning_ = false;
};

}  // namespace factorwal::wal
