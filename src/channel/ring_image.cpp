#include "channel/ring_image.h"

#include "channel/entry_check.h"
#include "factorwal/options.h"

namespace factorwal::channel {

Result<RingImage> RingImage::load(FileSystem& files, const std::string& path) {
  auto bytes = read_file(files, path, kRingHeaderBytes + kChannelBytesMax);
  if (!bytes) return bytes.error();
  RingImage image;
  image.bytes_ = std::move(*bytes);
  switch (decode_ring_header(image.bytes_, image.header_)) {
    case RingHeaderFault::kNone: break;
    case RingHeaderFault::kBad: image.fault_ = Fault::kDamaged; return image;
    case RingHeaderFault::kNewerVersion: image.fault_ = Fault::kNewerVersion; return image;
    case RingHeaderFault::kEarlierVersion: image.fault_ = Fault::kEarlierVersion; return image;
  }
  if (image.bytes_.size() != kRingHeaderBytes + image.header_.capacity) {
    image.fault_ = Fault::kDamaged;
    return image;
  }
  const auto* control = image.bytes_.data() + kRingControlOffset;
  image.head_ = load_entry<std::uint64_t>(control + offsetof(RingControl, head));
  image.tail_ = load_entry<std::uint64_t>(control + offsetof(RingControl, tail));
  image.released_ordinal_ =
      load_entry<std::uint64_t>(control + offsetof(RingControl, released_ordinal));
  image.walk();
  return image;
}

/// The entry at that position, if one is there whole: its place, length and order are right and
/// its checksum holds.
std::optional<EntryHeader> RingImage::entry_at(std::uint64_t position,
                                               std::uint64_t expected_ordinal) const {
  const auto at = static_cast<std::size_t>(position & (header_.capacity - 1));
  const auto contiguous = static_cast<std::size_t>(header_.capacity) - at;
  const auto rest = ByteView(bytes_).subspan(kRingHeaderBytes + at, contiguous);
  const auto entry = load_entry<EntryHeader>(rest.data());
  const bool skip = entry.kind() == EntryKind::kSkip;
  if (entry.size < sizeof entry || entry.size > contiguous || entry.size % 8 != 0) return {};
  if (skip && entry.size != contiguous) return {};
  const auto covered = rest.first(skip ? sizeof entry : entry.size);
  if (entry_checksum(header_.identity, position, covered) != entry.checksum) return {};
  if (expected_ordinal != 0 && entry.ordinal() != expected_ordinal) return {};
  if (!skip && !is_well_formed(covered)) return {};
  return entry;
}

/// Whether an ordinal may stand in this ring beside that one. What lies between entries can be
/// anything, and would else have checksums computed over lengths that are anything, from each
/// place.
bool RingImage::is_nearby(std::uint64_t ordinal, std::uint64_t other) const {
  const auto most = header_.capacity / sizeof(EntryHeader) + 1;
  return ordinal > 0 && ordinal + most >= other && ordinal <= other + most;
}

/// From behind that position on, once around the block. Positions are compared by their distance
/// from the tail: in a damaged ring they may wrap.
bool RingImage::has_entry_behind(std::uint64_t position, std::uint64_t ordinal) const {
  for (position += 8; position - tail_ < header_.capacity; position += 8) {
    const auto at = static_cast<std::size_t>(position & (header_.capacity - 1));
    if (header_.capacity - at < sizeof(EntryHeader)) continue;
    const auto entry = load_entry<EntryHeader>(bytes_.data() + kRingHeaderBytes + at);
    if (is_nearby(entry.ordinal(), ordinal) && entry_at(position, 0)) return true;
  }
  return false;
}

/// Entries are written one after the other: behind one that does not hold, none does, unless it was
/// whole once. Everything up to the head must hold. Behind it, entries count as far as they are
/// complete: a process may die between the last store into an entry and the store of the head.
void RingImage::walk() {
  const auto capacity = header_.capacity;
  const bool sane = tail_ <= head_ && head_ - tail_ <= capacity && head_ % 8 == 0 && tail_ % 8 == 0;
  if (!sane) {
    fault_ = Fault::kDamaged;
    return;
  }
  std::uint64_t next_ordinal = 0;  // not known before the first entry
  auto position = tail_;
  bool ended = false;
  while (position - tail_ < capacity) {
    const auto contiguous = capacity - (position & (capacity - 1));
    if (contiguous < sizeof(EntryHeader)) {
      position += contiguous;
      continue;
    }
    const auto entry = entry_at(position, next_ordinal);
    if (!entry || position + entry->size - tail_ > capacity) break;
    // Space is released in order, and its ordinal is stored first.
    if (next_ordinal == 0 && (entry->ordinal() == 0 || entry->ordinal() > released_ordinal_ + 1)) {
      break;
    }
    if (entry->kind() == EntryKind::kEnd) {
      ended = true;
      break;
    }
    next_ordinal = entry->ordinal() + (is_record(entry->kind()) ? 1 : 0);
    if (entry->kind() != EntryKind::kSkip) {
      entries_.push_back(ByteView(bytes_).subspan(
          kRingHeaderBytes + static_cast<std::size_t>(position & (capacity - 1)), entry->size));
    }
    position += entry->size;
  }
  const auto expected = next_ordinal == 0 ? released_ordinal_ + 1 : next_ordinal;
  const bool before_head = position - tail_ < head_ - tail_;
  if (before_head || (!ended && has_entry_behind(position, expected))) {
    fault_ = Fault::kDamaged;
    entries_.clear();
    return;
  }
  accepted_ordinal_ = next_ordinal == 0 ? released_ordinal_ : next_ordinal - 1;
  // A tail that was not stored any more: what it would have given back is released all the same.
  if (accepted_ordinal_ < released_ordinal_) fault_ = Fault::kDamaged;
}

}  // namespace factorwal::channel
