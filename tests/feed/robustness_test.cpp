// Bytes flipped, dropped, doubled at random: an error or counted rows, never a crash, and the
// report's sums always agree. Run it under asan for its full worth.
#include "feed/feed_fixture.h"
#include "feed/generator/tick_generator_market.h"

namespace factorwal::feed {
namespace {

class Robustness : public FeedTest {
 protected:
  static std::string small_csv() {
    return "instrument_id,timestamp_ns,last_price,volume,side\r\n"
           "\"rb,2105\",1609723740400000000,4321.5,7,\"B\"\r\n"
           "IF2101,1609723740500000000,5230,,S\n\n"
           "IF2101,1609723740600000000,nan,1e3,\"two\nlines\"\n"
           "\xE8\x9E\xBA\xE7\xBA\xB9,1609723740700000000,+5,-1,B";
  }

  static std::string damaged(std::string bytes, RandomBits& random) {
    const std::int64_t changes = 1 + random.below(4);
    for (std::int64_t i = 0; i < changes && !bytes.empty(); ++i) {
      const auto at =
          static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size())));
      switch (random.below(4)) {
        case 0: bytes[at] = static_cast<char>(random.below(256)); break;
        case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8))); break;
        case 2: bytes.erase(at, static_cast<std::size_t>(1 + random.below(5))); break;
        default: bytes.insert(at, 1, "\",;\n\r\t \0-+.eZT"[random.below(15)]); break;
      }
    }
    return bytes;
  }

  void survives(const std::string& bytes, std::uint64_t seed, int rounds) const {
    RandomBits random(seed);
    for (int round = 0; round < rounds; ++round) {
      const std::string file = write("damaged.csv", damaged(bytes, random));
      FeedOptions options = round % 3 == 0 ? FeedOptions{} : skipping();
      if (round % 5 == 0) options.volume_mode = VolumeMode::kCumulative;
      const Reading got = read({file}, options);
      const FeedReport& report = got.report;
      ASSERT_EQ(report.rows_read, report.rows_delivered + report.rows_bad) << "round " << round;
      ASSERT_EQ(report.rows_delivered, got.rows.size());
      for (const ReadRow& row : got.rows) {
        ASSERT_GE(row.timestamp_ns, 0);
        ASSERT_FALSE(row.instrument_id.empty());
        ASSERT_EQ(row.values.size(), got.fields.size());
      }
      if (!got.error.empty()) {
        ASSERT_CONTAINS(got.error, "damaged.csv");
      }
    }
  }
};

TEST_F(Robustness, DamagedTextNeverCrashes) { survives(small_csv(), 1, 1500); }

TEST_F(Robustness, DamagedGzipNeverCrashes) { survives(gzip(small_csv()), 2, 800); }

TEST_F(Robustness, NoiseNeverCrashes) {
  RandomBits random(3);
  for (int round = 0; round < 150; ++round) {
    std::string noise(static_cast<std::size_t>(random.below(300)), ' ');
    for (char& c : noise) c = static_cast<char>(random.below(256));
    static_cast<void>(read({write("noise.csv", noise)}, skipping()));
    static_cast<void>(read({write("noise.csv", "symbol,ts,price\n" + noise)}, skipping()));
  }
}

}  // namespace
}  // namespace factorwal::feed
