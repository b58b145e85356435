/// Files that a released format wrote are read as they were written, by every later release.
/// tests/golden/README.md tells how they were made.

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "wal/log_story.h"

namespace factorwal::wal::test {
namespace {

const std::filesystem::path kGolden =
    std::filesystem::path(FACTORWAL_SOURCE_DIR) / "tests/golden/v1";

Sample tick(const char* instrument, TimestampNs time, std::uint64_t ordinal,
            std::vector<double> fields, std::vector<double> values, const char* position) {
  Sample s;
  s.type = RecordType::kTick;
  s.instrument = instrument;
  s.time = time;
  s.number = ordinal;
  s.layout = {{"close", "volume"}, {"ma5", "ema12", "std20"}, "factor ma5 = ts_mean(close, 5)\n"};
  s.fields = std::move(fields);
  s.values = std::move(values);
  const auto bytes = as_bytes(position);
  s.position.assign(bytes.begin(), bytes.end());
  return s;
}

/// Enough ticks and updates for a block, with relations to find.
void add_block(std::vector<Sample>& all) {
  for (int i = 0; i < 40; ++i) {
    const double close = 5208.6 + (i * 7 % 11) * 0.2;
    const double volume = i * 3 % 5;
    const double spread = close - volume;
    all.push_back(tick(i % 3 == 0 ? "IF2102" : "IF2101",
                       1'609'724'302'000'000'000 + i * 500'000'000LL,
                       static_cast<std::uint64_t>(4 + i), {close, volume},
                       {close / 5, spread, std::sqrt(close)}, i % 2 == 0 ? "file:0000003" : ""));
    if (i % 2 == 0) continue;
    auto& update = all.emplace_back();
    update.type = RecordType::kUpdate;
    update.instrument = "IF2101";
    update.factor = i % 4 == 1 ? "ma5" : "weights";
    update.time = 1'609'724'302'000'000'000 + i;
    update.value = i == 7 ? std::bit_cast<double>(0xfff0000000000001U) : close;
  }
}

/// What the files hold; never to be changed.
std::vector<Sample> golden_records() {
  std::vector<Sample> all;
  const auto add = [&all](RecordType type) -> Sample& {
    all.emplace_back();
    all.back().type = type;
    return all.back();
  };
  const double missing = std::bit_cast<double>(0x7ff8000000000000U);
  auto& update = add(RecordType::kUpdate);
  update.instrument = "IF2101";
  update.factor = "ma5";
  update.time = 1'609'724'300'400'000'000;
  update.value = 5208.6;
  auto& payload = add(RecordType::kUpdate);
  payload.instrument = "\xe6\xb2\xaa\xe9\x93\x9c";  // an id that is not ASCII
  payload.factor = std::string(255, 'f');
  payload.time = std::numeric_limits<TimestampNs>::min();
  payload.value = std::bit_cast<double>(0xfff0000000000001U);
  auto& vector = add(RecordType::kVectorUpdate);
  vector.instrument = "IF2101";
  vector.factor = "weights";
  vector.time = std::numeric_limits<TimestampNs>::max();
  vector.values = {1.0, -0.0, missing, std::numeric_limits<double>::infinity(), 4.9e-324};
  auto& empty = add(RecordType::kVectorUpdate);
  empty.factor = "weights";
  auto& snapshot = add(RecordType::kSnapshot);
  snapshot.instrument = "IF2101";
  snapshot.time = kNoTimestamp;
  snapshot.number = 7;
  snapshot.factors = {{"ma5", 5208.6}, {"weights", missing}};
  add(RecordType::kTime).time = 1'609'724'301'000'000'000;
  add(RecordType::kPosition).position = Bytes(24, std::byte{9});
  all.push_back(tick("IF2101", 1'609'724'300'400'000'000, 1, {5208.6, 4}, {missing, 5208.6, 0},
                     "file:0000001"));
  all.push_back(tick("IF2101", 1'609'724'300'900'000'000, 2, {5208.8, 12},
                     {missing, 5208.7 + 1e-12, std::sqrt(2.0)}, "file:0000002"));
  all.push_back(tick("IF2102", 1'609'724'300'900'000'001, 1, {61811.3, missing},
                     {0.1 + 0.2, -1e300, 1.0 / 3}, ""));
  all.push_back(
      tick("IF2101", 1'609'724'300'900'000'000, 3, {5208.8, 0}, {1, 2, 3}, "file:0000002"));
  add(RecordType::kTime).time = 1'609'724'302'000'000'000;
  add_block(all);
  return all;
}

Sample golden_state() {
  auto s = tick("IF2101", 1'609'724'300'900'000'000, 3, {}, {1, 2, 3}, "");
  s.type = RecordType::kOperatorState;
  s.state = Bytes(40, std::byte{3});
  return s;
}

constexpr int kRounds = 60;
constexpr std::uint64_t kGeneration = 300;
constexpr ReplayStarts kReplay{{2, 4096, 120}, {1, 5000, 7}};

/// Three opens, the second of which is killed; several rotations.
Status write_golden(FileSystem& files) {
  WriterOptions options;
  options.segment_bytes = options.first_segment_bytes = 8192;
  const auto records = golden_records();
  int round = 0;
  for (int opens = 0; opens < 3; ++opens) {
    NameTable names;
    OpenReport report;
    auto writer = open_writer(files, kDirectory, names, options, report);
    if (!writer) return writer.error();
    for (int k = 0; k < kRounds / 3; ++k, ++round) {
      for (const auto& record : records) record.add(**writer, names);
      if (k == 2) golden_state().add(**writer, names);
      if (k == 3) (*writer)->frame().add_generation(kGeneration, kReplay, as_bytes("file:0000002"));
      const RingMark marks[] = {{1, static_cast<std::uint64_t>(round)}};
      if (auto done = (*writer)->write(marks); !done) return done;
      const bool killed = opens == 1 && k + 1 == kRounds / 3;
      if (killed) break;
      if (auto done = (*writer)->sync(); !done) return done;
      if (k == 3) {
        if (auto done = (*writer)->write_frontier(); !done) return done;
      }
    }
    if (opens == 1) {
      ++round;
      continue;
    }
    if (auto done = (*writer)->close(); !done) return done;
  }
  return {};
}

void expect_golden(const Reading& reading) {
  ASSERT_FALSE(reading.error.has_value()) << reading.error->message;
  EXPECT_TRUE(reading.findings.empty()) << show(reading.findings);
  const auto records = golden_records();
  ASSERT_EQ(reading.records.size(), records.size() * kRounds);
  for (const auto& [sequence, text] : reading.records) {
    ASSERT_TRUE(text == records[(sequence - 1) % records.size()].text()) << "record " << sequence;
  }
  ASSERT_EQ(reading.states.size(), 3U);
  for (const auto& state : reading.states) EXPECT_EQ(state, golden_state().text());
}

Bytes unpack(const std::filesystem::path& path) {
  Bytes content;
  gzFile file = gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  std::array<std::byte, 4096> part;
  int count = 0;
  while ((count = gzread(file, part.data(), part.size())) > 0) {
    put_bytes(content, ByteView(part).first(static_cast<std::size_t>(count)));
  }
  EXPECT_EQ(count, 0);
  gzclose_r(file);
  return content;
}

std::unique_ptr<MemoryFileSystem> load_golden() {
  auto files = std::make_unique<MemoryFileSystem>();
  for (const auto& entry : std::filesystem::directory_iterator(kGolden)) {
    files->put_file(join_path(kDirectory, entry.path().stem().string()), unpack(entry.path()));
  }
  return files;
}

TEST(GoldenV1, HoldsExactlyTheKnownRecords) { expect_golden(read_log(*load_golden())); }

TEST(GoldenV1, HoldsTheKnownGenerationMark) {
  const auto files = load_golden();
  auto view = open_log_view(*files, kDirectory);
  ASSERT_OK(view);
  NameTable names;
  LogReader reader(*files, std::move(*view), names);
  LogRecord record;
  for (auto found = reader.next(record); found && *found;) found = reader.next(record);
  ASSERT_TRUE(reader.generation().has_value());
  EXPECT_EQ(reader.generation()->generation, kGeneration);
  EXPECT_EQ(reader.generation()->replay, kReplay);
  EXPECT_EQ(as_text(reader.generation()->position), "file:0000002");
}

TEST(GoldenV1, IsOpenedByTodaysWriterWhichGoesOnFromThere) {
  const auto files = load_golden();
  const auto before = read_log(*files);
  NameTable names;
  OpenReport report;
  auto writer = open_writer(*files, kDirectory, names, small_segments(), report);
  ASSERT_OK(writer);
  EXPECT_TRUE(report.clean);
  EXPECT_EQ(report.last_sequence, before.last);
  golden_records()[0].add(**writer, names);
  ASSERT_OK((*writer)->write());
  ASSERT_OK((*writer)->close());
  const auto after = read_log(*files);
  EXPECT_EQ(after.last, before.last + 1);
  EXPECT_EQ(after.records.at(after.last), golden_records()[0].text());
}

TEST(GoldenV1, IsWhatTodaysWriterMakesOfTheSameRecords) {
  MemoryFileSystem files;
  ASSERT_OK(write_golden(files));
  expect_golden(read_log(files));
}

// Run with --gtest_also_run_disabled_tests; see tests/golden/README.md.
// Writes the golden files as well when FACTORWAL_WRITE_GOLDEN is set and there are none.
TEST(GoldenV1, TheProgramThatWroteTheFilesStillRuns) {
  MemoryFileSystem files;
  ASSERT_OK(write_golden(files));
  ASSERT_FALSE(files.paths().empty());
  if (std::getenv("FACTORWAL_WRITE_GOLDEN") == nullptr) return;
  ASSERT_TRUE(!std::filesystem::exists(kGolden) || std::filesystem::is_empty(kGolden))
      << "golden files are written once";
  std::filesystem::create_directories(kGolden);
  for (const auto& path : files.paths()) {
    const auto name = std::filesystem::path(path).filename().string();
    const auto content = files.content(path);
    gzFile file = gzopen((kGolden / (name + ".gz")).c_str(), "wb9");
    ASSERT_NE(file, nullptr);
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose_w(file);
  }
}

}  // namespace
}  // namespace factorwal::wal::test
