#include "archive/store.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "archive/days.h"
#include "archive/views.h"

namespace factorwal::archive {
namespace {

constexpr const char* kLockName = "LOCK";

std::string below(std::string directory, std::string_view name) {
  directory += '/';
  return directory.append(name);
}

/// Removes a directory of files, or a file.
Status remove_all(Storage& storage, const std::string& path) {
  const auto names = storage.list(path);
  if (names) {  // a file's listing fails, and has nothing below it
    for (const auto& name : *names)
      if (auto status = remove_all(storage, below(path, name)); !status) return status;
  }
  return storage.remove(path);
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

std::string Store::path(const std::string& below) const { return directory_ + "/" + below; }
std::string Store::scratch_path(const std::string& name) const {
  return path(kScratchName) + "/" + name;
}

Result<std::unique_ptr<Store>> Store::open(Storage& storage, std::string directory,
                                           std::string log) {
  std::unique_ptr<Store> store(new Store(storage, std::move(directory), std::move(log)));
  for (const auto step : {&Store::make_directories, &Store::load, &Store::finish_compaction,
                          &Store::sweep_scratch, &Store::sweep_uncommitted}) {
    if (auto status = (store.get()->*step)(); !status) return status.error();
  }
  return store;
}

Status Store::make_directories() {
  if (auto status = storage_.make_directory(directory_); !status) return status;
  auto lock = storage_.lock(path(kLockName));
  if (!lock) return lock.error();
  lock_ = std::move(*lock);
  if (auto status = storage_.make_directory(path(kScratchName)); !status) return status;
  if (auto status = storage_.sync_directory(directory_); !status) return status;
  return storage_.sync_directory(parent_of(directory_));
}

Status Store::load() {
  auto manifest = read_manifest(storage_, directory_);
  if (manifest) {
    manifest_ = std::move(*manifest);
    if (manifest_.log == log_) return {};
    return Error{Errc::kInvalidArgument, directory_ + ": is the archive of another log (" +
                                             manifest_.log + ", not this one, " + log_ +
                                             "): name another directory"};
  }
  if (manifest.error().code != Errc::kNotFound) return manifest.error();
  manifest_.log = log_;
  return {};
}

Status Store::choose_days(const std::optional<TradingDays>& wanted) {
  const bool has_parts = manifest_.archived > 0 || !manifest_.files.empty();
  if (!has_parts) {
    if (wanted) days_ = *wanted;
    manifest_.days = days_.text();
    return {};
  }
  auto own = TradingDays::parse(manifest_.days);
  if (!own) return own.error();
  days_ = std::move(*own);
  if (!wanted || wanted->text() == days_.text()) return {};
  return Error{Errc::kInvalidArgument, directory_ + ": its days begin at " + days_.text() +
                                           ", not at " + wanted->text() +
                                           ": leave that out, or archive into another directory"};
}

Status Store::finish_compaction() {
  if (!manifest_.compaction) return {};
  const auto opened = storage_.open(path(manifest_.compaction->file.path()));
  if (!opened && opened.error().code != Errc::kNotFound) return opened.error();
  auto next = manifest_;
  if (opened) {
    next.apply_compaction();
  } else {
    next.compaction.reset();
  }
  return replace_manifest(std::move(next));
}

Status Store::sweep_scratch() {
  const auto names = storage_.list(path(kScratchName));
  if (!names) return names.error();
  for (const auto& name : *names)
    if (auto status = remove_all(storage_, scratch_path(name)); !status) return status;
  return {};
}

Status Store::sweep_uncommitted() {
  std::set<std::string> named;
  for (const auto& file : manifest_.files) named.insert(file.path());
  for (const auto data_set : kDataSets) {
    const std::string folder(folder_of(data_set));
    const auto days = storage_.list(path(folder));
    if (!days) return days.error();
    for (const auto& day : *days) {
      if (!is_day_name(day)) continue;  // somebody's file: `verify` tells
      const auto names = storage_.list(path(below(folder, day)));
      if (!names) return names.error();
      for (const auto& name : *names) {
        // What lies at or below the archived sequence is not ours to remove: the log may have cut
        // those rows.
        const auto file = below(below(folder, day), name);
        if (!is_part_name(name) || named.contains(file)) continue;
        if (first_sequence_of(name) <= manifest_.archived) continue;
        if (auto status = storage_.remove(path(file)); !status) return status;
      }
    }
  }
  return {};
}

Status Store::replace_manifest(Manifest next) {
  if (auto status = write_manifest(storage_, directory_, next); !status) return status;
  manifest_ = std::move(next);
  return {};
}

Status Store::place(const NewPart& part) {
  const auto target = path(part.file.path());
  const auto day = parent_of(target);
  const auto folder = parent_of(day);
  if (auto status = storage_.make_directory(folder); !status) return status;
  if (auto status = storage_.make_directory(day); !status) return status;
  if (auto status = storage_.rename(part.scratch_path, target); !status) return status;
  for (const auto& changed : {day, folder, directory_})
    if (auto status = storage_.sync_directory(changed); !status) return status;
  return {};
}

Status Store::commit(std::vector<NewPart> parts, const Covered& covered,
                     std::vector<TickColumn> columns) {
  auto next = manifest_;
  if (next.files.empty() && next.archived == 0) {
    next.first = covered.first;
    // So that parts without a manifest are never those of a crash: see `read_manifest`.
    if (auto status = replace_manifest(next); !status) return status;
  }
  if (!manifest_.columns.empty() && columns != manifest_.columns) {
    if (auto status = write_columns_file(columns); !status) return status;
  }
  for (const auto& part : parts)
    if (auto status = place(part); !status) return status;
  if (covered.sound && next.sound == next.archived) next.sound = covered.last;
  next.archived = covered.last;
  next.columns = std::move(columns);
  for (auto& part : parts) {
    std::erase_if(next.files,
                  [&](const ManifestFile& file) { return file.path() == part.file.path(); });
    next.files.push_back(part.file);
  }
  if (auto status = write_view_file(next); !status) return status;
  return replace_manifest(std::move(next));
}

Status Store::commit_compaction(const ManifestFile& made, const std::string& scratch_directory) {
  if (auto status = storage_.sync_directory(scratch_directory); !status) return status;
  auto next = manifest_;
  next.compaction = Compaction{made};
  if (auto status = replace_manifest(next); !status) return status;
  const auto day = path(day_directory(made.data_set, made.day));
  if (auto status = storage_.exchange(scratch_directory, day); !status) return status;
  for (const auto& changed : {parent_of(day), path(kScratchName)})
    if (auto status = storage_.sync_directory(changed); !status) return status;
  next.apply_compaction();
  if (auto status = replace_manifest(std::move(next)); !status) return status;
  return remove_all(storage_, scratch_directory);
}

Status Store::write_columns_file(const std::vector<TickColumn>& columns) {
  const auto schema = make_part_schema(DataSet::kTicks, columns);
  const std::vector<ColumnEncoding> encodings(schema.leaves.size(), ColumnEncoding::kPlain);
  NewPart part;
  part.file.day = kFirstDay;
  part.scratch_path = scratch_path("columns.parquet");
  PartMetadata metadata;
  metadata.columns = columns;
  auto writer = PartWriter::create(storage_, part.scratch_path, schema, encodings, {}, metadata);
  if (!writer) return writer.error();
  if (const auto summary = (*writer)->finish(); !summary) return summary.error();
  return place(part);
}

Status Store::write_view_file(const Manifest& next) {
  const auto text = view_text(next);
  const auto present = read_whole(storage_, path(kViewName));
  if (present && *present == text) return {};
  return replace_whole(storage_, scratch_path(kViewName), directory_, kViewName, text);
}

}  // namespace factorwal::archive
