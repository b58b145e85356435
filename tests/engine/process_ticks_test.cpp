// A batch of ticks is its ticks one by one: values, records, positions, refusals.

#include "engine/engine_fixture.h"
#include "factorwal/record_stream.h"

namespace factorwal::test {
namespace {

class ProcessTicks : public EngineTest {
 protected:
  /// Of every record: kind, sequence, instrument, time, numbers and position.
  std::string log_of(const std::string& name) const {
    auto records = RecordStream::open(dir_ / name).value();
    std::string text;
    LogRecord record;
    while (records.next(record)) {
      text.append(to_string(record.type)).append(" ").append(std::to_string(record.sequence));
      text.append(" ").append(record.instrument_id).append(" ");
      text.append(std::to_string(record.timestamp_ns)).append(" ");
      text.append(std::to_string(record.tick_number.ordinal));
      for (const auto numbers : {record.fields, record.values}) {
        for (const double number : numbers) {
          text.append(" ").append(std::to_string(std::bit_cast<std::uint64_t>(number)));
        }
      }
      for (const auto byte : record.position) text.push_back(static_cast<char>(byte));
      text.append("\n");
    }
    EXPECT_TRUE(records.status());
    return text;
  }
};

TEST_F(ProcessTicks, GiveTheValuesAndTheLogOfTicksOneByOne) {
  const auto made = make_ticks(700, 40, 5);
  auto singly = open("singly");
  const auto expected = feed(*singly, made, 0, made.size());
  auto engine = open("batch");
  Bits found;
  for (std::size_t begin = 0; begin < made.size();) {
    const auto end = std::min(made.size(), begin + 1 + begin % 97);
    std::vector<Tick> ticks;
    std::vector<std::uint64_t> rows;
    for (std::size_t i = begin; i < end; ++i) {
      ticks.push_back(
          {engine->instrument(made[i].instrument).value(), made[i].timestamp_ns, made[i].fields});
      rows.push_back(i + 1);
    }
    std::vector<std::span<const std::byte>> positions;
    for (const auto& row : rows) positions.push_back(std::as_bytes(std::span(&row, 1)));
    std::vector<double> values(ticks.size() * engine->factors().size());
    const auto result = engine->process_ticks(ticks, values, positions);
    ASSERT_TRUE(result);
    ASSERT_EQ(result.accepted_count, ticks.size());
    append_bits(found, values);
    begin = end;
  }
  EXPECT_EQ(found, expected);
  ASSERT_TRUE(singly->close());
  ASSERT_TRUE(engine->close());
  EXPECT_EQ(log_of("batch"), log_of("singly"));
}

TEST_F(ProcessTicks, EndAtTheFirstThatIsRefusedAndSayWhich) {
  const auto made = make_ticks(6, 2, 5);
  auto engine = open("data");
  std::vector<Tick> ticks;
  for (const auto& tick : made) {
    ticks.push_back({engine->instrument(tick.instrument).value(), tick.timestamp_ns, tick.fields});
  }
  ticks[3].values = ticks[3].values.first(1);
  const auto result = engine->process_ticks(ticks);
  EXPECT_FALSE(result);
  EXPECT_EQ(result.accepted_count, 3U);
  EXPECT_EQ(result.status, SendStatus::kMismatch);
  EXPECT_EQ(engine->marks().accepted, 3U);
  std::vector<double> values(engine->factors().size());
  EXPECT_EQ(engine->process_ticks(ticks, values).status, SendStatus::kMismatch) << "too few";
  EXPECT_EQ(engine->marks().accepted, 3U);
  EXPECT_TRUE(engine->process_ticks({}));
  ASSERT_TRUE(engine->close());
  EXPECT_EQ(engine->process_ticks(std::span(ticks).first(1)).status, SendStatus::kClosed);
}

}  // namespace
}  // namespace factorwal::test
