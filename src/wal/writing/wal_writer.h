#pragma once
/// Appends frames to the log of one directory. Used by one thread at a time.
/// `write` returns once the kernel has the bytes, `sync` once the device has them. After a failure
/// nothing more is tried on that file: every later call returns kPoisoned, until `restart` has put
/// everything that is not durable into a new segment. What `write` was given is kept until then.

#include <functional>
#include <memory>
#include <string>

#include "wal/format/name_table.h"
#include "wal/reading/log_view.h"
#include "wal/writing/archived_limit.h"
#include "wal/writing/continuation.h"
#include "wal/writing/frame_builder.h"
#include "wal/writing/pending_frames.h"
#include "wal/writing/retention.h"
#include "wal/writing/segment_preparer.h"

namespace factorwal::wal {

struct WriterOptions {
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
  /// The first segment of an open is small and each next one four times as large, up to
  /// `segment_bytes`: a directory that is opened often stays small.
  std::uint64_t first_segment_bytes = std::uint64_t{1} << 20;
  /// See SegmentPlace.
  std::uint64_t free_space_reserve = 0;
  RetentionLimits retention;
};

/// What opening found and did.
struct OpenReport {
  bool created = false;  ///< the directory held no log
  bool clean = true;     ///< the last writer closed it in order
  Sequence last_sequence = 0;
  Sequence rewritten_first = 0;  ///< records above the frontier, written again; 0 if none
  Sequence rewritten_last = 0;
  std::uint64_t epoch = 0;
};

class WalWriter {
 public:
  /// How many ids of each table are defined.
  struct Defined {
    std::uint32_t instruments = 0;
    std::uint32_t factors = 0;
    std::uint32_t layouts = 0;
  };

  /// A writer that has not begun: its thread is there, and nothing is changed.
  static Result<std::unique_ptr<WalWriter>> make(FileSystem& files, const std::string& directory,
                                                 NameTable& names, WriterOptions options);
  /// Goes on with the log in a new segment, in which what is doubtful is written again. `names` has
  /// all that it defines. The caller holds the lock.
  [[nodiscard]] Status begin(Continuation next, OpenReport& report);
  ~WalWriter();

  /// The frame under construction. Before a record that uses a handle, call `define_*`. Definitions
  /// never make the frame longer than about 1 MiB: from there on they are written in frames of
  /// their own, ahead of it; a failure to do so shows in the next call that returns a Status.
  [[nodiscard]] FrameBuilder& frame() noexcept { return frame_; }
  void define_instrument(InstrumentHandle handle) {
    if (handle.index >= defined_.instruments) [[unlikely]]
      define_instruments(handle);
  }
  void define_factor(FactorHandle handle) {
    if (handle.index >= defined_.factors) [[unlikely]]
      define_factors(handle);
  }
  void define_layout(LayoutHandle handle) {
    if (handle.index >= defined_.layouts) [[unlikely]]
      define_layouts(handle);
  }

  /// The event time of a record that comes into the frame under construction.
  void note_event(InstrumentHandle instrument, TimestampNs time) {
    const auto before = names_.event_time(instrument);
    if (time <= before) return;
    if (instrument.index >= noted_in_.size()) noted_in_.resize(std::size_t{instrument.index} + 1);
    // Once a frame and instrument: this is called for every record.
    if (auto& noted = noted_in_[instrument.index]; noted != frame_number_) {
      noted = frame_number_;
      unwritten_events_.push_back({instrument, before});
    }
    names_.note_event(instrument, time);
  }

