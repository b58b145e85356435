#pragma once
/// How the tool talks: data to standard output, everything else to standard error.

#include <string>
#include <string_view>

#include "exit_code.h"
#include "factorwal/result.h"

namespace factorwal::tool {

/// On standard error, as it stands. All that the tool says there goes through this: a message that
/// cannot be written (no space, closed, nobody reads) is dropped, and changes nothing.
void write_message(std::string_view text) noexcept;

/// `factorwal: error: MESSAGE` on standard error. Returns the exit code that fits the error.
ExitCode report(const Error& error);
/// `factorwal: MESSAGE` on standard error.
void say(std::string_view message);

/// Whether standard error is a terminal: progress lines go only there.
[[nodiscard]] bool shows_progress() noexcept;
/// Whether that stream takes colours: a terminal, and NO_COLOR is not set.
[[nodiscard]] bool takes_colour(int descriptor) noexcept;

/// A line on standard error that overwrites itself. Nothing where there is no terminal.
class ProgressLine {
 public:
  ~ProgressLine();
  void show(std::string_view text);
  void clear();

 private:
  bool shown_ = false;
};

}  // namespace factorwal::tool
