// Uses the installed archive as its user would: a log becomes Parquet, is checked, read, and fed.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "factorwal/archive.h"
#include "factorwal/engine.h"
#include "factorwal/feed.h"
#include "factorwal/full_history.h"
#include "factorwal/table_file.h"
#include "factorwal/table_source.h"

namespace {

using namespace factorwal;

bool write_log(const std::string& directory) {
  const auto factors =
      FactorSet::parse("factor m = ts_mean(close, 2)", TickSchema::make({"close"}).value());
  auto engine = Engine::open(directory, factors.value());
  if (!engine) return false;
  const double fields[] = {1};
  const auto instrument = (*engine)->instrument("A").value();
  for (TimestampNs time = 1; time <= 100; ++time) {
    if (!(*engine)->process_tick({instrument, time, fields})) return false;
  }
  return (*engine)->close().has_value();
}

bool archive(const std::string& directory) {
  auto archiver = Archiver::open(directory);
  if (!archiver) return false;
  const auto report = archiver->archive_once();
  const auto verified = verify_archive(directory + "/archive", directory);
  return report && report->rows == 100 && verified && verified->intact();
}

bool read(const std::string& directory) {
  auto history = FullHistory::open(directory);
  if (!history || history->archived_sequence() != 100) return false;
  std::ofstream file(directory + "/rows.parquet", std::ios::binary);
  const auto written =
      write_table(*history, TableFormat::kParquet, [&](std::span<const std::byte> piece) -> Status {
        file.write(reinterpret_cast<const char*>(piece.data()),
                   static_cast<std::streamsize>(piece.size()));
        return {};
      });
  file.close();
  return written && file.good();
}

bool feed_rows(const std::string& directory) {
  feed::FeedOptions options;
  options.open_table = open_table;
  auto source = feed::TickSource::open({directory + "/rows.parquet"}, options);
  if (!source) return false;
  std::size_t rows = 0;
  for (feed::TickRow row; (*source)->next(row) == feed::FeedStep::kRow; ++rows) {
    if (row.instrument_id != "A" || row.values.empty()) return false;
  }
  return rows == 100;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "archive-consumer-data";
  std::filesystem::remove_all(directory);
  const char* failed = nullptr;
  if (!write_log(directory)) failed = "write_log";
  if (failed == nullptr && !archive(directory)) failed = "archive";
  if (failed == nullptr && !read(directory)) failed = "read";
  if (failed == nullptr && !feed_rows(directory)) failed = "feed_rows";
  std::printf("%s%s\n", failed != nullptr ? failed : "ok", failed != nullptr ? ": failed" : "");
  return failed != nullptr ? 1 : 0;
}
