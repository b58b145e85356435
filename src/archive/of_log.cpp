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

Status expect_not_ahead(const Reader& log, Sequence archived) {
  if (archived <= log.last_sequence()) return {};
  const auto now = Reader::open(log.directory());
  if (!now) return now.error();
  if (archived <= now->last_sequence()) return {};
  return Error{Errc::kCorruption,
               log.directory() + ": ends at sequence " + std::to_string(now->last_sequence()) +
                   ", and its archive at " + std::to_string(archived) +
                   ": the log is an earlier copy of the one that was archived. Put the later log "
                   "back, or move the archive away and archive anew",
               0};
}

Status expect_nothing_archived(const Reader& log, Sequence first,
                               const std::string& archive_directory) {
  const auto mark = archived_sequence(log.directory());
  if (!mark) return mark.error();
  if (mark->value_or(0) == 0 || log.first_sequence() <= first) return {};
  return Error{Errc::kNotFound,
               archive_directory + ": no archive is here, and records before sequence " +
                   std::to_string(log.first_sequence()) + " of " + log.directory() +
                   " are in one only: name it, or read the log alone",
               0};
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
