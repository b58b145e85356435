#pragma once
/// What is known to be lost of a log, and to which instruments.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "factorwal/types.h"

namespace factorwal::recovery {

/// Lost ticks of one instrument.
struct Loss {
  std::uint64_t ticks = 0;
  bool counted = true;  ///< false: `ticks` at most, or none
  friend bool operator==(const Loss&, const Loss&) = default;
};

/// Takes the events of a replay in the log's order and says who has lost ticks. The rules:
///
/// | Found                                            | Follows                                   |
/// |--------------------------------------------------|-------------------------------------------|
/// | an instrument's tick numbers leave a counted gap | it is hit; the gap counts                 |
/// | they leave a gap, and the one behind is no count | it is hit; the gap accounts for nothing   |
/// | a tick or state of it behind the lost records    | the records before were none of its ticks |
/// |                                                  | but those of the gap                      |
/// | none, and gaps of others account for all         | it has lost nothing                       |
/// | none, and gaps leave some unaccounted for        | it is hit, by so many at most             |
/// | the gaps account for more than was lost          | they account for nothing                  |
/// | records lost behind the source's last position   | nobody is hit: the source gives them again|
/// | the channel's ticks leave a larger gap than the  | the log's end is gone: as many records as |
/// | log has lost                                     | it has bytes unused, once                 |
/// | records of the channel that come into no log     | lost at the end                           |
class LossLedger {
 public:
  struct Hit {
    InstrumentHandle instrument;
    Loss loss;
    Sequence since = 0;  ///< of the first tick after the damage, or of the log's end
    friend bool operator==(const Hit&, const Hit&) = default;
  };

  // Events. `lost_before`: records that were lost before the record at hand; never less than it
  // was.

  /// Before each record of the log: so many were lost so far.
  void lost_so_far(std::uint64_t records) noexcept { lost_records_ = records; }
  /// So many more, behind everything that was read.
  void lose(std::uint64_t records) noexcept { lost_records_ += records; }
  /// At least so many are lost behind the last sign of the source.
  void lost_behind_source(std::uint64_t records) noexcept {
    lost_records_ = std::max(lost_records_, lost_at_source_ + records);
  }
  /// A tick, position or mark shows that the source went on. `has_position`: one was met so far.
  void source_went_on(std::uint64_t lost_before, bool has_position) noexcept {
    lost_at_source_ = lost_before;
    source_has_position_ = has_position;
  }
  /// A tick or a state of it: a sign of life.
  void seen(InstrumentHandle instrument, std::uint64_t lost_before) {
    account(instrument).lost_when_seen = lost_before;
  }
  /// Its tick numbers leave a gap before the record at hand, which is not `seen` yet.
  void gap(InstrumentHandle instrument, Loss loss, Sequence since);
  /// The log ends; what comes now is the channel's. `unused_bytes`: of its last segment.
  void end_log(std::uint64_t unused_bytes) noexcept {
    log_ended_ = true;
    unused_bytes_ = unused_bytes;
  }
  /// A tick of the channel with so many missing before it. Before `end_log` it is none.
  void in_channel(InstrumentHandle instrument, std::uint64_t missing, bool has_position) {
    if (log_ended_) note_channel(instrument, missing, has_position);
  }
  /// No more records come: who was not seen behind what is lost, of so many instruments, is hit for
  /// want of evidence. Gives those hits, which `hits` has as well.
  std::vector<Hit> finish(std::size_t instruments, Sequence last_sequence);

  // Verdicts.

  [[nodiscard]] std::uint64_t lost_records() const noexcept { return lost_records_; }
  /// Records are lost, and nothing behind them shows that the source went on.
  [[nodiscard]] bool end_is_lost() const noexcept { return lost_records_ > lost_at_source_; }
  /// Those records come again: the source goes on at its last position.
  [[nodiscard]] bool refed_by_source() const noexcept {
    return source_has_position_ && end_is_lost();
  }
  /// Records lost since it was last seen.
  [[nodiscard]] std::uint64_t lost_since_seen(InstrumentHandle instrument) const noexcept {
    return lost_records_ - lost_when_seen(instrument);
  }
  [[nodiscard]] const std::vector<Hit>& hits() const noexcept { return hits_; }

 private:
  struct Account {
    std::uint64_t lost_when_seen = 0;
    bool in_channel = false;
  };
  struct Gap {
    std::uint64_t lost_when_seen = 0;  // before it
    std::uint64_t ticks = 0;
  };
  void note_channel(InstrumentHandle instrument, std::uint64_t missing, bool has_position);
  [[nodiscard]] Account& account(InstrumentHandle instrument) {
    if (instrument.index >= accounts_.size()) accounts_.resize(std::size_t{instrument.index} + 1);
    return accounts_[instrument.index];
  }
  [[nodiscard]] std::uint64_t lost_when_seen(InstrumentHandle instrument) const noexcept {
    return instrument.index < accounts_.size() ? accounts_[instrument.index].lost_when_seen : 0;
  }
  [[nodiscard]] std::uint64_t unaccounted(std::uint64_t lost_when_seen, std::uint64_t lost) const;

  std::uint64_t lost_records_ = 0;
  std::uint64_t lost_at_source_ = 0;
  bool source_has_position_ = false;
  bool log_ended_ = false;
  std::uint64_t unused_bytes_ = 0;
  std::vector<Account> accounts_;  // by handle
  std::vector<Gap> gaps_;          // counted ones
  std::vector<Hit> hits_;
};

}  // namespace factorwal::recovery
