#include "factorwal/wal_manager.h"

#include "base/caught_error.h"
#include "base/no_cancellation.h"
#include "recovery/open_log.h"

namespace factorwal {

namespace {

constexpr std::size_t kFrameTargetBytes = std::size_t{1} << 20;

}  // namespace

WalManager::WalManager(std::unique_ptr<wal::Log> log) : log_(std::move(log)) {}

WalManager::~WalManager() {
  if (log_->forked()) {
    (void)log_.release();  // its threads are the parent's; everything is left alone
    return;
  }
  // Perhaps of an open that failed behind it: nobody was told what this one has found.
  const std::lock_guard lock(log_->mutex);
  (void)log_->close(false);
}

Result<std::shared_ptr<WalManager>> WalManager::open(const std::string& directory,
                                                     LogOptions options) {
  return open_on(posix_file_system(), directory, options);
}

Result<std::shared_ptr<WalManager>> WalManager::open_on(FileSystem& files,
                                                        const std::string& directory,
                                                        LogOptions options) try {
  auto opened = recovery::open_log(files, directory, options);
  if (!opened) return opened.error();
  return std::make_shared<WalManager>(std::move(opened->log));
} catch (...) {
  return caught_error();
}

Result<Sequence> WalManager::append(const FactorWalMessage& message) try {
  if (log_->forked()) return forked_error();
  const std::lock_guard lock(log_->mutex);
  auto& writer = *log_->writer;
  if (writer.frame().bytes() >= kFrameTargetBytes) {
    if (auto done = writer.write(); !done) return done.error();
  }
  if (auto done = writer.usable(); !done) return done.error();
  // What was accepted before has the earlier sequences.
  if (log_->write_accepted) {
    if (auto done = log_->write_accepted(); !done) return done.error();
  }
  const auto sequence = writer.next_sequence() + writer.frame().record_count();
  if (auto done = wal::add_message(*log_, message); !done) return done.error();
  log_->appended.fetch_add(1);
  return sequence;
} catch (...) {
  return caught_error();
}

Status WalManager::flush_group_commit() try {
  if (log_->forked()) return forked_error();
  const std::lock_guard lock(log_->mutex);
  if (auto done = log_->writer->write(); !done) return done;
  return log_->writer->sync();
} catch (...) {
  return caught_error();
}

Result<RecordStream> WalManager::read_all_records() const {
  return RecordStream::open(log_->directory);
}

// The persister first: what it accepted later would be in a ring that nobody drains.
Status WalManager::close() try {
  if (log_->forked()) return forked_error();
  const NoCancellation whole;
  std::function<Status()> end_persister;
  {
    const std::lock_guard lock(log_->mutex);
    end_persister = log_->end_persister;
  }
  const auto ended = end_persister ? end_persister() : Status{};
  const std::lock_guard lock(log_->mutex);
  auto done = log_->close();
  return done ? ended : done;
} catch (...) {
  return caught_error();
}

Sequence WalManager::written_sequence() const {
  if (log_->forked()) return 0;
  const std::lock_guard lock(log_->mutex);
  return log_->writer->written_sequence();
}

Sequence WalManager::durable_sequence() const {
  if (log_->forked()) return 0;
  const std::lock_guard lock(log_->mutex);
  return log_->writer->durable_sequence();
}

const std::string& WalManager::directory() const noexcept { return log_->directory; }

const LogRecovery& WalManager::recovery() const noexcept { return log_->recovery; }

}  // namespace factorwal
