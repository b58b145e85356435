// What a send costs beside its time: no memory from the heap, and no lock. Both are counted by
// standing in for the functions that everybody gets them from.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdlib>
#include <mutex>
#include <new>
#include <string>

#include "factorwal/engine.h"
#include "persist/persister_fixture.h"
#include "support/sanitizers.h"

namespace {

struct Counts {
  bool on = false;
  std::uint64_t allocations = 0;
  std::uint64_t locks = 0;
};
constinit thread_local Counts counts;

// Sanitizers stand in for the same functions.
constexpr bool kCounts =
    !factorwal::test::kSanitizesAddresses && !factorwal::test::kSanitizesThreads;

[[maybe_unused]] void* allocate(std::size_t size) {
  if (counts.on) ++counts.allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !FACTORWAL_HAS_FEATURE(address_sanitizer) && !FACTORWAL_HAS_FEATURE(thread_sanitizer)
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto real =
      reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (counts.on) ++counts.locks;
  return real(mutex);
}
#endif

namespace factorwal::test {
namespace {

constexpr int kSends = 1000;

template <class Work>
Counts counted(Work work) {
  counts = {true, 0, 0};
  for (int i = 0; i < kSends; ++i) work(i);
  counts.on = false;
  return counts;
}

void expect_none(const Counts& found) {
  EXPECT_EQ(found.allocations, 0U);
  EXPECT_EQ(found.locks, 0U);
}

class HotPath : public PersisterTest {
 protected:
  void SetUp() override {
    if (!kCounts) GTEST_SKIP() << "a sanitizer counts for itself what is allocated and locked";
  }
};

TEST_F(HotPath, CountsWhatAllocatesAndLocks) {
  std::mutex mutex;
  const auto found = counted([&](int) {
    const std::lock_guard lock(mutex);
    const auto memory = std::make_unique<std::string>(100, 'x');
    EXPECT_EQ(memory->size(), 100U);
  });
  EXPECT_GE(found.allocations, static_cast<std::uint64_t>(kSends));
  EXPECT_EQ(found.locks, static_cast<std::uint64_t>(kSends));
}

TEST_F(HotPath, SendsByHandleNeitherAllocateNorLock) {
  start(FactorWalConfig{});
  const auto instrument = persister_->instrument("A").value();
  const auto factor = persister_->factor("f").value();
  const std::vector<double> values(10, 1.5);
  // What a thread's first send makes, and the first use of a name.
  ASSERT_TRUE(persister_->send_update(instrument, factor, 1, 1));
  std::uint64_t refused = 0;
  expect_none(counted([&](int i) {
    if (!persister_->send_update(instrument, factor, i, i)) ++refused;
    if (!persister_->send_vector_update(instrument, factor, values, i)) ++refused;
    if (!persister_->send_time(i)) ++refused;
  }));
  EXPECT_EQ(refused, 0U);
  EXPECT_EQ(finish().size(), 1U + 3U * kSends);
}

TEST_F(HotPath, TicksNeitherAllocateNorLock) {
  wal_->close().value();
  const auto factors = FactorSet::parse("factor m = ts_mean(close, 2)\nfactor e = ema(close, 5)",
                                        TickSchema::make({"close"}).value())
                           .value();
  auto engine = Engine::open(directory(), factors).value();
  const auto instrument = engine->instrument("A").value();
  const double fields[] = {1};
  ASSERT_TRUE(engine->process_tick({instrument, 0, fields}));
  std::uint64_t refused = 0;
  expect_none(counted([&](int i) {
    if (!engine->process_tick({instrument, i + 1, fields})) ++refused;
  }));
  EXPECT_EQ(refused, 0U);
  engine->close().value();
}

}  // namespace
}  // namespace factorwal::test
