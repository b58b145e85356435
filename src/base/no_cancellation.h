#pragma once
/// While it lives, `pthread_cancel` does not end this thread: a system call in the middle of a step
/// that must be whole is no cancellation point.

#include <pthread.h>

namespace factorwal {

class NoCancellation {
 public:
  NoCancellation() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~NoCancellation() { pthread_setcancelstate(before_, nullptr); }
  NoCancellation(const NoCancellation&) = delete;
  NoCancellation& operator=(const NoCancellation&) = delete;

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace factorwal
