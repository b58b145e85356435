#include "recovery/certify.h"

#include <algorithm>

#include "base/hex.h"
#include "wal/format/wal_format.h"
#include "wal/reading/corruption.h"

namespace factorwal::recovery {
namespace {

FactorRecovery count_factor(const Replayed& replayed, const FactorSet& factors, std::size_t index) {
  FactorRecovery counts;
  counts.factor_id = factors.names()[index];
  for (const auto& instrument : replayed.instruments) {
    if (!instrument || instrument->ordinal == 0) continue;
    Sequence since = 0;
    switch (instrument->graph.quality(index, &since)) {
      case Quality::kExact: ++counts.exact; break;
      case Quality::kApproximate: ++counts.approximate; break;
      case Quality::kHit: ++counts.hit; break;
    }
    counts.doubtful_since = std::max(counts.doubtful_since, since);
  }
  const bool is_new = index < replayed.back_filled.size() && replayed.back_filled[index];
  if (is_new) counts.back_filled = counts.exact;
  return counts;
}

std::vector<MissingFactors> find_missing(const Replayed& replayed, const wal::NameTable& names,
                                         const FactorSet& factors) {
  std::vector<MissingFactors> all;
  for (std::uint32_t i = 0; i < replayed.instruments.size(); ++i) {
    const auto& instrument = replayed.instruments[i];
    if (!instrument || !instrument->graph.doubtful()) continue;
    MissingFactors one;
    for (std::size_t factor = 0; factor < factors.size(); ++factor) {
      Sequence since = 0;
      if (instrument->graph.quality(factor, &since) != Quality::kHit) continue;
      one.factor_ids.push_back(factors.names()[factor]);
      one.since = std::max(one.since, since);
    }
    if (one.factor_ids.empty()) continue;
    one.instrument_id = *names.instruments.name(i);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

RecoveryCertificate certify(const std::string& directory, const LogRecovery& log,
                            const Replayed& replayed, const wal::NameTable& names,
                            const FactorSet& factors, OnCorruption on_corruption) {
  RecoveryCertificate all;
  all.directory = directory;
  all.decision = log.decision;
  all.format_version = wal::kFormatVersion;
  all.boot_id = to_hex(log.boot);
  all.epoch = log.epoch;
  all.clean = log.clean;
  all.on_corruption = on_corruption;
  all.written = log.written_found;
  all.durable = log.durable_found;
  all.accepted = all.written;
  for (const auto& ring : log.rings) all.accepted += ring.drained;
  all.rewritten_first = log.rewritten_first;
  all.rewritten_last = log.rewritten_last;
  all.rings = log.rings;
  for (const auto& finding : log.findings) {
    (finding.damage == Damage::kCorrupt ? all.corrupt : all.cut).push_back(finding);
  }
  wal::add_new_findings(all.corrupt, replayed.corrupt);
  all.lost_records = replayed.losses.lost_records();
  all.refed_by_source = replayed.losses.refed_by_source();
  all.instruments = static_cast<std::uint64_t>(std::ranges::count_if(
      replayed.instruments, [](const auto& one) { return one && one->ordinal > 0; }));
  for (const auto& [instrument, loss, since] : replayed.losses.hits()) {
    const auto id = names.instruments.name(instrument.index);
    all.hit.push_back({std::string(*id), loss.counted, loss.ticks, since});
  }
  all.missing = find_missing(replayed, names, factors);
  all.snapshots = replayed.snapshots;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    all.factors.push_back(count_factor(replayed, factors, i));
  }
  all.position = replayed.position;
  all.write_time = log.write_time;
  return all;
}

}  // namespace factorwal::recovery
