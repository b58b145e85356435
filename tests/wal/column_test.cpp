/// Columns of chunks: every bit comes back, under every relation.

#include <gtest/gtest.h>

#include <cmath>

#include "wal/chunk/number_column.h"
#include "wal/chunk/relation_search.h"
#include "wal/hostile_value.h"

namespace factorwal::wal::test {
namespace {

std::uint64_t random_integer(Random& random, unsigned kind) {
  switch (kind) {
    case 0: return 0;
    case 1: return random() % 16;
    case 2: return random() >> (random() % 64);
    case 3: return random() % 50 == 0 ? random() : random() % 300;
    case 4: return random() % 100 == 0 ? random() >> (random() % 64) : 0;
    case 5: return random() % 2 == 0 ? 0 : random() % 5000;
    default: return random();
  }
}

TEST(IntegerColumn, GivesAllIntegersBack) {
  Random random(1);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::uint64_t> values(random() % 1100);
    const auto kind = static_cast<unsigned>(random() % 7);
    for (auto& value : values) value = random_integer(random, kind);
    Bytes bytes(column_bound(values.size()));
    auto used_up = values;
    const auto* end = store_integers(bytes.data(), used_up);
    const auto size = static_cast<std::size_t>(end - bytes.data());
    ASSERT_LE(size + kColumnSlack, bytes.size());
    Cursor cursor(ByteView(bytes).first(size));
    std::vector<std::uint64_t> back(values.size());
    ASSERT_TRUE(load_integers(cursor, back));
    ASSERT_EQ(cursor.remaining(), 0U);
    ASSERT_EQ(back, values) << "round " << round;
    std::vector<std::uint64_t> front(random() % (values.size() + 1));
    Cursor beginning(ByteView(bytes).first(size));
    ASSERT_TRUE(load_integers(beginning, front, values.size()));
    ASSERT_EQ(beginning.remaining(), 0U);
    ASSERT_TRUE(std::equal(front.begin(), front.end(), values.begin())) << "round " << round;
    Cursor passing(ByteView(bytes).first(size));
    ASSERT_TRUE(pass_integers(passing, values.size()));
    ASSERT_EQ(passing.remaining(), 0U);
    for (std::size_t cut = 0; cut < size; cut += 1 + size / 16) {
      Cursor shorter(ByteView(bytes).first(cut));
      ASSERT_FALSE(load_integers(shorter, back)) << "cut to " << cut;
      Cursor passing_shorter(ByteView(bytes).first(cut));
      ASSERT_FALSE(pass_integers(passing_shorter, values.size())) << "cut to " << cut;
    }
  }
}

// Whatever bytes come: both ways of reading agree whether they are a column.
TEST(IntegerColumn, PassesOverJustWhatItLoads) {
  Random random(7);
  int columns = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes(1 + random() % 200 + kColumnSlack);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    constexpr unsigned kForms[] = {1, 7, 56, 57, 64, 65, 66, 127, 128, 129, 140, 192, 193};
    bytes[0] = static_cast<std::byte>(kForms[random() % std::size(kForms)]);
    if (random() % 2 == 0) bytes[1] = static_cast<std::byte>(random() % 3);
    const auto view = ByteView(bytes).first(bytes.size() - kColumnSlack);
    std::vector<std::uint64_t> values(random() % 40);
    Cursor loading(view);
    Cursor passing(view);
    const bool loaded = load_integers(loading, values);
    ASSERT_EQ(loaded, pass_integers(passing, values.size())) << "round " << round;
    std::vector<std::uint64_t> front(values.empty() ? 0 : random() % values.size());
    Cursor beginning(view);
    ASSERT_EQ(loaded, load_integers(beginning, front, values.size())) << "round " << round;
    if (!loaded) continue;
    ++columns;
    ASSERT_EQ(loading.remaining(), passing.remaining());
    ASSERT_EQ(loading.remaining(), beginning.remaining());
    ASSERT_TRUE(std::equal(front.begin(), front.end(), values.begin())) << "round " << round;
  }
  EXPECT_GT(columns, 500);
}

