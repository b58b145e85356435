/// Snapshots: every instrument's operator state now and then, spread over the ticks.

#include <limits>

#include "engine/engine_state.h"

namespace factorwal {
namespace {

// A tick saves at most one instrument's state, and looks at no more than a few to find it, so that
// a snapshot of thousands of instruments holds up no tick.
constexpr std::uint64_t kStatesInFlight = 16;
constexpr std::uint32_t kLookAhead = 8;

}  // namespace

void Engine::State::begin_generation(Ticket after) {
  generation_next = 0;
  generation_end = static_cast<std::uint32_t>(instruments.size());
  generation_running = true;
  ticks_since_generation = 0;
  ++generation;
  persist::StateJob job;
  job.kind = persist::StateJob::Kind::kGenerationStart;
  job.after = after;
  persister->core().submit(std::move(job));
}

void Engine::State::save(InstrumentHandle handle, Ticket after) {
  auto& saved = *instruments[handle.index];
  persist::StateJob job;
  job.after = after;
  job.instrument = handle;
  job.layout = layout;
  job.timestamp_ns = saved.timestamp_ns;
  job.ordinal = saved.ordinal;
  job.values = saved.values;
  saved.graph.save(job.bytes);
  persister->core().submit(std::move(job));
}

void Engine::State::end_generation(Ticket after) {
  generation_running = false;
  persist::StateJob job;
  job.kind = persist::StateJob::Kind::kGenerationEnd;
  job.after = after;
  job.generation = generation;
  job.bytes = position;
  persister->core().submit(std::move(job));
}

void Engine::State::advance_generation(Ticket after) {
  ++ticks_since_generation;
  if (!generation_running) {
    if (options.snapshot_every == 0 || ticks_since_generation < options.snapshot_every) return;
    // States wait in memory until they are written: while nothing is, none are made.
    if (persister->core().degraded()) return;
    begin_generation(after);
  }
  // When the disk does not keep up, states wait in the engine, where they take no memory.
  if (persister->core().jobs_waiting() < kStatesInFlight) (void)save_next(after, kLookAhead);
  if (generation_next == generation_end) end_generation(after);
}

bool Engine::State::save_next(Ticket after, std::uint32_t steps) {
  for (; steps > 0 && generation_next < generation_end; --steps) {
    const auto index = generation_next++;
    if (!instruments[index] || instruments[index]->ordinal == 0) continue;
    save({index}, after);
    return true;
  }
  return false;
}

void Engine::State::finish_generation() {
  while (generation_next < generation_end) {
    (void)save_next(last_ticket, std::numeric_limits<std::uint32_t>::max());
  }
  end_generation(last_ticket);
}

Status Engine::State::checkpoint_now() {
  begin_generation(last_ticket);
  finish_generation();
  // Not one wait without end: while storage fails it would not come back.
  for (;;) {
    auto done = persister->flush(std::chrono::seconds(1));
    if (done || done.error().code != Errc::kTimeout) return done;
  }
}

}  // namespace factorwal