  /// Writes the frame under construction; its records get the next sequences. After a failure they
  /// have them, too: the frame is kept, and `restart` writes it. Syncs by itself when much is
  /// written and not synced.
  [[nodiscard]] Status write(std::span<const RingMark> rings = {});
  [[nodiscard]] Status sync();
  /// Begins a part of the log that can be read without what lies before: all definitions and event
  /// times come first. Requires: the frame under construction has no record.
  [[nodiscard]] Result<ReplayStart> begin_part();
  /// Says in the log how far it is durable, if that is not said yet. Not synced.
  [[nodiscard]] Status write_frontier();
  /// An error once the log is closed or something has failed.
  [[nodiscard]] Status usable() const;
  /// After a failure: makes a new segment, whole and synced, with everything that was given to
  /// `write` and is not durable, under its own sequences. When it succeeds all of that is durable
  /// and the log goes on there. When it fails the log is as it was, and it can be called again.
  [[nodiscard]] Status restart();
  /// Everything written is synced and the log is marked as closed. A segment that this open began
  /// with and put nothing into is removed: the log is then as it was before the open.
  [[nodiscard]] Status close();
  /// After a close that failed: the log's lock is about to be given back. No thread of this stores
  /// anything any more, and no `restart` helps.
  void give_up();
  /// That every segment which was there at the open, or was made since, has its name still.
  [[nodiscard]] Status expect_segments() const;

  /// Another generation is complete: the next segment's header says so.
  void set_replay(const ReplayStarts& replay) noexcept {
    replay_ = replay;
    cut_due_ = true;
  }
  [[nodiscard]] const ReplayStarts& replay() const noexcept { return replay_; }
  /// After a sync: cuts what a generation that is complete since has made dispensable, on the
  /// preparer's thread. Cheap when there is nothing to do. A failure is no failure of the log: what
  /// could not be removed stays for the next time.
  void cut_old();
  /// The segment in which the log's records are now, or end.
  [[nodiscard]] std::uint64_t segment_number() const noexcept { return end_.number; }
  [[nodiscard]] const Identity& directory_identity() const noexcept { return manifest_.directory; }
  /// Rings that are gone need no marks in later segments.
  void forget_rings(std::span<const std::uint64_t> rings);
  /// Looks again how far the log is archived.
  void look_at_archive() { archived_.refresh(files_, directory_, manifest_.directory); }
  /// As of the last look; nothing where no archive is kept. Any thread.
  [[nodiscard]] std::optional<Sequence> archived() const noexcept { return archived_.get(); }

  /// What the written frames of this segment define.
  [[nodiscard]] Defined written_definitions() const noexcept { return defined_ahead_; }
  [[nodiscard]] Sequence next_sequence() const noexcept { return next_sequence_; }
  [[nodiscard]] Sequence written_sequence() const noexcept { return written_; }
  [[nodiscard]] Sequence durable_sequence() const noexcept { return end_.sequence; }
  [[nodiscard]] std::uint64_t bytes_written() const noexcept { return bytes_written_; }
  [[nodiscard]] std::uint64_t sync_count() const noexcept { return sync_count_; }

 private:
  WalWriter(FileSystem& files, std::string directory, NameTable& names, WriterOptions options);

  // ---- Opening (wal_writer_open.cpp)
  [[nodiscard]] Status go_on(Continuation next, OpenReport& report);
  [[nodiscard]] Status load_doubtful(const DoubtfulFrames& doubtful, OpenReport& report);

  // ---- Segments (wal_writer_segments.cpp)
  [[nodiscard]] Status continue_log();
  [[nodiscard]] Status make_whole_segment();
  [[nodiscard]] Status store_and_begin();
  [[nodiscard]] Status rotate(std::uint64_t need_bytes);
  /// A segment of at least that size, named by the manifest on disk.
  [[nodiscard]] Result<PreparedSegment> next_segment(std::uint64_t need_bytes);
  void enter_segment(PreparedSegment next);
  [[nodiscard]] Status write_header();
  [[nodiscard]] Status write_close_mark();
  /// The current segment repeats what the log held before this open, and has nothing else.
  [[nodiscard]] bool adds_nothing() const noexcept;
  /// The current segment is in use from here on.
  [[nodiscard]] Status begin_segment();
  [[nodiscard]] Status store(const Manifest& manifest);
  [[nodiscard]] std::uint64_t new_number();
  [[nodiscard]] std::uint64_t next_size();
  /// Takes from the manifest what retention need not keep: the numbers.
  [[nodiscard]] std::vector<std::uint64_t> take_cut();
  void prepare_next();
  [[nodiscard]] Result<PreparedSegment> take_prepared();