TEST(NumberColumn, GivesTimesAndOrdinalsBack) {
  Random random(2);
  auto scratch = std::make_unique<ColumnScratch>();
  const std::uint64_t units[] = {1, 1000, 1'000'000, 500'000'000, 1'000'000'000};
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::uint64_t> numbers(1 + random() % 300);
    const auto unit = units[random() % 5];
    const auto kind = random() % 3;
    std::uint64_t number = random() % 2 == 0 ? random() : 1'600'000'000'000'000'000;
    for (auto& next : numbers) {
      next = kind == 0 ? random() : number;
      number += unit * (kind == 1 ? 1 : random() % 5);
    }
    std::vector<std::uint32_t> begins = {0};
    for (std::uint32_t row = 1; row < numbers.size(); ++row) {
      if (kind == 2 && random() % 8 == 0) begins.push_back(row);
    }
    Bytes bytes(number_column_bound(numbers.size()));
    const auto* end = store_numbers(bytes.data(), numbers, begins, *scratch);
    const auto size = static_cast<std::size_t>(end - bytes.data());
    Cursor cursor(ByteView(bytes).first(size));
    std::vector<std::uint64_t> back(numbers.size());
    ASSERT_TRUE(load_numbers(cursor, back, begins));
    ASSERT_EQ(back, numbers) << "round " << round;
    ASSERT_EQ(cursor.remaining(), 0U);
    Cursor passing(ByteView(bytes).first(size));
    ASSERT_TRUE(pass_numbers(passing, numbers.size()));
    ASSERT_EQ(passing.remaining(), 0U);
  }
}

// Whatever a writer expects, and however wrong that is, the bits come back.
TEST(ValueColumn, GivesEveryBitBackUnderEveryRelation) {
  Random random(3);
  auto scratch = std::make_unique<ColumnScratch>();
  constexpr std::size_t kColumns = 6;
  for (int round = 0; round < 4000; ++round) {
    const std::size_t rows = 1 + random() % kTickChunkRows;
    std::vector<double> values(kColumns * (rows + 8));
    const bool hostile = random() % 2 == 0;
    for (auto& value : values) {
      value = hostile ? hostile_value(random) : static_cast<double>(random() % 9000) / 100;
    }
    std::vector<std::uint32_t> begins = {0};
    for (std::uint32_t row = 1; row < rows; ++row) {
      if (random() % 20 == 0) begins.push_back(row);
    }
    const ColumnBlock block{values.data(), rows + 8, rows, begins};
    Expectation expectation;
    expectation.relation = static_cast<Relation>(random() % kRelationCount);
    if (has_digits(expectation.relation)) {
      expectation.digits = static_cast<std::uint8_t>(random() % (kDigitsMax + 1));
    }
    if (has_count(expectation.relation)) {
      expectation.count = 1 + static_cast<std::uint32_t>(random() % 400);
    }
    for (unsigned i = 0; i < operand_count(expectation.relation); ++i) {
      expectation.operands[i] = static_cast<std::uint32_t>(random() % (kColumns - 1));
    }
    Bytes bytes(value_column_bound(rows));
    const auto* end = store_value_column(bytes.data(), block, kColumns - 1, expectation, *scratch);
    if (end == nullptr) {
      ASSERT_EQ(expectation.relation, Relation::kDecimal);
      continue;
    }
    const auto size = static_cast<std::size_t>(end - bytes.data());
    ASSERT_LE(size, bytes.size());
    const std::vector<double> truth(block.column(kColumns - 1), block.column(kColumns - 1) + rows);
    std::fill_n(block.column(kColumns - 1), rows, 0.0);
    Cursor cursor(ByteView(bytes).first(size));
    ASSERT_TRUE(load_value_column(cursor, block, kColumns - 1, rows, *scratch));
    ASSERT_EQ(cursor.remaining(), 0U);
    Cursor passing(ByteView(bytes).first(size));
    ASSERT_TRUE(pass_value_column(passing, rows, kColumns - 1));
    ASSERT_EQ(passing.remaining(), 0U);
    ASSERT_EQ(std::memcmp(truth.data(), block.column(kColumns - 1), rows * sizeof(double)), 0)
        << "round " << round << ", relation " << static_cast<unsigned>(expectation.relation);
    const std::size_t first = 1 + random() % rows;
    while (begins.back() >= first) begins.pop_back();
    const ColumnBlock front{values.data(), rows + 8, first, begins};
    std::fill_n(front.column(kColumns - 1), rows, 0.0);
    Cursor beginning(ByteView(bytes).first(size));
    ASSERT_TRUE(load_value_column(beginning, front, kColumns - 1, rows, *scratch));
    ASSERT_EQ(beginning.remaining(), 0U);
    ASSERT_EQ(std::memcmp(truth.data(), front.column(kColumns - 1), first * sizeof(double)), 0)
        << "round " << round << ", relation " << static_cast<unsigned>(expectation.relation);
  }
}

