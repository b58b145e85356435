/// The certificate as text and as JSON.

#include "factorwal/recovery_certificate.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hex.h"

namespace factorwal {
namespace {

using nlohmann::ordered_json;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string_view name_of(OnCorruption on_corruption) {
  return on_corruption == OnCorruption::kRefuse ? "refuse" : "quarantine";
}

ordered_json as_json(const Finding& finding) {
  return {{"damage", to_string(finding.damage)},
          {"file", finding.file},
          {"offset", finding.offset},
          {"bytes", finding.bytes},
          {"first_sequence", finding.first_sequence},
          {"last_sequence", finding.last_sequence},
          {"what", finding.what}};
}

ordered_json as_json(const RingRecovery& ring) {
  // Of a ring that could not be read nobody knows what it held.
  const auto count = [known = ring.counted](std::uint64_t records) -> ordered_json {
    return known ? ordered_json(records) : ordered_json();
  };
  return {{"verdict", to_string(ring.verdict)},
          {"kind", to_string(ring.kind)},
          {"path", ring.path},
          {"kept", ring.kept},
          {"original", ring.original},
          {"may_have_lost", ring.may_have_lost()},
          {"accepted", count(ring.accepted)},
          {"logged", count(ring.logged)},
          {"drained", ring.drained},
          {"lost", count(ring.lost)}};
}

ordered_json as_json(const HitInstrument& hit) {
  return {{"instrument_id", hit.instrument_id},
          {"evidence", hit.gap ? "gap" : "none"},
          {"lost_ticks", hit.lost_ticks},
          {"since", hit.since}};
}

ordered_json as_json(const MissingFactors& missing) {
  return {{"instrument_id", missing.instrument_id},
          {"factors", missing.factor_ids},
          {"since", missing.since}};
}

ordered_json as_json(const FactorRecovery& factor) {
  return {{"factor_id", factor.factor_id},     {"exact", factor.exact},
          {"approximate", factor.approximate}, {"hit", factor.hit},
          {"back_filled", factor.back_filled}, {"doubtful_since", factor.doubtful_since}};
}

ordered_json as_json(const SnapshotUse& use) {
  return {{"from_last", use.from_last},
          {"from_previous", use.from_previous},
          {"from_log", use.from_log},
          {"ticks_replayed", use.ticks_replayed},
          {"generation", use.generation}};
}

template <class Things>
ordered_json list_of(const Things& things) {
  auto list = ordered_json::array();
  for (const auto& thing : things) list.push_back(as_json(thing));
  return list;
}

std::string place_of(const Finding& finding) {
  std::string text = finding.file.empty()
                         ? std::string("the log")
                         : finding.file + ", offset " + std::to_string(finding.offset);
  if (finding.bytes > 0) text += ", " + std::to_string(finding.bytes) + " bytes";
  if (finding.first_sequence > 0) {
    text += ", records from " + std::to_string(finding.first_sequence);
    if (finding.last_sequence > 0) text += " to " + std::to_string(finding.last_sequence);
  }
  return text + ": " + finding.what;
}

/// Lines "name   text".
class Lines {
 public:
  void add(std::string_view name, const std::string& text) {
    constexpr std::size_t kNameWidth = 14;
    std::string line(name);
    line.resize(std::max(kNameWidth, line.size() + 1), ' ');
    all_ += line + text + "\n";
  }
  [[nodiscard]] std::string take() { return std::move(all_); }

