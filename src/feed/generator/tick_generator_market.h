#pragma once
/// \file
/// One instrument of the generated market.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "factorwal/types.h"

namespace factorwal::feed {

/// xoshiro256**, seeded by splitmix64 (Blackman and Vigna, public domain): integers only.
class RandomBits {
 public:
  explicit RandomBits(std::uint64_t seed) noexcept;
  std::uint64_t next() noexcept;
  /// 0 .. count - 1, near enough to even for a market. Requires: 0 < count < 2^32.
  std::int64_t below(std::int64_t count) noexcept;
  /// True once in `count` calls on average.
  bool one_in(std::int64_t count) noexcept { return below(count) == 0; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

/// In the order of TickSchema::quotes(): close, volume, turnover, open_interest, bid, bid_volume,
/// ask, ask_volume.
using QuoteValues = std::array<double, 8>;

/// Part of a day in which an instrument trades, in seconds after 00:00 UTC.
struct Session {
  std::int64_t begin_s = 0;
  std::int64_t end_s = 0;
};

/// What sets one kind of instrument apart. Prices are integers in 1 / `price_scale`, volumes in
/// 1 / `volume_scale`.
struct InstrumentKind {
  std::int64_t price_scale = 1;
  std::int64_t tick = 1;  ///< smallest price step
  std::int64_t start_price = 0;
  std::int64_t volume_scale = 1;
  std::int64_t lot = 1;  ///< smallest volume step
  std::int64_t usual_lots = 1;
  std::int64_t book_lots = 1;
  std::int64_t multiplier = 1;
  std::int64_t start_open_interest = 0;  ///< 0: the kind has none
  std::int64_t interval_ns = 0;
  std::int64_t jitter_ns = 0;  ///< random part of the time to the next tick
  bool weekends = false;
  std::array<Session, 4> sessions{};
  std::size_t session_count = 0;
};

class SimulatedInstrument {
 public:
  SimulatedInstrument(std::uint64_t seed, std::size_t index);
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] TimestampNs next_time_ns() const noexcept { return time_ns_; }
  /// The values of the tick at `next_time_ns`; then sets the time of the one after.
  void tick(QuoteValues& values) noexcept;

 private:
  void walk() noexcept;
  void schedule() noexcept;
  [[nodiscard]] TimestampNs into_session(TimestampNs time_ns) noexcept;

  const InstrumentKind* kind_;
  std::string id_;
  RandomBits random_;
  TimestampNs time_ns_ = 0;
  std::int64_t price_ = 0;
  std::int64_t trend_ = 0;
  std::int64_t open_interest_ = 0;
  std::int64_t one_sided_ticks_ = 0;  ///< > 0: no ask for so many ticks; < 0: no bid
};

}  // namespace factorwal::feed
