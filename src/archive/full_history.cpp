#include "factorwal/full_history.h"

#include <algorithm>
#include <optional>

#include "archive/history_reader.h"
#include "archive/of_log.h"

namespace factorwal {

class FullHistory::State {
 public:
  State(Reader reader, HistoryQuery query, FullHistoryOptions options)
      : reader_(std::move(reader)),
        query_(std::move(query)),
        directory_(options.archive_directory.empty() ? reader_.directory() + "/archive"
                                                     : std::move(options.archive_directory)),
        memory_(std::move(options.memory)) {}

  [[nodiscard]] Status begin();
  [[nodiscard]] Result<bool> next(ColumnBatch& batch);
  [[nodiscard]] const ColumnBatch& shape() const noexcept { return shape_; }
  [[nodiscard]] const Reader& reader() const noexcept { return reader_; }
  [[nodiscard]] Sequence archive_first() const noexcept { return archive_first_; }
  [[nodiscard]] Sequence archive_last() const noexcept { return archive_last_; }
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }
  [[nodiscard]] std::uint64_t cut_records() const noexcept { return cut_; }
  Status status;

 private:
  [[nodiscard]] Status find_columns();
  /// False when there is nothing in it from `first` on.
  [[nodiscard]] Result<bool> open_archive(Sequence first);
  [[nodiscard]] Status open_log(Sequence first);
  [[nodiscard]] Result<bool> next_of_log(ColumnBatch& batch);
  void fit(ColumnBatch& batch) const;

  Reader reader_;
  HistoryQuery query_;
  std::string directory_;
  ReadMemory memory_;
  ColumnBatch shape_;
  std::unique_ptr<archive::HistoryReader> archive_;  // until its last row is given
  std::optional<History> log_;
  bool archive_there_ = false;
  Sequence archive_first_ = 0;
  Sequence archive_last_ = 0;
  Sequence given_ = 0;          // whatever is asked for up to here has been given
  std::uint64_t cut_seen_ = 0;  // of `log_`
  std::uint64_t cut_ = 0;
  std::vector<Finding> findings_;
};

Status FullHistory::State::begin() {
  query_.last_sequence = std::min(query_.last_sequence, reader_.last_sequence());
  if (auto done = find_columns(); !done) return done;
  given_ = std::max<Sequence>(query_.first_sequence, 1) - 1;
  // The log was looked at before: what retention has cut of it by now is archived.
  const auto has_archive = open_archive(given_ + 1);
  if (!has_archive) return has_archive.error();
  auto belongs = archive_there_ ? archive::expect_no_gap(reader_, archive_last_)
                                : archive::expect_nothing_archived(reader_, given_ + 1, directory_);
  if (!belongs) return belongs;
  return *has_archive ? Status{} : open_log(given_ + 1);
}

/// The log names the columns of all its layouts, also of those that only the archive has rows of.
Status FullHistory::State::find_columns() {
  const auto history = reader_.history(query_);
  if (!history) return history.error();
  shape_ = history->no_rows();
  if (query_.data_set != DataSet::kTicks) return {};
  query_.inputs.emplace();
  query_.factors.emplace();
  for (const auto& column : shape_.columns)
    (column.is_factor ? query_.factors : query_.inputs)->push_back(column.id());
  return {};
}

Result<bool> FullHistory::State::open_archive(Sequence first) {
  auto part = query_;
  part.first_sequence = first;
  auto opened =
      archive::HistoryReader::open(archive::posix_storage(), directory_, std::move(part), memory_);
  if (!opened && opened.error().code == Errc::kNotFound) return false;
  if (!opened) return opened.error();
  const auto& manifest = (*opened)->manifest();
  if (manifest.log != archive::log_name(reader_)) {
    return Error{Errc::kInvalidArgument, directory_ + ": is the archive of another log than " +
                                             reader_.directory() + ": name the one of this log"};
  }
  if (auto done = archive::expect_not_ahead(reader_, manifest.archived); !done) return done.error();
  archive_there_ = true;
  archive_first_ = manifest.first;
  archive_last_ = std::min(manifest.archived, reader_.last_sequence());
  if (manifest.archived < first) return false;
  archive_ = std::move(*opened);
  return true;
}

