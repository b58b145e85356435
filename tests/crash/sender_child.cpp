// Sends updates from two threads until it is killed, or done. Each thread says in shared memory
// how many of its sends have returned. The parent looks at what the log holds afterwards.
//
//   sender_child DIRECTORY CHANNEL COUNTERS FIRST0 FIRST1 LAST [POINT before|after NTH]

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "crash/child.h"
#include "crash/killing_file_system.h"
#include "factorwal/persister.h"

using namespace factorwal;

namespace {

using test::fail;
using test::map_counters;

void send_all(FactorWalPersister& persister, test::SenderCounters& counters, std::size_t thread,
              std::uint64_t first, std::uint64_t last) {
  const auto factor = persister.factor("count").value();
  for (auto i = first; i <= last; ++i) {
    // Now and then an instrument of its own, so that definitions come all the time.
    const auto name = "sender" + std::to_string(thread) + "." + std::to_string(i / 100);
    const auto instrument = persister.instrument(name).value();
    const auto sent = persister.send_update(instrument, factor, static_cast<double>(i),
                                            static_cast<TimestampNs>(i));
    if (!sent) fail(std::string("send: ") + std::string(to_string(sent.status)));
    counters.returned[thread].store(i);
    if (i % 512 == 0 && !persister.flush(std::chrono::seconds(60))) fail("flush");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) fail("too few arguments");
  test::KillPoint point;
  if (argc >= 10)
    point = {argv[7], std::string(argv[8]) == "after", std::strtoull(argv[9], nullptr, 10)};
  test::KillingFileSystem files(point);
  auto& counters = map_counters(argv[3]);
  LogOptions options;
  options.segment_bytes = 64 << 10;
  auto wal = WalManager::open_on(files, argv[1], options);
  if (!wal) fail(wal.error().message);
  FactorWalConfig config;
  config.channel = std::string(argv[2]) == "file" ? ChannelKind::kFile : ChannelKind::kShm;
  config.channel_bytes = 64 << 10;
  FactorWalPersister persister(*wal, config);
  const auto last = std::strtoull(argv[6], nullptr, 10);
  std::thread other(
      [&] { send_all(persister, counters, 1, std::strtoull(argv[5], nullptr, 10), last); });
  send_all(persister, counters, 0, std::strtoull(argv[4], nullptr, 10), last);
  other.join();
  if (auto done = persister.shutdown(); !done) fail(done.error().message);
  if (auto done = (*wal)->close(); !done) fail(done.error().message);
  return 0;
}
