#include "recovery/open_log.h"

namespace factorwal::recovery {
namespace {

/// A directory that a power failure cannot take away with everything in it.
Status make_durable_directory(FileSystem& files, const std::string& directory) {
  const auto known = files.exists(join_path(directory, wal::kManifestName));
  if (!known) return known.error();
  if (*known) return {};
  if (auto done = files.make_directory(directory); !done) {
    const auto& error = done.error();
    if (error.code != Errc::kNotFound) return error;
    return Error{error.code, error.message + ": the directory around it has to be there",
                 error.errno_value};
  }
  auto name = directory;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  const auto slash = name.rfind('/');
  if (slash == std::string::npos) return files.sync_directory(".");
  return files.sync_directory(slash == 0 ? "/" : name.substr(0, slash));
}

}  // namespace

Result<OpenedLog> open_log(FileSystem& files, const std::string& directory,
                           const LogOptions& options, const FactorSet* factors,
                           const TellLogProgress& progress) {
  if (directory.empty()) return Error{Errc::kInvalidArgument, "the data directory has no name", 0};
  if (options.keep_age.count() < 0) {
    return Error{Errc::kInvalidArgument, "keep_age is negative; 0 keeps everything", 0};
  }
  if (auto done = make_durable_directory(files, directory); !done) return done.error();
  auto lock = files.lock(join_path(directory, wal::kLockName));
  if (!lock) return lock.error();
  OpenedLog opened;
  opened.log = std::make_unique<wal::Log>(files, directory, std::move(*lock));
  auto& names = opened.log->names;
  // A replay reads the names itself, from the place on where it begins.
  const auto learn = factors == nullptr ? wal::Learn::kAll : wal::Learn::kDefinitions;
  auto found = look_at_directory(files, directory, names, wal::LockOwner::kUs, learn);
  if (!found) return found.error();
  auto plan = plan_recovery(files, std::move(*found), names, factors, options.on_corruption, false,
                            progress);
  if (!plan) return plan.error();
  if (auto done = apply_plan(*plan, *opened.log, options); !done) return done.error();
  opened.log->recovery = std::move(plan->report);
  opened.replay = std::move(plan->replay);
  opened.replay_time = plan->replay_time;
  return opened;
}

}  // namespace factorwal::recovery
