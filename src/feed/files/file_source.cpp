#include "feed/files/file_source.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "feed/arrow/arrow_feed.h"
#include "feed/files/file_name.h"
#include "feed/files/rotation.h"
#include "feed/files/table_form.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

Error refuse(std::string what) { return Error{Errc::kInvalidArgument, std::move(what)}; }

}  // namespace

FileSource::FileSource(std::vector<std::string> paths, FeedOptions options)
    : paths_(std::move(paths)) {
  shared_.options = std::move(options);
}

Result<std::unique_ptr<FileSource>> FileSource::open(std::vector<std::string> paths,
                                                     FeedOptions options,
                                                     std::optional<FeedPosition> begun) {
  if (options.follow && options.take_last_line) {
    return refuse(options.words.follow + " waits for the end of the last line, " +
                  options.words.take_last_line + " takes it as it is: give one of them");
  }
  std::unique_ptr<FileSource> source(new FileSource(std::move(paths), std::move(options)));
  source->begun_ = begun;
  FeedShared& shared = source->shared_;
  if (Status prepared = prepare(shared); !prepared) return prepared.error();
  if (shared.options.instrument_from_name && !shared.options.instrument.empty()) {
    return refuse(shared.options.words.instrument + " and " +
                  shared.options.words.instrument_from_name + " are two answers to one question");
  }
  Result<std::vector<std::string>> files = expand_paths(source->paths_, shared.report);
  if (!files) return files.error();
  source->paths_ = std::move(*files);
  source->shared_.files = source->paths_.size();
  Status opened = source->check_paths();
  if (opened) opened = source->open_file(0);
  if (opened || source->open_renamed()) return source;
  return opened.error();
}

bool FileSource::open_renamed() {
  if (!shared_.options.follow || !begun_ || paths_.size() != 1) return false;
  for (const std::string& path : rotated_files(paths_.front())) {
    OpenedFile file = make_rotated(path);
    if (!file || (*file)->identity().content_hash != begun_->identity.content_hash) continue;
    file_ = std::move(*file);
    return true;
  }
  return false;
}

Status FileSource::check_paths() const {
  if (paths_.empty()) return refuse("no tick file given");
  std::set<std::string> seen;
  for (const std::string& path : paths_) {
    // A later file that cannot be read is better known now than hours into the run. Not by opening
    // it: that would hang up on the writer of a named pipe.
    if (path != "-" && ::access(path.c_str(), R_OK) != 0) {
      const int error = errno;
      if (error == ENOENT && shared_.options.follow && &path == &paths_.back()) {
        return Error{Errc::kTimeout, path + ": is not there yet"};
      }
      return Error{error == ENOENT ? Errc::kNotFound : Errc::kIo,
                   path + ": cannot open: " + std::generic_category().message(error), error};
    }
    std::error_code failed;
    const std::string canonical =
        path == "-" ? path : std::filesystem::canonical(path, failed).string();
    if (!seen.insert(failed ? path : canonical).second) {
      return refuse(display_name(path) + ": given twice");
    }
  }
  return {};
}

Status FileSource::name_instrument(const std::string& path) {
  FeedOptions& options = shared_.options;
  if (!options.instrument_from_name) return {};
  const std::string& word = options.words.instrument_from_name;
  Result<std::string> id = instrument_in_name(path, *options.instrument_from_name, word);
  if (!id) return id.error();
  options.instrument = std::move(*id);
  options.words.instrument = word;
  return prepare(shared_);
}

Status FileSource::open_file(std::size_t index) {
  OpenedFile file = make_file(index);
  if (!file) return file.error();
  file_ = std::move(*file);
  file_index_ = index;
  return {};
}

