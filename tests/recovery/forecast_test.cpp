// What `recover` foretells is what the open then does: over every combination of what a log, its
// bytes and its rings can be, under both policies.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/crc32c.h"
#include "channel/ring_format.h"
#include "factorwal/engine.h"
#include "recovery/examine.h"
#include "recovery/recovery_cases.h"
#include "support/memory_file_system.h"
#include "wal/reading/log_reader.h"
#include "wal/writing/log.h"

namespace factorwal::recovery {
namespace {

using test::MemoryFileSystem;

constexpr const char* kDirectory = "/data";
constexpr std::chrono::seconds kLong{60};

FactorSet factors() {
  return FactorSet::parse("factor ma = ts_mean(close, 4)\nfactor ema3 = ema(close, 3)",
                          TickSchema::quotes())
      .value();
}

EngineOptions options_of(OnCorruption on_corruption) {
  EngineOptions options;
  options.log.segment_bytes = std::uint64_t{64} << 10;
  options.log.on_corruption = on_corruption;
  options.persist.allow_any_timestamp = true;
  options.snapshot_every = 40;
  return options;
}

/// Three instruments' ticks, a commit every few.
class Feed {
 public:
  explicit Feed(Engine& engine) : engine_(engine), fields_(engine.factors().schema().size()) {}
  void ticks(int count) {
    for (int i = 0; i < count; ++i, ++tick_) {
      const std::string name(1, static_cast<char>('A' + tick_ % 3));
      std::ranges::fill(fields_, 100.0 + tick_ % 11);
      ASSERT_TRUE(engine_.process_tick({engine_.instrument(name).value(), tick_, fields_}));
    }
  }
  void commit(int count) {
    ticks(count);
    ASSERT_TRUE(engine_.flush(kLong));
  }

