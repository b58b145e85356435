// The readers of a log, over a directory whose bytes are anybody's and whose checksums hold; and an
// open for writing of the same.

#include "fuzz/fuzz_target.h"
#include "fuzz/log_input.h"
#include "fuzz/steady_world.h"
#include "support/open_writer.h"
#include "wal/reading/log_reader.h"

namespace factorwal::fuzz {
namespace {

/// Reads to the end; false when that is refused.
bool read_all(test::MemoryFileSystem& files) {
  auto view = wal::open_log_view(files, kLogDirectory);
  if (!view) return false;
  std::uint64_t bytes = 0;
  for (const auto& segment : view->segments) bytes += segment.file_bytes;
  wal::NameTable names;
  wal::LogReader reader(files, std::move(*view), names);
  LogRecord record;
  std::uint64_t records = 0;
  for (;;) {
    record = {};  // what belongs to other types of record is of earlier ones, and not valid
    const auto found = reader.next(record);
    if (!found) return false;
    if (!*found) break;
    ++records;
    // Three bytes say that a chunk has 1,024 rows.
    require(records <= bytes * 1024 / 3, "records take bytes");
    double sum = static_cast<double>(record.instrument_id.size());
    for (const double value : record.values) sum += value;
    for (const double value : record.fields) sum += value;
    for (const auto& factor : record.factors) sum += factor.value;
    for (const auto byte : record.position) sum += static_cast<double>(byte);
    for (const auto byte : record.state) sum += static_cast<double>(byte);
    volatile double kept = sum;  // so that every byte that a record points to is read
    static_cast<void>(kept);
  }
  for (const auto& finding : reader.findings()) {
    require(!finding.what.empty(), "a finding says what it is");
  }
  return true;
}

void run(ByteView input) {
  SteadyWorld world;
  test::MemoryFileSystem files;
  const bool write = make_log(input, files);
  const bool readable = read_all(files);
  if (!write) return;
  files.simulate(world);
  wal::NameTable names;
  wal::OpenReport report;
  wal::WriterOptions options;
  options.segment_bytes = options.first_segment_bytes = std::uint64_t{16} << 10;
  auto writer = wal::test::open_writer(files, kLogDirectory, names, options, report);
  if (!writer) return;
  const auto instrument = names.instruments.intern("written after");
  const auto factor = names.factors.intern("f");
  (*writer)->define_instrument({instrument});
  (*writer)->define_factor({factor});
  (*writer)->frame().add_update({instrument}, {factor}, 1, 2.0);
  require((*writer)->write().has_value(), "what was opened can be written to");
  require((*writer)->close().has_value(), "and closed");
  // Not that it is sound: frames that seal a lie about their sequences are no accident.
  require(read_all(files) || !readable, "what was readable stays so");
}

}  // namespace

const Target kLogTarget{"log", run, true};

}  // namespace factorwal::fuzz
