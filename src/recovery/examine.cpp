#include "recovery/examine.h"

#include <optional>
#include <span>

#include "base/caught_error.h"
#include "recovery/certify.h"
#include "recovery/recovery_plan.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_reader.h"

namespace factorwal {
namespace {

/// What a pass over every frame tells.
struct Survey {
  LayoutHandle layout;  // of the last ticks or states of a factor set; not valid if none
  std::vector<Finding> findings;
  std::uint64_t lost_records = 0;
};

Result<Survey> survey(FileSystem& files, const wal::LogView& view, wal::NameTable& names) {
  Survey found;
  wal::LogReader reader(files, view, names);
  LogRecord record;
  for (;;) {
    const auto next = reader.next(record);
    if (!next) return next.error();
    if (!*next) break;
    const bool of_factors =
        record.type == RecordType::kTick || record.type == RecordType::kOperatorState;
    if (of_factors && !record.layout->factor_text.empty()) {
      found.layout = record.layout_handle;
    }
  }
  found.findings = reader.findings();
  found.lost_records = reader.lost_records() + view.lost_behind(reader.last_sequence());
  return found;
}

/// The layout of the last ticks or states of a factor set, those in rings included; if all are
/// lost, the last that is defined; null if there is none.
Result<const TickLayout*> last_layout(FileSystem& files, const wal::LogView& view,
                                      std::span<const wal::RingMark> marks, LayoutHandle logged,
                                      wal::NameTable& names) {
  const auto* last = names.layouts.get(logged.index);
  if (!view.live) {
    auto channel = recovery::ChannelDrain::find(files, view.directory, view.manifest.directory);
    if (!channel) return channel.error();
    auto seen = view;
    if (auto found = channel->prepare(names, marks, &seen); !found) return found.error();
    const auto looked = channel->preview(names, [&](const LogRecord& record) {
      if (record.type == RecordType::kTick && !record.layout->factor_text.empty()) {
        last = record.layout;
      }
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

/// The factor set that the last ticks were made by, if there is one that can be compiled: with
/// functions of a program's own, nothing is said of factors.
/// `names` receives those of the rings.
Result<std::optional<FactorSet>> last_factors(FileSystem& files, const wal::LogView& view,
                                              std::span<const wal::RingMark> marks,
                                              LayoutHandle logged, wal::NameTable& names) {
  std::optional<FactorSet> factors = FactorSet::parse("", TickSchema::quotes()).value();
  const auto layout = last_layout(files, view, marks, logged, names);
  if (!layout) return layout.error();
  if (*layout == nullptr) return factors;
  auto parsed = recovery::factors_of(**layout);
  if (parsed) {
    factors = std::move(*parsed);
  } else if (parsed.error().code != Errc::kInvalidArgument) {
    return parsed.error();
  }
  return factors;
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

Result<RecoveryCertificate> recovery::examine_on(FileSystem& files, const std::string& directory,
                                                 OnCorruption on_corruption) {
  const auto begun = std::chrono::steady_clock::now();
  wal::NameTable names;
  auto found = recovery::look_at_directory(files, directory, names, wal::LockOwner::kOthers,
                                           wal::Learn::kAll);
  if (!found) return found.error();
  if (!found->log && !found->unreadable && !found->rings->on_record()) {
    return Error{Errc::kNotFound, directory + ": holds no factorwal log", 0};
  }
  Survey surveyed;
  std::optional<FactorSet> factors;
  if (found->log) {
    if (auto done = wal::read_damaged_log(files, *found->log, found->last_segment); !done) {
      return done.error();
    }
    wal::NameTable all_names;
    auto told = survey(files, *found->log, all_names);
    if (!told) return told.error();
    surveyed = std::move(*told);
    auto last =
        last_factors(files, *found->log, found->last_segment.marks(), surveyed.layout, all_names);
    if (!last) return last.error();
    factors = std::move(*last);
  }
  auto plan = recovery::plan_recovery(files, std::move(*found), names,
                                      factors ? &*factors : nullptr, on_corruption, true);
  if (!plan) return plan.error();
  if (plan->found.unreadable) return refused(directory, plan->decision, *plan->refusal);
  if (const auto boot = files.boot_id()) plan->report.boot = *boot;
  // Damage that an open does not read is told as well.
  wal::add_new_findings(plan->report.findings, surveyed.findings);
  const auto none = FactorSet::parse("", TickSchema::quotes());
  if (!none) return none.error();
  const recovery::Replayed nothing;
  auto certificate =
      recovery::certify(directory, plan->report, plan->replay ? plan->replay->result() : nothing,
                        names, factors ? *factors : *none, on_corruption);
  if (plan->refusal) certificate.refusal = plan->refusal->message;
  if (certificate.lost_records == 0) {
    certificate.lost_records = surveyed.lost_records + plan->found.rings->given_up();
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
