#include "terminal.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace factorwal::tool {

// Not by stdio or fmt, which throws where it cannot write.
void write_message(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return;
    }
  }
}

ExitCode report(const Error& error) {
  write_message(fmt::format("factorwal: error: {}\n", error.message));
  return exit_code(error);
}

void say(std::string_view message) { write_message(fmt::format("factorwal: {}\n", message)); }

bool shows_progress() noexcept { return ::isatty(STDERR_FILENO) == 1; }

bool takes_colour(int descriptor) noexcept {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(std::string_view text) {
  if (!shows_progress()) return;
  write_message(fmt::format("\r\x1b[K{}", text));
  shown_ = true;
}

void ProgressLine::clear() {
  if (!shown_) return;
  write_message("\r\x1b[K");
  shown_ = false;
}

}  // namespace factorwal::tool
