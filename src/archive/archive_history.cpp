#include "factorwal/archive_history.h"

#include "archive/history_reader.h"

namespace factorwal {

struct ArchiveHistory::State {
  std::unique_ptr<archive::HistoryReader> reader;
  Status status;
};

ArchiveHistory::ArchiveHistory(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveHistory::ArchiveHistory(ArchiveHistory&&) noexcept = default;
ArchiveHistory& ArchiveHistory::operator=(ArchiveHistory&&) noexcept = default;
ArchiveHistory::~ArchiveHistory() = default;

Result<ArchiveHistory> ArchiveHistory::open(const std::string& archive_directory,
                                            const HistoryQuery& query, const ReadMemory& memory) {
  auto reader =
      archive::HistoryReader::open(archive::posix_storage(), archive_directory, query, memory);
  if (!reader) return reader.error();
  return ArchiveHistory(std::make_unique<State>(State{std::move(*reader), {}}));
}

ReadResult ArchiveHistory::next(ColumnBatch& batch) {
  if (!state_->status) return Result<bool>(state_->status.error());
  auto found = state_->reader->next(batch);
  if (!found) state_->status = found.error();
  return found;
}

const Status& ArchiveHistory::status() const noexcept { return state_->status; }
Sequence ArchiveHistory::archived_sequence() const noexcept {
  return state_->reader->manifest().archived;
}
Sequence ArchiveHistory::first_sequence() const noexcept {
  return state_->reader->manifest().first;
}

}  // namespace factorwal
