#include "wal/reading/tail.h"

#include <algorithm>
#include <utility>

#include "wal/reading/segment_reader.h"

namespace factorwal::wal {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::size_t kScanBytes = std::size_t{256} << 10;

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// End of the last byte in [offset, end) that is not zero; 0 when all are.
Result<std::uint64_t> find_last_byte(File& file, std::uint64_t offset, std::uint64_t end) {
  std::uint64_t last = 0;
  Bytes buffer(static_cast<std::size_t>(
      std::min<std::uint64_t>(kScanBytes, end > offset ? end - offset : 0)));
  for (auto at = offset; at < end;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(kScanBytes, end - at));
    const auto count = file.read_at(at, std::span(buffer).first(want));
    if (!count) return count.error();
    const auto held = ByteView(buffer).first(*count);
    const auto found =
        std::find_if(held.rbegin(), held.rend(), [](std::byte b) { return b != std::byte{0}; });
    if (found != held.rend()) last = at + static_cast<std::uint64_t>(held.rend() - found);
    if (*count < want) break;
    at += want;
  }
  return last;
}

/// A bad place that nothing claims to be durable: cut short, or whole but wrong? Torn needs
/// evidence: a sector of the frame that was never written, or nothing where its end should be. The
/// length in a bad frame is evidence here, never followed.
Result<Damage> judge(File& file, std::uint64_t offset, std::uint64_t end, std::uint64_t last_byte) {
  Bytes bytes(kFrameHeaderBytes);
  const auto head = file.read_at(offset, bytes);
  if (!head) return head.error();
  const auto length = peek_frame_length(ByteView(bytes).first(*head));
  const auto frame_end = length ? offset + *length : last_byte;
  if (frame_end > end || last_byte <= offset + kFrameLengthOffset) return Damage::kTorn;
  bytes.resize(static_cast<std::size_t>(frame_end - offset));
  const auto count = file.read_at(offset, bytes);
  if (!count) return count.error();
  if (*count < bytes.size()) return Damage::kTorn;
  auto at = offset;
  while (at < frame_end) {
    const auto stop = std::min(frame_end, (at / kSectorBytes + 1) * kSectorBytes);
    // The last part of a frame may be zeros by right, when short: padding, a mark, a value.
    const bool whole = stop - at >= kSectorBytes / 2 || at == offset;
    const auto part = ByteView(bytes).subspan(static_cast<std::size_t>(at - offset),
                                              static_cast<std::size_t>(stop - at));
    if (whole && all_zero(part)) return Damage::kTorn;
    at = stop;
  }
  return Damage::kUndecidable;
}

class TailScanner {
 public:
  TailScanner(File& file, const SegmentView& segment, SegmentContents* contents)
      : file_(file),
        segment_(segment),
        contents_(contents),
        reader_(file, segment.entry.identity, kSegmentHeaderBytes, segment.end) {}

  Result<Tail> scan();

 private:
  /// A frame behind a bad place, as long as nothing says that it counts.
  struct WaitingFrame {
    FrameHeader header;
    Bytes bytes;
    std::uint64_t offset = 0;
  };

  [[nodiscard]] Status take_frame();
  [[nodiscard]] Status give_contents(bool counts);
  [[nodiscard]] Result<bool> pass_damage();
  void conclude();

  File& file_;
  const SegmentView& segment_;
  SegmentContents* contents_;
  std::vector<WaitingFrame> waiting_;
  SegmentReader reader_;
  Tail tail_;
  std::vector<Finding> bad_;
  std::uint64_t read_again_ = 0;  // the last bad place that was read a second time
};

