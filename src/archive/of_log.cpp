#include "archive/of_log.h"

#include <string_view>

#include "factorwal/archived.h"

namespace factorwal::archive {

std::string log_name(const Reader& log) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : log.identity()) {
    text += kDigits[std::to_integer<unsigned>(byte) / 16];
    text += kDigits[std::to_integer<unsigned>(byte) % 16];
  }
  return text;
}

Status expect_no_gap(const Reader& log, Sequence archived) {
  const auto mark = archived_sequence(log.directory());
  if (!mark) {
    // It is written anew, where the log has what the archive lacks.
    if (mark.error().code != Errc::kCorruption) return mark.error();
  }
  const auto first = log.first_sequence();
  const bool told = !mark || mark->value_or(0) > archived;
  if (!told || first == 0 || first <= archived + 1) return {};
  return Error{Errc::kCorruption,
               log.directory() + ": records " + std::to_string(archived + 1) + " to " +
                   std::to_string(first - 1) +
                   " were archived, and are neither in this archive nor in the log any more: put "
                   "the newer archive back, or name it",
               0};
}

}  // namespace factorwal::archive