struct Found {
  const char* what;
  Relation relation;
  double (*value)(const double* row, const double* before, double own_before);
};

TEST(RelationSearch, FindsWhatFactorsAreMadeOf) {
  const Found found[] = {
      {"same", Relation::kSame, [](auto* r, auto*, double) { return r[0]; }},
      {"difference", Relation::kDifference, [](auto* r, auto*, double) { return r[0] - r[1]; }},
      {"sum", Relation::kSum, [](auto* r, auto*, double) { return r[0] + r[1]; }},
      {"middle", Relation::kMiddle, [](auto* r, auto*, double) { return (r[0] + r[1]) / 2; }},
      {"reflected", Relation::kReflected,
       [](auto* r, auto*, double) { return r[0] - (r[1] - r[0]); }},
      {"quotient", Relation::kQuotient, [](auto* r, auto*, double) { return r[0] / r[1]; }},
      {"imbalance", Relation::kImbalance,
       [](auto* r, auto*, double) { return (r[0] - r[1]) / (r[0] + r[1]); }},
      {"score", Relation::kScore, [](auto* r, auto*, double) { return (r[0] - r[1]) / r[2]; }},
      {"step", Relation::kStep, [](auto* r, auto* b, double) { return r[0] - b[0]; }},
      {"average", Relation::kAverage,
       [](auto* r, auto*, double own) { return own + 2.0 / 27.0 * (r[0] - own); }},
      {"mean", Relation::kMean,
       [](auto* r, auto*, double) { return std::round(r[0] * 1e3) / 10 / 7; }},
      {"deviation", Relation::kDeviation,
       [](auto* r, auto*, double) { return std::sqrt(std::round(r[0] * 1e6) / 38000); }}};
  Random random(4);
  auto scratch = std::make_unique<ColumnScratch>();
  constexpr std::size_t kRows = 128;
  for (const auto& one : found) {
    std::vector<double> values(4 * (kRows + 8));
    const std::uint32_t begins[] = {0, 70};
    const ColumnBlock block{values.data(), kRows + 8, kRows, begins};
    double before[3] = {100, 100, 100};
    double own = 100;
    for (std::size_t i = 0; i < kRows; ++i) {
      double row[3];
      for (std::size_t c = 0; c < 3; ++c) {
        row[c] = before[c] + std::ldexp(static_cast<double>(random() >> 12), -52) - 0.5;
        block.column(c)[i] = row[c];
      }
      own = one.value(row, before, own);
      block.column(3)[i] = own;
      std::copy_n(row, 3, before);
    }
    Bytes buffer(value_column_bound(kRows));
    EXPECT_EQ(search_relation(block, 3, {}, buffer.data(), *scratch).relation, one.relation)
        << one.what;
  }
}

}  // namespace
}  // namespace factorwal::wal::test
