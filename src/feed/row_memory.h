#pragma once
/// \file
/// What rows leave behind, wherever they are read from.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "factorwal/result.h"
#include "feed/feed_shared.h"
#include "feed/parsed_row.h"

namespace factorwal::feed {

/// Keeps what the rows of one file leave behind in what a run's files share: instruments with their
/// running totals and newest times, counts, and notes, each of which is made once.
class RowMemory {
 public:
  /// `name`: how messages call the file; `file_number`: each file that is opened has another one.
  RowMemory(std::string name, std::size_t file_number, FeedShared& shared)
      : name_(std::move(name)), file_number_(file_number), shared_(shared) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Requires: the run's schema is known. `exchange_and_id`: both columns, as `exchange+symbol`,
  /// where the file has an exchange.
  void set_columns(std::string exchange_and_id);

  FeedInstrument& instrument(std::string_view id);
  /// Null where no row had it yet.
  [[nodiscard]] FeedInstrument* known_instrument(std::string_view id) {
    return shared_.instruments.find(id);
  }
  /// Running totals become increments.
  void follow(FeedInstrument& instrument, ParsedRow& parsed);
  /// A row that is handed to the caller. `ambiguous_times`: of the whole file so far.
  void deliver(FeedInstrument& instrument, TimestampNs timestamp_ns, std::uint64_t ambiguous_times);
  /// What rows before this one left was told by an earlier run.
  void set_told(std::uint64_t ambiguous_times, std::uint64_t volume_corrections);

  /// `form`: of the timestamps. Once, with the first good row.
  void note_stamps(const std::string& form, bool used_zone);
  [[nodiscard]] bool stamps_noted() const noexcept { return stamps_noted_; }
  /// Stamps without an offset end the feed.
  [[nodiscard]] bool refuses_zoneless() const noexcept {
    return shared_.options.zone_required && shared_.options.time_zone.empty();
  }
  /// How. `column`: that of the stamps.
  [[nodiscard]] Error zone_is_missing(const std::string& column, const std::string& form) const;

  /// `text` is the example, `hint` what would help, if anything.
  struct BadRowText {
    std::string text;
    std::string hint{};
    bool may_skip = true;  ///< other rows may be readable
  };
  /// Counts a bad row; the error, when it ends the run. `describe` is called where it is needed.
  std::optional<Error> count_bad(BadRow fault, const std::function<BadRowText()>& describe);

 private:
  void note_exchange(FeedInstrument& instrument, const ParsedRow& parsed);
  void note_spaces(std::string_view id);

  std::string name_;
  std::size_t file_number_;
  FeedShared& shared_;
  std::string exchange_and_id_;
  std::optional<FieldHandle> volume_;
  std::optional<FieldHandle> turnover_;
  bool exchange_noted_ = false;
  bool stamps_noted_ = false;
  bool spaces_noted_ = false;
  std::uint64_t ambiguous_seen_ = 0;
};

}  // namespace factorwal::feed
