// Rows in batches are the rows one by one.
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

class Batches : public FeedTest {};

TEST_F(Batches, GiveEveryRowOnceInOrderWhateverTheirSize) {
  std::string text = "symbol,ts,price,volume\n";
  for (int i = 0; i < 1000; ++i) {
    text += (i % 3 == 0 ? "a," : "b,") + std::to_string(1609723800 + i) + "," + std::to_string(i) +
            ",1\n";
  }
  const std::string file = write("ticks.csv", text);
  const Reading single = read({file});
  for (const std::size_t most : {1U, 7U, 256U, 5000U}) {
    auto source = TickSource::open({file}, {});
    ASSERT_TRUE(source);
    TickBatch batch;
    std::size_t at = 0;
    while ((*source)->next_batch(batch, most) == FeedStep::kRow) {
      ASSERT_GT(batch.size(), 0U);
      ASSERT_LE(batch.size(), most);
      ASSERT_EQ(batch.values.size(), batch.size() * 2);
      for (std::size_t i = 0; i < batch.size(); ++i, ++at) {
        ASSERT_EQ(batch.ids[batch.instruments[i]], single.rows.at(at).instrument_id);
        ASSERT_EQ(batch.times_ns[i], single.rows[at].timestamp_ns);
        ASSERT_EQ(batch.values[2 * i], single.rows[at].values[0]);
        ASSERT_EQ(batch.positions[i], single.rows[at].position);
      }
    }
    EXPECT_EQ(at, single.rows.size()) << most;
    EXPECT_EQ((*source)->next_batch(batch, most), FeedStep::kEnd) << "an end stays";
    EXPECT_EQ(batch.size(), 0U);
  }
}

TEST_F(Batches, AFailureComesBehindTheRowsBeforeIt) {
  const std::string file = write("ticks.csv", "symbol,ts,price\na,1609723800,1\na,1609723801,x\n");
  auto source = TickSource::open({file}, {});
  ASSERT_TRUE(source);
  TickBatch batch;
  ASSERT_EQ((*source)->next_batch(batch), FeedStep::kRow);
  EXPECT_EQ(batch.size(), 1U);
  EXPECT_EQ((*source)->next_batch(batch), FeedStep::kFailed);
  EXPECT_CONTAINS((*source)->error().message, "\"x\" is not a number");
}

}  // namespace
}  // namespace factorwal::feed
