// How many ticks does one bad byte in a large frame cost a reader?

#include <fstream>
#include <mutex>

#include "support/ticks.h"
#include "table/row.h"
#include "wal/writing/log.h"

namespace factorwal::bench {
namespace {

constexpr std::uint32_t kInstrumentCount = 50;
constexpr int kPlaces = 32;  // in each segment

void turn_over(const std::string& path, std::uint64_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
  if (!file) die("turn over a byte of " + path);
}

std::uint64_t ticks_in(const std::string& directory) {
  auto stream = must(RecordStream::open(directory));
  LogRecord record;
  std::uint64_t count = 0;
  while (stream.next(record)) count += record.type == RecordType::kTick;
  return count;
}

std::vector<std::string> segments_of(const std::string& directory) {
  std::vector<std::string> segments;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".seg") segments.push_back(entry.path().string());
  }
  return segments;
}

class Damage final : public Measurement {
 public:
  Damage(Table& table, const Scale& scale)
      : lost_(table.at_most("ticks lost to one bad byte in a large frame, at most", "ticks", 1024)),
        dir_(scale.dir),
        count_(std::min<std::uint64_t>(scale.ticks, 20'000)) {
    write_large_frames();
  }

  void round() override {
    std::uint64_t most = 0;
    for (const auto& segment : segments_of(dir_.path())) {
      const auto bytes = std::filesystem::file_size(segment);
      for (int i = 0; i < kPlaces; ++i) {
        // Behind the segment's header, never at the same place in the next round.
        const auto at = 4096 + mix(++places_) % (bytes - 4096);
        turn_over(segment, at);
        most = std::max(most, count_ - ticks_in(dir_.path()));
        turn_over(segment, at);
      }
    }
    lost_.add(static_cast<double>(most));
  }

 private:
  /// All ticks wait while the log is held, so that its frames are as large as they get.
  void write_large_frames() {
    EngineOptions options;
    options.snapshot_every = 0;
    options.persist.channel_bytes = std::size_t{64} << 20;
    Market market(dir_.path(), kInstrumentCount, options);
    {
      const std::lock_guard held(market.engine().persister().wal()->log().mutex);
      for (const auto& row : make_market(count_, kInstrumentCount)) market.process(row);
    }
    must(market.engine().close());
  }

  Row& lost_;
  BenchDir dir_;
  std::uint64_t count_;
  std::uint64_t places_ = 0;
};

}  // namespace

std::unique_ptr<Measurement> make_damage(Table& table, const Scale& scale) {
  return std::make_unique<Damage>(table, scale);
}

}  // namespace factorwal::bench
