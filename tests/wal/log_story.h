#pragma once
/// What the tests of the log share: random records that know what they look like when read back,
/// a writer that keeps the truth of what it wrote, and a reader that compares with it.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/memory_file_system.h"
#include "support/open_writer.h"
#include "support/sanitizers.h"
#include "wal/reading/log_reader.h"

/// Sweeps take every n-th step under the sanitizers, which see the same code at each, and every
/// step elsewhere.
inline constexpr std::uint64_t kSweepStep =
    factorwal::test::kSanitizesAddresses || factorwal::test::kSanitizesThreads ? 7 : 1;

#define ASSERT_OK(expression)                                    \
  do {                                                           \
    const auto& outcome = (expression);                          \
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message; \
  } while (false)

namespace factorwal::wal::test {

using factorwal::test::Call;
using factorwal::test::MemoryFileSystem;
using factorwal::test::SpaceCheck;
using factorwal::test::Unsynced;

inline const std::string kDirectory = "/data";

/// Not operator+: g++ 12 warns of it at -O3 without cause.
[[nodiscard]] inline std::string numbered(std::string_view prefix, std::uint64_t number) {
  std::string text(prefix);
  text += std::to_string(number);
  return text;
}

/// All that a record holds, as bytes to compare.
[[nodiscard]] std::string describe(const LogRecord& record);

/// A record that owns what it holds.
struct Sample {
  RecordType type = RecordType::kUpdate;
  std::string instrument = "I";
  std::string factor = "f";
  TimestampNs time = 0;
  double value = 0;
  std::vector<double> values;
  std::vector<double> fields;
  std::vector<std::pair<std::string, double>> factors;
  std::uint64_t number = 0;  // checkpoint id, ordinal
  bool counted = true;       // of ticks: their number is a count
  Bytes position;
  Bytes state;
  TickLayout layout;

  void add(WalWriter& writer, NameTable& names) const;
  /// As `describe` gives it; the event time of a snapshot is the caller's.
  [[nodiscard]] std::string text() const;
};

/// Random content of every kind: NaN payloads, infinities, extreme times, ids of all lengths.
class Samples {
 public:
  explicit Samples(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] Sample next();
  [[nodiscard]] Sample next(RecordType type);
  [[nodiscard]] double any_double();

 private:
  std::uint64_t roll(std::uint64_t below) { return random_() % below; }
  TimestampNs any_time();
  std::string any_id(char prefix);
  std::mt19937_64 random_;
  std::uint64_t in_a_row_ = 0;
  Bytes last_position_;
};

/// What a reader found.
struct Reading {
  std::optional<Error> error;
  std::map<Sequence, std::string> records;
  std::vector<std::string> states;  // records without a sequence
  std::vector<Finding> findings;
  bool corrupt = false;
  Sequence durable = 0;
  Sequence last = 0;
};
[[nodiscard]] Reading read_log(FileSystem& files, const std::string& directory = kDirectory,
                               std::uint64_t first_segment = 0);
[[nodiscard]] std::string show(const std::vector<Finding>& findings);

/// Segments of 64 KiB.
[[nodiscard]] WriterOptions small_segments();

/// Writes, and remembers what it wrote.
class Story {
 public:
  explicit Story(FileSystem& files, std::uint64_t seed = 1) : files_(&files), samples_(seed) {}

  /// Opens (or opens again, on these files) and checks what recovery says.
  [[nodiscard]] Status open(FileSystem& files);
  [[nodiscard]] Status open() { return open(*files_); }
  /// One frame of that many records, written; `sync` makes it durable.
  [[nodiscard]] Status write(std::size_t count);
  [[nodiscard]] Status write_small(std::size_t count);  // updates only
  [[nodiscard]] Status sync() { return writer_->sync(); }
  [[nodiscard]] Status commit(std::size_t count);
  [[nodiscard]] Status close() { return writer_->close(); }
  /// What the writer says to be durable now is a promise.
  void note_promise() { promised_ = std::max(promised_, writer_->durable_sequence()); }
  /// As a killed process: nothing more is written.
  void drop();

  [[nodiscard]] WalWriter& writer() { return *writer_; }
  [[nodiscard]] NameTable& names() { return *names_; }
  [[nodiscard]] const OpenReport& report() const { return report_; }
  [[nodiscard]] Samples& samples() { return samples_; }
  [[nodiscard]] const std::map<Sequence, std::string>& truth() const { return truth_; }
  /// The highest sequence that was ever said to be durable.
  [[nodiscard]] Sequence promised() const { return promised_; }
  WriterOptions options = small_segments();

  /// Every record read is true; dense from 1; all that was promised is there.
  void expect_kept(const Reading& reading) const;
  /// Every record read is true.
  void expect_true(const Reading& reading) const;

 private:
  Status put(const Sample& sample, Sequence sequence);
  FileSystem* files_;
  Samples samples_;
  std::unique_ptr<NameTable> names_;
  std::unique_ptr<WalWriter> writer_;
  OpenReport report_;
  std::map<Sequence, std::string> truth_;
  Sequence promised_ = 0;
};

}  // namespace factorwal::wal::test
