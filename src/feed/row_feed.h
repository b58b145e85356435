#pragma once
/// \file
/// The rows of one file, whatever its form.

#include <cstdint>
#include <optional>

#include "factorwal/feed/position.h"
#include "factorwal/feed/stream.h"
#include "factorwal/result.h"
#include "feed/files/rotation.h"

namespace factorwal::feed {

class RowFeed {
 public:
  RowFeed() = default;
  RowFeed(const RowFeed&) = delete;
  RowFeed& operator=(const RowFeed&) = delete;
  virtual ~RowFeed() = default;

  [[nodiscard]] virtual const FileIdentity& identity() const noexcept = 0;
  /// FeedPosition::form_rows of its positions.
  [[nodiscard]] virtual std::uint64_t form_rows() const noexcept { return 0; }
  /// Passes over the rows before the position; cumulative volumes are followed through them.
  /// kInvalidArgument when the file has fewer, or when they are not those that were read.
  virtual Status skip_to(const FeedPosition& position) = 0;
  virtual FeedStep next(TickRow& row) = 0;
  /// After kEnd of a file that is followed: it has another name now, and seems to be finished. As
  /// long as `finish` was not called, `next` looks for more.
  [[nodiscard]] virtual std::optional<FileStamp> rotated() const { return std::nullopt; }
  /// Its successor is there: what it has now is all, also a last line without its end.
  virtual void finish() {}
  /// It has got more since.
  [[nodiscard]] virtual bool has_more() const { return false; }
  /// Requires: `next` gave kFailed.
  [[nodiscard]] virtual const Error& error() const = 0;
};

}  // namespace factorwal::feed
