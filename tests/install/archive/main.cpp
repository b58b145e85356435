// Uses the installed archive as its user would: a log becomes Parquet, is checked, and read.

#include <cstdio>
#include <filesystem>
#include <string>

#include "factorwal/archive.h"
#include "factorwal/engine.h"
#include "factorwal/full_history.h"
#include "factorwal/table_file.h"

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
  std::size_t bytes = 0;
  const auto written =
      write_table(*history, TableFormat::kParquet, [&](std::span<const std::byte> piece) -> Status {
        bytes += piece.size();
        return {};
      });
  return written && bytes > 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "archive-consumer-data";
  std::filesystem::remove_all(directory);
  const char* failed = nullptr;
  if (!write_log(directory)) failed = "write_log";
  if (failed == nullptr && !archive(directory)) failed = "archive";
  if (failed == nullptr && !read(directory)) failed = "read";
  std::printf("%s%s\n", failed != nullptr ? failed : "ok", failed != nullptr ? ": failed" : "");
  return failed != nullptr ? 1 : 0;
}
