#pragma once
/// A column of unsigned integers, most of them small: packed bit by bit at one width, those that
/// are wider told apart. docs/format.md, "Columns".
///   form 0         nothing follows: all are 0
///   form 1..56,64  a byte that counts exceptions, the low `form` bits of each, the exceptions
///   form 65        the same without bits: all but the exceptions are 0
///   form 128 + f   a bit for each that says whether it is 0; then the others in form f

#include <cstdint>
#include <span>

#include "base/coding.h"

namespace factorwal::wal {

/// So many integers a column has at most.
inline constexpr std::size_t kColumnRowsMax = 65'535;

/// So many bytes behind a column's end may be written, and must be readable.
inline constexpr std::size_t kColumnSlack = 16;

/// A column of `count` integers is no longer, and touches no more.
[[nodiscard]] constexpr std::size_t column_bound(std::size_t count) noexcept {
  return 64 + count / 8 + count * 10 + kColumnSlack;
}

/// Returns the column's end. `target` has `column_bound` bytes. Uses `values` up.
[[nodiscard]] std::byte* store_integers(std::byte* target, std::span<std::uint64_t> values);

/// False when the bytes are no column of so many. `from` has kColumnSlack readable bytes behind it.
[[nodiscard]] bool load_integers(Cursor& from, std::span<std::uint64_t> values);
/// Of a column of `count`, the first ones alone; `from` is behind the whole column then.
[[nodiscard]] bool load_integers(Cursor& from, std::span<std::uint64_t> values, std::size_t count);

/// Passes over a column; false when the bytes are none.
[[nodiscard]] bool pass_integers(Cursor& from, std::size_t count);

}  // namespace factorwal::wal
