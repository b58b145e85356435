#include "factorwal/history.h"

#include "base/caught_error.h"
#include "history/history_scan.h"

namespace factorwal {
namespace {

// Never destroyed: a static object's destructor may read a log.
const Status& moved_history() noexcept {
  static const auto& status =
      *new Status(Error{// NOLINT(bugprone-unhandled-exception-at-new)
                        Errc::kClosed, "the history was moved into another object: read there", 0});
  return status;
}

}  // namespace

BatchStream::~BatchStream() = default;

History::History(std::unique_ptr<history::HistoryScan> scan) : scan_(std::move(scan)) {}
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;

Result<History> History::open(const std::string& directory, const HistoryQuery& query) try {
  auto view = wal::open_log_view(posix_file_system(), directory);
  if (!view) return view.error();
  auto scan = history::HistoryScan::open(posix_file_system(), std::move(*view), query);
  if (!scan) return scan.error();
  return History(std::move(*scan));
} catch (...) {
  return caught_error();
}

ReadResult History::next(ColumnBatch& batch) {
  if (!scan_) return Result<bool>(moved_history().error());
  if (!scan_->status()) return Result<bool>(scan_->status().error());
  try {
    return scan_->next(batch);
  } catch (...) {
    scan_->fail(caught_error());
    return Result<bool>(scan_->status().error());
  }
}

const Status& History::status() const noexcept { return scan_ ? scan_->status() : moved_history(); }

ColumnBatch History::no_rows() const { return scan_ ? scan_->no_rows() : ColumnBatch{}; }

const std::vector<Finding>& History::findings() const noexcept {
  static const auto& none =
      *new std::vector<Finding>;  // NOLINT(bugprone-unhandled-exception-at-new)
  return scan_ ? scan_->reader().findings() : none;
}

bool History::corrupt() const noexcept { return scan_ && scan_->reader().corrupt(); }

std::uint64_t History::cut_records() const noexcept {
  return scan_ ? scan_->reader().cut().records : 0;
}

Sequence History::durable_sequence() const noexcept {
  return scan_ ? scan_->reader().view().frontier.sequence : 0;
}

Sequence History::last_sequence() const noexcept {
  return scan_ ? scan_->reader().view().last_sequence : 0;
}

}  // namespace factorwal
