// Uses the installed package as its user would: one function for each part of the API; `main`
// says which one failed.

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "factorwal/consumer.h"
#include "factorwal/engine.h"
#include "factorwal/feed.h"
#include "factorwal/operators.h"
#include "factorwal/reader.h"
#include "factorwal/record_stream.h"
#include "factorwal/result.h"
#include "factorwal/segment_walk.h"
#include "factorwal/stream_factor_engine.h"
#include "factorwal/types.h"
#include "factorwal/wal_stream_factor_engine.h"

namespace {

using namespace factorwal;

bool results_work() {
  const Result<Sequence> good = Sequence{1};
  const Status bad = Error{Errc::kCorruption, "log/x", 0};
  return good && *good == 1 && !bad && to_string(bad.error().code) == "corruption";
}

/// Its base class, and so its type information, is the library's.
class LastValue final : public IncrementalOperator {
 public:
  [[nodiscard]] std::string identity() const override { return "example.last()#1"; }
  void update(std::span<const double> inputs, std::span<double> outputs) noexcept override {
    outputs[0] = last_ = inputs[0];
  }
  void visit_state(StateVisitor& visitor) override { visitor.visit(last_); }
  [[nodiscard]] std::unique_ptr<IncrementalOperator> clone_fresh() const override {
    return std::make_unique<LastValue>();
  }

 private:
  double last_ = 0;
};

bool operators_work() {
  auto made = make_operator<RollingMean>(std::int64_t{3}, kWholeWindow);
  if (!made) return false;
  IncrementalOperator& mean = **made;
  LastValue last;
  std::vector<std::byte> state;
  save_state(last, state);
  return dynamic_cast<RollingMean*>(&mean) != nullptr && state.size() == state_bytes(last) &&
         load_state(last, state).has_value();
}

bool engine_works(const std::string& directory) {
  const auto factors =
      FactorSet::parse("factor m = ts_mean(close, 2)", TickSchema::make({"close"}).value());
  if (!factors) return false;
  auto engine = Engine::open(directory, *factors);
  if (!engine) return false;
  const auto instrument = (*engine)->instrument("A");
  const double fields[] = {1};
  if (!instrument || !(*engine)->process_tick({*instrument, 1, fields})) return false;
  if ((*engine)->certificate().to_text().empty()) return false;
  return (*engine)->close().has_value();
}

bool records_are_there(const std::string& directory) {
  auto records = RecordStream::open(directory);
  if (!records) return false;
  LogRecord record;
  const auto found = records->next(record);
  FactorWalConsumer consumer(directory);
  return found && *found && record.type == RecordType::kTick && consumer.recover().has_value();
}

bool readers_work(const std::string& directory) {
  const auto reader = Reader::open(directory);
  if (!reader || !reader->clean() || reader->last_sequence() == 0) return false;
  const auto verified = reader->verify();
  auto found = reader->as_of({"A", reader->last_sequence()});
  if (!verified || verified->corrupt() || !found || found->explain(0).nodes.empty()) return false;
  auto follower = reader->follow();
  auto walk = SegmentWalk::open(directory);
  LogRecord record;
  return follower && !follower->next(record) && follower->status() && walk &&
         walk->next_segment() && walk->next().has_value();
}

bool hand_made_engines_work(const std::string& directory) {
  auto wal = WalManager::open(directory);
  if (!wal) return false;
  auto persister = std::make_shared<FactorWalPersister>(*wal);
  auto engine = WalStreamFactorEngine::make("B", persister, true);
  if (!engine) return false;
  const std::string inputs[] = {"last"};
  if (!engine->register_factor("last", std::make_unique<LastValue>(), inputs)) return false;
  return persister->shutdown().has_value() && (*wal)->close().has_value();
}

/// A file's ticks in batches, through an engine; a position of them goes on behind it.
bool feeds_work(const std::string& directory) {
  const std::string file = directory + ".csv";
  std::ofstream(file) << "symbol,timestamp,close\nA,1700000000,1\nB,1700000001,2\n";
  auto source = feed::TickSource::open({file}, {});
  if (!source) return false;
  feed::TickBatch batch;
  if ((*source)->next_batch(batch) != feed::FeedStep::kRow || batch.size() != 2) return false;
  std::vector<std::byte> position;
  feed::append_position(batch.positions[0], position);
  const auto first = feed::decode_position(position);
  auto again = feed::TickSource::open({file}, {}, *first);
  if (!again || !(*again)->go_on_at(*first)) return false;
  feed::TickRow row;
  return (*again)->next(row) == feed::FeedStep::kRow && row.instrument_id == "B" &&
         (*again)->next(row) == feed::FeedStep::kEnd;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "consumer-data";
  const char* failed = nullptr;
  if (!results_work()) failed = "results_work";
  if (!operators_work()) failed = "operators_work";
  if (!engine_works(directory)) failed = "engine_works";
  if (!records_are_there(directory)) failed = "records_are_there";
  if (!readers_work(directory)) failed = "readers_work";
  if (!hand_made_engines_work(directory)) failed = "hand_made_engines_work";
  if (!feeds_work(directory)) failed = "feeds_work";
  std::printf("%s%s\n", failed != nullptr ? failed : "ok", failed != nullptr ? ": failed" : "");
  return failed != nullptr ? 1 : 0;
}
