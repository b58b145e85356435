#pragma once
/// Streams the records of a directory in order of sequence. Damaged places are skipped and told in
/// `findings`; what is given back was read from intact frames only.

#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "wal/format/segment_index.h"
#include "wal/reading/chunk_source.h"
#include "wal/reading/frame_decoder.h"
#include "wal/reading/log_view.h"
#include "wal/reading/record_scanner.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::wal {

class LogReader {
 public:
  /// Reads the segments of `view` from `start` on. `names` receives the definitions met. Both
  /// `files` and `names` must outlive the reader.
  LogReader(FileSystem& files, LogView view, NameTable& names, const ReplayStart& start = {});

  /// Passes over what comes before `sequence`, of which it learns names alone; false when there is
  /// nothing else. Before the first `next`, which then begins with the frame that holds it.
  [[nodiscard]] Result<bool> pass_to(Sequence sequence);

  /// The next record; false at the end. Fails when a file cannot be read or is of a newer format.
  [[nodiscard]] Result<bool> next(LogRecord& record);

  /// Behind an update that `next` gave: those that follow, where it is quick to give many; none
  /// otherwise. What it refers to is valid until the next call.
  [[nodiscard]] UpdateRun take_updates() { return decoder_.take_updates(); }

  /// Whose tick `next` gives after n more, so that a reader can look ahead; not valid where that is
  /// not known.
  [[nodiscard]] InstrumentHandle instrument_ahead(std::size_t n) const noexcept {
    return decoder_.instrument_ahead(n);
  }

  /// From now on chunks are not read with their frames: for `next_frame` and `next_part` alone.
  /// Requires: nothing was read yet.
  void read_heads_only() noexcept { heads_only_ = true; }
  /// Cuts are told of these sequences alone.
  void tell_cuts_of(Sequence first, Sequence last = std::numeric_limits<Sequence>::max()) noexcept {
    wanted_first_ = first;
    wanted_last_ = last;
  }
  /// Whether a reader wants the frames of a group; `behind` is the sequence behind them.
  using Wants = std::function<bool(const FrameGroup& group, Sequence behind)>;
  /// From now on groups of frames that are not wanted are passed over, where a segment has an
  /// index. What they hold is not checked.
  void read_only(Wants wants) { wants_ = std::move(wants); }
  /// For `next_frame`: the chunks of the frame at hand.
  void start_chunks(ChunkSource& chunks) const {
    chunks.start(reader_->file(), reader_->offset(), reader_->frame(), reader_->header());
  }
  /// As `next`, but that a block is given as it is, in place of its records, and that chunks are
  /// read when they are asked for. Requires: heads only.
  [[nodiscard]] Result<FrameDecoder::Part> next_part(LogRecord& record);
  /// Of the kBlock that was given last.
  [[nodiscard]] const BlockPart& block() const noexcept { return decoder_.block(); }
  /// Of the frame that it is in.
  [[nodiscard]] ChunkSource& chunks() noexcept { return chunks_; }
  /// A chunk of that frame does not hold, which has cost these rows.
  void tell_lost(std::size_t chunk, const LostRows& lost);
  /// The block does not follow the grammar: the rest of the frame is passed over. `error` itself if
  /// it is another one than kCorruption.
  [[nodiscard]] Status give_up_frame(const Error& error);

  /// As `next`, for who counts and checks only: of a record type, sequence, instrument, layout and
  /// ordinal are given. Every byte is checked as in `next`. Not to be mixed with `next`.
  [[nodiscard]] Result<bool> next_outline(LogRecord& record);

  /// The next intact frame, without decoding it; false at the end. Not to be mixed with `next`.
  [[nodiscard]] Result<bool> next_frame();
  [[nodiscard]] const FrameHeader& frame_header() const { return reader_->header(); }
  [[nodiscard]] ByteView frame() const { return reader_->frame(); }
  [[nodiscard]] std::uint64_t frame_offset() const { return reader_->offset(); }
  [[nodiscard]] const SegmentView& segment() const { return view_.segments[segment_]; }