Result<Tail> TailScanner::scan() {
  const auto& header = segment_.header;
  tail_.end = kSegmentHeaderBytes;
  tail_.frontier.offset = kSegmentHeaderBytes;
  if (segment_.header_ok) {
    tail_.frontier = {header.frontier_sequence, header.frontier_offset};
    tail_.last_sequence = header.first_sequence - 1;
  }
  for (;;) {
    const auto step = reader_.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) break;
    if (*step == SegmentReader::Step::kFrame) {
      const auto claim = reader_.header().frontier.offset;
      const auto doubtful = std::find_if(bad_.begin(), bad_.end(), [&](const Finding& finding) {
        return finding.offset > read_again_ && finding.offset < claim;
      });
      if (doubtful != bad_.end()) {
        // Beside a live writer the bad place may have been read while it was being written; what
        // was read after it says that it is whole by now.
        read_again_ = doubtful->offset;
        bad_.erase(doubtful, bad_.end());
        waiting_.clear();
        reader_.read_again(read_again_);
        continue;
      }
      if (auto done = take_frame(); !done) return done.error();
      continue;
    }
    const auto more = pass_damage();
    if (!more) return more.error();
    if (!*more) break;
  }
  conclude();
  return std::move(tail_);
}

Status TailScanner::take_frame() {
  const auto& header = reader_.header();
  tail_.empty = false;
  if (header.record_count > 0 || header.has_state() || header.kind != FrameKind::kCommit ||
      header.frontier.offset > kSegmentHeaderBytes) {
    tail_.has_records = true;
  }
  if (header.frontier.offset >= tail_.frontier.offset) tail_.frontier = header.frontier;
  if (!bad_.empty() && bad_.back().bytes == 0) {
    bad_.back().bytes = reader_.offset() - bad_.back().offset;
    bad_.back().last_sequence = header.first_sequence - 1;
  }
  // Frames behind a bad place count again as soon as one of them claims that place.
  const bool claimed = std::all_of(bad_.begin(), bad_.end(), [&](const Finding& finding) {
    return finding.offset < tail_.frontier.offset;
  });
  if (auto done = give_contents(claimed); !done) return done;
  if (!claimed) return {};
  tail_.end = reader_.offset() + header.length;
  tail_.last_sequence = header.last_sequence();
  return {};
}

Status TailScanner::give_contents(bool counts) {
  if (contents_ == nullptr) return {};
  const auto frame = reader_.frame();
  if (!counts) {
    waiting_.push_back({reader_.header(), Bytes(frame.begin(), frame.end()), reader_.offset()});
    return {};
  }
  if (!bad_.empty()) contents_->pass_bad_place();
  for (const auto& waiting : std::exchange(waiting_, {})) {
    const auto& [header, bytes, offset] = waiting;
    if (auto done = contents_->take(bytes, header, segment_.path, offset); !done) return done;
  }
  return contents_->take(frame, reader_.header(), segment_.path, reader_.offset());
}

Result<bool> TailScanner::pass_damage() {
  const auto offset = reader_.offset();
  const auto last_byte = find_last_byte(file_, offset, reader_.end());
  if (!last_byte) return last_byte.error();
  if (*last_byte == 0 && offset >= tail_.frontier.offset) return false;  // written ahead, unused
  if (*last_byte != 0) tail_.empty = false;
  Damage damage = Damage::kTorn;
  if (*last_byte != 0) {
    const auto judged = judge(file_, offset, reader_.end(), *last_byte);
    if (!judged) return judged.error();
    damage = *judged;
  }
  bad_.push_back(
      {damage, segment_.path, offset, 0, tail_.last_sequence + 1, 0, "frame does not hold"});
  const auto found = reader_.resume();
  if (!found) return found.error();
  if (*found) {
    reader_.step_back();
    return true;
  }
  bad_.back().bytes = std::max(*last_byte, tail_.frontier.offset) - offset;
  return false;
}

void TailScanner::conclude() {
  const auto claim = tail_.frontier.offset;
  for (auto& finding : bad_) {
    if (finding.offset < claim) {
      finding.damage = Damage::kCorrupt;
      finding.what = "frame does not hold, and something later says that it was durable";
    } else {
      // Nothing behind the first such place counts, intact or not.
      finding.last_sequence = 0;
    }
    if (finding.last_sequence != 0 && finding.last_sequence < finding.first_sequence) {
      finding.first_sequence = finding.last_sequence = 0;
    }
  }
  tail_.findings = std::move(bad_);
}

}  // namespace

Result<Tail> scan_tail(FileSystem& files, const SegmentView& segment, SegmentContents* contents) {
  auto file = files.open_read(segment.path);
  if (!file) return file.error();
  return TailScanner(**file, segment, contents).scan();
}

}  // namespace factorwal::wal
