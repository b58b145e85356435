#include "feed/row_memory.h"

#include <cmath>
#include <utility>

#include "factorwal/operators/missing.h"
#include "feed/bytes/cells.h"
#include "feed/columns/column_guess.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

/// What a tick takes for "no price" has no place in a running total either.
double usable_total(double value) { return std::abs(value) < 1e300 ? value : kMissing; }

}  // namespace

void RowMemory::set_columns(std::string exchange_and_id) {
  exchange_and_id_ = std::move(exchange_and_id);
  volume_ = shared_.schema->find("volume");
  turnover_ = shared_.schema->find("turnover");
  if (shared_.options.volume_mode != VolumeMode::kIncremental && !volume_ && !turnover_) {
    shared_.report.note(name_, "cumulative volume was asked for, but no column is one");
  }
}

void RowMemory::note_exchange(FeedInstrument& instrument, const ParsedRow& parsed) {
  if (parsed.exchange.empty() || exchange_noted_) return;
  if (instrument.exchange.empty()) instrument.exchange = parsed.exchange;
  if (instrument.exchange == parsed.exchange) return;
  exchange_noted_ = true;
  shared_.report.note(name_,
                      in_quotes(parsed.instrument_id) + " is under two exchanges, " +
                          in_quotes(instrument.exchange) + " and " + in_quotes(parsed.exchange) +
                          ", and becomes one instrument; " +
                          map_option(shared_.options.words, "instrument_id=" + exchange_and_id_) +
                          " tells them apart");
}

// Kept they are, but nobody sees them.
void RowMemory::note_spaces(std::string_view id) {
  if (trimmed(id).size() == id.size()) return;
  spaces_noted_ = true;
  shared_.report.note(name_, "the instrument id " + in_quotes(id) +
                                 " has spaces around it; ids are taken as they are");
}

FeedInstrument& RowMemory::instrument(std::string_view id) {
  if (!spaces_noted_) note_spaces(id);
  return shared_.instruments.intern(id);
}

void RowMemory::follow(FeedInstrument& instrument, ParsedRow& parsed) {
  note_exchange(instrument, parsed);
  const VolumeMode mode = shared_.options.volume_mode;
  if (mode == VolumeMode::kIncremental) return;
  if (instrument.converter_file != file_number_) {
    // Nobody knows what was traded between two files; and a resume within this file, which does not
    // read the ones before, must come to the same increments.
    instrument.converter = VolumeConverter();
    instrument.trading_days = TradingDayGuess();
    instrument.trading_day = 0;
    instrument.converter_file = file_number_;
  }
  const TradedAmounts totals{volume_ ? usable_total(parsed.values[volume_->index]) : kMissing,
                             turnover_ ? usable_total(parsed.values[turnover_->index]) : kMissing};
  std::int64_t day = 0;
  if (mode == VolumeMode::kCumulative) {
    const double total = volume_ ? totals.volume : totals.turnover;
    if (parsed.trading_day > 0) instrument.trading_day = parsed.trading_day;
    day = parsed.trading_day == 0 ? instrument.trading_days.day_of(parsed.timestamp_ns, total)
                                  : instrument.trading_day;
  }
  const std::uint64_t corrections = instrument.converter.corrections();
  const TradedAmounts traded = instrument.converter.to_increments(day, totals);
  shared_.report.volume_corrections += instrument.converter.corrections() - corrections;
  if (volume_) parsed.values[volume_->index] = traded.volume;
  if (turnover_) parsed.values[turnover_->index] = traded.turnover;
}

void RowMemory::deliver(FeedInstrument& instrument, TimestampNs timestamp_ns,
                        std::uint64_t ambiguous_times) {
  FeedReport& report = shared_.report;
  if (timestamp_ns < instrument.newest_ns) {
    ++report.backward_stamps;
  } else {
    instrument.newest_ns = timestamp_ns;
  }
  if (ambiguous_times > 0 && ambiguous_seen_ == 0) {
    report.note(name_,
                "local times came twice, when clocks were set back: each is taken for the first "
                "passage, and counted");
  }
  report.ambiguous_times += ambiguous_times - std::exchange(ambiguous_seen_, ambiguous_times);
  ++report.rows_delivered;
}

void RowMemory::set_told(std::uint64_t ambiguous_times, std::uint64_t volume_corrections) {
  ambiguous_seen_ = ambiguous_times;
  shared_.report.volume_corrections = volume_corrections;
}

void RowMemory::note_stamps(const std::string& form, bool used_zone) {
  stamps_noted_ = true;
  std::string text = "timestamps are " + form;
  if (used_zone) {
    const std::string& zone = shared_.options.time_zone;
    text += zone.empty() ? " without offset, taken as UTC (" + shared_.options.words.time_zone +
                               " says otherwise)"
                         : " without offset, taken as " + zone;
  }
  shared_.report.note(name_, std::move(text));
}

Error RowMemory::zone_is_missing(const std::string& column, const std::string& form) const {
  return Error{Errc::kInvalidArgument,
               name_ + ": column " + in_quotes(column) + " (" + form +
                   ") has times without a zone: " + shared_.options.words.time_zone +
                   " names it, UTC included",
               0};
}

std::optional<Error> RowMemory::count_bad(BadRow fault,
                                          const std::function<BadRowText()>& describe) {
  FeedReport& report = shared_.report;
  BadRowCount& kind = report.bad[static_cast<std::size_t>(fault)];
  ++report.rows_bad;
  ++kind.count;
  const bool stop = shared_.options.on_bad_row == OnBadRow::kStop;
  if (!stop && kind.count > 1) return std::nullopt;
  BadRowText bad = describe();
  if (kind.count == 1) kind.first_example = bad.text;
  if (!stop) return std::nullopt;
  if (!bad.hint.empty()) bad.text += "; " + bad.hint;
  if (!bad.may_skip) return Error{Errc::kInvalidArgument, std::move(bad.text)};
  return Error{Errc::kInvalidArgument, bad.text + "; " + shared_.options.words.skip_bad_rows +
                                           " counts such rows and goes on"};
}

}  // namespace factorwal::feed
