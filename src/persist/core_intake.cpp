/// What a commit takes from the rings, in the order in which it was accepted.

#include <algorithm>

#include "persist/core.h"
#include "wal/writing/channel_entry.h"

namespace factorwal::persist {
namespace {

using channel::EntryHeader;
using channel::EntryKind;
using channel::load_entry;
using channel::TickEntry;
using channel::UpdateEntry;

// A commit larger than this goes out in several frames.
constexpr std::size_t kFrameTargetBytes = std::size_t{1} << 20;

constexpr std::uint64_t kNoStamp = ~std::uint64_t{0};

}  // namespace

Status Core::take_all() {
  set_limits();
  // Limits first, jobs second: a state is handed over before its producer's next record is
  // published, so every state that must precede a record within these limits is among the jobs.
  collect_jobs();
  fronts_.clear();
  for (std::size_t i = 0; i < mine_.size(); ++i) {
    if (auto done = take_states(*mine_[i]); !done) return done;
    if (const auto stamp = find_front(i)) fronts_.push_back({*stamp, i});
  }
  std::ranges::make_heap(fronts_, std::greater<>{});
  while (!fronts_.empty()) {
    if (auto done = take_run(fronts_.front(), stamp_behind_first()); !done) return done;
    sink_first();
  }
  return {};
}

/// The earliest of all producers but the first in the heap: one of its two children.
std::uint64_t Core::stamp_behind_first() const noexcept {
  const auto stamp_at = [&](std::size_t i) {
    return i < fronts_.size() ? fronts_[i].stamp : kNoStamp;
  };
  return std::min(stamp_at(1), stamp_at(2));
}

/// The first goes to its place in the heap after its stamp has grown, or out of it. In one pass:
/// senders that take turns come here for each record.
void Core::sink_first() {
  auto sinking = fronts_.front();
  if (sinking.stamp >= stamp_limit_) {
    sinking = fronts_.back();
    fronts_.pop_back();
    if (fronts_.empty()) return;
  }
  std::size_t at = 0;
  for (std::size_t child = 1; child < fronts_.size(); child = 2 * at + 1) {
    if (child + 1 < fronts_.size() && fronts_[child] > fronts_[child + 1]) ++child;
    if (!(sinking > fronts_[child])) break;
    fronts_[at] = fronts_[child];
    at = child;
  }
  fronts_[at] = sinking;
}

// Written at once: a frame that holds what came from rings says how far it has taken them, and
// whoever writes the next one does not know. The rest of a commit is the persister's.
Status Core::write_accepted() {
  const auto before = taken_.load();
  if (auto done = take_all(); !done) return done;
  if (auto done = write_frame(); !done) return done;
  if (taken_.load() == before) return {};
  unsynced_.store(true);
  urgent_.store(true);
  wake();
  return {};
}

// The count first, the rings second, those included that are new. A record counted by then that is
// not visible yet is still being sent, so a later one that is visible may go before it; one that
// was sent before another was begun is visible, if the other is counted. Nothing waits for a sender
// that was suspended.
void Core::set_limits() {
  stamp_limit_ = first_stamp_ + (accepted_.load() & ~kClosedBit);
  producers_.refresh(mine_);
  limits_.clear();
  for (const auto& producer : mine_) {
    limits_.push_back(producer->has_ring() ? producer->ring().published() : 0);
  }
}

std::optional<std::uint64_t> Core::find_front(std::size_t index) {
  if (!mine_[index]->has_ring()) return {};
  auto& ring = mine_[index]->ring();
  while (const auto* entry = ring.peek(limits_[index])) {
    const auto header = load_entry<EntryHeader>(entry);
    if (channel::is_record(header.kind())) {
      if (header.stamp >= stamp_limit_) return {};
      return header.stamp;
    }
    wal::add_entry(log(), ring.take(limits_[index]), {});
  }
  return {};
}

Status Core::take_run(Front& front, std::uint64_t before) {
  auto& producer = *mine_[front.producer];
  auto& ring = producer.ring();
  const auto limit = limits_[front.producer];
  const auto end_stamp = std::min(before, stamp_limit_);
  for (;;) {
    front.stamp = take_common(producer, limit, end_stamp);
    if (auto done = write_if_long(); !done) return done;
    if (front.stamp != 0) return {};
    const auto* entry = ring.peek(limit);
    front.stamp = kNoStamp;
    if (entry == nullptr) return {};
    const auto header = load_entry<EntryHeader>(entry);
    const bool is_record = channel::is_record(header.kind());
    if (is_record && header.stamp >= end_stamp) {
      front.stamp = header.stamp;
      return {};
    }
    ring.pass(header);
    wal::add_entry(log(), entry, {});
    if (!is_record) continue;
    note_position(entry, header.kind());
    count_taken(1);
    // At once: the next record of the same sender may lie in another ring.
    if (!producer.jobs_.empty()) {
      if (auto done = take_states(producer); !done) return done;
    }
    if (auto done = write_if_long(); !done) return done;
  }
}

/// Updates and ticks at the front, in one go: nothing is looked at twice that does not change
/// between them. The stamp of the next record if that is not to be taken, 0 if it is not known.
std::uint64_t Core::take_common(Producer& producer, std::uint64_t limit, std::uint64_t end_stamp) {
  if (!producer.jobs_.empty()) return 0;  // they go between records
  struct Count {                          // also when there is no memory for one of them
    Core& core;
    const channel::Ring& ring;
    const std::uint64_t before = ring.taken_ordinal();
    ~Count() { core.count_taken(ring.taken_ordinal() - before); }
  };
  auto& ring = producer.ring();
  const Count count{*this, ring};
  auto& log = this->log();
  const auto& frame = log.writer->frame();
  return ring.take_each(limit, end_stamp, [&](EntryKind kind, const std::byte* entry) {
    if (frame.bytes() >= kFrameTargetBytes) return false;
    if (kind == EntryKind::kUpdate) {
      wal::add_update(log, {load<std::uint32_t>(entry + offsetof(UpdateEntry, instrument))},
                      {load<std::uint32_t>(entry + offsetof(UpdateEntry, factor))},
                      load<std::int64_t>(entry + offsetof(UpdateEntry, timestamp_ns)),
                      load<double>(entry + offsetof(UpdateEntry, value)));
      return true;
    }
    if (!is_tick(kind)) return false;
    const auto tick = load_entry<TickEntry>(entry);
    wal::add_tick(log, entry, tick);
    note_position(entry, tick);
    return true;
  });
}

void Core::note_position(const std::byte* entry, const TickEntry& tick) noexcept {
  if (tick.position_bytes == 0) return;
  taken_position_ = {entry + sizeof tick + tick.value_count * sizeof(double), tick.position_bytes};
}

void Core::note_position(const std::byte* entry, EntryKind kind) {
  if (is_tick(kind)) {
    note_position(entry, load_entry<TickEntry>(entry));
  } else if (kind == EntryKind::kPosition) {
    const auto position = load_entry<channel::PositionEntry>(entry);
    if (position.position_bytes == 0) return;
    taken_position_ = {entry + sizeof position, position.position_bytes};
  }
}

void Core::keep_position() {
  if (taken_position_.empty()) return;
  last_position_.assign(taken_position_.begin(), taken_position_.end());
  taken_position_ = {};
}

Status Core::write_if_long() {
  return log().writer->frame().bytes() >= kFrameTargetBytes ? write_frame() : Status{};
}

void Core::collect_jobs() {
  if (jobs_waiting_.load() == 0) return;
  std::vector<StateJob> jobs;
  {
    const std::lock_guard lock(jobs_mutex_);
    jobs.swap(jobs_);
  }
  producers_.refresh(mine_);  // a job's producer is older than the job
  limits_.resize(mine_.size());
  for (auto& job : jobs) mine_[job.after.producer]->jobs_.push_back(std::move(job));
}

Status Core::take_states(Producer& producer) {
  auto& jobs = producer.jobs_;
  while (!jobs.empty() && jobs.front().after.ordinal <= producer.taken()) {
    if (auto done = take_state(jobs.front()); !done) return done;
    jobs.pop_front();
    jobs_waiting_.fetch_sub(1);
    ++jobs_taken_;
    unsynced_ = true;
    if (auto done = write_if_long(); !done) return done;
  }
  return {};
}

// Parts go into frames of their own; the job stays until the last of them is taken. Parts that were
// written before a failure are void: readers take a state only when its parts follow each other.
Status Core::take_long_state(const StateJob& job) {
  auto& writer = *log().writer;
  const auto body = wal::FrameBuilder::state_body(job.values, job.bytes);
  const auto part_count = (body.size() + wal::kStatePartBytes - 1) / wal::kStatePartBytes;
  for (std::size_t part = 0; part < part_count; ++part) {
    const auto chunk = ByteView(body).subspan(part * wal::kStatePartBytes);
    writer.define_instrument(job.instrument);
    writer.define_layout(job.layout);
    writer.frame().add_operator_state_part(
        job.instrument, job.layout, job.timestamp_ns, job.ordinal, part, part_count,
        chunk.first(std::min(chunk.size(), wal::kStatePartBytes)));
    if (auto done = write_if_long(); !done) return done;
  }
  return {};
}

Status Core::take_state(const StateJob& job) {
  auto& writer = *log().writer;
  switch (job.kind) {
    case StateJob::Kind::kGenerationStart: return begin_generation();
    case StateJob::Kind::kState:
      if (job.bytes.size() + job.values.size() * sizeof(double) > wal::kStatePartBytes) {
        return take_long_state(job);
      }
      writer.define_instrument(job.instrument);
      writer.define_layout(job.layout);
      writer.frame().add_operator_state(job.instrument, job.layout, job.timestamp_ns, job.ordinal,
                                        job.values, job.bytes);
      break;
    case StateJob::Kind::kGenerationEnd: {
      const auto& known = new_replay_ ? *new_replay_ : writer.replay();
      new_replay_ = wal::ReplayStarts{generation_start_, known.last};
      writer.frame().add_generation(job.generation, *new_replay_, position_taken(job.bytes));
      break;
    }
  }
  return {};
}

Status Core::begin_generation() {
  if (auto done = write_frame(); !done) return done;
  const auto start = log().writer->begin_part();
  if (!start) return start.error();
  generation_start_ = *start;
  return {};
}

// The last one in the order of the log, whoever sent it: the engine knows only that of its ticks.
ByteView Core::position_taken(ByteView before) const {
  if (!taken_position_.empty()) return taken_position_;
  return last_position_.empty() ? before : ByteView(last_position_);
}

}  // namespace factorwal::persist
