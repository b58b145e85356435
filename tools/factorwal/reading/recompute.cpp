#include "reading/recompute.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <future>
#include <thread>

#include "terminal.h"
#include "wal/reading/log_reader.h"

namespace factorwal::tool {
namespace {

constexpr std::size_t kMismatchesKept = 20;
constexpr unsigned kWorkersMax = 8;

std::string bits_of(double value) {
  char text[24];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value)));
  return text;
}

std::string with_bits(double value) {
  std::string text;
  append_number(text, value);
  return (text.empty() ? "missing" : text) + " (" + bits_of(value) + ")";
}

/// The instruments whose handle leaves `which` when divided by `workers`: a pass over the log of
/// its own, as decoding costs less than computing.
Result<RecomputeReport> recompute_share(const wal::LogView& view, const wal::NameTable& names,
                                        unsigned which, unsigned workers) {
  RecomputeReport report;
  history::Recomputation again([&](const history::ValueMismatch& found) {
    if (report.mismatches.size() < kMismatchesKept) report.mismatches.push_back(found);
  });
  for (std::uint32_t i = 0; i < names.layouts.size(); ++i) {
    again.add_layout(i, *names.layouts.get(i));
  }
  std::uint64_t all_bytes = 0;
  for (const auto& segment : view.segments) all_bytes += segment.end;
  wal::NameTable own_names;
  wal::LogReader reader(posix_file_system(), view, own_names);
  ProgressLine progress;
  LogRecord record;
  for (std::uint64_t count = 0;; ++count) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    if (!*found) break;
    if (which == 0 && count % 100'000 == 0 && shows_progress()) {
      progress.show(
          "recompute: " +
          std::to_string(reader.byte_count() * 100 / std::max<std::uint64_t>(all_bytes, 1)) + " %");
    }
    if (record.instrument.valid() && record.instrument.index % workers != which) continue;
    if (auto done = again.take(record); !done) return done.error();
  }
  report.counts = again.counts();
  report.unknown = again.unknown();
  report.factor_sets = again.factor_set_count();
  return report;
}

}  // namespace

Result<RecomputeReport> recompute(const wal::LogView& view, const wal::NameTable& names) {
  const auto begun = std::chrono::steady_clock::now();
  const auto workers = std::clamp(
      std::min(std::thread::hardware_concurrency(), names.instruments.size()), 1U, kWorkersMax);
  std::vector<std::future<Result<RecomputeReport>>> shares;
  for (unsigned which = 1; which < workers; ++which) {
    // Deferred where the system gives no thread.
    constexpr auto kPolicy = std::launch::async | std::launch::deferred;
    shares.push_back(std::async(kPolicy, [&view, &names, which, workers] {
      return recompute_share(view, names, which, workers);
    }));
  }
  auto report = recompute_share(view, names, 0, workers);
  for (auto& share : shares) {
    auto other = share.get();
    if (!report) continue;
    if (!other) {
      report = other.error();
      continue;
    }
    report->counts += other->counts;
    report->mismatches.insert(report->mismatches.end(), other->mismatches.begin(),
                              other->mismatches.end());
  }
  if (!report) return report;
  std::ranges::stable_sort(report->mismatches, {}, &history::ValueMismatch::sequence);
  if (report->mismatches.size() > kMismatchesKept) report->mismatches.resize(kMismatchesKept);
  report->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return report;
}

void print_text(const RecomputeReport& report, Output& out) {
  for (const auto& found : report.mismatches) {
    out << "differs: instrument " << printable(found.instrument_id);
    if (found.is_state) {
      out << ", the saved state of " << printable(found.factor) << " as of its tick "
          << std::to_string(found.ordinal) << " is not what its ticks give\n";
      continue;
    }
    out << ", factor " << printable(found.factor) << ", sequence " << std::to_string(found.sequence)
        << ": logged " << with_bits(found.logged) << ", computed " << with_bits(found.computed)
        << "\n";
  }
  const auto& counts = report.counts;
  if (counts.mismatches > report.mismatches.size()) {
    out << "differs: " << counted(counts.mismatches - report.mismatches.size(), "further place")
        << "\n";
  }
  for (const auto& set : report.unknown) {
    out << "not recomputable: the factors";
    for (std::size_t i = 0; i < set.factors.size() && i < 5; ++i) {
      out << (i == 0 ? " " : ", ") << printable(set.factors[i]);
    }
    out << (set.factors.size() > 5 ? ", ...: " : ": ") << printable(set.why) << "\n";
  }
  out << (counts.mismatches == 0 ? "recomputed: " : "RECOMPUTED, DIFFERS: ")
      << counted(counts.values_compared, "value") << " of " << counted(counts.ticks, "tick")
      << " compared bit for bit, " << counted(counts.states_compared, "operator state")
      << ", under " << counted(report.factor_sets, "factor set");
  if (counts.values_unknown > 0) {
    out << "; not compared: " << counted(counts.values_unknown, "value")
        << " that depend on ticks which are not in the log";
  }
  if (counts.foreign_ticks > 0) {
    out << "; not recomputable: " << counted(counts.foreign_ticks, "tick");
  }
  char speed[48];
  std::snprintf(speed, sizeof speed, "; %.2f s\n", report.seconds);
  out << speed;
}

void write_json(const RecomputeReport& report, JsonWriter& json) {
  const auto& counts = report.counts;
  json.begin_object()
      .member("ticks", counts.ticks)
      .member("values_compared", counts.values_compared)
      .member("values_unknown", counts.values_unknown)
      .member("states_compared", counts.states_compared)
      .member("ticks_not_recomputable", counts.foreign_ticks)
      .member("factor_sets", report.factor_sets)
      .member("mismatch_count", counts.mismatches)
      .member("seconds", report.seconds);
  json.key("mismatches").begin_array();
  for (const auto& found : report.mismatches) {
    json.begin_object()
        .member("instrument_id", found.instrument_id)
        .member(found.is_state ? "operator" : "factor", found.factor)
        .member("ordinal", found.ordinal);
    if (!found.is_state) {
      json.member("sequence", found.sequence)
          .member("logged", found.logged)
          .member("logged_bits", bits_of(found.logged))
          .member("computed", found.computed)
          .member("computed_bits", bits_of(found.computed));
    }
    json.end_object();
  }
  json.end_array();
  json.key("not_recomputable").begin_array();
  for (const auto& set : report.unknown) {
    json.begin_object().member("why", set.why);
    json.key("factors").begin_array();
    for (const auto& name : set.factors) json.value(name);
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace factorwal::tool
