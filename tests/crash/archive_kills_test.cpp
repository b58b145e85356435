// Writer and archiver of one directory are killed at random times, one or both, and started again,
// until the writer has written all of its events. Whenever somebody looks, also while they run,
// archive and log together have each row once, bit for bit that of a writer that nobody disturbed;
// most of the log is cut by then, and other programs find each tick once.
//
// FACTORWAL_CRASH_ROUNDS: number of rounds, each with a kill of one or both;
// FACTORWAL_CRASH_SEED repeats.

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "archive/batches.h"
#include "archive/manifest.h"
#include "archive/part_schema.h"
#include "factorwal/archive.h"
#include "factorwal/archived.h"
#include "factorwal/full_history.h"
#include "factorwal/retention.h"
#include "support/archive_python.h"
#include "support/file_text.h"
#include "support/from_environment.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

constexpr Sequence kEvents = 50'000;

/// Of each sequence its row, bit for bit; empty where there is none.
using Rows = std::vector<std::string>;

class ArchiveKills : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    whole_.emplace();
    const auto directory = (*whole_ / "data").string();
    Process writer({FACTORWAL_ARCHIVE_CHILD, "write", directory, std::to_string(kEvents), "0"},
                   *whole_ / "out", *whole_ / "err");
    ASSERT_EQ(writer.wait(), 0) << text_of(*whole_ / "err");
    truth_ = rows_of_all(Reader::open(directory).value());
    ASSERT_EQ(truth_.size(), kEvents + 1);
  }
  static void TearDownTestSuite() { whole_.reset(); }

  /// Of all rows of archive and log; fails where a sequence has no row, or two.
  static Rows rows_of_all(const Reader& reader) {
    Rows rows(reader.last_sequence() + 1);
    for (const auto data_set : archive::kDataSets) {
      HistoryQuery query;
      query.data_set = data_set;
      auto history = FullHistory::open(reader, query);
      EXPECT_TRUE(history.has_value()) << history.error().message;
      if (!history) return {};
      ColumnBatch batch;
      while (history->next(batch)) {
        RowTexts texts;
        add_row_texts(batch, texts);
        EXPECT_EQ(texts.size(), batch.row_count());
        for (auto& [sequence, text] : texts) {
          EXPECT_EQ(rows.at(sequence), "") << "sequence " << sequence << " is there twice";
          rows[sequence] = std::move(text);
        }
      }
      EXPECT_TRUE(history->status()) << history->status().error().message;
      EXPECT_EQ(history->cut_records(), 0U);
    }
    const auto lacking = std::find(rows.begin() + 1, rows.end(), "");
    EXPECT_EQ(lacking, rows.end()) << "no row of sequence " << lacking - rows.begin();
    return rows;
  }

  /// A look, whoever runs or does not: a beginning of the truth, never shorter than before.
  void look() {
    const auto reader = Reader::open(data());
    ASSERT_TRUE(reader.has_value()) << reader.error().message;
    const auto rows = rows_of_all(*reader);
    ASSERT_FALSE(HasFailure());
    ASSERT_LE(rows.size(), truth_.size());
    ASSERT_GE(rows.size(), seen_);
    for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(rows[i], truth_[i]) << "sequence " << i;
    seen_ = rows.size();
    ++looks_;
  }

  void start_who_is_dead() {
    if (seen_ == 0) {
      ASSERT_NO_FATAL_FAILURE(begin_anew());
    }
    if (!writer_) writer_ = start_writer(kEvents);
    if (!archiver_) archiver_ = start_archiver();
  }
  void begin_anew() {
    std::filesystem::remove_all(data());
    seen_ = 1;
    const auto writer = start_writer(0);
    ASSERT_EQ(writer->wait(), 0) << said("writer");
    // From here on retention keeps what is not archived.
    ASSERT_TRUE(set_archived(data(), 0));
  }

  /// Whether it had ended before.
  bool kill(std::unique_ptr<Process>& process) {
    process->kill(SIGKILL);
    const int status = process->wait();
    EXPECT_TRUE(status == 0 || status == 128 + SIGKILL) << status;
    if (status != 0) ++(&process == &writer_ ? writer_kills_ : archiver_kills_);
    process.reset();
    return status == 0;
  }

  void look_now_and_then() {
    if (random_() % 3 == 0) {
      ASSERT_NO_FATAL_FAILURE(look());
    }
    if (!archiver_ && random_() % 8 == 0) expect_that_others_find_each_tick_once();
  }

  /// All is written: the rest is archived, and everybody looks.
  void finish() {
    if (archiver_) kill(archiver_);
    ASSERT_EQ(start_archiver({"once"})->wait(), 0) << said("archiver");
    ASSERT_NO_FATAL_FAILURE(look());
    ASSERT_EQ(seen_, kEvents + 1);
    const auto verified = verify_archive(archive(), data());
    ASSERT_TRUE(verified.has_value()) << verified.error().message;
    for (const auto& fault : verified->faults)
      ADD_FAILURE() << fault.place << ": " << fault.message;
    EXPECT_EQ(verified->rows, kEvents);
    EXPECT_GT(verified->compared_rows, 0U);
    expect_no_stray_files();
    cut();
    ASSERT_NO_FATAL_FAILURE(look());
    std::uint64_t ticks = 0;
    for (Sequence i = 1; i <= kEvents; ++i) ticks += i % 211 != 0 && i % 97 != 0 && i % 5 != 0;
    const auto found = expect_that_others_find_each_tick_once();
    if (found) {
      EXPECT_EQ(*found, ticks);
    }
    seen_ = 0;
    ++lives_;
  }

  /// What the writers have not cut yet.
  void cut() const {
    RetentionLimits limits;
    limits.bytes = 1;
    const auto done = apply_retention(data(), limits);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    const auto reader = Reader::open(data());
    EXPECT_GT(reader->first_sequence(), kEvents / 2) << "most rows are in the archive only";
  }

  void expect_no_stray_files() const {
    EXPECT_TRUE(std::filesystem::is_empty(archive() + "/tmp"));
    const auto manifest = archive::read_manifest(archive::posix_storage(), archive());
    ASSERT_TRUE(manifest.has_value());
    std::set<std::string> named;
    for (const auto& file : manifest->files) named.insert(archive() + "/" + file.path());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(archive())) {
      if (entry.path().extension() != ".parquet") continue;
      EXPECT_EQ(named.erase(entry.path()), 1U) << entry.path();
    }
    EXPECT_TRUE(named.empty());
  }

  /// How many they find; nothing where they are not installed.
  std::optional<std::uint64_t> expect_that_others_find_each_tick_once() {
    if (!std::filesystem::exists(python_) || !std::filesystem::exists(archive() + "/ticks"))
      return std::nullopt;
    Process readers({python_, FACTORWAL_SOURCE_DIR "/tests/archive/rows_once.py", archive()},
                    dir_ / "readers", dir_ / "readers.err");
    EXPECT_EQ(readers.wait(), 0) << text_of(dir_ / "readers.err");
    ++looks_of_others_;
    return std::strtoull(text_of(dir_ / "readers").c_str(), nullptr, 10);
  }

  [[nodiscard]] std::unique_ptr<Process> start_writer(Sequence last) {
    return start("writer",
                 {FACTORWAL_ARCHIVE_CHILD, "write", data(), std::to_string(last), seed()});
  }
  [[nodiscard]] std::unique_ptr<Process> start_archiver(const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{FACTORWAL_ARCHIVE_CHILD, "archive", data(), seed()};
    command.insert(command.end(), more.begin(), more.end());
#ifdef FACTORWAL_TOOL
    if (more.empty() && random_() % 4 == 0)
      command = {FACTORWAL_TOOL, "archive", "--follow", "--data", data()};
#endif
    return start("archiver", command);
  }
  [[nodiscard]] std::unique_ptr<Process> start(const std::string& name,
                                               const std::vector<std::string>& command) const {
    return std::make_unique<Process>(command, dir_ / (name + ".out"), dir_ / (name + ".err"));
  }
  /// Never 0, which is the writer that nobody disturbs.
  std::string seed() { return std::to_string(random_() | 1); }
  void sleep() { std::this_thread::sleep_for(std::chrono::microseconds(random_() % 500'000)); }
  [[nodiscard]] std::string data() const { return dir_ / "data"; }
  [[nodiscard]] std::string archive() const { return data() + "/archive"; }
  [[nodiscard]] std::string said(const std::string& name) const {
    return text_of(dir_ / (name + ".err"));
  }

  static std::optional<TempDir> whole_;
  static Rows truth_;
  TempDir dir_;
  std::mt19937_64 random_;
  const std::string python_ = archive_python();
  std::unique_ptr<Process> writer_;
  std::unique_ptr<Process> archiver_;
  std::size_t seen_ = 0;  // sequences, 0 included; 0: no life has begun
  std::uint64_t writer_kills_ = 0;
  std::uint64_t archiver_kills_ = 0;
  std::uint64_t looks_ = 0;
  std::uint64_t looks_of_others_ = 0;
  std::uint64_t lives_ = 0;
};

std::optional<TempDir> ArchiveKills::whole_;
Rows ArchiveKills::truth_;

TEST_F(ArchiveKills, OfWriterAndArchiverLeaveEachRowOnce) {
  const auto rounds = from_environment("FACTORWAL_CRASH_ROUNDS", 6);
  const auto seed = from_environment("FACTORWAL_CRASH_SEED", std::random_device{}());
  std::printf("seed %llu, %llu rounds\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(rounds));
  random_.seed(seed);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + ", seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(start_who_is_dead());
    sleep();
    ASSERT_NO_FATAL_FAILURE(look_now_and_then());
    const auto whom = random_() % 3;
    if (whom != 0) kill(archiver_);
    const bool ended = whom != 1 && kill(writer_);
    ASSERT_FALSE(HasFailure()) << said("writer") << said("archiver");
    ASSERT_NO_FATAL_FAILURE(look_now_and_then());
    if (ended) {
      ASSERT_NO_FATAL_FAILURE(finish());
    }
    ASSERT_FALSE(HasFailure());
  }
  // The last life to its end, which nobody disturbs any more.
  if (seen_ > 0) {
    ASSERT_NO_FATAL_FAILURE(start_who_is_dead());
    EXPECT_EQ(writer_->wait(), 0) << said("writer");
    writer_.reset();
    ASSERT_NO_FATAL_FAILURE(finish());
  }
  std::printf(
      "%llu kills of the writer, %llu of the archiver; %llu looks, %llu of other programs; "
      "%llu lives of %llu events\n",
      static_cast<unsigned long long>(writer_kills_),
      static_cast<unsigned long long>(archiver_kills_), static_cast<unsigned long long>(looks_),
      static_cast<unsigned long long>(looks_of_others_), static_cast<unsigned long long>(lives_),
      static_cast<unsigned long long>(kEvents));
}

}  // namespace
}  // namespace factorwal::test
