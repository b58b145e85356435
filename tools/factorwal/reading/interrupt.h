#pragma once
/// Ctrl-C and SIGTERM as a question.

namespace factorwal::tool {

/// From now on the two signals only make `interrupted` true.
void catch_interrupts();
[[nodiscard]] bool interrupted() noexcept;

/// Sleeps; returns earlier when interrupted, or when nobody reads `descriptor` (a pipe) any more.
/// False in that last case.
bool sleep_while_read(int descriptor, int milliseconds);

}  // namespace factorwal::tool
