#include "factorwal/reader.h"

#include "base/caught_error.h"
#include "base/floating_point_guard.h"
#include "history/as_of.h"
#include "history/history_scan.h"
#include "history/layout_uses.h"
#include "history/log_names.h"
#include "history/reader_look.h"
#include "history/verification.h"
#include "wal/reading/log_segments.h"
#include "wal/reading/record_follower_state.h"
#include "wal/reading/record_stream_state.h"

namespace factorwal {

Result<Reader> Reader::open(const std::string& directory) {
  return open_on(posix_file_system(), directory);
}

Reader::Reader(std::shared_ptr<const Look> look) : look_(std::move(look)) {}

Result<Reader> Reader::open_on(FileSystem& files, const std::string& directory) try {
  auto view = wal::open_log_view(files, directory);
  if (!view) return view.error();
  auto segments = wal::log_segments(*view);
  return Reader(std::make_shared<const Look>(Look{files, std::move(*view), std::move(segments)}));
} catch (...) {
  return caught_error();
}

const std::string& Reader::directory() const noexcept { return look_->view.directory; }

const std::array<std::byte, 16>& Reader::identity() const noexcept {
  return look_->view.manifest.directory;
}

bool Reader::clean() const noexcept { return look_->view.clean(); }

std::int64_t Reader::writer_pid() const noexcept { return look_->view.writer_pid; }

bool Reader::live() const noexcept { return look_->view.live; }

std::uint64_t Reader::epoch() const noexcept { return look_->view.manifest.epoch; }

Sequence Reader::first_sequence() const noexcept {
  return history::retained_range(look_->view).first;
}

Sequence Reader::last_sequence() const noexcept { return look_->view.last_sequence; }

Sequence Reader::durable_sequence() const noexcept { return look_->view.frontier.sequence; }

Status Reader::check_retained(Sequence sequence) const {
  return history::check_retained(look_->view, sequence);
}

const std::vector<LogSegment>& Reader::segments() const noexcept { return look_->segments; }

const std::vector<Finding>& Reader::findings() const noexcept { return look_->view.findings; }

Result<LogNames> Reader::names(Sequence first, Sequence last) const try {
  return history::find_names(look_->files, look_->view, first, last);
} catch (...) {
  return caught_error();
}

Result<std::vector<LayoutUse>> Reader::layout_uses(Sequence first, Sequence last) const try {
  return history::find_layout_uses(look_->files, look_->view, first, last);
} catch (...) {
  return caught_error();
}

Result<RecordStream> Reader::records(Sequence first) const try {
  return RecordStream(std::make_unique<RecordStream::State>(look_->files, look_->view, first));
} catch (...) {
  return caught_error();
}

Result<RecordFollower> Reader::follow() const try {
  auto state = std::make_unique<RecordFollower::State>(look_->files, look_->view);
  if (auto learned = history::learn_names(look_->files, look_->view, state->names); !learned) {
    return learned.error();
  }
  return RecordFollower(std::move(state));
} catch (...) {
  return caught_error();
}

Result<History> Reader::history(const HistoryQuery& query) const try {
  auto scan = history::HistoryScan::open(look_->files, look_->view, query);
  if (!scan) return scan.error();
  return History(std::move(*scan));
} catch (...) {
  return caught_error();
}

Result<InstrumentAsOf> Reader::as_of(const AsOfRequest& request) const try {
  const FloatingPointGuard guard;
  wal::NameTable names;
  auto found = history::rebuild_as_of(look_->files, look_->view, names, request);
  if (!found) return found.error();
  return InstrumentAsOf(std::make_unique<history::AsOf>(std::move(*found)));
} catch (...) {
  return caught_error();
}

Result<Verification> Reader::verify(const VerifyOptions& options) const try {
  return history::verify(look_->files, look_->view, options);
} catch (...) {
  return caught_error();
}

}  // namespace factorwal
