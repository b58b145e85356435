// `pthread_cancel` of a thread that is inside the library: every call is whole, and the thread ends
// behind it.

#include <pthread.h>

#include <functional>

#include "engine/engine_fixture.h"
#include "factorwal/consumer.h"
#include "factorwal/record_stream.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

using std::chrono::seconds;

/// Calls it on a thread whose cancellation is pending, so that the first cancellation point inside
/// ends that thread. Whether the call came back.
bool comes_back(const std::function<void()>& call) {
  struct Work {
    const std::function<void()>* call;
    bool done = false;
  } work{&call};
  pthread_t thread = 0;
  const auto body = [](void* at) -> void* {
    auto& mine = *static_cast<Work*>(at);
    int before = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
    (*mine.call)();
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    mine.done = true;
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, nullptr, body, &work), 0);
  pthread_join(thread, nullptr);
  return work.done;
}

class Cancellation : public testing::TestWithParam<ChannelKind> {
 protected:
  [[nodiscard]] std::string directory() const { return (dir_ / "data").string(); }
  [[nodiscard]] Result<std::unique_ptr<Engine>> open() const {
    EngineOptions options;
    options.persist.channel = GetParam();
    options.log.segment_bytes = 64 << 10;
    const auto schema = TickSchema::make({"close"}).value();
    return Engine::open(directory(),
                        FactorSet::parse("factor m = ts_mean(close, 3)", schema).value(), options);
  }
  static void feed(Engine& engine, int count) {
    const auto instrument = engine.instrument("A").value();
    const double fields[] = {1};
    for (int i = 0; i < count; ++i) ASSERT_TRUE(engine.process_tick({instrument, i, fields}));
  }

  TempDir dir_;
};

INSTANTIATE_TEST_SUITE_P(Channels, Cancellation,
                         testing::Values(ChannelKind::kShm, ChannelKind::kFile),
                         [](const auto& kind) {
                           return kind.param == ChannelKind::kShm ? "InMemory" : "InAFile";
                         });

// Failure: the host was aborted. Cause: closing a file, and waiting for a thread, are cancellation
// points, also in destructors that let nothing pass. Cure: no system call and no wait of the
// library is one.
TEST_P(Cancellation, InsideAnyCallOfAnEngineTakesEffectBehindIt) {
  std::unique_ptr<Engine> engine;
  EXPECT_TRUE(comes_back([&] { engine = open().value(); }));
  EXPECT_TRUE(comes_back([&] { feed(*engine, 3000); }));
  EXPECT_TRUE(comes_back([&] { EXPECT_TRUE(engine->flush(seconds(60))); }));
  EXPECT_TRUE(comes_back([&] { EXPECT_TRUE(engine->checkpoint()); }));
  EXPECT_TRUE(comes_back([&] { (void)engine->marks(); }));
  EXPECT_TRUE(comes_back([&] { EXPECT_TRUE(engine->close()); }));
  EXPECT_TRUE(comes_back([&] { engine.reset(); }));
  EXPECT_TRUE(comes_back([&] { engine = open().value(); }));
  EXPECT_TRUE(comes_back([&] { engine.reset(); })) << "which closes it";
}

TEST_P(Cancellation, InsideAnyCallOfALogTakesEffectBehindIt) {
  std::shared_ptr<WalManager> wal;
  EXPECT_TRUE(comes_back([&] { wal = WalManager::open(directory()).value(); }));
  EXPECT_TRUE(comes_back([&] {
    EXPECT_TRUE(wal->append(FactorWalMessage::Update{"A", "f", 1, 1}));
    EXPECT_TRUE(wal->flush_group_commit());
  }));
  FactorWalConfig config;
  config.channel = GetParam();
  std::unique_ptr<FactorWalPersister> persister;
  EXPECT_TRUE(comes_back([&] { persister = std::make_unique<FactorWalPersister>(wal, config); }));
  EXPECT_TRUE(comes_back([&] {
    const auto sent = persister->send_update("A", "f", 2, 1);
    ASSERT_TRUE(sent);
    EXPECT_TRUE(persister->wait_durable(*sent, seconds(60)));
    EXPECT_TRUE(persister->wait_durable(Sequence{2}, std::chrono::nanoseconds::max()));
  }));
  EXPECT_TRUE(comes_back([&] { persister.reset(); }));
  EXPECT_TRUE(comes_back([&] { EXPECT_TRUE(wal->close()); }));
  EXPECT_TRUE(comes_back([&] {
    auto stream = RecordStream::open(directory()).value();
    LogRecord record;
    while (stream.next(record)) continue;
    EXPECT_TRUE(stream.status());
  }));
  EXPECT_TRUE(comes_back([&] {
    FactorWalConsumer consumer(directory());
    EXPECT_TRUE(consumer.recover());
  }));
}

// Failure: the next `close`, `shutdown` or destructor hung, with a core at 100 %. Cause: a shutdown
// that was cut short while it waited for the persister's thread counted late sends as accepted when
// it was called again. Cure: it cannot be cut short, and counts once.
TEST_P(Cancellation, InsideAShutdownLeavesOneThatCanBeCalledAgain) {
  auto engine = open().value();
  feed(*engine, 100);
  EXPECT_TRUE(comes_back([&] { EXPECT_TRUE(engine->persister().shutdown()); }));
  const auto instrument = engine->instrument("A").value();
  const double fields[] = {1};
  EXPECT_EQ(engine->process_tick({instrument, 1, fields}).status, SendStatus::kClosed);
  EXPECT_TRUE(engine->persister().shutdown());
  EXPECT_TRUE(engine->close());
}

}  // namespace
}  // namespace factorwal::test
