#include "wal/chunk/relation_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace factorwal::wal {
namespace {

constexpr std::size_t kSamples = 6;
constexpr std::size_t kCandidates = 3;  // are stored, to see which one is shortest
constexpr std::size_t kRowsLeast = 8;   // from fewer nothing is learned
constexpr std::uint32_t kMeanMax = 250;
constexpr std::uint32_t kDeviationMax = 60;
constexpr std::uint32_t kAverageMax = 10'000;
constexpr unsigned kSampleDigitsMax = 4;
/// So many columns stand for all: the first ones, as a rule fields, and those right before.
constexpr std::uint32_t kFirstOperands = 12;
constexpr std::uint32_t kNearOperands = 20;

class RelationSearch {
 public:
  RelationSearch(const ColumnBlock& block, std::size_t index, std::byte* buffer,
                 ColumnScratch& scratch)
      : block_(block),
        index_(index),
        own_(block.column(index)),
        buffer_(buffer),
        scratch_(scratch) {}

  Expectation run(const Expectation& known) {
    measure(known);
    measure({});
    try_decimals();
    if (block_.rows < kRowsLeast || best_bytes_ <= 4 + block_.rows / 8) return best_;
    if (!take_samples()) return best_;
    list_operands();
    try_operands();
    try_average();
    for (const auto& candidate : candidates_) {
      if (candidate.bits < no_relation_) measure(candidate.expectation);
    }
    try_integers();
    return best_;
  }

 private:
  void measure(const Expectation& expectation) {
    const auto* end = store_value_column(buffer_, block_, index_, expectation, scratch_);
    if (end == nullptr) return;
    const auto bytes = static_cast<std::size_t>(end - buffer_);
    if (bytes >= best_bytes_) return;
    best_bytes_ = bytes;
    best_ = expectation;
  }

  void try_decimals() {
    for (unsigned digits = 0; digits <= kDigitsMax; ++digits) {
      if (!find_decimals(own_, 1, digits, scratch_.integers)) continue;
      if (!find_decimals(own_, block_.rows, digits, scratch_.integers)) continue;
      Expectation decimal{Relation::kDecimal, static_cast<std::uint8_t>(digits)};
      return measure(decimal);
    }
  }

  /// Rows that lie apart and whose values differ. Rows at which no series begins come first: all
  /// relations can be tried there.
  bool take_samples() {
    count_ = 0;
    take_samples_where(false);
    inner_ = count_;
    take_samples_where(true);
    no_relation_ = 0;
    for (std::size_t s = 0; s < count_; ++s) {
      const auto i = samples_[s];
      no_relation_ += i == 0 ? 64 : bits_off(own_[i], own_[i - 1]);
    }
    // What saves less than a tenth is not looked at.
    no_relation_ -= no_relation_ / 10;
    candidates_.fill({no_relation_, {}});
    return count_ >= 4;
  }

  void take_samples_where(bool begins) {
    const auto step = std::max<std::size_t>(1, block_.rows / (2 * kSamples));
    double last = 0;
    for (std::size_t row = block_.rows; row > 0 && count_ < kSamples; row -= std::min(row, step)) {
      const auto i = row - 1;
      const bool at_begin = std::binary_search(block_.begins.begin(), block_.begins.end(), i);
      if (at_begin != begins || !std::isfinite(own_[i]) || own_[i] == last) continue;
      last = own_[i];
      samples_[count_++] = i;
    }
  }

  void list_operands() {
    const auto index = static_cast<std::uint32_t>(index_);
    const auto near = index > kNearOperands ? index - kNearOperands : 0;
    operands_.clear();
    for (std::uint32_t i = 0; i < std::min(index, kFirstOperands); ++i) operands_.push_back(i);
    for (auto i = std::max(near, kFirstOperands); i < index; ++i) operands_.push_back(i);
  }

  static unsigned bits_off(double value, double expected) noexcept {
    const auto off = std::bit_cast<std::uint64_t>(value) - std::bit_cast<std::uint64_t>(expected);
    return static_cast<unsigned>(std::bit_width(zigzag(static_cast<std::int64_t>(off))));
  }

  /// Keeps what is expected if it is nearer to the samples than others.
  template <class F>
  void try_one(Expectation expectation, F&& expected) {
    unsigned bits = 0;
    for (std::size_t s = 0; s < count_; ++s) {
      bits += bits_off(own_[samples_[s]], expected(samples_[s]));
      if (bits >= candidates_.back().bits) return;
    }
    auto place = candidates_.size() - 1;
    for (; place > 0 && bits < candidates_[place - 1].bits; --place) {
      candidates_[place] = candidates_[place - 1];
    }
    candidates_[place] = {bits, expectation};
  }

  void try_operands() {
    for (const auto x : operands_) {
      const auto* a = block_.column(x);
      try_one({Relation::kSame, 0, 0, {x}}, [&](auto i) { return a[i]; });
      if (inner_ == count_) {
        try_one({Relation::kStep, 0, 0, {x}}, [&](auto i) { return a[i] - a[i - 1]; });
      }
      for (const auto y : operands_) {
        if (x != y) try_pair(x, y);
      }
    }
  }

