#pragma once
/// Threads of the library take no signals: a handler of the program runs on the program's threads.

#include <pthread.h>
#include <signal.h>

#include <system_error>
#include <thread>
#include <utility>

#include "factorwal/result.h"

namespace factorwal {

/// All signals of this thread wait while this lives.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

/// Whether start_quiet_thread has started this thread: a signal of its own making waits for ever.
inline thread_local bool thread_is_quiet = false;

/// kIo when the system gives no thread.
template <class Body>
[[nodiscard]] Result<std::thread> start_quiet_thread(Body body) {
  const SignalsBlocked blocked;
  try {
    return std::thread([body = std::move(body)]() mutable {
      thread_is_quiet = true;
      body();
    });
  } catch (const std::system_error& error) {
    return Error{Errc::kIo,
                 "cannot start a thread: " + error.code().message() +
                     " (limits: ulimit -u, ulimit -v, pids.max)",
                 error.code().value()};
  }
}

}  // namespace factorwal
