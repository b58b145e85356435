#pragma once
/// Writes small tick files and reads them back whole.

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed.h"
#include "feed_words.h"

namespace factorwal::feed {

struct ReadRow {
  std::string instrument_id;
  TimestampNs timestamp_ns = 0;
  std::vector<double> values;
  std::size_t file_index = 0;
  std::uint64_t row_number = 0;
  FeedPosition position;
};

/// Everything that a source gives until it ends or fails.
struct Reading {
  std::vector<ReadRow> rows;
  std::vector<std::string> fields;
  FeedReport report;
  std::string error;  ///< empty: read to the end
  Errc code = Errc::kInvalidArgument;

  [[nodiscard]] std::uint64_t bad(BadRow kind) const {
    return report.bad[static_cast<std::size_t>(kind)].count;
  }
  [[nodiscard]] bool noted(std::string_view part) const {
    for (const FeedNote& note : report.notes) {
      if (note.text.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

class FeedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("factorwal_") + test->test_suite_name() + "_" + test->name() +
                       "_" + std::to_string(::getpid());
    std::replace(name.begin(), name.end(), '/', '_');
    directory_ = std::filesystem::temp_directory_path() / name;
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (directory_ / name).string();
  }

  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

  static std::string gzip(std::string_view bytes) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())) + 64, '\0');
    std::string input(bytes);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
  }

  static Reading read(const std::vector<std::string>& paths, FeedOptions options = {},
                      std::optional<FeedPosition> resume = std::nullopt) {
    options.words = tool::feed_words();
    return read_all(TickSource::open(paths, options), resume);
  }

  static Reading read_all(Result<std::unique_ptr<TickSource>> source,
                          std::optional<FeedPosition> resume = std::nullopt) {
    Reading reading;
    if (source && resume) {
      if (auto done = (*source)->go_on_at(*resume); !done) source = done.error();
    }
    if (!source) {
      reading.error = source.error().message;
      reading.code = source.error().code;
      return reading;
    }
    TickRow row;
    FeedStep step = FeedStep::kRow;
    while ((step = (*source)->next(row)) == FeedStep::kRow) {
      reading.rows.push_back({std::string(row.instrument_id), row.timestamp_ns,
                              std::vector<double>(row.values.begin(), row.values.end()),
                              row.file_index, row.row_number, row.position});
    }
    if (step == FeedStep::kFailed) {
      reading.error = (*source)->error().message;
      reading.code = (*source)->error().code;
      EXPECT_EQ((*source)->next(row), FeedStep::kFailed) << "a failure stays";
    }
    reading.fields = (*source)->schema().names();
    reading.report = (*source)->report();
    return reading;
  }

  /// One file of that text.
  Reading read_text(std::string_view text, const FeedOptions& options = {}) const {
    return read({write("ticks.csv", text)}, options);
  }

  static FeedOptions one() {
    FeedOptions options;
    options.instrument = "A";
    return options;
  }
  static FeedOptions mapped(std::string_view map, FeedOptions options = {}) {
    options.map = *parse_column_map(map);
    return options;
  }
  /// A field's values, row by row.
  static std::vector<double> column(const Reading& got, const std::string& field) {
    const auto at = std::find(got.fields.begin(), got.fields.end(), field) - got.fields.begin();
    std::vector<double> values;
    for (const ReadRow& row : got.rows) {
      values.push_back(row.values.at(static_cast<std::size_t>(at)));
    }
    return values;
  }

  static FeedOptions skipping() {
    FeedOptions options;
    options.on_bad_row = OnBadRow::kSkip;
    return options;
  }

 private:
  std::filesystem::path directory_;
};

#define ASSERT_CONTAINS(text, part) ASSERT_PRED2(::factorwal::feed::contains, text, part)
#define EXPECT_CONTAINS(text, part) EXPECT_PRED2(::factorwal::feed::contains, text, part)
inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace factorwal::feed
