// What does a send by handle cost its caller, as fast as they go? And does it allocate, or take a
// lock?

#include <dlfcn.h>
#include <pthread.h>

#include <cstdlib>
#include <new>
#include <thread>

#include "support/updates.h"
#include "table/row.h"

namespace {

thread_local bool counting = false;
thread_local std::uint64_t allocations = 0;
thread_local std::uint64_t locks = 0;

}  // namespace

// Every allocation and lock of the program passes here.
void* operator new(std::size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Lock = int (*)(pthread_mutex_t*);
  static const Lock kNext = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (counting) ++locks;
  return kNext(mutex);
}

namespace factorwal::bench {
namespace {

class Sends final : public Measurement {
 public:
  Sends(Table& table, const Scale& scale)
      : scale_(scale),
        time_(table.at_most("send_update by handle, saturated", "ns", 20)),
        calls_(table.at_most(
            "allocations and locks of " + std::to_string(scale.updates) + " such sends, ids in use",
            "", 0)),
        updates_(make_updates(scale.updates)) {
    times_.reserve(updates_.size() / kSendsTimed);
    time_.note("median of a hundred at once: few of those find the channel full");
  }

  void round() override {
    const BenchDir dir(scale_.dir);
    const auto wal = must(WalManager::open(dir.path()));
    FactorWalConfig config;
    config.when_full = FactorWalConfig::WhenFull::kRefuse;  // a wait may lock
    FactorWalPersister persister(wal, config);
    UpdateSender sender(persister);
    // A thread's first use of an id may allocate.
    for (std::uint32_t i = 0; i < kInstruments; ++i) sender.send({i, i % kFactors, 0, 1});
    must(persister.flush(std::chrono::minutes(1)));
    times_.clear();
    allocations = locks = 0;
    counting = true;
    send_all(sender);
    counting = false;
    time_.add(static_cast<double>(percentile(times_, 0.5)) / kSendsTimed);
    calls_.add(static_cast<double>(allocations + locks));
    calls_.note("operator new, pthread_mutex_lock; " + std::to_string(persister.stats().refusals) +
                " were refused and sent again");
    must(persister.shutdown());
    must(wal->close());
  }

 private:
  static constexpr std::size_t kSendsTimed = 100;  // at once

  void send_all(UpdateSender& sender) {
    for (std::size_t i = 0; i + kSendsTimed <= updates_.size(); i += kSendsTimed) {
      const auto begun = now_ns();
      for (std::size_t k = i; k < i + kSendsTimed; ++k) {
        while (sender.try_send(updates_[k]) == SendStatus::kFull) std::this_thread::yield();
      }
      times_.push_back(now_ns() - begun);
    }
  }

  const Scale& scale_;
  Row& time_;
  Row& calls_;
  std::vector<Update> updates_;
  std::vector<std::int64_t> times_;
};

}  // namespace

std::unique_ptr<Measurement> make_sends(Table& table, const Scale& scale) {
  return std::make_unique<Sends>(table, scale);
}

}  // namespace factorwal::bench
