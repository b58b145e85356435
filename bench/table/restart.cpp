// How long does an engine take to open again behind kill -9, with the states of all instruments
// saved and many ticks behind them? Page cache warm.

#include "support/child.h"
#include "support/ticks.h"
#include "table/row.h"

namespace factorwal::bench {
namespace {

class Restart final : public Measurement {
 public:
  Restart(Table& table, const Scale& scale)
      : scale_(scale),
        time_(table.at_most("restart: " + std::to_string(scale.instruments) +
                                " instruments x 20 factors, " +
                                std::to_string(scale.restart_ticks) + " ticks behind the snapshots",
                            "ms", 300)) {}

  void round() override {
    const BenchDir dir(scale_.dir);
    (void)in_child<1>([&] { return write_log(dir.path()); });
    const auto begun = now_ns();
    const auto engine = must(Engine::open(dir.path(), default_factors(), options()));
    time_.add(static_cast<double>(now_ns() - begun) / 1e6);
    const auto replayed = engine->recovery().ticks_replayed;
    if (replayed < scale_.restart_ticks) die("too few ticks were replayed");
    time_.note(std::to_string(engine->recovery().states_loaded) + " states loaded, " +
               std::to_string(replayed) + " ticks replayed");
    must(engine->close());
  }

 private:
  static EngineOptions options() {
    EngineOptions options;
    options.snapshot_every = 0;
    return options;
  }
  std::array<double, 1> write_log(const std::string& directory) const {
    const auto filled = std::uint64_t{scale_.instruments} * 70;  // windows are full
    const auto rows = make_market(filled + scale_.restart_ticks, scale_.instruments);
    auto market = std::make_unique<Market>(directory, scale_.instruments, options());
    for (std::uint64_t i = 0; i < rows.size(); ++i) {
      if (i == filled) save_states(market->engine());
      market->process(rows[i]);
    }
    market->flush();
    static_cast<void>(market.release());  // a close would save the states again
    return {};
  }

  /// Two generations: an open goes back to the one before the last.
  static void save_states(Engine& engine) {
    must(engine.checkpoint());
    must(engine.checkpoint());
  }

  const Scale& scale_;
  Row& time_;
};

}  // namespace

std::unique_ptr<Measurement> make_restart(Table& table, const Scale& scale) {
  return std::make_unique<Restart>(table, scale);
}

}  // namespace factorwal::bench
