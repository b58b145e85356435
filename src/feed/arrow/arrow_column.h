#pragma once
/// \file
/// The cells of one Arrow column, where they lie.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/arrow_c.h"
#include "factorwal/result.h"
#include "factorwal/types.h"
#include "feed/arrow/arrow_type.h"
#include "feed/number.h"

namespace factorwal::feed {

/// Room for the text of a cell that is none.
using CellText = std::array<char, 128>;

/// Reads the buffers of one array after another, without copying them. The arrays are as the
/// specification of the C data interface has them: their buffers' sizes nobody can check.
class ArrowColumn {
 public:
  explicit ArrowColumn(ArrowType type);

  [[nodiscard]] const ArrowType& type() const noexcept { return type_; }

  /// Row 0 is that at `first` of the array; `count` rows are there. `parent`: with nulls of its
  /// own, which are those of its children as well; null without.
  Status bind(const ArrowArray& array, std::int64_t first, std::int64_t count,
              const ArrowArray* parent, std::int64_t parent_first);

  [[nodiscard]] bool is_null(std::int64_t row) const noexcept;
  /// The cell's number, kMissing for null. False: a text that is no number; a type that has none.
  [[nodiscard]] bool number(std::int64_t row, NumberForm form, double& value);
  /// Those of `count` rows. False, and `out` is of no use: cells need a closer look, one by one.
  [[nodiscard]] bool numbers(std::int64_t first, std::size_t count, double* out) const noexcept;
  /// Some number was no double: the nearest was taken. Once.
  [[nodiscard]] bool take_rounded() noexcept;
  /// As a CSV file would have it; empty for null. Valid until the next call with `room`.
  [[nodiscard]] std::string_view text(std::int64_t row, CellText& room) const;
  /// Requires: a date or a timestamp. False for null.
  [[nodiscard]] bool time(std::int64_t row, std::int64_t& seconds, std::int64_t& nanoseconds) const;
  /// Those of the rows from `first` on where they are numbers of nanoseconds, which most timestamps
  /// are, of UTC or without a zone, as `type` tells: of so many rows, as the next is null or
  /// another one.
  [[nodiscard]] std::size_t plain_ns(std::int64_t first, std::size_t count,
                                     std::int64_t* out) const noexcept;
  /// Requires: texts without a dictionary. Empty for null.
  [[nodiscard]] std::string_view plain_text(std::int64_t row) const noexcept {
    return is_null(row) ? std::string_view{} : bytes(row);
  }
  /// The views of the rows from `first` on, 16 bytes each; null for other types, and where a cell
  /// may be null.
  [[nodiscard]] const std::byte* views(std::int64_t first) const noexcept;
  /// The cell's bytes, whatever they mean: equal ones for equal cells of one type.
  void append_raw(std::int64_t row, std::vector<char>& out) const;

  /// How many texts the dictionary has; 0 without one.
  [[nodiscard]] std::size_t dictionary_size() const noexcept;
  /// Requires: a dictionary, and that the cell is not null.
  [[nodiscard]] std::size_t place(std::int64_t row) const noexcept;
  /// Those of the rows from `first` on; kNoPlace for null. Requires: a dictionary.
  void places(std::int64_t first, std::span<std::size_t> out) const noexcept;
  static constexpr std::size_t kNoPlace = static_cast<std::size_t>(-1);

 private:
  template <class T>
  [[nodiscard]] T at(std::int64_t row) const noexcept;
  template <class T>
  void copy_numbers(std::int64_t first, std::size_t count, double* out) const noexcept;
  [[nodiscard]] std::int64_t integer(std::int64_t row) const noexcept;
  [[nodiscard]] std::string_view bytes(std::int64_t row) const noexcept;
  [[nodiscard]] double decimal(std::int64_t row, bool& rounded) const;
  Status check_places(std::int64_t count) const;
  [[nodiscard]] Error broken(const std::string& what) const;

  ArrowType type_;
  const std::uint8_t* validity_ = nullptr;
  const std::uint8_t* parent_validity_ = nullptr;
  std::int64_t parent_first_ = 0;
  const void* const* buffers_ = nullptr;
  std::int64_t buffer_count_ = 0;
  std::int64_t first_ = 0;
  bool is_ns_ = false;
  std::unique_ptr<ArrowColumn> dictionary_;
  std::size_t dictionary_size_ = 0;
  bool rounded_ = false;
};

}  // namespace factorwal::feed
