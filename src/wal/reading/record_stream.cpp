#include "factorwal/record_stream.h"

#include "base/caught_error.h"
#include "wal/reading/log_segments.h"
#include "wal/reading/record_stream_state.h"

namespace factorwal {
namespace {

// Never destroyed, as below.
const Status& moved_away() noexcept {
  static const auto& status =
      *new Status(Error{// NOLINT(bugprone-unhandled-exception-at-new)
                        Errc::kClosed, "the stream was moved into another object: read there", 0});
  return status;
}

}  // namespace

const Error& ReadResult::error() const noexcept {
  // Never destroyed: a static object's destructor may read a log.
  static const auto& end =
      *new Error{// NOLINT(bugprone-unhandled-exception-at-new)
                 Errc::kNotFound, "no error: the log has no further record", 0};
  return found_.has_value() ? end : found_.error();
}

RecordStream::State::State(FileSystem& files, const wal::LogView& view, Sequence first_sequence)
    : reader(files, view, names, wal::start_at(view, first_sequence)),
      first(first_sequence > 1 ? first_sequence : 0) {
  reader.tell_cuts_of(first_sequence);
}

Result<bool> RecordStream::State::pass_and_read(LogRecord& record) {
  if (!passed) {
    passed = true;
    auto found = reader.pass_to(first);
    if (!found || !*found) return found;
  }
  for (;;) {
    auto found = reader.next(record);
    if (!found || !*found || record.sequence >= first) {
      // Those without a sequence, from here on, too.
      if (found && *found) first = 0;
      return found;
    }
  }
}

RecordStream::RecordStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordStream::RecordStream(RecordStream&&) noexcept = default;
RecordStream& RecordStream::operator=(RecordStream&&) noexcept = default;
RecordStream::~RecordStream() = default;

Result<RecordStream> RecordStream::open(const std::string& directory) try {
  auto view = wal::open_log_view(posix_file_system(), directory);
  if (!view) return view.error();
  return RecordStream(std::make_unique<State>(posix_file_system(), std::move(*view), 1));
} catch (...) {
  return caught_error();
}

ReadResult RecordStream::next(LogRecord& record) {
  if (!state_) return Result<bool>(moved_away().error());
  auto& s = *state_;
  if (!s.status) return Result<bool>(s.status.error());
  try {
    auto found = s.first == 0 ? s.reader.next(record) : s.pass_and_read(record);
    if (!found) s.status = found.error();
    return found;
  } catch (...) {
    s.status = caught_error();
    return Result<bool>(s.status.error());
  }
}

const Status& RecordStream::status() const noexcept {
  return state_ ? state_->status : moved_away();
}

const std::vector<Finding>& RecordStream::findings() const noexcept {
  static const auto& none =
      *new std::vector<Finding>;  // NOLINT(bugprone-unhandled-exception-at-new)
  return state_ ? state_->reader.findings() : none;
}

bool RecordStream::corrupt() const noexcept { return state_ && state_->reader.corrupt(); }

std::uint64_t RecordStream::cut_records() const noexcept {
  return state_ ? state_->reader.cut().records : 0;
}

CutRecords RecordStream::cut() const noexcept {
  if (!state_) return {};
  const auto& cut = state_->reader.cut();
  return {cut.first, cut.last, cut.records};
}

Sequence RecordStream::last_sequence() const noexcept {
  return state_ ? state_->reader.last_sequence() : 0;
}

Sequence RecordStream::durable_sequence() const noexcept {
  return state_ ? state_->reader.view().frontier.sequence : 0;
}

bool RecordStream::clean() const noexcept { return state_ && state_->reader.view().clean(); }

std::int64_t RecordStream::writer_pid() const noexcept {
  return state_ ? state_->reader.view().writer_pid : 0;
}

}  // namespace factorwal
