#include "fuzz/log_input.h"

#include <algorithm>

#include "base/crc32c.h"
#include "fuzz/sections.h"
#include "wal/format/frame_checksum.h"
#include "wal/reading/log_view.h"
#include "wal/reading/segment_reader.h"

namespace factorwal::fuzz {
namespace {

using namespace wal;

// More than this a file need not have to show what a reader does.
constexpr std::uint64_t kFileBytesMax = std::uint64_t{64} << 10;
constexpr std::size_t kManifestCheckedFrom = 12;
constexpr std::size_t kSpareBytes = 520;

void put_tag(Bytes& out, LogSection tag, ByteView body = {}) {
  put_section(out, static_cast<std::uint8_t>(tag), body);
}

Bytes seal_manifest(ByteView checked) {
  Bytes out;
  put_bytes(out, std::as_bytes(std::span(kManifestMagic)));
  put(out, crc32c(checked));
  put_bytes(out, checked);
  return out;
}

Bytes seal_header(ByteView checked) {
  Bytes page(kSegmentHeaderBytes);
  std::memcpy(page.data(), kSegmentMagic.data(), kSegmentMagic.size());
  checked = checked.first(std::min(checked.size(), kSegmentHeaderBytes - kSegmentVersionOffset));
  std::ranges::copy(checked, page.begin() + kSegmentVersionOffset);
  store(page.data() + kSegmentChecksumOffset,
        crc32c(ByteView(page).subspan(kSegmentVersionOffset)));
  return page;
}

/// Makes the table say what the chunks are, as far as there is room for them.
void seal_chunks(std::span<std::byte> frame) {
  const auto extent = find_extent(frame);
  if (!extent || extent->head == frame.size()) return;
  auto* entry = frame.data() + extent->marks + sizeof(std::uint32_t);
  auto left = frame.subspan(static_cast<std::size_t>(extent->head));
  left = left.first(left.size() - kFrameChunkSlack);
  for (std::uint64_t i = 0; i < extent->chunks; ++i, entry += kFrameChunkBytes) {
    auto size = std::min<std::size_t>(load<std::uint32_t>(entry), left.size());
    if (i + 1 == extent->chunks && left.size() - size >= kFrameAlignment) size = left.size();
    store(entry, static_cast<std::uint32_t>(size));
    store(entry + 4, crc32c(left.first(size)));
    left = left.subspan(size);
  }
}

void add_frame(Bytes& segment, ByteView from_length) {
  const auto offset = segment.size();
  Bytes frame(
      std::max<std::size_t>(kFrameHeaderBytes, align_up(kFrameLengthOffset + from_length.size())));
  std::ranges::copy(from_length, frame.begin() + kFrameLengthOffset);
  store(frame.data(), kFrameMagic);
  store(frame.data() + kFrameLengthOffset, static_cast<std::uint32_t>(frame.size()));
  const auto rings = load<std::uint16_t>(frame.data() + kFrameRingCountOffset) * kFrameRingBytes;
  const auto room = frame.size() - kFrameHeaderBytes;
  if (rings <= room && load<std::uint32_t>(frame.data() + kFrameRecordBytesOffset) > room - rings) {
    store(frame.data() + kFrameRecordBytesOffset, static_cast<std::uint32_t>(room - rings));
  }
  Identity identity{};
  std::copy_n(segment.begin() + kSegmentIdentityOffset, identity.size(), identity.begin());
  seal_chunks(frame);
  const auto extent = find_extent(frame);
  const auto covered =
      ByteView(frame).first(extent ? static_cast<std::size_t>(extent->head) : frame.size());
  store(frame.data() + kFrameChecksumOffset, frame_checksum(identity, offset, covered));
  put_bytes(segment, frame);
}

}  // namespace

bool make_log(ByteView input, test::MemoryFileSystem& files) {
  std::vector<Bytes> segments;
  std::optional<Bytes> manifest;
  bool write = false;
  bool pad = true;
  for (const auto& section : split_sections(input)) {
    switch (static_cast<LogSection>(section.tag)) {
      case LogSection::kManifest: manifest = seal_manifest(section.body); continue;
      case LogSection::kRawManifest: manifest = section.body; continue;
      case LogSection::kSegment: segments.push_back(seal_header(section.body)); continue;
      case LogSection::kWrite: write = true; continue;
      case LogSection::kNoPadding: pad = false; continue;
      default: break;
    }
    if (segments.empty()) continue;
    auto& segment = segments.back();
    if (segment.size() + section.body.size() > kFileBytesMax) continue;
    switch (static_cast<LogSection>(section.tag)) {
      case LogSection::kFrame: add_frame(segment, section.body); break;
      case LogSection::kRaw: put_bytes(segment, section.body); break;
      case LogSection::kFlips: apply_flips(section.body, segment); break;
      case LogSection::kZeros:
        if (section.body.size() >= 2) {
          segment.resize(segment.size() + load<std::uint16_t>(section.body.data()) % 8192);
        }
        break;
      default: break;
    }
  }
  if (manifest) {
    if (const auto found = decode_manifest(*manifest, kManifestName); found && pad) {
      for (const auto& entry : found->segments) {
        if (entry.number == 0 || entry.number > segments.size()) continue;
        auto& segment = segments[static_cast<std::size_t>(entry.number - 1)];
        if (entry.allocated_bytes > segment.size() && entry.allocated_bytes <= kFileBytesMax) {
          segment.resize(static_cast<std::size_t>(entry.allocated_bytes));
        }
      }
    }
    files.put_file(join_path(kLogDirectory, kManifestName), std::move(*manifest));
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    files.put_file(join_path(kLogDirectory, segment_name(i + 1)), std::move(segments[i]));
  }
  return write;
}

Bytes describe_log(test::MemoryFileSystem& files, bool write) {
  auto view = open_log_view(files, kLogDirectory).value();
  Bytes out;
  auto manifest = view.manifest;
  std::erase_if(manifest.segments, [&](const auto& entry) {
    return std::ranges::none_of(
        view.segments, [&](const auto& segment) { return segment.entry.number == entry.number; });
  });
  std::uint64_t number = 0;
  for (auto& entry : manifest.segments) {
    entry.allocated_bytes = view.segments[static_cast<std::size_t>(number)].end + kSpareBytes;
    entry.number = ++number;
  }
  put_tag(out, LogSection::kManifest,
          ByteView(encode_manifest(manifest)).subspan(kManifestCheckedFrom));
  for (std::size_t i = 0; i < view.segments.size(); ++i) {
    const auto& segment = view.segments[i];
    auto header = segment.header;
    header.number = manifest.segments[i].number;
    header.allocated_bytes = manifest.segments[i].allocated_bytes;
    put_tag(out, LogSection::kSegment,
            ByteView(encode_segment_header(header))
                .subspan(kSegmentVersionOffset, kSegmentUsedBytes - kSegmentVersionOffset));
    auto file = files.open_read(segment.path).value();
    SegmentReader frames(*file, segment.entry.identity, kSegmentHeaderBytes, segment.end);
    while (frames.next().value() == SegmentReader::Step::kFrame) {
      put_tag(out, LogSection::kFrame, frames.frame().subspan(kFrameLengthOffset));
    }
  }
  if (write) put_tag(out, LogSection::kWrite);
  return out;
}

}  // namespace factorwal::fuzz