  /// Of the look at the directory and of everything read so far.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }
  [[nodiscard]] bool corrupt() const noexcept;
  /// Sequences that retention took away before they were read, in the midst of reading; both 0 if
  /// none. They are no damage, and are not given back.
  struct Cut {
    Sequence first = 0;
    Sequence last = 0;
    std::uint64_t records = 0;  ///< fewer than between both, where some were read in time
    [[nodiscard]] bool any() const noexcept { return records > 0; }
  };
  [[nodiscard]] const Cut& cut() const noexcept { return cut_; }
  [[nodiscard]] const LogView& view() const noexcept { return view_; }
  [[nodiscard]] const std::optional<GenerationMark>& generation() const {
    return decoder_.generation();
  }
  /// `lost_records` as it was at that mark.
  [[nodiscard]] std::uint64_t lost_before_generation() const noexcept {
    return lost_before_generation_;
  }
  /// Of the operator state that was read last: the segment in which it begins.
  [[nodiscard]] std::uint64_t state_segment() const noexcept { return decoder_.state_segment(); }
  [[nodiscard]] std::uint64_t frame_count() const noexcept { return frame_count_; }
  [[nodiscard]] std::uint64_t byte_count() const noexcept { return byte_count_; }
  /// Records that are missing before what was read last, as the sequences tell.
  [[nodiscard]] std::uint64_t lost_records() const noexcept { return lost_records_; }
  /// Highest sequence of the intact frames read.
  [[nodiscard]] Sequence last_sequence() const noexcept { return expected_ - 1; }

 private:
  [[nodiscard]] Result<bool> open_segment();
  /// Over groups that are not wanted.
  void pass_groups();
  /// The segment's file is gone: by retention, or at the close of an open that added nothing?
  [[nodiscard]] Result<bool> was_cut(const SegmentView& segment);
  /// What was not durable at the end of the view may have been written again, by an open, into
  /// segments that came after the view: they are read in its place.
  [[nodiscard]] Status look_behind_cut_end();
  void pass_over_cut();
  /// Whether the frame at hand is behind all that the view had.
  [[nodiscard]] bool is_newer_than_view() const;
  /// As `next_frame`; also a frame of which only chunks do not hold.
  [[nodiscard]] Result<bool> next_readable_frame(bool with_damaged_chunks);
  /// Whether the frame at hand is to be given; tells it if not.
  [[nodiscard]] bool take_frame();
  void start_frame();
  void tell_lost();
  void tell_lost(std::uint64_t offset, std::uint64_t bytes, const LostRows& lost);
  /// At a bad place: tells it and goes on at the next intact frame; false if there is none.
  [[nodiscard]] Result<bool> skip_damage();
  void check_sequence();
  /// Of the frame that has begun; false at its end, and when the rest of it does not hold.
  [[nodiscard]] Result<bool> decode_next(LogRecord& record);
  void add_finding(std::uint64_t offset, std::uint64_t bytes, Sequence first, Sequence last,
                   std::string what);

  FileSystem& files_;
  LogView view_;
  NameTable& names_;
  FrameDecoder decoder_;
  RecordScanner scanner_;
  std::size_t scanned_ = 0;  // of the scanner's records: already given
  std::vector<Finding> findings_;
  Cut cut_;
  Sequence wanted_first_ = 1;
  Sequence wanted_last_ = std::numeric_limits<Sequence>::max();
  const Sequence start_ = 0;  // frames that lie before it may have been written again
  std::size_t segment_ = 0;
  std::uint64_t offset_ = kSegmentHeaderBytes;  // at which the next segment is read
  bool in_frame_ = false;
  bool heads_only_ = false;
  ChunkSource chunks_;
  Wants wants_;
  std::optional<SegmentIndex> index_;  // of the segment at hand
  std::size_t told_ = 0;               // of the frame's lost chunks
  Sequence expected_ = 0;              // 0 until the first frame
  bool repeats_allowed_ = false;
  bool reads_beyond_view_ = false;
  std::uint64_t lost_records_ = 0;
  std::uint64_t generation_seen_ = 0;
  std::uint64_t lost_before_generation_ = 0;
  std::uint64_t frame_count_ = 0;
  std::uint64_t byte_count_ = 0;
  std::unique_ptr<File> file_;
  std::unique_ptr<SegmentReader> reader_;
};

}  // namespace factorwal::wal