 private:
  std::string all_;
};

std::string count(std::uint64_t number, std::string_view what) {
  return std::to_string(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

std::string about(const FactorRecovery& factor) {
  std::string text = "exact for " + count(factor.exact, "instrument");
  if (factor.back_filled > 0) text += ", computed from logged ticks (back-filled)";
  if (factor.approximate > 0) text += ", approximate for " + std::to_string(factor.approximate);
  if (factor.hit > 0) text += ", hit for " + std::to_string(factor.hit);
  if (factor.doubtful_since > 0) {
    text += ", the latest since sequence " + std::to_string(factor.doubtful_since);
  }
  return text;
}

}  // namespace

std::string_view to_string(RecoveryCase recovery_case) noexcept {
  switch (recovery_case) {
    case RecoveryCase::kCreate: return "create";
    case RecoveryCase::kGoOn: return "go on";
    case RecoveryCase::kRecover: return "recover";
    case RecoveryCase::kGoOnInQuarantine: return "go on in quarantine";
    case RecoveryCase::kRefuseCorrupt: return "refuse: corrupt";
    case RecoveryCase::kRefuseRing: return "refuse: ring";
    case RecoveryCase::kRefuseUnreadable: return "refuse: unreadable";
    case RecoveryCase::kRefuseVersion: return "refuse: version";
  }
  return "unknown";
}

bool RecoveryCertificate::perfect() const noexcept {
  return corrupt.empty() && lost_records == 0 && hit.empty() &&
         std::ranges::all_of(factors,
                             [](const auto& f) { return f.approximate == 0 && f.hit == 0; }) &&
         std::ranges::all_of(rings,
                             [](const auto& r) { return r.verdict == RingVerdict::kDrained; });
}

std::string RecoveryCertificate::to_text() const {
  Lines lines;
  lines.add("directory", directory);
  lines.add("decision", std::string(to_string(decision)) +
                            (clean ? "" : ", the last writer did not close it") +
                            (on_corruption == OnCorruption::kRefuse ? "" : ", quarantine allowed"));
  if (!refusal.empty()) lines.add("refused", refusal);
  lines.add("format", "version " + std::to_string(format_version) + ", epoch " +
                          std::to_string(epoch) + ", boot " + boot_id);
  lines.add("sequences", "accepted " + std::to_string(accepted) + ", written " +
                             std::to_string(written) + ", durable " + std::to_string(durable));
  if (rewritten_first > 0) {
    lines.add("rewritten", std::to_string(rewritten_first) + " to " +
                               std::to_string(rewritten_last) + ", not known to be durable before");
  }
  for (const auto& ring : rings) {
    lines.add("ring", std::string(to_string(ring.verdict)) + ", " + count(ring.drained, "record") +
                          " drained" +
                          (ring.lost == 0 ? "" : ", " + std::to_string(ring.lost) + " lost") +
                          (ring.path.empty() ? "" : ": " + ring.path));
  }
  for (const auto& finding : cut) {
    lines.add("cut", std::string(to_string(finding.damage)) + ", kept there: " + place_of(finding));
  }
  for (const auto& finding : corrupt) lines.add("corrupt", place_of(finding));
  if (lost_records > 0) {
    lines.add("lost", count(lost_records, "record") +
                          (refed_by_source ? "; those at the end come again from the source" : ""));
  }
  lines.add("instruments",
            std::to_string(instruments) + ", " + std::to_string(hit.size()) + " hit");
  for (const auto& one : hit) {
    lines.add("hit", one.instrument_id + ": " +
                         (one.gap ? count(one.lost_ticks, "tick") + " lost"
                                  : "no tick tells whether it lost any, up to " +
                                        count(one.lost_ticks, "tick")) +
                         ", since sequence " + std::to_string(one.since));
  }
  for (const auto& one : missing) {
    std::string factor_list;
    for (const auto& id : one.factor_ids) factor_list += (factor_list.empty() ? "" : ", ") + id;
    lines.add("missing", one.instrument_id + ": " + factor_list + "; since sequence " +
                             std::to_string(one.since));
  }
  lines.add("states", std::to_string(snapshots.from_last) + " from the last snapshot, " +
                          std::to_string(snapshots.from_previous) + " from the one before, " +
                          std::to_string(snapshots.from_log) + " from the log; " +
                          count(snapshots.ticks_replayed, "tick") + " replayed");
  for (const auto& factor : factors) {
    const bool plain = factor.approximate == 0 && factor.hit == 0 && factor.back_filled == 0;
    if (!plain) lines.add("factor", factor.factor_id + ": " + about(factor));
  }
  if (!position.empty()) lines.add("position", to_hex(position));
  lines.add("time", std::to_string(seconds(total_time)) + " s: look " +
                        std::to_string(seconds(look_time)) + ", replay " +
                        std::to_string(seconds(replay_time)) + ", write " +
                        std::to_string(seconds(write_time)));
  return lines.take();
}

std::string RecoveryCertificate::to_json() const {
  const ordered_json all = {
      {"directory", directory},
      {"decision", to_string(decision)},
      {"refusal", refusal},
      {"perfect", perfect()},
      {"format_version", format_version},
      {"boot_id", boot_id},
      {"epoch", epoch},
      {"clean", clean},
      {"on_corruption", name_of(on_corruption)},
      {"accepted", accepted},
      {"written", written},
      {"durable", durable},
      {"rewritten_first", rewritten_first},
      {"rewritten_last", rewritten_last},
      {"rings", list_of(rings)},
      {"cut", list_of(cut)},
      {"corrupt", list_of(corrupt)},
      {"lost_records", lost_records},
      {"refed_by_source", refed_by_source},
      {"instruments", instruments},
      {"hit", list_of(hit)},
      {"missing", list_of(missing)},
      {"snapshots", as_json(snapshots)},
      {"factors", list_of(factors)},
      {"position", to_hex(position)},
      {"look_time", seconds(look_time)},
      {"replay_time", seconds(replay_time)},
      {"write_time", seconds(write_time)},
      {"total_time", seconds(total_time)},
  };
  // An id is any UTF-8; a path may be any bytes.
  return all.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace factorwal
