#include "feed/generator/tick_generator_market.h"

#include <algorithm>
#include <bit>

#include "factorwal/operators/missing.h"
#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

constexpr TimestampNs kStartNs = 1'609'722'000 * kSecondNs;  // Monday 2021-01-04 01:00 UTC

constexpr std::int64_t hm(std::int64_t hour, std::int64_t minute) {
  return hour * 3600 + minute * 60;
}

// Chinese sessions in UTC: rebar with its night session, index future and stock by day; the
// perpetual never closes.
constexpr std::array<InstrumentKind, 4> kKinds = {{
    {1,
     1,
     4321,
     1,
     1,
     60,
     400,
     10,
     1'204'310,
     500'000'000,
     0,
     false,
     {{{hm(1, 0), hm(2, 15)},
       {hm(2, 30), hm(3, 30)},
       {hm(5, 30), hm(7, 0)},
       {hm(13, 0), hm(15, 0)}}},
     4},
    {10,
     2,
     52'308,
     1,
     1,
     12,
     4,
     300,
     90'767,
     500'000'000,
     0,
     false,
     {{{hm(1, 30), hm(3, 30)}, {hm(5, 0), hm(7, 0)}}},
     2},
    {100,
     1,
     1'128,
     1,
     100,
     150,
     2'000,
     1,
     0,
     3'000'000'000,
     40'000'000,
     false,
     {{{hm(1, 30), hm(3, 30)}, {hm(5, 0), hm(7, 0)}}},
     2},
    {10,
     1,
     333'152,
     1000,
     1,
     90,
     3'000,
     1,
     0,
     1'000'000,
     900'000'000,
     true,
     {{{0, kDaySeconds}}},
     1},
}};

std::string id_of(std::size_t index) {
  constexpr std::array<const char*, 4> kCoins = {"BTC", "ETH", "SOL", "BNB"};
  constexpr std::array<const char*, 3> kMonths = {"05", "10", "01"};
  const std::size_t nth = index / kKinds.size();
  const std::string year = std::to_string(21 + (nth + 1) / 3);
  switch (index % kKinds.size()) {
    case 0: return "rb" + year + kMonths[nth % 3] + ".SHFE";
    case 1: return "IF" + std::to_string(2101 + nth % 12 + nth / 12 * 100) + ".CFFEX";
    case 2: return std::to_string(600'000 + nth) + ".SSE";
    default: break;
  }
  std::string coin = nth < kCoins.size() ? kCoins[nth] : "C";
  if (nth >= kCoins.size()) coin += std::to_string(nth);
  return coin + "USDT.BINANCE_UM";
}

double ratio(std::int64_t value, std::int64_t scale) {
  return static_cast<double>(value) / static_cast<double>(scale);
}

}  // namespace

RandomBits::RandomBits(std::uint64_t seed) noexcept {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    word = mixed ^ (mixed >> 31U);
  }
}

std::uint64_t RandomBits::next() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::int64_t RandomBits::below(std::int64_t count) noexcept {
  const std::uint64_t high = next() >> 32U;
  return static_cast<std::int64_t>((high * static_cast<std::uint64_t>(count)) >> 32U);
}

SimulatedInstrument::SimulatedInstrument(std::uint64_t seed, std::size_t index)
    : kind_(&kKinds[index % kKinds.size()]),
      id_(id_of(index)),
      random_(seed * 0x9e3779b97f4a7c15U + index) {
  const std::int64_t spread = kind_->start_price / kind_->tick / 8;
  price_ = kind_->start_price + kind_->tick * (index < kKinds.size() ? 0 : random_.below(spread));
  price_ -= price_ % kind_->tick;
  open_interest_ = kind_->start_open_interest;
  // Feeds of one exchange do not tick in the same nanosecond.
  time_ns_ = into_session(kStartNs + random_.below(500) * 1'000'000);
}

