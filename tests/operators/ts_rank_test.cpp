// ts_rank against a sort of the window's own values.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/every_kind.h"
#include "support/run_operator.h"
#include "support/series.h"

namespace factorwal {
namespace {

using Values = std::vector<double>;

Values ranks(double d, double minp, const Values& x) {
  const auto call = operators::make_call(*operators::find_kind("ts_rank"), std::array{d, minp});
  return test::run(*test::operator_of(call.value()), std::span(&x, 1));
}

/// The average of the places, counted from 1, that the last value's equals take in the sorted
/// window, over the length. Requires: the last value is present.
double rank_of_last(const Values& window) {
  Values sorted = window;
  std::ranges::sort(sorted);
  double places = 0;
  double equals = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != window.back()) continue;
    places += static_cast<double>(i + 1);
    equals += 1;
  }
  return places / equals / static_cast<double>(sorted.size());
}

TEST(TsRank, IsTheAveragePlaceOfTheNewestInTheSortedWindow) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const Values x = test::nasty_series(seed, 2000);
    for (const std::size_t d : {1u, 2u, 7u, 20u, 64u}) {
      for (const std::size_t minp : {std::size_t{1}, (d + 1) / 2, d}) {
        const auto got = ranks(static_cast<double>(d), static_cast<double>(minp), x);
        for (std::size_t i = 0; i < x.size(); ++i) {
          Values window;
          for (std::size_t at = i + 1 < d ? 0 : i + 1 - d; at <= i; ++at) {
            if (is_present(x[at])) window.push_back(x[at]);
          }
          const bool expected = is_present(x[i]) && window.size() >= minp;
          if (!expected) {
            ASSERT_EQ(test::bits(got[i]), test::kMissingBits) << d << " tick " << i;
          } else {
            ASSERT_EQ(got[i], rank_of_last(window)) << d << " tick " << i;
          }
        }
      }
    }
  }
}

TEST(TsRank, SharesTiesAndTakesBothZerosForEqual) {
  EXPECT_EQ(ranks(4, 4, {1, 2, 3, 4}).back(), 1);
  EXPECT_EQ(ranks(4, 4, {4, 3, 2, 1}).back(), 0.25);
  EXPECT_EQ(ranks(4, 4, {2, 1, 3, 2}).back(), 2.5 / 4);
  EXPECT_EQ(ranks(3, 3, {5, 5, 5}).back(), 2.0 / 3);
  EXPECT_EQ(ranks(2, 2, {-0.0, 0.0}).back(), 0.75);
}

}  // namespace
}  // namespace factorwal