FileSource::OpenedFile FileSource::make_file(std::size_t index) {
  if (Status named = name_instrument(paths_[index]); !named) return named.error();
  if (const std::string_view form = table_form(paths_[index]); !form.empty()) {
    return make_table(index, form);
  }
  Result<std::unique_ptr<FileFeed>> file =
      FileFeed::open({paths_[index], index, index + 1 == paths_.size(), begun_}, shared_);
  if (!file) return file.error();
  return std::unique_ptr<RowFeed>(std::move(*file));
}

FileSource::OpenedFile FileSource::make_rotated(const std::string& path) {
  Result<std::unique_ptr<FileFeed>> file =
      FileFeed::open({path, paths_.size() - 1, false, begun_, true}, shared_);
  if (!file) return file.error();
  return std::unique_ptr<RowFeed>(std::move(*file));
}

FileSource::OpenedFile FileSource::make_table(std::size_t index, std::string_view form) {
  const std::string& path = paths_[index];
  const OpenTable& open = shared_.options.open_table;
  if (!open) {
    return refuse(path + ": is " + std::string(form) + "; such files need " +
                  shared_.options.words.open_table);
  }
  if (shared_.options.follow && index + 1 == paths_.size()) {
    return refuse(path + ": is " + std::string(form) + ", and cannot be followed; " +
                  shared_.options.words.follow + " is for plain files");
  }
  ArrowOrigin origin;
  origin.path = origin.name = path;
  origin.file_index = index;
  origin.checked = true;
  origin.reopen = [&open, path](const std::vector<std::size_t>& columns) {
    return open(path, columns);
  };
  Result<OwnedArrowStream> stream = origin.reopen({});
  if (!stream) return stream.error();
  Result<std::unique_ptr<ArrowFeed>> file =
      ArrowFeed::open(std::move(*stream), std::move(origin), shared_);
  if (!file) return file.error();
  return std::unique_ptr<RowFeed>(std::move(*file));
}

Status FileSource::try_file(std::size_t index, const FeedPosition& position) {
  const bool formed = position.form_rows == 0 || file_->form_rows() == position.form_rows;
  if (file_index_ != index || !formed) {
    if (Status opened = open_file(index); !opened) return opened;
  }
  // What was met in a file that turns out to be another one must not count.
  FeedReport before = shared_.report;
  Status found = file_->skip_to(position);
  if (!found) {
    shared_.report = std::move(before);
    shared_.instruments = InstrumentTable();
  }
  return found;
}

Status FileSource::go_on_at(const FeedPosition& position) {
  // The same path and the same beginning first; then, in the order given, the same beginning.
  std::vector<std::size_t> moved;
  std::optional<std::size_t> replaced;
  std::optional<Error> refusal;
  const FeedWords& words = shared_.options.words;
  begun_ = position;
  for (std::size_t index = 0; index < paths_.size(); ++index) {
    if (index > 0) {
      Status opened = open_file(index);
      // A file that is followed, and has only just begun: it is none that was read before.
      if (!opened && opened.error().code == Errc::kTimeout) break;
      if (!opened) return opened;
    }
    const FileIdentity& identity = file_->identity();
    if (identity == position.identity) {
      Status found = try_file(index, position);
      if (found || found.error().code != Errc::kInvalidArgument) return found;
      refusal = found.error();
    } else if (identity.content_hash == position.identity.content_hash) {
      moved.push_back(index);
    } else if (identity.path_hash == position.identity.path_hash) {
      replaced = index;
    }
    // Standard input cannot be opened again, so it is not passed over in search of better.
    if (paths_[index] == "-" && !moved.empty()) break;
  }
  for (const std::size_t index : moved) {
    Status found = try_file(index, position);
    if (found) {
      shared_.report.note(
          display_name(paths_[index]),
          "was read under another path before (the same rows so far); goes on after row " +
              std::to_string(position.next_row));
      return found;
    }
    if (found.error().code != Errc::kInvalidArgument) return found;
    if (!refusal) refusal = found.error();
  }
  if (shared_.options.follow) {
    if (std::optional<Status> found = go_on_in_rotated(position)) return *found;
  }
  if (refusal) return *refusal;
  if (replaced) {
    return refuse(display_name(paths_[*replaced]) +
                  ": was replaced: its header or first row is "
                  "not what the earlier run read " +
                  std::to_string(position.next_row) +
                  " rows of; give the file that was read, or take it as new data with " +
                  words.append);
  }
  return Error{Errc::kNotFound,
               "none of the tick files given is the one that the earlier run was reading (row " +
                   std::to_string(position.next_row) + " is next); give the same " + words.paths +
                   " again, or take them as new data with " + words.append};
}

