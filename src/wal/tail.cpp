#include "wal/tail.h"

#include <algorithm>

#include "wal/segment_reader.h"

namespace factorwal::wal {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

/// What lies between a bad place and the end of the file.
struct Rest {
  std::uint64_t last_byte = 0;  ///< end of the bytes that are not zero; 0 when all are
  bool zero_sector = false;     ///< a whole zero sector lies before `last_byte`
};

Result<Rest> look_at_rest(File& file, std::uint64_t offset, std::uint64_t end) {
  Rest rest;
  Bytes sector(kSectorBytes);
  bool zero_seen = false;
  for (auto at = offset; at < end;) {
    const auto stop = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
    const auto part = std::span(sector).first(static_cast<std::size_t>(stop - at));
    const auto count = file.read_at(at, part);
    if (!count) return count.error();
    const auto held = part.first(*count);
    const auto last =
        std::find_if(held.rbegin(), held.rend(), [](std::byte b) { return b != std::byte{0}; });
    if (last == held.rend()) {
      zero_seen = zero_seen || held.size() == kSectorBytes;
    } else {
      rest.last_byte = at + static_cast<std::uint64_t>(held.rend() - last);
      rest.zero_sector = zero_seen;
    }
    if (*count < part.size()) break;
    at = stop;
  }
  return rest;
}

/// A bad place that no intact frame claims to be durable: cut short, or whole but wrong?
Damage judge(ByteView head, std::uint64_t offset, const Rest& rest) {
  // The length in a bad frame is evidence here, never followed.
  if (const auto length = peek_frame_length(head)) {
    const bool cut = rest.last_byte + kFrameAlignment + kFrameRingBytes < offset + *length;
    return cut || rest.zero_sector ? Damage::kTorn : Damage::kUndecidable;
  }
  return rest.zero_sector ? Damage::kTorn : Damage::kUndecidable;
}

}  // namespace

Result<Tail> scan_tail(FileSystem& files, const SegmentView& segment) {
  auto file = files.open_read(segment.path);
  if (!file) return file.error();
  Tail tail;
  tail.end = kSegmentHeaderBytes;
  Sequence expected = segment.header_ok ? segment.header.first_sequence : 0;
  tail.last_sequence = expected == 0 ? 0 : expected - 1;
  tail.frontier = {tail.last_sequence, kSegmentHeaderBytes};

  SegmentReader reader(**file, segment.entry.identity, kSegmentHeaderBytes, segment.end);
  bool counting = true;  // false once a bad place was met that nothing claims
  std::vector<Finding> bad;
  for (;;) {
    const auto step = reader.next();
    if (!step) return step.error();
    if (*step == SegmentReader::Step::kEnd) break;
    if (*step == SegmentReader::Step::kFrame) {
      tail.empty = false;
      const auto& header = reader.header();
      if (header.frontier.offset >= tail.frontier.offset) tail.frontier = header.frontier;
      if (!bad.empty() && bad.back().bytes == 0) {
        bad.back().bytes = reader.offset() - bad.back().offset;
        bad.back().last_sequence = header.first_sequence - 1;
      }
      // Frames behind a bad place count again as soon as one of them claims that place.
      const bool claimed = std::all_of(bad.begin(), bad.end(), [&](const Finding& finding) {
        return finding.offset < tail.frontier.offset;
      });
      counting = claimed;
      if (counting) {
        tail.end = reader.offset() + header.length;
        expected = header.last_sequence() + 1;
        tail.last_sequence = header.last_sequence();
      }
      continue;
    }
    const auto offset = reader.offset();
    const auto rest = look_at_rest(**file, offset, reader.end());
    if (!rest) return rest.error();
    if (rest->last_byte == 0) break;  // only the zeros that were written ahead
    tail.empty = false;
    Bytes head(kFrameHeaderBytes);
    const auto count = (*file)->read_at(offset, head);
    if (!count) return count.error();
    const auto damage = judge(ByteView(head).first(*count), offset, *rest);
    bad.push_back(
        {damage, segment.path, offset, 0, tail.last_sequence + 1, 0, "frame does not hold"});
    const auto found = reader.resume();
    if (!found) return found.error();
    if (!*found) {
      bad.back().bytes = rest->last_byte - offset;
      break;
    }
    reader.step_back();
  }
  for (auto& finding : bad) {
    if (finding.offset < tail.frontier.offset) {
      finding.damage = Damage::kCorrupt;
      finding.what = "frame does not hold, and a later one says that it was durable";
    }
    if (finding.last_sequence != 0 && finding.last_sequence < finding.first_sequence) {
      finding.first_sequence = finding.last_sequence = 0;
    }
  }
  tail.findings = std::move(bad);
  return tail;
}

}  // namespace factorwal::wal
