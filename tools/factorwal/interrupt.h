#pragma once
/// Ctrl-C and SIGTERM end a command in order.

#include <atomic>

namespace factorwal::tool {

/// From now on SIGINT and SIGTERM set the flag of `interrupt_flag` and cut a blocking call short.
void catch_interrupts();
[[nodiscard]] const std::atomic<bool>& interrupt_flag() noexcept;
/// Sleeps; returns earlier when interrupted, or when nobody reads `descriptor` (a pipe) any more.
/// False in that last case.
bool sleep_while_read(int descriptor, int milliseconds);
[[nodiscard]] inline bool interrupted() noexcept { return interrupt_flag().load(); }

}  // namespace factorwal::tool
