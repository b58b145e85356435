// What arrow_import.py calls: a log of every data set, and its histories as streams.
#include "factorwal/arrow.h"
#include "factorwal/engine.h"
#include "factorwal/wal_manager.h"

namespace {

using namespace factorwal;

constexpr const char* kFactors = "factor ma3 = ts_mean(close, 3)\n";

bool write_ticks(const std::string& directory) {
  auto engine = Engine::open(directory, FactorSet::parse(kFactors, TickSchema::quotes()).value(),
                             EngineOptions{});
  if (!engine) return false;
  for (int i = 0; i < 1000; ++i) {
    const auto instrument = (*engine)->instrument(i % 2 == 0 ? "IF2412" : "IC2412");
    const std::vector<double> fields{5000.0 + i, 1, 2, 3, 4, 5, 6, 7};
    if (!(*engine)->process_tick({*instrument, 1'700'000'000'000'000'000 + i, fields})) {
      return false;
    }
  }
  return (*engine)->close().has_value();
}

bool write_others(const std::string& directory) {
  auto log = WalManager::open(directory, {});
  if (!log) return false;
  for (int i = 1; i <= 1000; ++i) {
    const auto number = static_cast<double>(i);
    const auto id = static_cast<std::uint64_t>(i);
    if (!(*log)->append(FactorWalMessage::Update{"I", "f", number, i}) ||
        !(*log)->append(FactorWalMessage::VectorUpdate{"I", "v", {number, number + 1}, i}) ||
        !(*log)->append(FactorWalMessage::Snapshot{"I", {{"a", number}, {"b", -number}}, id})) {
      return false;
    }
  }
  return (*log)->close().has_value();
}

}  // namespace

extern "C" {

// NOLINTBEGIN: as Python finds them
__attribute__((visibility("default"))) int probe_write(const char* directory) {
  const std::string parent(directory);
  return write_ticks(parent + "/ticks") && write_others(parent + "/others") ? 0 : 1;
}

__attribute__((visibility("default"))) int probe_open(const char* directory, int data_set,
                                                      ArrowArrayStream* stream) {
  HistoryQuery query;
  query.data_set = static_cast<DataSet>(data_set);
  query.batch_rows = 300;
  auto history = History::open(directory, query);
  if (!history) return 1;
  export_stream(std::move(*history), *stream);
  return 0;
}
// NOLINTEND
}
