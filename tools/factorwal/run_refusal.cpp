#include "run_refusal.h"

#include <fmt/core.h>

#include "factorwal/feed.h"

namespace factorwal::tool {

Error refusal_of(SendStatus status, const feed::TickRow& row, const feed::TickSource& source) {
  if (status == SendStatus::kFull) {
    return Error{Errc::kFull,
                 "tick refused: the channel is full and when_full = \"refuse\"; give it more "
                 "channel_bytes, or when_full = \"wait\"; --resume goes on with this tick",
                 0};
  }
  const auto place =
      row.line > 0
          ? fmt::format("{}:{}", feed::display_name(source.paths()[row.file_index]), row.line)
          : fmt::format("{}: row {}", feed::display_name(source.paths()[row.file_index]),
                        row.row_number + 1);
  if (status == SendStatus::kTimestamp) {
    const auto why = check_timestamp(row.timestamp_ns);
    return Error{
        Errc::kInvalidArgument,
        fmt::format("{}: tick refused: {}; in a --config file: allow_any_timestamp = true; "
                    "--resume goes on with this tick",
                    place, why ? "timestamp" : why.error().message),
        0};
  }
  return Error{Errc::kFull, fmt::format("{}: tick refused: {}", place, to_string(status)), 0};
}

}  // namespace factorwal::tool