  void try_pair(std::uint32_t x, std::uint32_t y) {
    const auto* a = block_.column(x);
    const auto* b = block_.column(y);
    const auto of = [&](Relation relation) { return Expectation{relation, 0, 0, {x, y}}; };
    if (x < y) {
      try_one(of(Relation::kSum), [&](auto i) { return a[i] + b[i]; });
      try_one(of(Relation::kMiddle), [&](auto i) { return (a[i] + b[i]) / 2; });
    }
    try_one(of(Relation::kDifference), [&](auto i) { return a[i] - b[i]; });
    try_one(of(Relation::kReflected), [&](auto i) { return a[i] - (b[i] - a[i]); });
    try_one(of(Relation::kQuotient), [&](auto i) { return a[i] / b[i]; });
    try_one(of(Relation::kImbalance), [&](auto i) { return (a[i] - b[i]) / (a[i] + b[i]); });
    const auto first = samples_[0];
    const double divisor = (a[first] - b[first]) / own_[first];
    for (const auto z : operands_) {
      const auto* c = block_.column(z);
      if (!(std::abs(c[first] - divisor) <= std::abs(divisor) * 1e-9)) continue;
      try_one({Relation::kScore, 0, 0, {x, y, z}}, [&](auto i) { return (a[i] - b[i]) / c[i]; });
    }
  }

  /// The gain follows from any two rows; it must be one of a whole n.
  void try_average() {
    if (inner_ < count_) return;
    for (const auto x : operands_) {
      const auto* a = block_.column(x);
      const auto i = samples_[0];
      const double gain = (own_[i] - own_[i - 1]) / (a[i] - own_[i - 1]);
      const double n = std::round(2 / gain - 1);
      if (!(n >= 1 && n <= kAverageMax)) continue;
      // The estimate's error grows with n.
      for (const double about : {n, n - 1, n + 1}) {
        if (about < 1) continue;
        const double g = 2.0 / (about + 1.0);
        try_one({Relation::kAverage, 0, static_cast<std::uint32_t>(about), {x}},
                [&](auto r) { return own_[r - 1] + g * (a[r] - own_[r - 1]); });
      }
    }
  }

  template <class F>
  [[nodiscard]] bool all_integers(F&& value) const {
    for (std::size_t s = 0; s < count_; ++s) {
      const double x = value(samples_[s]);
      if (!(std::abs(x) < 0x1p45 && std::abs(x - ((x + kUnitsAtLastBit) - kUnitsAtLastBit)) < 1e-2))
        return false;
    }
    return std::abs(value(samples_[0])) > 0.5;
  }

  void try_integers() {
    double power = 1;
    for (unsigned digits = 0; digits <= kSampleDigitsMax; ++digits, power *= 10) {
      const auto k = static_cast<std::uint8_t>(digits);
      for (std::uint32_t n = 2; n <= kMeanMax && !found_mean_; ++n) {
        if (!all_integers([&](auto i) { return own_[i] * power * n; })) continue;
        measure({Relation::kMean, k, n, {}});
        found_mean_ = true;
      }
      for (std::uint32_t n = 2; n <= kDeviationMax; ++n) {
        for (const auto d : {n * (n - 1), n * n}) try_deviation(k, power, d);
      }
    }
  }

  void try_deviation(std::uint8_t digits, double power, std::uint32_t n) {
    const double scale = power * power * n;
    if (all_integers([&](auto i) { return own_[i] * own_[i] * scale; })) {
      measure({Relation::kDeviation, digits, n, {}});
    }
    const auto index = static_cast<std::uint32_t>(index_);
    for (std::uint32_t x = index > 2 ? index - 2 : 0; x < index; ++x) {
      const auto* a = block_.column(x);
      const auto half = [&](auto i) { return (own_[i] - a[i]) / 2; };
      if (half(samples_[0]) > 0 &&
          all_integers([&](auto i) { return half(i) * half(i) * scale; })) {
        measure({Relation::kBand, digits, n, {x, 0, 0}});
      }
    }
  }

  const ColumnBlock& block_;
  const std::size_t index_;
  const double* own_;
  std::byte* buffer_;
  ColumnScratch& scratch_;
  Expectation best_;
  std::size_t best_bytes_ = ~std::size_t{0};
  std::array<std::size_t, kSamples> samples_{};
  std::size_t count_ = 0;
  std::size_t inner_ = 0;  // samples at which no series begins: the first ones
  struct Candidate {
    unsigned bits = 0;  ///< off, in all samples
    Expectation expectation;
  };
  std::array<Candidate, kCandidates> candidates_;  // best first
  unsigned no_relation_ = 0;                       // bits, were each expected to be as before
  std::vector<std::uint32_t> operands_;
  bool found_mean_ = false;
};

}  // namespace

Expectation search_relation(const ColumnBlock& block, std::size_t index, const Expectation& known,
                            std::byte* buffer, ColumnScratch& scratch) {
  return RelationSearch(block, index, buffer, scratch).run(known);
}

}  // namespace factorwal::wal
