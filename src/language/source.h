#pragma once
/// The text being compiled, and how a mistake in it is shown.

#include <cstddef>
#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::language {

class Source {
 public:
  Source(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {}
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  /// `ORIGIN:LINE:COLUMN: message`, the line, and a caret under the byte at `offset`. Columns count
  /// characters from 1.
  [[nodiscard]] Error error_at(std::size_t offset, std::string_view message) const;

 private:
  std::string_view text_;
  std::string_view origin_;
};

/// `name`, shortened and made printable, between backticks.
[[nodiscard]] std::string quoted(std::string_view name);

}  // namespace factorwal::language
