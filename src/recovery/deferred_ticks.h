#pragma once
/// Ticks of a replay whose values are computed later, one instrument after the other.

#include <cstdint>
#include <vector>

#include "recovery/instrument.h"

namespace factorwal::recovery {

/// A log has its instruments' ticks as they came, so that each finds its instrument's state in no
/// cache. Here ticks wait, and each instrument gets its own in one go, in their order; where many
/// wait, several threads share the instruments. No value depends on either.
///
/// Of an instrument whose ticks wait, ordinal and time are those after the last of them; graph and
/// values are not.
class DeferredTicks {
 public:
  explicit DeferredTicks(const graph::Plan& plan);

  /// Takes the tick that follows the instrument's last one. `fields` has the schema's order. The
  /// instrument stays where it is until its ticks have run.
  void add(InstrumentHandle handle, Instrument& instrument, const LogRecord& tick,
           std::span<const double> fields);
  /// Runs the ticks of one instrument.
  void run(InstrumentHandle handle);
  /// Runs all that wait.
  void run_all();

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  struct Tick {
    Sequence sequence = 0;
    std::uint32_t next = kNone;  // of the same instrument
  };
  struct Queue {
    Instrument* instrument = nullptr;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    bool listed = false;  // in `waiting_`
  };
  [[nodiscard]] const double* fields_of(std::uint32_t tick) const noexcept {
    return fields_.data() + std::size_t{tick} * field_count_;
  }
  void run(Queue& queue) noexcept;
  void run_some(std::span<const std::uint32_t> handles) noexcept;
  void share_out();

  const std::size_t field_count_;
  const std::size_t ticks_max_;
  const unsigned threads_max_;
  std::vector<Queue> queues_;           // by handle
  std::vector<std::uint32_t> waiting_;  // handles of queues that had ticks since all have run
  std::vector<Tick> ticks_;
  std::vector<double> fields_;  // of each tick in turn
};

}  // namespace factorwal::recovery
