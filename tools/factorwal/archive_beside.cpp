#include "archive_beside.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>

#include "archive_settled.h"
#include "factorwal/record_stream.h"
#include "interrupt.h"

namespace factorwal::tool {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

}  // namespace

struct ArchiveBeside::State {
  State(std::string path, Archiver made) : directory(std::move(path)), archiver(std::move(made)) {}

  void run();
  void end();
  [[nodiscard]] Status archive(const std::atomic<bool>* stop) {
    Sequence last = 0;
    const auto done = archive_settled(archiver, directory, last, {}, stop);
    return done ? Status{} : Status(done.error());
  }

  const std::string directory;
  Archiver archiver;  // of the thread while that runs
  Status status;      // likewise
  std::atomic<bool> ending{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::thread thread;
};

void ArchiveBeside::State::run() {
  // What trades goes first. On Linux this is of the calling thread alone.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
  std::unique_lock lock(mutex);
  while (!ending.load() && status) {
    lock.unlock();
    status = archive(&ending);
    lock.lock();
    changed.wait_for(lock, kBetweenLooks, [this] { return ending.load(); });
  }
}

void ArchiveBeside::State::end() {
  {
    const std::lock_guard lock(mutex);
    ending.store(true);
  }
  changed.notify_all();
  if (thread.joinable()) thread.join();
}

namespace {

Result<Archiver> open_archiver(const std::string& directory, const std::string& trading_day) {
  ArchiveOptions options;
  auto days = parse_trading_days(trading_day);
  if (!days) return days.error();
  options.days = std::move(*days);
  return Archiver::open(directory, options);
}

}  // namespace

Status ArchiveBeside::announce(const std::string& directory, const std::string& trading_day) {
  const auto log = RecordStream::open(directory);
  if (!log && log.error().code == Errc::kNotFound) return {};
  const auto archiver = open_archiver(directory, trading_day);
  return archiver ? Status{} : archiver.error();
}

Result<std::unique_ptr<ArchiveBeside>> ArchiveBeside::start(const std::string& directory,
                                                            const std::string& trading_day) {
  auto archiver = open_archiver(directory, trading_day);
  if (!archiver) return archiver.error();
  auto state = std::make_unique<State>(directory, std::move(*archiver));
  // Signals must reach the thread that reads: they end its waiting.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Status started;
  try {
    state->thread = std::thread([self = state.get()] { self->run(); });
  } catch (const std::system_error& error) {
    started = Error{Errc::kIo, std::string("no thread for the archive: ") + error.what(), EAGAIN};
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!started) return started.error();
  return std::unique_ptr<ArchiveBeside>(new ArchiveBeside(std::move(state)));
}

ArchiveBeside::ArchiveBeside(std::unique_ptr<State> state) : state_(std::move(state)) {}
ArchiveBeside::~ArchiveBeside() { state_->end(); }

Result<Sequence> ArchiveBeside::finish(bool rest) {
  state_->end();
  if (state_->status && rest) state_->status = state_->archive(&interrupt_flag());
  if (!state_->status) return state_->status.error();
  return state_->archiver.archived_sequence();
}

}  // namespace factorwal::tool
