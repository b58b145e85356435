// Ten days of ticks and updates, archived and cut from the log, as other programs read them:
// DuckDB, polars, pandas and pyarrow agree with `query` on every bit and every missing value, and
// with filters over rows in memory.
//
// FACTORWAL_ARCHIVE_DAY_TICKS: ticks of a day; scripts/crash_loop.sh sets it for the full size.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/engine_fixture.h"
#include "support/archive_python.h"
#include "support/from_environment.h"
#include "tool/tool_fixture.h"

namespace factorwal::test {
namespace {

constexpr const char* kFactors =
    "factor mean = ts_mean(close, 7)\n"
    "factor z = (close - ts_mean(close, 7)) / ts_std(close, 11)\n"
    "factor strength = rsi(close, 14)\n"
    "factor flow = ts_corr(close, volume, 20)\n";
/// `mean` is edited, `strength` is gone, `late` and `spread` are new.
constexpr const char* kEdited =
    "factor mean = ts_mean(close, 9)\n"
    "factor z = (close - ts_mean(close, 7)) / ts_std(close, 11)\n"
    "factor flow = ts_corr(close, volume, 20)\n"
    "factor late = ts_sum(volume, 3)\n"
    "factor spread = ask - bid\n";

constexpr std::size_t kDays = 10;
constexpr std::size_t kInstruments = 64;
constexpr TimestampNs kDayNs = 86'400'000'000'000;
constexpr TimestampNs kFirstTime = 20'400 * kDayNs;

class ArchiveReaders : public ToolTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(python_))
      GTEST_SKIP() << "no " << python_ << ": scripts/setup archive makes it";
    const auto tried = factorwal({"archive", "--data", path("none")});
    if (contains(tried.err, "built without the archive"))
      GTEST_SKIP() << "the tool was built without Arrow";
  }

  /// Days [from, to) through one open.
  void run(const char* factors, std::size_t from, std::size_t to) {
    EngineOptions options;
    options.log.segment_bytes = std::uint64_t{64} << 10;
    options.snapshot_every = day_ticks_ / 4;
    auto engine =
        Engine::open(dir(), FactorSet::parse(factors, TickSchema::quotes()).value(), options)
            .value();
    const auto step = kDayNs / static_cast<TimestampNs>(day_ticks_) - 1;
    for (auto day = from; day < to; ++day) {
      const auto ticks = make_ticks(day_ticks_, kInstruments, 100 + day);
      for (std::size_t i = 0; i < ticks.size(); ++i) {
        const auto time = kFirstTime + static_cast<TimestampNs>(day) * kDayNs +
                          static_cast<TimestampNs>(i) * step + 123;
        auto fields = ticks[i].fields;
        if (i % 23 == 0) fields[1] = i % 2 == 0 ? -0.0 : 0.0;
        const auto instrument = engine->instrument(ticks[i].instrument).value();
        ASSERT_TRUE(engine->process_tick({instrument, time, fields}));
        if (i % 5 == 0) send_updates(*engine, ticks[i].instrument, i, fields[0], time);
      }
    }
    // What lies before two generations of states may be cut.
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(engine->checkpoint());
    ASSERT_TRUE(engine->close());
  }
  /// A row each: their times differ.
  static void send_updates(Engine& engine, const std::string& instrument, std::size_t i,
                           double price, TimestampNs time) {
    auto& persister = engine.persister();
    const double own = i % 3 == 0 ? kMissing : (i % 7 == 0 ? -0.0 : 1 / price);
    ASSERT_TRUE(persister.send_update(instrument, "own", own, time + 1));
    ASSERT_TRUE(
        persister.send_update(instrument, "mean", price, i % 50 == 0 ? kNoTimestamp : time));
  }

  void archive_and_cut() {
    const auto archived = factorwal({"archive", "--data", dir()});
    ASSERT_EQ(archived.status, 0) << archived.err;
    const auto cut =
        factorwal({"retention", "--data", dir(), "--keep-bytes", "1", "--apply", "--json"});
    ASSERT_EQ(cut.status, 0) << cut.err;
    first_kept_ = nlohmann::json::parse(cut.out)["first_sequence_kept"].get<Sequence>();
  }

  void query(const std::string& set, const std::string& format) {
    const auto command = std::string(FACTORWAL_TOOL " query --data '") + dir() + "' --sequence" +
                         " --set " + set + " --format " + format +
                         (set == "ticks" && format == "csv" ? " --fields " + fields() : "") +
                         " >'" + path(set + "." + format) + "'";
    const auto done = Command({"/bin/sh", "-c", command}).wait();
    ASSERT_EQ(done.status, 0) << done.err;
  }
  static std::string fields() {
    const auto schema = TickSchema::quotes();
    std::string all;
    for (const auto& field : schema.names()) all += (all.empty() ? "" : ",") + field;
    return all;
  }

  void expect_that_readers_agree(const std::vector<std::string>& options = {}) {
    ASSERT_GT(first_kept_, kDays * day_ticks_) << "most rows are in the archive only";
    const auto verified = factorwal({"verify", "--data", dir()});
    EXPECT_EQ(verified.status, 0) << verified.out;
    for (const auto* set : {"ticks", "updates"})
      for (const auto* format : {"csv", "parquet"}) query(set, format);
    std::vector<std::string> command{python_, FACTORWAL_SOURCE_DIR "/tests/archive/readers.py",
                                     dir() + "/archive", temp_.path()};
    command.insert(command.end(), options.begin(), options.end());
    const auto done = Command(command).wait();
    EXPECT_EQ(done.status, 0) << done.err;
    std::printf("log cut before sequence %llu\n%s", static_cast<unsigned long long>(first_kept_),
                done.out.c_str());
  }

  const std::size_t day_ticks_ = from_environment("FACTORWAL_ARCHIVE_DAY_TICKS", 2000);
  const std::string python_ = archive_python();
  Sequence first_kept_ = 0;
};

TEST_F(ArchiveReaders, AgreeWithQueryWithNoOptions) {
  for (const std::size_t day : {0U, 3U, 6U}) {
    ASSERT_NO_FATAL_FAILURE(run(kFactors, day, day + 3));
    ASSERT_NO_FATAL_FAILURE(archive_and_cut());
  }
  ASSERT_NO_FATAL_FAILURE(run(kFactors, 9, kDays));
  ASSERT_NO_FATAL_FAILURE(archive_and_cut());
  expect_that_readers_agree();
}

TEST_F(ArchiveReaders, AgreeWithQueryAboutAnEditedFactorSet) {
  ASSERT_NO_FATAL_FAILURE(run(kFactors, 0, 3));
  ASSERT_NO_FATAL_FAILURE(archive_and_cut());
  ASSERT_NO_FATAL_FAILURE(run(kFactors, 3, 5));
  ASSERT_NO_FATAL_FAILURE(run(kEdited, 5, 7));
  ASSERT_NO_FATAL_FAILURE(archive_and_cut());
  ASSERT_NO_FATAL_FAILURE(run(kEdited, 7, kDays));
  ASSERT_NO_FATAL_FAILURE(archive_and_cut());
  expect_that_readers_agree({"--late"});
}

}  // namespace
}  // namespace factorwal::test
