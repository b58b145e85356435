// Tick files, plain and packed. The first byte chooses options, the rest is the file.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "factorwal/feed.h"
#include "feed/limits.h"
#include "fuzz/fuzz_target.h"

namespace factorwal::fuzz {
namespace {

using namespace feed;

/// One file in memory, whose content is replaced each time.
class Scratch {
 public:
  Scratch() : fd_(::memfd_create("ticks", MFD_CLOEXEC)) {
    require(fd_ >= 0, "a file in memory can be made");
    path_ = "/proc/self/fd/" + std::to_string(fd_);
  }
  const std::string& put(ByteView bytes) {
    require(::ftruncate(fd_, 0) == 0, "it can be emptied");
    const auto written = ::pwrite(fd_, bytes.data(), bytes.size(), 0);
    require(written == static_cast<ssize_t>(bytes.size()), "it can be written");
    return path_;
  }

 private:
  int fd_;
  std::string path_;
};

void run(ByteView input) {
  if (input.empty()) return;
  static Scratch scratch;
  const auto choice = std::to_integer<unsigned>(input[0]);
  FeedOptions options;
  options.on_bad_row = (choice & 1) != 0 ? OnBadRow::kStop : OnBadRow::kSkip;
  options.volume_mode = (choice & 2) != 0 ? VolumeMode::kCumulative : VolumeMode::kIncremental;
  if ((choice & 4) != 0) options.instrument = "X";
  if ((choice & 8) != 0) options.time_zone = "Asia/Shanghai";
  auto source = TickSource::open({scratch.put(input.subspan(1))}, options);
  if (!source) {
    require(!source.error().message.empty(), "an error says something");
    return;
  }
  const auto width = (*source)->schema().size();
  TickRow row;
  std::uint64_t rows = 0;
  FeedPosition last;
  FeedStep step = FeedStep::kRow;
  while ((step = (*source)->next(row)) == FeedStep::kRow) {
    ++rows;
    constexpr TimestampNs k1700 = -8520336000000000000;
    require(row.timestamp_ns >= k1700, "no tick is before 1700");
    require(!row.instrument_id.empty() && row.instrument_id.size() <= kMaxInstrumentBytes,
            "a tick has an instrument");
    require(row.values.size() == width, "a tick has the schema's fields");
    last = row.position;
  }
  const auto& report = (*source)->report();
  require(report.rows_read == report.rows_delivered + report.rows_bad, "rows are given or counted");
  require(report.rows_delivered == rows, "and counted right");
  if (step == FeedStep::kFailed) return;
  if (rows == 0 || (choice & 16) == 0) return;
  auto rest = TickSource::open((*source)->paths(), options);
  require(rest && (*rest)->go_on_at(last), "a feed goes on where it stopped");
  require((*rest)->next(row) != FeedStep::kRow, "behind the last tick is none");
}

}  // namespace

const Target kCsvTarget{"csv", run, false};

}  // namespace factorwal::fuzz