 private:
  Engine& engine_;
  std::vector<double> fields_;
  int tick_ = 1;
};

/// A directory whose engine was killed with ticks in its ring, or has closed it in order.
std::unique_ptr<MemoryFileSystem> left_by_engine(bool closed, int commits = 20) {
  MemoryFileSystem files;
  auto engine = Engine::open_on(files, kDirectory, factors(), options_of({})).value();
  Feed feed(*engine);
  for (int commit = 0; commit < commits; ++commit) feed.commit(7);
  if (closed) {
    EXPECT_TRUE(engine->close());
    return files.copy();
  }
  // Its persister hangs in front of the disk when it is killed.
  const std::lock_guard blocked(engine->persister().wal()->log().mutex);
  feed.ticks(5);
  return files.copy();
}

std::string one_ending(const MemoryFileSystem& files, std::string_view suffix) {
  std::string found;
  for (const auto& path : files.paths()) {
    if (path.ends_with(suffix)) found = path;
  }
  return found;
}

void erase_log(MemoryFileSystem& files) {
  for (const auto& path : files.paths()) {
    if (path.ends_with(".seg") || path.ends_with("/MANIFEST")) files.erase(path);
  }
}

void seal_ring(Bytes& ring) {
  const auto checked = ByteView(ring).subspan(channel::kRingCheckedFrom,
                                              channel::kRingCheckedTo - channel::kRingCheckedFrom);
  store(ring.data() + channel::kRingChecksumOffset, crc32c(checked));
}

/// Where a frame lies.
struct Place {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// The frames of records, in order.
std::vector<Place> record_frames(MemoryFileSystem& files) {
  auto view = wal::open_log_view(files, kDirectory);
  if (!view) return {};
  wal::NameTable names;
  wal::LogReader reader(files, std::move(*view), names);
  std::vector<Place> places;
  while (reader.next_frame().value()) {
    if (reader.frame_header().record_count == 0) continue;
    places.push_back({reader.segment().path, reader.frame_offset(), reader.frame_header().length});
  }
  return places;
}

Place last_frame(MemoryFileSystem& files) {
  const auto places = record_frames(files);
  return places.empty() ? Place{} : places.back();
}

using Change = std::function<void(MemoryFileSystem&)>;

void nothing(MemoryFileSystem&) {}

/// Each makes of a log what the table calls so, as far as it can be together with the rest.
const std::map<std::string, Change> kBytes = {
    {"whole", nothing},
    {"torn",
     [](MemoryFileSystem& files) {
       const auto last = last_frame(files);
       auto bytes = files.content(last.path);
       if (bytes.empty()) return;
       std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(last.offset + last.length) + 4096,
                   700, std::byte{7});
       files.put_file(last.path, bytes);
     }},
    {"corrupt",
     [](MemoryFileSystem& files) {
       const auto last = last_frame(files);
       if (!last.path.empty()) files.flip(last.path, last.offset + last.length / 2, 1);
     }},
    {"corrupt early",
     [](MemoryFileSystem& files) {
       const auto path = one_ending(files, ".seg");
       if (!path.empty()) files.flip(path, 4096 + 300, 1);
     }},
};

const std::map<std::string, Change> kRings = {
    {"as they are", nothing},
    {"lost",
     [](MemoryFileSystem& files) {
       const auto path = one_ending(files, ".ring");
       if (!path.empty()) files.erase(path);
     }},
    {"broken",
     [](MemoryFileSystem& files) {
       const auto path = one_ending(files, ".ring");
       if (!path.empty()) files.flip(path, 20, 1);
     }},
    {"broken list",
     [](MemoryFileSystem& files) {
       const auto path = one_ending(files, "/RINGS");
       if (!path.empty()) files.flip(path, 20, 1);
     }},
    {"no list",
     [](MemoryFileSystem& files) {
       const auto path = one_ending(files, "/RINGS");
       if (!path.empty()) files.erase(path);
     }},
    {"of a newer release",
     [](MemoryFileSystem& files) {
       const auto path = one_ending(files, ".ring");
       if (path.empty()) return;
       auto ring = files.content(path);
       store<std::uint32_t>(ring.data() + channel::kRingCheckedFrom, channel::kRingVersion + 1);
       seal_ring(ring);
       files.put_file(path, ring);
     }},
};

const std::map<std::string, Change> kLogs = {
    {"as it is", nothing},
    {"absent", erase_log},
    {"without its manifest",
     [](MemoryFileSystem& files) { files.erase(one_ending(files, "/MANIFEST")); }},
    {"its manifest damaged",
     [](MemoryFileSystem& files) { files.flip(one_ending(files, "/MANIFEST"), 20, 1); }},
    {"its last segment missing",
     [](MemoryFileSystem& files) { files.erase(one_ending(files, ".seg")); }},
    {"its rings older",  // as after a restore: the ring has given back what the log lacks
     [](MemoryFileSystem& files) {
       const auto last = last_frame(files);
       auto bytes = files.content(last.path);
       if (bytes.empty()) return;
       std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(last.offset), bytes.end(),
                 std::byte{0});
       files.put_file(last.path, bytes);
     }},
};

/// All that both say but how long it took.
nlohmann::json facts_of(const RecoveryCertificate& certificate) {
  auto facts = nlohmann::json::parse(certificate.to_json());
  for (const auto* time : {"look_time", "replay_time", "write_time", "total_time"}) {
    facts.erase(time);
  }
  return facts;
}

bool is_refusal(RecoveryCase decision) { return decision >= RecoveryCase::kRefuseCorrupt; }

/// The decision, once both agree in everything but `more_damage`: places that no open reads.
std::optional<RecoveryCase> compare(const MemoryFileSystem& left, OnCorruption on_corruption,
                                    const std::string& what, std::size_t more_damage = 0) {
  const auto looked_at = left.copy();
  const auto before = looked_at->changes();
  const auto foretold = examine_on(*looked_at, kDirectory, on_corruption);
  EXPECT_EQ(looked_at->changes(), before) << what;
  const auto opened_in = left.copy();
  auto engine = Engine::open_on(*opened_in, kDirectory, factors(), options_of(on_corruption));
  if (!foretold) {
    EXPECT_EQ(foretold.error().code, Errc::kNotFound) << what << ": " << foretold.error().message;
    EXPECT_TRUE(engine) << what;
    return {};
  }
  if (!engine) {
    EXPECT_TRUE(is_refusal(foretold->decision)) << what << ": " << engine.error().message;
    EXPECT_EQ(foretold->refusal, engine.error().message) << what;
    return foretold->decision;
  }
  auto said = facts_of(*foretold);
  auto done = facts_of((*engine)->certificate());
  // Where no layout is left nobody knows the factors but whoever opens it.
  if (foretold->factors.empty()) done["factors"] = said["factors"];
  auto& told = said["corrupt"];
  EXPECT_GE(told.size(), more_damage) << what;
  told.erase(told.end() - static_cast<std::ptrdiff_t>(more_damage), told.end());
  EXPECT_EQ(said, done) << what << "\nforetold, then done, differ in:\n"
                        << nlohmann::json::diff(said, done).dump(1);
  return foretold->decision;
}

TEST(Forecast, EqualsWhatTheOpenThenDoesOverTheWholeTable) {
  std::set<RecoveryCase> decisions;
  for (const bool closed : {false, true}) {
    const auto left = left_by_engine(closed);
    for (const auto& [log, change_log] : kLogs) {
      for (const auto& [bytes, change_bytes] : kBytes) {
        for (const auto& [rings, change_rings] : kRings) {
          const auto files = left->copy();
          change_bytes(*files);
          change_rings(*files);
          change_log(*files);
          for (const auto policy : {OnCorruption::kRefuse, OnCorruption::kQuarantine}) {
            const auto what = std::string(closed ? "closed" : "killed") + "; log " + log +
                              "; bytes " + bytes + "; rings " + rings +
                              (policy == OnCorruption::kRefuse ? "; refuse" : "; quarantine");
            if (const auto decision = compare(*files, policy, what)) decisions.insert(*decision);
          }
        }
      }
    }
  }
  EXPECT_EQ(decisions.size(), 8U) << "each answer of the table";
}

/// By segment, of all those that there are.
std::map<std::string, std::vector<Place>> frames_of_segments(MemoryFileSystem& files) {
  std::map<std::string, std::vector<Place>> frames;
  const auto view = wal::open_log_view(files, kDirectory).value();
  for (const auto& segment : view.segments) frames[segment.path];
  for (auto& place : record_frames(files)) frames[place.path].push_back(place);
  return frames;
}

TEST(Forecast, BeginsItsReplayWhereTheOpenDoesAlsoBehindDamageInSeveralSegments) {
  for (const bool closed : {false, true}) {
    int commits = 600;
    auto left = left_by_engine(closed, commits);
    auto frames = frames_of_segments(*left);
    // How records fall into frames is a matter of time: a segment may just have begun.
    while (frames.rbegin()->second.size() < 3) {
      left = left_by_engine(closed, ++commits);
      frames = frames_of_segments(*left);
    }
    ASSERT_GE(frames.size(), 3U);
    const auto damage = [&](const std::vector<Place>& of, std::size_t frame) {
      left->flip(of[frame].path, of[frame].offset + of[frame].length / 2, 1);
    };
    // Before any snapshot of the first segment, and behind some of the last one.
    damage(frames.begin()->second, 2);
    damage(frames.rbegin()->second, frames.rbegin()->second.size() / 2);
    for (const auto policy : {OnCorruption::kRefuse, OnCorruption::kQuarantine}) {
      const auto decision = compare(*left, policy, closed ? "closed" : "killed", 1);
      EXPECT_EQ(decision, policy == OnCorruption::kRefuse ? RecoveryCase::kRefuseCorrupt
                                                          : RecoveryCase::kGoOnInQuarantine);
    }
  }
}

}  // namespace
}  // namespace factorwal::recovery
