#include "wal/format/segment_index.h"

#include <algorithm>
#include <limits>

#include "base/crc32c.h"

namespace factorwal::wal {
namespace {

constexpr std::array<char, 8> kIndexMagic = {'F', 'W', 'A', 'L', 'I', 'D', 'X', '\n'};
constexpr std::size_t kIndexChecksumOffset = 8;
constexpr std::size_t kIndexCoveredOffset = 12;
constexpr std::uint32_t kIndexVersion = 1;
constexpr std::uint8_t kHasDefinitions = 1;
constexpr std::uint8_t kHasTimes = 2;

void put_group(Bytes& out, const FrameGroup& group, const FrameGroup& before) {
  put_varint(out, (group.offset - before.offset) / kFrameAlignment);
  put_varint(out, group.first_sequence - before.first_sequence);
  const auto flags =
      (group.definitions ? kHasDefinitions : 0) | (group.has_times() ? kHasTimes : 0);
  put(out, static_cast<std::uint8_t>(flags));
  if (group.has_times()) {
    put(out, group.first_time);
    put_varint(out, static_cast<std::uint64_t>(group.last_time) -
                        static_cast<std::uint64_t>(group.first_time));
  }
  put_varint(out, group.instruments.size());
  std::uint32_t at = 0;
  for (const auto& handles : group.instruments) {
    put_varint(out, handles.first - at);
    put_varint(out, handles.end - handles.first - 1);
    at = handles.end;
  }
}

bool get_handles(Cursor& from, std::vector<FrameGroup::Handles>& all) {
  const auto count = from.varint();
  if (count > from.remaining()) return false;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto gap = from.varint();
    const auto length = from.varint();
    if (gap > kMost - at || length >= kMost - at - gap || (i > 0 && gap == 0)) return false;
    at += gap;
    const auto end = at + length + 1;
    all.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
    at = end;
  }
  return from.ok();
}

bool get_group(Cursor& from, const FrameGroup& before, std::uint64_t end, FrameGroup& group) {
  const auto distance = from.varint();
  if (distance > (end - before.offset) / kFrameAlignment) return false;
  group.offset = before.offset + distance * kFrameAlignment;
  const auto records = from.varint();
  group.first_sequence = before.first_sequence + records;
  if (group.first_sequence < records) return false;
  const auto flags = from.get<std::uint8_t>();
  if (flags > (kHasDefinitions | kHasTimes)) return false;
  group.definitions = (flags & kHasDefinitions) != 0;
  if ((flags & kHasTimes) != 0) {
    group.first_time = from.get<TimestampNs>();
    const auto span = from.varint();
    group.last_time = static_cast<TimestampNs>(static_cast<std::uint64_t>(group.first_time) + span);
    if (group.first_time == kNoTimestamp || group.last_time < group.first_time) return false;
  }
  return get_handles(from, group.instruments);
}

}  // namespace

bool FrameGroup::has(std::uint32_t instrument) const noexcept {
  const auto behind = std::ranges::upper_bound(instruments, instrument, {}, &Handles::first);
  return behind != instruments.begin() && instrument < std::prev(behind)->end;
}

const FrameGroup* SegmentIndex::at(std::uint64_t offset) const noexcept {
  const auto found = std::ranges::lower_bound(groups, offset, {}, &FrameGroup::offset);
  return found != groups.end() && found->offset == offset ? &*found : nullptr;
}

std::string index_path(const std::string& segment_path) { return segment_path + ".idx"; }

Bytes encode_index(const SegmentIndex& index) {
  Bytes out;
  put_bytes(out, std::as_bytes(std::span(kIndexMagic)));
  put(out, std::uint32_t{0});
  put(out, kIndexVersion);
  put_bytes(out, index.directory);
  put_bytes(out, index.segment);
  put(out, index.end);
  put(out, index.next_sequence);
  put_varint(out, index.groups.size());
  FrameGroup before;
  for (const auto& group : index.groups) {
    put_group(out, group, before);
    before.offset = group.offset;
    before.first_sequence = group.first_sequence;
  }
  store(out.data() + kIndexChecksumOffset, crc32c(ByteView(out).subspan(kIndexCoveredOffset)));
  return out;
}

std::optional<SegmentIndex> decode_index(ByteView bytes) {
  if (bytes.size() < kIndexCoveredOffset) return {};
  if (!std::ranges::equal(bytes.first(kIndexMagic.size()), std::as_bytes(std::span(kIndexMagic))))
    return {};
  if (load<std::uint32_t>(bytes.data() + kIndexChecksumOffset) !=
      crc32c(bytes.subspan(kIndexCoveredOffset))) {
    return {};
  }
  Cursor from(bytes.subspan(kIndexCoveredOffset));
  if (from.get<std::uint32_t>() != kIndexVersion) return {};
  SegmentIndex index;
  index.directory = from.get<Identity>();
  index.segment = from.get<Identity>();
  index.end = from.get<std::uint64_t>();
  index.next_sequence = from.get<std::uint64_t>();
  const auto count = from.varint();
  if (count > from.remaining()) return {};
  FrameGroup before;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& group = index.groups.emplace_back();
    if (!get_group(from, before, index.end, group)) return {};
    if (i > 0 && group.offset == before.offset) return {};
    before.offset = group.offset;
    before.first_sequence = group.first_sequence;
  }
  if (!from.ok() || from.remaining() != 0) return {};
  if (index.end < before.offset || index.next_sequence < before.first_sequence) return {};
  return index;
}

}  // namespace factorwal::wal