std::optional<Status> FileSource::go_on_in_rotated(const FeedPosition& position) {
  for (const std::string& path : rotated_files(paths_.back())) {
    FeedReport before = shared_.report;
    OpenedFile file = make_rotated(path);
    if (file && (*file)->identity().content_hash == position.identity.content_hash &&
        (*file)->skip_to(position)) {
      file_ = std::move(*file);
      file_index_ = paths_.size() - 1;
      shared_.report.note(path, "was " + in_quotes(paths_.back()) +
                                    " when it was read before; goes on after row " +
                                    std::to_string(position.next_row));
      return Status{};
    }
    shared_.report = std::move(before);
    shared_.instruments = InstrumentTable();
  }
  return std::nullopt;
}

FileSource::OpenedFile FileSource::make_successor(const FileStamp& rotated) {
  const std::vector<std::string> later = rotated_after(paths_.back(), rotated);
  if (later.empty()) return make_file(file_index_);
  OpenedFile file = make_rotated(later.front());
  constexpr std::chrono::seconds kPacking{10};
  const std::optional<FileStamp> stamp = stamp_of(later.front());
  if (file || (stamp && is_quiet(*stamp, kPacking))) return file;
  return Error{Errc::kTimeout, later.front() + ": is still written"};
}

FeedStep FileSource::open_next() {
  const std::optional<FileStamp> rotated = file_->rotated();
  if (!rotated) {
    if (file_index_ + 1 == paths_.size()) return FeedStep::kEnd;
    if (Status opened = open_file(file_index_ + 1); !opened) {
      error_ = opened.error();
      return FeedStep::kFailed;
    }
    return FeedStep::kRow;
  }
  OpenedFile successor = make_successor(*rotated);
  if (successor) {
    successor_ = std::move(*successor);
    file_->finish();
    return FeedStep::kRow;
  }
  // The recorder is about to begin it.
  const Errc code = successor.error().code;
  if (code == Errc::kTimeout || code == Errc::kNotFound) return FeedStep::kIdle;
  error_ = successor.error();
  return FeedStep::kFailed;
}

/// Lines that a recorder adds to a file behind the first ones of its successor come too late.
void FileSource::look_behind() {
  if (!before_ || !before_->has_more()) return;
  before_.reset();
  shared_.report.note(paths_.back(),
                      "the file that was renamed before this one got further lines, after more "
                      "than a second; they are not read");
}

FeedStep FileSource::next(TickRow& row) {
  if (error_) return FeedStep::kFailed;
  for (;;) {
    FeedStep step = file_->next(row);
    if (step == FeedStep::kFailed) error_ = file_->error();
    if (step == FeedStep::kIdle) look_behind();
    if (step != FeedStep::kEnd) return step;
    if (successor_) {
      before_ = std::exchange(file_, std::move(successor_));
    } else {
      step = open_next();
      if (step != FeedStep::kRow) return step;
    }
  }
}

Result<std::unique_ptr<TickSource>> TickSource::open(std::vector<std::string> paths,
                                                     FeedOptions options,
                                                     std::optional<FeedPosition> begun) {
  Result<std::unique_ptr<FileSource>> source =
      FileSource::open(std::move(paths), std::move(options), begun);
  if (!source) return source.error();
  return std::unique_ptr<TickSource>(std::move(*source));
}

}  // namespace factorwal::feed
