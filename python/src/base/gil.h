#pragma once
/// The GIL, given up and taken by threads that the end of Python may find within a call.

#include <cxxabi.h>
#include <nanobind/nanobind.h>
#include <unistd.h>

namespace factorwal::python {

/// Python ends daemon threads that ask for the GIL when it has ended itself, by unwinding their
/// stack, which C++ may take for an error and abort. They sleep until the process is gone instead,
/// as they do from Python 3.14 on.
[[noreturn]] inline void sleep_to_the_end() noexcept {
  for (;;) ::pause();
}

/// Gives the GIL up while it is there.
class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;
  ~WithoutGil() {
    try {
      PyEval_RestoreThread(state_);
    } catch (const abi::__forced_unwind&) {
      sleep_to_the_end();
    }
  }

 private:
  PyThreadState* state_;
};

/// `call()`, which touches no Python object, without the GIL.
template <class Call>
auto without_gil(Call call) {
  const WithoutGil released;
  return call();
}

/// Has the GIL while it is there, whoever had it before.
class WithGil {
 public:
  WithGil() {
    try {
      state_ = PyGILState_Ensure();
    } catch (const abi::__forced_unwind&) {
      sleep_to_the_end();
    }
  }
  WithGil(const WithGil&) = delete;
  WithGil& operator=(const WithGil&) = delete;
  ~WithGil() { PyGILState_Release(state_); }

 private:
  PyGILState_STATE state_{};
};

}  // namespace factorwal::python