TimestampNs SimulatedInstrument::into_session(TimestampNs time_ns) noexcept {
  for (;;) {
    const std::int64_t seconds = time_ns / kSecondNs;
    const std::int64_t day = seconds / kDaySeconds;
    const std::int64_t weekday = (day + 3) % 7;  // 0 = Monday
    if (kind_->weekends || weekday < 5) {
      for (std::size_t i = 0; i < kind_->session_count; ++i) {
        const Session& session = kind_->sessions[i];
        if (seconds - day * kDaySeconds >= session.end_s) continue;
        const TimestampNs begin_ns = (day * kDaySeconds + session.begin_s) * kSecondNs;
        // A session opens within its first second, off its usual price.
        if (time_ns >= begin_ns) return time_ns;
        price_ += kind_->tick * (random_.below(21) - 10);
        return begin_ns + time_ns % (kSecondNs / 2);
      }
    }
    time_ns = (day + 1) * kDaySeconds * kSecondNs + time_ns % (kSecondNs / 2);
  }
}

void SimulatedInstrument::schedule() noexcept {
  std::int64_t step_ns = kind_->interval_ns;
  if (kind_->jitter_ns > 0) step_ns += random_.below(kind_->jitter_ns);
  if (random_.one_in(50)) step_ns += 3 * kind_->interval_ns;  // nothing changed for a while
  if (random_.one_in(20'000)) step_ns += (30 + random_.below(60)) * kSecondNs;  // a lost line
  time_ns_ = into_session(time_ns_ + step_ns);
}

void SimulatedInstrument::walk() noexcept {
  if (random_.one_in(400)) trend_ = random_.below(5) - 2;
  // Fair steps of -2 to 2, leaning with the trend, and back to the start when far from it.
  std::int64_t steps = random_.below(3) + random_.below(3) - 2;
  if (random_.one_in(8)) steps += trend_;
  const std::int64_t away = price_ - kind_->start_price;
  if (random_.below(kind_->start_price) < (away < 0 ? -away : away)) steps += away < 0 ? 1 : -1;
  price_ = std::max(price_ + steps * kind_->tick, 10 * kind_->tick);
}

void SimulatedInstrument::tick(QuoteValues& values) noexcept {
  walk();
  const bool traded = !random_.one_in(5);
  const std::int64_t burst = random_.one_in(30) ? 8 : 1;
  const std::int64_t lots = traded ? 1 + random_.below(kind_->usual_lots) * burst : 0;
  const std::int64_t volume = lots * kind_->lot;
  const std::int64_t wide = 1 + (random_.one_in(6) ? random_.below(4) : 0);
  const std::int64_t below_last = random_.below(wide + 1);
  const std::int64_t bid = price_ - below_last * kind_->tick;
  const std::int64_t ask = bid + wide * kind_->tick;
  const std::int64_t bid_volume = (1 + random_.below(kind_->book_lots)) * kind_->lot;
  const std::int64_t ask_volume = (1 + random_.below(kind_->book_lots)) * kind_->lot;
  if (open_interest_ > 0) {
    open_interest_ = std::max(open_interest_ + random_.below(2 * lots + 1) - lots, std::int64_t{1});
  }
  values = {ratio(price_, kind_->price_scale),
            ratio(volume, kind_->volume_scale),
            ratio(price_ * volume * kind_->multiplier, kind_->price_scale * kind_->volume_scale),
            open_interest_ > 0 ? ratio(open_interest_, 1) : kMissing,
            ratio(bid, kind_->price_scale),
            ratio(bid_volume, kind_->volume_scale),
            ratio(ask, kind_->price_scale),
            ratio(ask_volume, kind_->volume_scale)};

  // At the day's limit one side of the book is empty for a while.
  if (one_sided_ticks_ == 0 && random_.one_in(2'000)) one_sided_ticks_ = random_.below(41) - 20;
  if (one_sided_ticks_ > 0) {
    values[6] = values[7] = kMissing;
    --one_sided_ticks_;
  } else if (one_sided_ticks_ < 0) {
    values[4] = values[5] = kMissing;
    ++one_sided_ticks_;
  }
  // A source forgets a cell now and then.
  if (random_.one_in(1'500)) values[static_cast<std::size_t>(random_.below(4))] = kMissing;
  schedule();
}

}  // namespace factorwal::feed
