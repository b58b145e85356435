// How fast is a log verified, against the bounds of this machine: reading its bytes into a buffer
// and a crc32c pass over them (page cache warm), and reading them from the disk (cache passed by)?
// Sync policy: none while reading; the log was written in group commits and closed in order.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/crc32c.h"
#include "factorwal/engine.h"
#include "support.h"
#include "wal/reading/log_reader.h"

namespace {

using namespace factorwal;
using namespace factorwal::bench;

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

struct Speed {
  double bytes = 0;
  double seconds = 0;
  [[nodiscard]] double mb_per_second() const { return bytes / seconds / 1e6; }
};

/// Segments up to where their frames end. `checksum` null: bytes are only read.
Speed read_plain(const wal::LogView& view, int flags, std::uint32_t* checksum) {
  auto* const buffer = static_cast<std::byte*>(std::aligned_alloc(4096, kBlockBytes));
  Speed speed;
  const auto begun = now_ns();
  for (const auto& segment : view.segments) {
    const int descriptor = ::open(segment.path.c_str(), O_RDONLY | O_CLOEXEC | flags);
    if (descriptor < 0) die(segment.path + " cannot be opened");
    for (std::uint64_t at = 0; at < segment.end; at += kBlockBytes) {
      const auto count = ::pread(descriptor, buffer, kBlockBytes, static_cast<off_t>(at));
      if (count <= 0) die(segment.path + " cannot be read");
      speed.bytes += static_cast<double>(count);
      if (checksum != nullptr) {
        *checksum = crc32c({buffer, static_cast<std::size_t>(count)}, *checksum);
      }
    }
    ::close(descriptor);
  }
  speed.seconds = static_cast<double>(now_ns() - begun) / 1e9;
  std::free(buffer);
  return speed;
}

struct Checked {
  Speed speed;
  std::uint64_t ticks = 0;
  std::uint64_t hash = 0;
};

Checked verify(const std::string& directory, bool decode) {
  Checked checked;
  const auto begun = now_ns();
  auto view = must(wal::open_log_view(posix_file_system(), directory));
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), std::move(view), names);
  LogRecord record;
  while (must(decode ? reader.next(record) : reader.next_outline(record))) {
    if (record.type != RecordType::kTick) continue;
    ++checked.ticks;
    checked.hash = mix(checked.hash ^ record.tick_number.ordinal ^ record.instrument.index);
  }
  if (!reader.findings().empty()) die("the log does not hold");
  checked.speed.seconds = static_cast<double>(now_ns() - begun) / 1e9;
  checked.speed.bytes = static_cast<double>(reader.byte_count());
  return checked;
}

}  // namespace

int main(int argc, char** argv) {
  const Parameters parameters({{"ticks", "1000000"},
                               {"instruments", "20"},
                               {"rounds", "7"},
                               {"seed", "1"},
                               {"dir", "bench-data"}},
                              argc, argv);
  const auto ticks = parameters.number("ticks");
  const auto instruments = parameters.number("instruments");
  const BenchDir dir(parameters.text("dir"));
  {
    auto engine = must(Engine::open(dir.path(), must(FactorSet::default_set(TickSchema::quotes())),
                                    EngineOptions{}));
    std::vector<InstrumentHandle> handles;
    for (std::uint32_t i = 0; i < instruments; ++i) {
      handles.push_back(must(engine->instrument(numbered("SHFE.i", i))));
    }
    std::vector<double> prices(instruments, 5000);
    std::uint64_t noise = parameters.number("seed");
    for (std::uint64_t i = 0; i < ticks; ++i) {
      noise = mix(noise + 1);
      auto& price = prices[i % instruments];
      price += 0.2 * (static_cast<double>(noise % 5) - 2);
      const std::vector<double> values{price,       static_cast<double>(noise / 8 % 50),
                                       price * 10,  1000 + static_cast<double>(noise / 512 % 100),
                                       price - 0.2, 1 + static_cast<double>(noise / 65536 % 9),
                                       price + 0.2, 1 + static_cast<double>(noise / 1048576 % 9)};
      if (!engine->process_tick({handles[i % instruments],
                                 static_cast<TimestampNs>(1'700'000'000'000'000'000 + 500'000 * i),
                                 values})) {
        die("a tick was refused");
      }
    }
    must(engine->close());
  }
  const auto view = must(wal::open_log_view(posix_file_system(), dir.path()));
  std::vector<double> read, bound, outline, decoded, disk;
  std::uint64_t hash = 0;
  // In turn, so that what else the machine does falls on all of them alike.
  for (std::uint64_t round = 0; round < parameters.number("rounds"); ++round) {
    std::uint32_t checksum = 0;
    read.push_back(read_plain(view, 0, nullptr).mb_per_second());
    bound.push_back(read_plain(view, 0, &checksum).mb_per_second());
    const auto quick = verify(dir.path(), false);
    const auto full = verify(dir.path(), true);
    if (quick.ticks != ticks || full.ticks != ticks || quick.hash != full.hash) {
      die("the outline is not what the decoder gives");
    }
    outline.push_back(quick.speed.mb_per_second());
    decoded.push_back(full.speed.mb_per_second());
    hash = mix(hash ^ quick.hash ^ checksum);
    // A file system in memory has no other way than through the cache: its disk is no bound.
    const int probe = ::open(view.segments.front().path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (probe < 0) continue;
    ::close(probe);
    disk.push_back(read_plain(view, O_DIRECT, nullptr).mb_per_second());
  }
  const auto verified = median(outline);
  const auto binding = disk.empty() ? median(bound) : std::min(median(bound), median(disk));
  std::printf("\n%-42s %8.0f MB/s\n", "read into a buffer, warm", median(read));
  std::printf("%-42s %8.0f MB/s\n", "the same and crc32c", median(bound));
  if (!disk.empty())
    std::printf("%-42s %8.0f MB/s\n", "read from disk (O_DIRECT, 1 MiB)", median(disk));
  std::printf("%-42s %8.0f MB/s\n", "every value decoded (as `query` reads)", median(decoded));
  std::printf("%-42s %8.0f MB/s\n", "verified (as `verify` reads)", verified);
  std::printf("verify is at %.2f of what binds (%s)\n", verified / binding,
              !disk.empty() && median(disk) < median(bound) ? "the disk" : "memory and crc32c");
  std::printf("hash: %016" PRIx64 "\n", hash);
}
