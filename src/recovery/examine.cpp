#include "recovery/examine.h"

#include <optional>

#include "base/caught_error.h"
#include "recovery/certify.h"
#include "recovery/recovery_plan.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_reader.h"

namespace factorwal {
namespace {

bool of_factor_set(const LogRecord& record) {
  return (record.type == RecordType::kTick || record.type == RecordType::kOperatorState) &&
         !record.layout->factor_text.empty();
}

/// What a directory tells beyond what its open reads.
struct Survey {
  std::vector<Finding> findings;
  std::uint64_t lost_records = 0;
  /// By which the last ticks were made. Null without a log, and where it cannot be compiled: with
  /// functions of a program's own, nothing is said of factors.
  std::optional<FactorSet> factors;
};

/// Every frame. The layout of the last ticks or states of a factor set; null if there are none.
Result<const TickLayout*> read_whole_log(FileSystem& files, const wal::LogView& view,
                                         wal::NameTable& names, Survey& survey) {
  const TickLayout* last = nullptr;
  wal::LogReader reader(files, view, names);
  LogRecord record;
  for (;;) {
    const auto next = reader.next(record);
    if (!next) return next.error();
    if (!*next) break;
    if (of_factor_set(record)) last = record.layout;
  }
  survey.findings = reader.findings();
  survey.lost_records = reader.lost_records() + view.lost_behind(reader.last_sequence());
  return last;
}

/// That of the last ticks in rings, else `logged`, else the last that is defined; null if there is
/// none.
Result<const TickLayout*> last_layout(const recovery::RecoveryPlan& plan,
                                      const wal::NameTable& names, const TickLayout* logged) {
  const auto* last = logged;
  if (!plan.found.log->live) {
    const auto looked = plan.found.rings->preview(names, [&](const LogRecord& record) {
      if (of_factor_set(record)) last = record.layout;
      return Status{};
    });
    if (!looked) return looked.error();
  }
  for (auto i = names.layouts.size(); last == nullptr && i-- > 0;) {
    const auto* layout = names.layouts.get(i);
    if (!layout->factor_text.empty()) last = layout;
  }
  return last;
}

Result<std::optional<FactorSet>> compile(const TickLayout* layout) {
  auto factors = layout == nullptr ? FactorSet::parse("", TickSchema::quotes())
                                   : recovery::factors_of(*layout);
  if (factors) return std::optional(std::move(*factors));
  if (factors.error().code == Errc::kInvalidArgument) return std::optional<FactorSet>{};
  return factors.error();
}

/// kNotFound when it holds neither log nor rings.
Result<Survey> survey(FileSystem& files, const std::string& directory) {
  Survey survey;
  wal::NameTable names;
  auto found = recovery::look_at_directory(files, directory, names, wal::LockOwner::kOthers,
                                           wal::Learn::kAll);
  if (!found) return found.error();
  if (!found->log) {
    if (found->unreadable || found->rings->on_record()) return survey;
    return Error{Errc::kNotFound, directory + ": holds no factorwal log", 0};
  }
  const auto logged = read_whole_log(files, *found->log, names, survey);
  if (!logged) return logged.error();
  const auto plan =
      recovery::plan_recovery(files, std::move(*found), names, nullptr, OnCorruption::kQuarantine);
  if (!plan) return plan.error();
  const auto layout = last_layout(*plan, names, *logged);
  if (!layout) return layout.error();
  auto factors = compile(*layout);
  if (!factors) return factors.error();
  survey.factors = std::move(*factors);
  return survey;
}

RecoveryCertificate refused(const std::string& directory, RecoveryCase decision,
                            const Error& error) {
  RecoveryCertificate certificate;
  certificate.directory = directory;
  certificate.decision = decision;
  certificate.refusal = error.message;
  certificate.corrupt.push_back({Damage::kCorrupt, {}, 0, 0, 0, 0, error.message});
  return certificate;
}

}  // namespace

// The survey finds the factors and leaves nothing else behind: what follows is what `open_log`
// does, but for the application of the plan.
Result<RecoveryCertificate> recovery::examine_on(FileSystem& files, const std::string& directory,
                                                 OnCorruption on_corruption) {
  const auto begun = std::chrono::steady_clock::now();
  const auto surveyed = survey(files, directory);
  if (!surveyed) return surveyed.error();
  const auto* factors = surveyed->factors ? &*surveyed->factors : nullptr;
  wal::NameTable names;
  auto found =
      look_at_directory(files, directory, names, wal::LockOwner::kOthers, wal::Learn::kDefinitions);
  if (!found) return found.error();
  auto plan = plan_recovery(files, std::move(*found), names, factors, on_corruption, true);
  if (!plan) return plan.error();
  if (plan->found.unreadable) return refused(directory, plan->decision, *plan->refusal);
  if (const auto boot = files.boot_id()) plan->report.boot = *boot;
  // Damage that an open does not read is told as well.
  wal::add_new_findings(plan->report.findings, surveyed->findings);
  const auto none = FactorSet::parse("", TickSchema::quotes());
  if (!none) return none.error();
  const recovery::Replayed nothing;
  auto certificate =
      recovery::certify(directory, plan->report, plan->replay ? plan->replay->result() : nothing,
                        names, factors != nullptr ? *factors : *none, on_corruption);
  if (plan->refusal) certificate.refusal = plan->refusal->message;
  if (certificate.lost_records == 0) {
    certificate.lost_records = surveyed->lost_records + plan->found.rings->given_up();
  }
  certificate.replay_time = plan->replay_time;
  certificate.total_time = std::chrono::steady_clock::now() - begun;
  certificate.look_time = certificate.total_time - certificate.replay_time;
  return certificate;
}

Result<RecoveryCertificate> examine_recovery(const std::string& directory,
                                             OnCorruption on_corruption) try {
  return recovery::examine_on(posix_file_system(), directory, on_corruption);
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