Status FullHistory::State::open_log(Sequence first) {
  auto part = query_;
  part.first_sequence = first;
  // Where retention may cut meanwhile, the place of what is given must be known.
  part.sequences = query_.sequences || archive_last_ > 0 || reader_.live();
  auto opened = reader_.history(part);
  if (!opened) return opened.error();
  log_.emplace(std::move(*opened));
  cut_seen_ = 0;
  return {};
}

Result<bool> FullHistory::State::next(ColumnBatch& batch) {
  for (;;) {
    if (!archive_) {
      if (!log_) return false;
      auto found = next_of_log(batch);
      if (!archive_) return found;
      continue;
    }
    const auto found = archive_->next(batch);
    if (!found) return found.error();
    if (*found) {
      given_ = batch.sequences.back();
      fit(batch);
      return true;
    }
    given_ = std::max(given_, archive_->manifest().archived);
    archive_.reset();
    if (given_ >= query_.last_sequence) return false;
    if (auto done = open_log(given_ + 1); !done) return done.error();
  }
}

/// Where the log lacks records that retention has cut since the look, the archive has them by now:
/// then nothing is given, and `archive_` is there.
Result<bool> FullHistory::State::next_of_log(ColumnBatch& batch) {
  const auto found = log_->next(batch);
  add_new_findings(findings_, log_->findings());
  if (!found.has_value()) return found.error();
  if (const auto cut = log_->cut_records(); cut > cut_seen_) {
    if (log_->no_rows().has_sequences) {
      const auto archived = open_archive(given_ + 1);
      if (!archived) return archived.error();
      if (*archived) return false;
    }
    cut_ += cut - cut_seen_;
    cut_seen_ = cut;
  }
  if (found.value() && !batch.sequences.empty()) given_ = batch.sequences.back();
  fit(batch);
  return found.value();
}

void FullHistory::State::fit(ColumnBatch& batch) const {
  for (std::size_t i = 0; i < batch.columns.size(); ++i)
    batch.columns[i].name = shape_.columns[i].name;
  if (query_.sequences) return;
  batch.sequences.clear();
  batch.has_sequences = false;
}

FullHistory::FullHistory(std::unique_ptr<State> state) : state_(std::move(state)) {}
FullHistory::FullHistory(FullHistory&&) noexcept = default;
FullHistory& FullHistory::operator=(FullHistory&&) noexcept = default;
FullHistory::~FullHistory() = default;

Result<FullHistory> FullHistory::open(const std::string& directory, const HistoryQuery& query,
                                      const FullHistoryOptions& options) {
  const auto reader = Reader::open(directory);
  if (!reader) return reader.error();
  return open(*reader, query, options);
}

Result<FullHistory> FullHistory::open(const Reader& reader, const HistoryQuery& query,
                                      const FullHistoryOptions& options) {
  auto state = std::make_unique<State>(reader, query, options);
  if (auto done = state->begin(); !done) return done.error();
  return FullHistory(std::move(state));
}

ReadResult FullHistory::next(ColumnBatch& batch) {
  if (!state_->status) return Result<bool>(state_->status.error());
  auto found = state_->next(batch);
  if (!found) state_->status = found.error();
  return found;
}

const Status& FullHistory::status() const noexcept { return state_->status; }
ColumnBatch FullHistory::no_rows() const { return state_->shape(); }
const std::vector<Finding>& FullHistory::findings() const noexcept { return state_->findings(); }
std::uint64_t FullHistory::cut_records() const noexcept { return state_->cut_records(); }

Sequence FullHistory::first_sequence() const noexcept {
  return state_->archive_last() > 0 ? state_->archive_first() : state_->reader().first_sequence();
}
Sequence FullHistory::archived_sequence() const noexcept { return state_->archive_last(); }
Sequence FullHistory::last_sequence() const noexcept { return state_->reader().last_sequence(); }

}  // namespace factorwal
