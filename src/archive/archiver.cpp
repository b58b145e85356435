#include <filesystem>

#include "archive/archive_pass.h"
#include "archive/history_source.h"
#include "archive/of_log.h"
#include "archive/verification.h"
#include "factorwal/archived.h"
#include "factorwal/reader.h"

namespace factorwal {

struct Archiver::State {
  std::string directory;
  ArchiveOptions options;
  archive::HistorySource source;
  std::unique_ptr<archive::Store> store;
};

Archiver::Archiver(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archiver::Archiver(Archiver&&) noexcept = default;
Archiver& Archiver::operator=(Archiver&&) noexcept = default;
Archiver::~Archiver() = default;

Result<Archiver> Archiver::open(const std::string& directory, const ArchiveOptions& options) {
  archive::HistorySource source(directory);
  // A directory without a log gets no archive.
  auto log = Reader::open(directory);
  if (!log) return log.error();
  std::error_code failed;
  if (std::filesystem::equivalent(options.archive_directory, directory, failed)) {
    return Error{Errc::kInvalidArgument,
                 options.archive_directory + ": is the log's own directory: name another"};
  }
  auto store = archive::Store::open(
      archive::posix_storage(),
      options.archive_directory.empty() ? directory + "/archive" : options.archive_directory,
      archive::log_name(*log));
  if (!store) return store.error();
  if (auto status = (*store)->choose_days(options.days); !status) return status.error();
  const auto archived = (*store)->manifest().archived;
  if (auto status = archive::expect_not_ahead(*log, archived); !status) return status.error();
  if (auto status = archive::expect_no_gap(*log, archived); !status) return status.error();
  // From here on retention keeps what is not archived.
  if (auto status = set_archived(directory, (*store)->manifest().sound); !status) {
    return status.error();
  }
  auto state =
      std::make_unique<State>(State{directory, options, std::move(source), std::move(*store)});
  return Archiver(std::move(state));
}

Result<ArchiveReport> Archiver::archive_once(
    const std::function<void(const ArchiveProgress&)>& progress, const std::atomic<bool>* stop) {
  Status marked;
  // The mark follows each commit, so that retention may go on while this does; not past damage,
  // whose bytes stay for a person to look at.
  const auto mark = [&](const ArchiveProgress& at) {
    if (marked) marked = set_archived(state_->directory, state_->store->manifest().sound);
    if (progress) progress(at);
  };
  auto report = archive::archive_pass(*state_->store, state_->source, state_->options, mark, stop);
  if (!marked) return marked.error();
  if (report) {
    report->findings = state_->source.take_findings();
    report->cut_records = state_->source.cut_records();
  }
  return report;
}

Sequence Archiver::archived_sequence() const noexcept { return state_->store->manifest().archived; }

void Archiver::set_last_sequence(Sequence last) noexcept { state_->options.last_sequence = last; }

Result<ArchiveVerification> verify_archive(const std::string& archive_directory,
                                           const std::optional<std::string>& log_directory,
                                           const std::atomic<bool>* stop) {
  auto& storage = archive::posix_storage();
  if (!log_directory) return archive::verify(storage, archive_directory, nullptr, stop);
  archive::HistorySource source(*log_directory);
  return archive::verify(storage, archive_directory, &source, stop);
}

Result<ArchiveMark> read_archive_mark(const std::string& archive_directory) {
  const auto manifest = archive::read_manifest(archive::posix_storage(), archive_directory);
  if (!manifest) return manifest.error();
  auto days = TradingDays::parse(manifest->days);
  if (!days) return days.error();
  ArchiveMark mark{manifest->first, manifest->archived, manifest->files.size(), 0, 0,
                   std::move(*days)};
  for (const auto& file : manifest->files) {
    mark.rows += file.summary.rows;
    mark.bytes += file.summary.bytes;
  }
  return mark;
}

}  // namespace factorwal
