/// Opening a log for writing: the segment in which it goes on.

#include "wal/reading/corruption.h"
#include "wal/reading/segment_reader.h"
#include "wal/writing/wal_writer.h"

namespace factorwal::wal {

Result<std::unique_ptr<WalWriter>> WalWriter::make(FileSystem& files, const std::string& directory,
                                                   NameTable& names, WriterOptions options) {
  std::unique_ptr<WalWriter> writer(new WalWriter(files, directory, names, options));
  auto preparer = SegmentPreparer::make(writer->place_);
  if (!preparer) return std::move(preparer).error();
  writer->preparer_ = std::move(*preparer);
  return writer;
}

Status WalWriter::begin(Continuation next, OpenReport& report) {
  report.created = next.created;
  report.clean = next.clean;
  if (next.created) {
    // A manifest without segments comes first: from then on, segments without a manifest are
    // damage, never a creation that was cut short.
    manifest_.directory = random_identity(files_);
    manifest_.clean = true;
    if (auto done = store(manifest_); !done) return done;
  } else {
    if (auto done = go_on(std::move(next), report); !done) return done;
  }
  manifest_.clean = false;
  report.epoch = ++manifest_.epoch;
  if (auto done = continue_log(); !done) return done;
  report.last_sequence = written_sequence();
  prepare_next();
  return {};
}

Status WalWriter::go_on(Continuation next, OpenReport& report) {
  damaged_ = next.damaged;
  manifest_.directory = next.directory;
  manifest_.epoch = next.epoch;
  manifest_.segments = std::move(next.segments);
  ages_ = std::move(next.ages);
  unused_ = std::move(next.unused);
  last_number_ = next.last_number;
  end_ = next.end;
  ring_marks_ = std::move(next.marks);
  replay_ = next.replay;
  next_sequence_ = end_.sequence + 1;
  if (auto done = load_doubtful(next.doubtful, report); !done) return done;
  next_sequence_ += next.skipped;
  // A process that died may have left names that are there now and not after a power failure;
  // what comes next is built on them.
  return files_.sync_directory(directory_);
}

Status WalWriter::load_doubtful(const DoubtfulFrames& doubtful, OpenReport& report) {
  if (!doubtful.any()) return {};
  auto file = files_.open_read(doubtful.path);
  if (!file) return file.error();
  SegmentReader reader(**file, doubtful.segment, doubtful.from, doubtful.to);
  const auto refused = [&](const char* what) {
    return corruption_error(
        {Damage::kCorrupt, doubtful.path, reader.offset(), 0, next_sequence_, 0, what},
        kNothingChanged);
  };
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) return {};
    // It held when the end was looked for: the disk gives other bytes now.
    if (*step == SegmentReader::Step::kBad) return refused("frame cannot be read a second time");
    const auto& header = reader.header();
    if (header.record_bytes == 0 && header.ring_count == 0) continue;
    if (header.first_sequence != next_sequence_) return refused("frames do not follow each other");
    const auto frame = reader.frame();
    pending_.push({Bytes(frame.begin(), frame.end()), frame.size(), header.record_count});
    next_sequence_ += header.record_count;
    if (header.record_count == 0) continue;
    if (report.rewritten_first == 0) report.rewritten_first = header.first_sequence;
    report.rewritten_last = header.last_sequence();
  }
}

}  // namespace factorwal::wal
