#pragma once
/// A ring whose process is gone, read from its file. Nothing in it is trusted that does not hold
/// its checksum.

#include <optional>

#include "channel/ring_header.h"

namespace factorwal::channel {

class RingImage {
 public:
  enum class Fault : std::uint8_t { kNone, kDamaged, kNewerVersion, kEarlierVersion };

  /// Reads the whole file. Fails when it cannot be read (kNotFound: it is not there).
  static Result<RingImage> load(FileSystem& files, const std::string& path);

  /// kDamaged when header, control, or an entry that was published does not hold.
  [[nodiscard]] Fault fault() const noexcept { return fault_; }
  [[nodiscard]] const RingHeader& header() const noexcept { return header_; }
  /// The last record whose space was given back: it is in the log.
  [[nodiscard]] std::uint64_t released_ordinal() const noexcept { return released_ordinal_; }
  /// The last record accepted: published, or complete behind the last that was.
  [[nodiscard]] std::uint64_t accepted_ordinal() const noexcept { return accepted_ordinal_; }

  /// Definitions and records that were not released, in order.
  [[nodiscard]] const std::vector<ByteView>& entries() const noexcept { return entries_; }

 private:
  void walk();
  /// Anything whole behind an end that is not marked as one.
  [[nodiscard]] bool has_entry_behind(std::uint64_t position, std::uint64_t ordinal) const;
  [[nodiscard]] bool is_nearby(std::uint64_t ordinal, std::uint64_t other) const;
  [[nodiscard]] std::optional<EntryHeader> entry_at(std::uint64_t position,
                                                    std::uint64_t expected_ordinal) const;

  Bytes bytes_;
  RingHeader header_;
  Fault fault_ = Fault::kNone;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t released_ordinal_ = 0;
  std::uint64_t accepted_ordinal_ = 0;
  std::vector<ByteView> entries_;
};

}  // namespace factorwal::channel
