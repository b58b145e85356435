#pragma once
/// Work in a process of its own, which ends as a killed one does: nothing is closed.

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "support.h"

namespace factorwal::bench {

/// Returns what `work` returned there. Requires: no other thread runs.
template <std::size_t N, class Work>
std::array<double, N> in_child(Work&& work) {
  std::array<int, 2> pipe{};
  std::array<double, N> figures{};
  if (::pipe(pipe.data()) != 0) die("pipe");
  const pid_t child = ::fork();
  if (child < 0) die("fork");
  if (child == 0) {
    figures = work();
    const auto done = ::write(pipe[1], figures.data(), sizeof figures);
    ::_exit(done == static_cast<ssize_t>(sizeof figures) ? 0 : 1);
  }
  ::close(pipe[1]);
  const auto got = ::read(pipe[0], figures.data(), sizeof figures);
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (got != static_cast<ssize_t>(sizeof figures) || status != 0) die("a process has failed");
  return figures;
}

}  // namespace factorwal::bench
