#pragma once
/// Threads of the library take no signals: a handler of the program runs on the program's threads.

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace factorwal {

template <class Body>
[[nodiscard]] std::thread start_quiet_thread(Body body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace factorwal
