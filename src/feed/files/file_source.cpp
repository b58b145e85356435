#include "feed/files/file_source.h"

#include <unistd.h>

#include <cerrno>
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
  if (Status readable = source->check_paths(); !readable) return readable.error();
  if (Status opened = source->open_file(0); !opened) return opened.error();
  return source;
}

Status FileSource::check_paths() const {
  if (paths_.empty()) return refuse("no tick file given");
  std::set<std::string> seen;
  for (const std::string& path : paths_) {
    // A later file that cannot be read is better known now than hours into the run. Not by opening
    // it: that would hang up on the writer of a named pipe.
    if (path != "-" && ::access(path.c_str(), R_OK) != 0) {
      const int error = errno;
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
  if (Status named = name_instrument(paths_[index]); !named) return named;
  if (const std::string_view form = table_form(paths_[index]); !form.empty()) {
    return open_table(index, form);
  }
  Result<std::unique_ptr<FileFeed>> file =
      FileFeed::open({paths_[index], index, index + 1 == paths_.size(), begun_}, shared_);
  if (!file) return file.error();
  file_ = std::move(*file);
  file_index_ = index;
  return {};
}

Status FileSource::open_rotated(const std::string& path) {
  const std::size_t last = paths_.size() - 1;
  Result<std::unique_ptr<FileFeed>> file =
      FileFeed::open({path, last, false, begun_, true}, shared_);
  if (!file) return file.error();
  file_ = std::move(*file);
  file_index_ = last;
  return {};
}

Status FileSource::open_table(std::size_t index, std::string_view form) {
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
  file_ = std::move(*file);
  file_index_ = index;
  return {};
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
  if (refusal) return *refusal;
  if (shared_.options.follow) {
    if (std::optional<Status> found = go_on_in_rotated(position)) return *found;
  }
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
  for (const std::string& file : rotated_files(paths_.back())) {
    FeedReport before = shared_.report;
    if (open_rotated(file) && file_->identity().content_hash == position.identity.content_hash &&
        try_file(file_index_, position)) {
      shared_.report.note(file, "was " + in_quotes(paths_.back()) +
                                    " when it was read before; goes on after row " +
                                    std::to_string(position.next_row));
      return Status{};
    }
    shared_.report = std::move(before);
  }
  return std::nullopt;
}

FeedStep FileSource::open_next() {
  const std::optional<FileStamp> rotated = file_->rotated();
  if (file_index_ + 1 == paths_.size() && !rotated) return FeedStep::kEnd;
  Status opened;
  if (!rotated) {
    opened = open_file(file_index_ + 1);
  } else if (const auto later = rotated_after(paths_.back(), *rotated); !later.empty()) {
    opened = open_rotated(later.front());
  } else {
    opened = open_file(file_index_);
    // The recorder is about to begin it.
    const Errc code = opened ? Errc{} : opened.error().code;
    if (code == Errc::kTimeout || code == Errc::kNotFound) return FeedStep::kIdle;
  }
  if (opened) return FeedStep::kRow;
  error_ = opened.error();
  return FeedStep::kFailed;
}

FeedStep FileSource::next(TickRow& row) {
  if (error_) return FeedStep::kFailed;
  for (;;) {
    const FeedStep step = file_->next(row);
    if (step == FeedStep::kFailed) error_ = file_->error();
    if (step != FeedStep::kEnd) return step;
    if (const FeedStep opened = open_next(); opened != FeedStep::kRow) return opened;
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
