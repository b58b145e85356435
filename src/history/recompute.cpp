#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>

#include "base/floating_point_guard.h"
#include "base/quiet_thread.h"
#include "history/recomputation.h"
#include "history/verification.h"
#include "wal/reading/log_reader.h"

namespace factorwal::history {
namespace {

constexpr unsigned kWorkersMax = 8;
constexpr std::uint64_t kRecordsBetweenLooks = 100'000;

using Progress = std::function<bool(const VerifyProgress&)>;

/// Recomputes a log on several threads. Each passes over the whole log and takes its share of the
/// instruments, as decoding costs less than computing.
class Recomputer {
 public:
  Recomputer(FileSystem& files, const wal::LogView& view, const wal::NameTable& names,
             const Progress& progress)
      : files_(files),
        view_(view),
        names_(names),
        progress_(progress),
        shares_(std::clamp(std::min(std::thread::hardware_concurrency(), names.instruments.size()),
                           1U, kWorkersMax)) {}

  Result<Recomputed> run();

 private:
  struct Share {
    std::optional<Result<Recomputed>> result;
    std::exception_ptr thrown;
  };
  /// Of the instruments whose handle leaves `which` when divided by the number of shares.
  void compute(std::size_t which) noexcept;
  [[nodiscard]] Result<Recomputed> computed(std::size_t which);
  [[nodiscard]] Result<Recomputed> joined();

  FileSystem& files_;
  const wal::LogView& view_;
  const wal::NameTable& names_;
  const Progress& progress_;  // told by the first share
  std::vector<Share> shares_;
  std::atomic<bool> stopped_{false};
};

Result<Recomputed> Recomputer::run() {
  std::vector<std::thread> threads;
  threads.reserve(shares_.size());
  while (threads.size() + 1 < shares_.size()) {
    auto started = start_quiet_thread([this, which = threads.size() + 1] { compute(which); });
    if (!started) break;
    threads.push_back(std::move(*started));
  }
  compute(0);
  for (auto& thread : threads) thread.join();
  // Where the system gave no thread.
  for (auto which = threads.size() + 1; which < shares_.size(); ++which) compute(which);
  return joined();
}

void Recomputer::compute(std::size_t which) noexcept {
  try {
    shares_[which].result = computed(which);
  } catch (...) {
    shares_[which].thrown = std::current_exception();
  }
  const auto& result = shares_[which].result;
  if (!result || !*result) stopped_ = true;
}

Result<Recomputed> Recomputer::computed(std::size_t which) {
  const FloatingPointGuard guard;
  Recomputed result;
  Recomputation again([&](const ValueMismatch& found) {
    if (result.mismatches.size() < kMismatchesTold) result.mismatches.push_back(found);
  });
  for (std::uint32_t i = 0; i < names_.layouts.size(); ++i) {
    again.add_layout(i, *names_.layouts.get(i));
  }
  const auto all_bytes = frame_bytes(view_);
  wal::NameTable own_names;
  wal::LogReader reader(files_, view_, own_names);
  LogRecord record;
  for (std::uint64_t count = 0; !stopped_.load(std::memory_order_relaxed); ++count) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    if (!*found) break;
    if (which == 0 && progress_ && count % kRecordsBetweenLooks == 0 &&
        !progress_({VerifyProgress::Part::kRecomputing, reader.byte_count(), all_bytes, count})) {
      return given_up(view_);
    }
    if (record.instrument.valid() && record.instrument.index % shares_.size() != which) continue;
    if (auto done = again.take(record); !done) return done.error();
  }
  result.counts = again.counts();
  result.unknown = again.unknown();
  result.factor_sets = again.factor_set_count();
  return result;
}

Result<Recomputed> Recomputer::joined() {
  for (const auto& share : shares_) {
    if (share.thrown) std::rethrow_exception(share.thrown);
  }
  for (const auto& share : shares_) {
    if (!*share.result) return share.result->error();
  }
  auto all = std::move(**shares_.front().result);
  for (std::size_t which = 1; which < shares_.size(); ++which) {
    const auto& other = **shares_[which].result;
    all.counts += other.counts;
    all.mismatches.insert(all.mismatches.end(), other.mismatches.begin(), other.mismatches.end());
  }
  std::ranges::stable_sort(all.mismatches, {}, &ValueMismatch::sequence);
  if (all.mismatches.size() > kMismatchesTold) all.mismatches.resize(kMismatchesTold);
  return all;
}

}  // namespace

Result<Recomputed> recompute(FileSystem& files, const wal::LogView& view,
                             const wal::NameTable& names, const Progress& progress) {
  const auto begun = steady_now(files);
  auto result = Recomputer(files, view, names, progress).run();
  if (result) result->duration = steady_now(files) - begun;
  return result;
}

}  // namespace factorwal::history
