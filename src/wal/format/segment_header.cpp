#include "wal/format/segment_header.h"

#include <algorithm>

#include "base/crc32c.h"

namespace factorwal::wal {
namespace {

void get_identity(ByteView page, std::size_t offset, Identity& identity) {
  std::copy_n(page.begin() + static_cast<std::ptrdiff_t>(offset), identity.size(),
              identity.begin());
}

void store_start(std::byte* at, const ReplayStart& start) {
  store(at, start.segment);
  store(at + 8, start.offset);
  store(at + 16, start.sequence);
}

ReplayStart load_start(const std::byte* at) {
  return {load<std::uint64_t>(at), load<std::uint64_t>(at + 8), load<std::uint64_t>(at + 16)};
}

}  // namespace

Bytes encode_segment_header(const SegmentHeader& header) {
  Bytes page(kSegmentHeaderBytes);
  auto* at = page.data();
  std::memcpy(at, kSegmentMagic.data(), kSegmentMagic.size());
  store(at + kSegmentVersionOffset, kFormatVersion);
  std::copy(header.directory.begin(), header.directory.end(), at + kSegmentDirectoryOffset);
  std::copy(header.identity.begin(), header.identity.end(), at + kSegmentIdentityOffset);
  store(at + kSegmentNumberOffset, header.number);
  store(at + kSegmentEpochOffset, header.epoch);
  store(at + kSegmentAllocatedOffset, header.allocated_bytes);
  store(at + kSegmentFirstSequenceOffset, header.first_sequence);
  std::copy(header.predecessor.begin(), header.predecessor.end(), at + kSegmentPredecessorOffset);
  store(at + kSegmentPredecessorEndOffset, header.predecessor_end);
  store(at + kSegmentFrontierSequenceOffset, header.frontier_sequence);
  store(at + kSegmentFrontierOffsetOffset, header.frontier_offset);
  store(at + kSegmentCreatedOffset, header.created_ns);
  store_start(at + kSegmentReplayStartOffset, header.replay.last);
  store_start(at + kSegmentReplayFallbackOffset, header.replay.before);
  store(at + kSegmentChecksumOffset, crc32c(ByteView(page).subspan(kSegmentVersionOffset)));
  return page;
}

HeaderFault decode_segment_header(ByteView page, SegmentHeader& header) {
  if (std::all_of(page.begin(), page.end(), [](std::byte b) { return b == std::byte{0}; })) {
    return HeaderFault::kEmpty;
  }
  if (page.size() != kSegmentHeaderBytes ||
      std::memcmp(page.data(), kSegmentMagic.data(), kSegmentMagic.size()) != 0) {
    return HeaderFault::kBad;
  }
  const auto* at = page.data();
  if (load<std::uint32_t>(at + kSegmentChecksumOffset) !=
      crc32c(page.subspan(kSegmentVersionOffset))) {
    return HeaderFault::kBad;
  }
  const auto version = load<std::uint32_t>(at + kSegmentVersionOffset);
  if (version > kFormatVersion) return HeaderFault::kNewerVersion;
  if (version == 0) return HeaderFault::kBad;
  get_identity(page, kSegmentDirectoryOffset, header.directory);
  get_identity(page, kSegmentIdentityOffset, header.identity);
  header.number = load<std::uint64_t>(at + kSegmentNumberOffset);
  header.epoch = load<std::uint64_t>(at + kSegmentEpochOffset);
  header.allocated_bytes = load<std::uint64_t>(at + kSegmentAllocatedOffset);
  header.first_sequence = load<std::uint64_t>(at + kSegmentFirstSequenceOffset);
  get_identity(page, kSegmentPredecessorOffset, header.predecessor);
  header.predecessor_end = load<std::uint64_t>(at + kSegmentPredecessorEndOffset);
  header.frontier_sequence = load<std::uint64_t>(at + kSegmentFrontierSequenceOffset);
  header.frontier_offset = load<std::uint64_t>(at + kSegmentFrontierOffsetOffset);
  header.created_ns = load<std::int64_t>(at + kSegmentCreatedOffset);
  header.replay.last = load_start(at + kSegmentReplayStartOffset);
  header.replay.before = load_start(at + kSegmentReplayFallbackOffset);
  return HeaderFault::kNone;
}

Result<HeaderFault> load_segment_header(File& file, SegmentHeader& header) {
  Bytes page(kSegmentHeaderBytes);
  const auto count = file.read_at(0, page);
  if (!count) return count.error();
  return *count == page.size() ? decode_segment_header(page, header) : HeaderFault::kBad;
}

Result<std::optional<SegmentHeader>> find_segment_header(FileSystem& files,
                                                         const std::string& path) {
  const auto file = files.open_read(path);
  if (!file) {
    if (file.error().code == Errc::kNotFound) return std::optional<SegmentHeader>{};
    return file.error();
  }
  SegmentHeader header;
  const auto fault = load_segment_header(**file, header);
  if (!fault) return fault.error();
  return *fault == HeaderFault::kNone ? std::optional(header) : std::nullopt;
}

}  // namespace factorwal::wal
