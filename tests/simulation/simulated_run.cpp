#include "simulation/simulated_run.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>

#include "persist/core.h"
#include "wal/reading/log_reader.h"

namespace factorwal::test {
namespace {

constexpr std::size_t kTicks = 400;
constexpr std::size_t kPositionBytes = 500;

FactorSet make_factors() {
  return FactorSet::parse(
             "factor ma = ts_mean(last, 5)\n"
             "factor e = ema(last, 7)\n"
             "factor r = rsi(last, 4)\n"
             "factor c = ts_corr(last, volume, 6)\n"
             "factor hi = ts_max(last, 9)\n",
             TickSchema::quotes())
      .value();
}

std::string bits_of(std::span<const double> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::string label_of(ByteView position) { return "position " + std::string(as_text(position)); }

}  // namespace

std::uint64_t hash_of(const MemoryFileSystem& files) {
  std::uint64_t hash = 0;
  for (const auto& path : files.paths()) {
    const auto content = files.content(path);
    const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
    hash = hash * 0x9e3779b97f4a7c15U + std::hash<std::string>{}(path);
    hash = hash * 0x9e3779b97f4a7c15U + std::hash<std::string_view>{}(text);
  }
  return hash;
}

SimulatedFeed::SimulatedFeed() : factors_(make_factors()) {
  std::mt19937_64 random(20260101);
  MemoryFileSystem files;
  auto engine = Engine::open_on(files, kDirectory, factors_).value();
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  double price = 5000;
  for (std::size_t i = 0; i < kTicks; ++i) {
    Tick tick;
    tick.instrument = std::string(1, static_cast<char>('A' + random() % 4));
    tick.time = static_cast<TimestampNs>(i * 1000);
    tick.fields.assign(factors_.schema().size(), nan);
    price += 0.2 * (static_cast<double>(random() % 9) - 4);
    tick.fields[0] = random() % 23 == 0 ? nan : price;
    tick.fields[1] = static_cast<double>(random() % 50);
    const auto result =
        engine->process_tick({engine->instrument(tick.instrument).value(), tick.time, tick.fields});
    tick.values.assign(result.values.begin(), result.values.end());
    ticks_.push_back(std::move(tick));
  }
  engine->close().value();
}

Bytes SimulatedFeed::position(std::size_t i) const {
  Bytes bytes;
  put(bytes, static_cast<std::uint64_t>(i + 1));
  // Differs from its neighbours from the start, so that it takes space in a frame.
  for (std::uint64_t at = 1; bytes.size() < kPositionBytes; ++at) {
    put(bytes, (i + at) * 0x9e3779b97f4a7c15U);
  }
  return bytes;
}

Bytes SimulatedFeed::position_between(std::size_t ticks, std::uint64_t n) {
  Bytes bytes;
  put(bytes, static_cast<std::uint64_t>(ticks));
  put(bytes, n);
  return bytes;
}

std::size_t SimulatedFeed::next_of(ByteView position) {
  return position.size() < sizeof(std::uint64_t) ? 0 : load<std::uint64_t>(position.data());
}

SimulatedRun::SimulatedRun(const SimulatedFeed& feed, std::uint64_t seed, SimulationCounts& counts,
                           Disguise disguise)
    : feed_(feed),
      random_(seed),
      counts_(counts),
      disguise_(std::move(disguise)),
      options_(make_options()),
      files_(std::make_unique<MemoryFileSystem>()) {}

EngineOptions SimulatedRun::make_options() {
  EngineOptions options;
  options.log.segment_bytes = std::uint64_t{64 << 10} << pick(2);
  options.log.free_space_reserve = 0;
  options.snapshot_every = pick(8) == 0 ? 0 : 5 + pick(60);
  auto& persist = options.persist;
  persist.batch_size = 1 + pick(50);
  persist.max_delay_ms = pick(20);
  persist.adaptive = pick(2) == 0;
  persist.enable_group_commit = pick(4) != 0;
  persist.sync_interval_ms = 1 + pick(100);
  persist.channel = pick(3) == 0 ? ChannelKind::kFile : ChannelKind::kShm;
  persist.channel_bytes = std::size_t{64 << 10} << pick(3);
  if (pick(3) == 0) persist.on_storage_failure = FactorWalConfig::OnStorageFailure::kDegrade;
  return options;
}

std::string SimulatedRun::execute() {
  while (!done_) {
    if (auto wrong = live(); !wrong.empty()) return wrong;
  }
  return {};
}

std::string SimulatedRun::live() {
  files_->simulate(*this);
  auto disguised = disguise_ ? disguise_(*files_) : nullptr;
  FileSystem& files = disguised ? *disguised : *files_;
  if (pick(3) == 0) files_->remount();
  sent_in_life_ = false;
  switch (pick(4)) {
    case 0: files_->stop_at(1 + pick(40)); break;
    case 1: fail_syncs(3); break;
    default: break;
  }
  auto engine = Engine::open_on(files, kDirectory, feed_.factors(), options_);
  if (!engine) {
    if (!files_->struck()) return "open: " + engine.error().message;
    crash(true);
    return {};
  }
  // What it found can be looked at in peace, also when the next call would be the last.
  if (auto wrong = check_log(**engine); !wrong.empty()) return wrong;
  if (!files_->struck()) {
    switch (pick(5)) {
      case 0:
      case 1: files_->stop_at(1 + pick(60)); break;
      case 2: fail_syncs(20); break;
      default: break;
    }
  }
  if (auto wrong = work(**engine); !wrong.empty()) return wrong;
  if (!done_) crash(false);
  return {};
}

/// One of the next syncs fails; or the disk has no space for what was written, and a sync is the
/// first to know.
void SimulatedRun::fail_syncs(std::uint64_t within) {
  if (pick(3) == 0) {
    files_->set_free_space(pick(200'000), SpaceCheck::kAtSync);
  } else {
    files_->fail(Call::kSync, 1 + pick(within), pick(2) == 0 ? EIO : ENOSPC);
  }
}

/// As when a user's last session or a container ends.
void SimulatedRun::remove_rings(MemoryFileSystem& files) {
  for (const auto& path : files.paths()) {
    if (!path.ends_with(".ring")) continue;
    files.erase(path);
    ++counts_.rings_removed;
    rings_removed_ = true;
  }
}

/// A kill, or a power failure. Whatever the engine object still does happens to other files.
void SimulatedRun::crash(bool in_recovery) {
  const bool kill = pick(3) == 0;
  auto left = kill ? files_->after_kill() : files_->after_power_loss(Unsynced::kMixed, random_());
  if (!kill) lost_power_ = true;
  ++(kill ? counts_.kills : counts_.power_losses);
  if (in_recovery) ++counts_.in_recovery;
  (kill ? counts_.kill_states : counts_.power_states).insert(hash_of(*left));
  if (kill && pick(4) == 0) remove_rings(*left);
  gone_ = std::exchange(files_, std::move(left));  // the engine that is about to go refers to it
}

FoundLog find_log(FileSystem& files, const std::string& directory, const SimulatedFeed& feed) {
  FoundLog found;
  const auto wrong = [&](const std::string& what) {
    found.wrong = what;
    return found;
  };
  auto view = wal::open_log_view(files, directory);
  if (!view) return wrong("log: " + view.error().message);
  wal::NameTable names;
  wal::LogReader reader(files, std::move(*view), names);
  LogRecord record;
  for (;;) {
    const auto more = reader.next(record);
    if (!more) return wrong("read: " + more.error().message);
    if (!*more) break;
    if (record.type == RecordType::kTick) {
      const auto i = found.ticks;
      if (i == feed.size() || record.instrument_id != feed.instrument(i) ||
          bits_of(record.fields) != bits_of(feed.fields(i))) {
        return wrong("tick " + std::to_string(i) + " is another one");
      }
      if (bits_of(record.values) != bits_of(feed.values(i))) {
        return wrong("tick " + std::to_string(i) + " has other values");
      }
      found.records.push_back("tick " + std::to_string(++found.ticks));
      found.position.assign(record.position.begin(), record.position.end());
    } else if (record.type == RecordType::kUpdate) {
      if (record.value != static_cast<double>(++found.updates)) {
        return wrong("update " + std::to_string(found.updates) + " is another one");
      }
      found.records.push_back("update " + std::to_string(found.updates));
    } else if (record.type == RecordType::kPosition) {
      found.position.assign(record.position.begin(), record.position.end());
      found.records.push_back(label_of(record.position));
    } else if (record.type == RecordType::kTime) {
      found.records.push_back("time " + std::to_string(record.timestamp_ns));
    }
  }
  if (reader.corrupt()) return wrong("corruption is told where there is none");
  return found;
}

std::string SimulatedRun::check_log(Engine& engine) {
  auto found = find_log(*files_, kDirectory, feed_);
  if (!found.wrong.empty()) return found.wrong;
  auto& log = found.records;
  const auto ticks = found.ticks;
  const auto updates = found.updates;
  const bool removed = std::exchange(rings_removed_, false);
  bool power = std::exchange(lost_power_, false);
  if (removed && !power && log.size() < sent_.size() && !tells_of_loss(engine)) {
    return "accepted and lost with a ring, and nobody says so";
  }
  power = power || removed;
  if (log.size() < durable_) {
    return std::to_string(durable_) + " records were durable, " + std::to_string(log.size()) +
           " are there";
  }
  const auto known = std::min<std::size_t>(log_.size(), durable_);
  if (!std::equal(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(known), log.begin())) {
    return "what was durable has another order";
  }
  if (!power && (ticks < ticks_ || updates < updates_)) {
    return "accepted and lost by a kill: " + std::to_string(ticks) + " of " +
           std::to_string(ticks_) + " ticks, " + std::to_string(updates) + " of " +
           std::to_string(updates_) + " updates";
  }
  if (auto wrong = check_order(log, power); !wrong.empty()) return wrong;
  if (engine.recovery().position != found.position) return "the position is not the last one";
  if (SimulatedFeed::next_of(found.position) != ticks) return "the last position is of other ticks";
  for (const auto& ring : engine.recovery().log.rings) counts_.drained += ring.drained;
  ticks_ = ticks;
  updates_ = updates;
  log_ = std::move(log);
  durable_ = log_.size();  // an open makes durable what it finds
  return {};
}

bool SimulatedRun::tells_of_loss(const Engine& engine) {
  const auto& rings = engine.recovery().log.rings;
  return !engine.certificate().perfect() &&
         std::ranges::any_of(rings, [](const RingRecovery& ring) { return ring.may_have_lost(); });
}

/// One thread has sent everything: the log holds it in that order, or a part from its beginning.
std::string SimulatedRun::check_order(const std::vector<std::string>& log, bool power) {
  if (log.size() == sent_.size() + 1 && log.back() == in_progress_) sent_.push_back(in_progress_);
  in_progress_.clear();
  if (log.size() > sent_.size()) return "more is there than was accepted";
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i] == sent_[i]) continue;
    return "record " + std::to_string(i + 1) + " is \"" + log[i].substr(0, 20) +
           "\", accepted was \"" + sent_[i].substr(0, 20) + "\"";
  }
  if (!power && log.size() < sent_.size()) return "accepted and lost by a kill";
  sent_.resize(log.size());
  return {};
}

std::string SimulatedRun::work(Engine& engine) {
  for (auto actions = pick(300); actions > 0 && ticks_ < feed_.size(); --actions) {
    if (auto wrong = act(engine); !wrong.empty()) return wrong;
    durable_ = std::max(durable_, engine.durable_sequence());
    if (files_->struck()) return {};
  }
  if (ticks_ < feed_.size()) return {};
  const auto closed = engine.close();
  if (files_->struck()) return {};
  if (!closed) return "close: " + closed.error().message;
  durable_ = sent_.size();
  rings_removed_ = false;  // after an orderly end nothing was in them
  if (auto wrong = check_log(engine); !wrong.empty() && !wrong.starts_with("the position")) {
    return "after the end: " + wrong;
  }
  done_ = true;
  return {};
}

std::string SimulatedRun::act(Engine& engine) {
  switch (pick(20)) {
    default: return send_tick(engine);
    case 9:
    case 10:
    case 11:
      // A ring made now would outlive those that were removed: what is lost would be no suffix.
      if (!rings_removed_) send_beside(engine);
      return {};
    case 12: {
      if (rings_removed_) return {};
      if (pick(40) == 0 && sent_in_life_) {
        remove_rings(*files_);
        return {};
      }
      // A thread with a ring of its own, which ends with records in it.
      std::thread([&] {
        for (auto sends = 1 + pick(3); sends > 0 && !files_->struck(); --sends) {
          send_beside(engine);
        }
      }).join();
      ++counts_.ended_threads;
      return {};
    }
    case 13:
    case 14:
    case 15:
    case 16: (void)engine.persister().core().step(); return {};
    case 17: now_ += std::chrono::microseconds(pick(30'000)); return {};
    case 18: {
      const auto done = engine.flush(kLong);
      if (!done && !files_->struck()) return "flush: " + done.error().message;
      if (done && engine.durable_sequence() < sent_.size()) return "flushed, and not durable";
      return {};
    }
    case 19:
      if (pick(5) == 0) {
        const auto done = engine.checkpoint();
        if (!done && !files_->struck()) return "checkpoint: " + done.error().message;
      }
      return {};
  }
}

std::string SimulatedRun::send_tick(Engine& engine) {
  const auto instrument = engine.instrument(feed_.instrument(ticks_));
  if (!instrument) return "instrument: " + instrument.error().message;
  const auto result = engine.process_tick({*instrument, feed_.time(ticks_), feed_.fields(ticks_)},
                                          feed_.position(ticks_));
  const auto label = "tick " + std::to_string(ticks_ + 1);
  if (!note_sent(result.accepted(), label)) {
    return files_->struck() ? std::string() : "tick: " + std::string(to_string(result.status));
  }
  if (bits_of(result.values) != bits_of(feed_.values(ticks_))) {
    return "tick " + std::to_string(ticks_) + " gives other values";
  }
  ++ticks_;
  sent_in_life_ = true;
  return {};
}

bool SimulatedRun::note_sent(bool accepted, std::string label) {
  if (files_->struck()) {
    in_progress_ = std::move(label);
    return false;
  }
  if (accepted) sent_.push_back(std::move(label));
  return accepted;
}

void SimulatedRun::send_beside(Engine& engine) {
  auto& persister = engine.persister();
  switch (pick(8)) {
    default: {
      const auto sent = persister.send_update("update" + std::to_string(updates_ % 3), "f",
                                              static_cast<double>(updates_ + 1), 1);
      if (note_sent(sent.has_value(), "update " + std::to_string(updates_ + 1))) ++updates_;
      break;
    }
    case 5:
    case 6: {
      const auto position = SimulatedFeed::position_between(ticks_, ++positions_);
      const auto sent = persister.send_position(position);
      (void)note_sent(sent.accepted(), label_of(position));
      break;
    }
    case 7: {
      const auto time = static_cast<TimestampNs>(pick(1000));
      const auto sent = pick(2) == 0 ? engine.advance_time(time) : persister.send_time(time);
      (void)note_sent(sent.accepted(), "time " + std::to_string(time));
      break;
    }
  }
}

}  // namespace factorwal::test
