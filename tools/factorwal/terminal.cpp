#include "terminal.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace factorwal::tool {

ExitCode report(const Error& error) {
  fmt::print(stderr, "factorwal: error: {}\n", error.message);
  return exit_code(error);
}

void say(std::string_view message) { fmt::print(stderr, "factorwal: {}\n", message); }

bool shows_progress() noexcept { return ::isatty(STDERR_FILENO) == 1; }

bool takes_colour(int descriptor) noexcept {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(std::string_view text) {
  if (!shows_progress()) return;
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace factorwal::tool
