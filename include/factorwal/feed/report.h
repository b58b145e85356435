#pragma once
/// \file
/// What a feed met on its way: counts, the first bad row of each kind, and notes for the user.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"

namespace factorwal::feed {

enum class BadRow : std::uint8_t {
  kNone = 0,
  kColumnCount = 1,
  kNotANumber = 2,
  kEmptyInstrument = 3,
  kLongInstrument = 4,
  kBadTimestamp = 5,
  kAbsurdTimestamp = 6,
  kNonexistentTime = 7,  ///< a local time that the zone's clocks skipped
  kInvalidUtf8 = 8,
  kNulByte = 9,
  kLineTooLong = 10,
  kBadQuoting = 11,
};
inline constexpr std::size_t kBadRowKinds = 12;

/// A few words for the report, e.g. "not a number".
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(BadRow kind) noexcept;

struct BadRowCount {
  std::uint64_t count = 0;
  std::string first_example;  ///< `FILE:LINE: what and which value`
};

/// Something decided without being asked.
struct FeedNote {
  std::string file;
  std::string text;
};

struct FACTORWAL_EXPORT FeedReport {
  std::uint64_t rows_read = 0;       ///< data rows met, bad ones and those already done included
  std::uint64_t rows_resumed = 0;    ///< of these: passed over because an earlier run had them
  std::uint64_t rows_delivered = 0;  ///< handed to the caller
  std::uint64_t rows_bad = 0;
  /// Rows older than an earlier row of the same instrument. Delivered as they came. After a resume
  /// the count begins with the first row that is delivered.
  std::uint64_t backward_stamps = 0;
  /// Local times that came twice (clocks set back); the earlier of the two instants was taken.
  std::uint64_t ambiguous_times = 0;
  /// Running totals that fell within a trading day: taken for corrections, their increments are 0.
  std::uint64_t volume_corrections = 0;
  std::array<BadRowCount, kBadRowKinds> bad;  ///< by BadRow
  /// Units recognised, columns left out, names matched. Each text once, with its first file.
  std::vector<FeedNote> notes;

  void note(const std::string& file, std::string text);
};

}  // namespace factorwal::feed