  // ---- What segments define (wal_writer_names.cpp)
  /// Handles are defined in their order, so those before this one come along.
  void define_instruments(InstrumentHandle to);
  void define_factors(FactorHandle to);
  void define_layouts(LayoutHandle to);
  /// From here on everything that is known now counts as defined. Returns an upper bound of what
  /// `write_definitions` writes for the part beyond `from`.
  [[nodiscard]] std::uint64_t fix_definitions(Defined from);
  [[nodiscard]] Status write_definitions(Defined from);
  /// What a segment begins with: all definitions, and the marks of all rings in use, so that the
  /// last segment alone tells both.
  [[nodiscard]] Status write_beginning();
  [[nodiscard]] std::uint64_t beginning_bytes();
  /// Puts what the frame just written has defined beyond `from` into the next one as well.
  void repeat_definitions(Defined from);
  /// Definitions that would make the frame under construction too long go ahead of it.
  void write_definitions_ahead();
  /// Event times as of what is written: a kill may take the rest.
  [[nodiscard]] std::vector<TimestampNs> written_event_times() const;
  /// All that was given to `write` is written.
  void settle_events();
  [[nodiscard]] bool is_long() const noexcept;

  // ---- Frames
  [[nodiscard]] Status write_pending();
  [[nodiscard]] Status write_side_frame(FrameKind kind, std::span<const RingMark> rings);
  [[nodiscard]] Status write_bytes(ByteView frame);
  [[nodiscard]] Status poison(const Error& error);

  FileSystem& files_;
  std::string directory_;
  NameTable& names_;
  WriterOptions options_;
  const SegmentPlace place_;
  Manifest manifest_;             // the segments in use; the one on disk may name one more
  std::vector<SegmentAge> ages_;  // of its segments
  ArchivedLimit archived_;
  bool cut_due_ = false;
  std::unique_ptr<SegmentPreparer> preparer_;
  bool preparing_ = false;
  std::uint64_t last_number_ = 0;
  bool begun_storing_ = false;  // a manifest of this open is on disk, or may be
  bool damaged_ = false;        // opened in spite of durable damage
  std::uint64_t next_bytes_ = 0;
  // Made and not in use, and perhaps named by the manifest on disk: removed once it is not.
  std::vector<std::uint64_t> unused_;

  FrameBuilder frame_;
  std::size_t repeated_bytes_ = kFrameHeaderBytes;  // a frame of these alone is not worth writing
  FrameBuilder side_frame_;                         // definitions and frontiers
  PendingFrames pending_;
  // Event times before frames that are not written, in their order: first of pending ones.
  struct EarlierTime {
    InstrumentHandle instrument;
    TimestampNs time = 0;
  };
  std::vector<EarlierTime> unwritten_events_;
  std::size_t pending_events_ = 0;       // so many of them
  std::vector<std::uint64_t> noted_in_;  // by instrument: the frame that last had a later time
  std::uint64_t frame_number_ = 1;       // of the frame under construction
  Sequence next_sequence_ = 1;           // of the frame under construction
  Sequence written_ = 0;

  ManifestSegment current_;
  std::int64_t created_ns_ = 0;  // of `current_`
  Sequence first_sequence_ = 0;  // likewise
  std::unique_ptr<File> file_;
  bool begun_ = false;  // `current_` is in use
  bool whole_ =
      false;  // it has everything that is pending, durably, and only a manifest is missing
  std::uint64_t offset_ = 0;
  std::uint64_t bare_bytes_ = 0;  // of a segment of an open: where its definitions end; 0: rotated
  LogEnd begun_behind_;           // what a segment of an open goes on behind
  Sequence placed_ = 0;           // the last one in `current_`
  Frontier durable_;              // of `current_`
  Frontier stated_;               // the durable mark that the last frame carries
  bool has_unsynced_ = false;
  LogEnd end_;

  std::vector<RingMark> ring_marks_;  // the latest of each ring
  ReplayStarts replay_;
  Defined defined_;        // in this segment or in the frame under construction
  Defined defined_ahead_;  // in the frames of this segment that are written
  std::uint64_t bytes_written_ = 0;
  std::uint64_t sync_count_ = 0;
  bool closed_ = false;
  std::optional<Error> poison_;
};

}  // namespace factorwal::wal
