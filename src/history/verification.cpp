#include "history/verification.h"

#include "history/tick_count.h"
#include "recovery/channel_drain.h"
#include "recovery/ring_marks.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_reader.h"

namespace factorwal {
namespace history {
namespace {

constexpr std::uint64_t kRecordsBetweenChecks = 500'000;

/// The rings of accepted records that a dead process left. `view` learns what they say of its end.
Status check_channel(FileSystem& files, wal::LogView view, wal::NameTable& names,
                     Verification& result) {
  auto channel = recovery::ChannelDrain::find(files, view.directory, view.manifest.directory);
  if (!channel) return channel.error();
  const auto marks = recovery::read_ring_marks(files, view);
  if (!marks) return marks.error();
  const auto worst = channel->prepare(names, *marks, &view);
  if (!worst) return worst.error();
  result.rings = channel->reports();
  if (*worst >= recovery::RingsFound::kBroken) result.refusal = channel->refusal().message;
  if (channel->lost_before() == 0) return {};
  for (const auto& told : view.findings) {
    for (auto& finding : result.findings) {
      if (finding.file == told.file && finding.offset == told.offset) finding = told;
    }
  }
  return {};
}

class Verifier {
 public:
  Verifier(FileSystem& files, const wal::LogView& view, const VerifyOptions& options)
      : view_(view), options_(options), reader_(files, view, names_) {}

  Status read();
  [[nodiscard]] Verification& result() noexcept { return result_; }
  [[nodiscard]] wal::NameTable& names() noexcept { return names_; }

 private:
  [[nodiscard]] bool goes_on() const {
    return !options_.progress ||
           options_.progress({VerifyProgress::Part::kReading, reader_.byte_count(),
                              frame_bytes(view_), result_.records});
  }
  void conclude();

  const wal::LogView& view_;
  const VerifyOptions& options_;
  wal::NameTable names_;
  wal::LogReader reader_;
  TickCount ticks_;
  Verification result_;
};

Status Verifier::read() {
  if (!view_.segments.empty() && view_.segments.front().header.first_sequence > 1) {
    ticks_.begin_anywhere();
  }
  LogRecord record;
  std::uint64_t cut_records = 0;
  for (std::uint64_t count = 0;; ++count) {
    const auto next = reader_.next_outline(record);
    if (!next) return next.error();
    if (!*next) break;
    if (reader_.cut().records != cut_records) {
      cut_records = reader_.cut().records;
      ticks_.begin_anywhere();
    }
    if (record.type == RecordType::kTick) ticks_.note(record);
    ++(record.sequence > 0 ? result_.records : result_.operator_states);
    if (count % kRecordsBetweenChecks == 0 && !goes_on()) return given_up(view_);
  }
  conclude();
  return {};
}

void Verifier::conclude() {
  result_.segments = view_.segments.size();
  result_.frames = reader_.frame_count();
  result_.bytes = reader_.byte_count();
  result_.last_sequence = reader_.last_sequence();
  result_.gaps = ticks_.gaps();
  result_.findings = reader_.findings();
  result_.cut = {reader_.cut().first, reader_.cut().last, reader_.cut().records};
  const auto& manifest = view_.manifest;
  if (manifest.clean && result_.last_sequence != manifest.last_sequence && !reader_.corrupt()) {
    result_.findings.push_back({Damage::kCorrupt, join_path(view_.directory, wal::kManifestName), 0,
                                0, result_.last_sequence + 1, manifest.last_sequence,
                                "the log ends before the sequence that it was closed with"});
  }
}

}  // namespace

std::uint64_t frame_bytes(const wal::LogView& view) {
  std::uint64_t bytes = 0;
  for (const auto& segment : view.segments) bytes += segment.end;
  return bytes;
}

Error given_up(const wal::LogView& view) {
  return {Errc::kTimeout, view.directory + ": the verification was given up", 0};
}

Result<Verification> verify(FileSystem& files, const wal::LogView& view,
                            const VerifyOptions& options) {
  const auto begun = steady_now(files);
  Verifier verifier(files, view, options);
  if (auto done = verifier.read(); !done) return done.error();
  auto& result = verifier.result();
  result.duration = steady_now(files) - begun;
  if (!view.live) {
    if (auto done = check_channel(files, view, verifier.names(), result); !done) {
      return done.error();
    }
  }
  if (options.recompute) {
    auto recomputed = recompute(files, view, verifier.names(), options.progress);
    if (!recomputed) return recomputed.error();
    result.recomputed = std::move(*recomputed);
  }
  return std::move(result);
}

}  // namespace history

RecomputeCounts& RecomputeCounts::operator+=(const RecomputeCounts& other) {
  ticks += other.ticks;
  values_compared += other.values_compared;
  values_unknown += other.values_unknown;
  states_compared += other.states_compared;
  foreign_ticks += other.foreign_ticks;
  mismatches += other.mismatches;
  return *this;
}

bool Verification::corrupt() const noexcept {
  return !gaps.empty() || !refusal.empty() || wal::first_corrupt(findings) != nullptr;
}

bool Verification::differs() const noexcept {
  return recomputed && recomputed->counts.mismatches > 0;
}

}  // namespace factorwal
