#include "interrupt.h"

#include <poll.h>

#include <csignal>

namespace factorwal::tool {
namespace {

std::atomic<bool> interrupt_seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "it is set in a signal handler");

extern "C" void on_interrupt(int) { interrupt_seen.store(true); }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;  // without SA_RESTART: a blocked read returns
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A limit on file sizes is a failed write, which is reported, and not a death.
  std::signal(SIGXFSZ, SIG_IGN);
}

const std::atomic<bool>& interrupt_flag() noexcept { return interrupt_seen; }

bool sleep_while_read(int descriptor, int milliseconds) {
  pollfd reader{descriptor, 0, 0};  // errors are always told
  return ::poll(&reader, 1, milliseconds) <= 0;
}

}  // namespace factorwal::tool
