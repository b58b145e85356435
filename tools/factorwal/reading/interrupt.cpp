#include "reading/interrupt.h"

#include <poll.h>

#include <csignal>

namespace factorwal::tool {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;

void on_interrupt(int) { interrupt_seen = 1; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  // Without SA_RESTART: sleeping calls come back.
  (void)::sigaction(SIGINT, &action, nullptr);
  (void)::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept { return interrupt_seen != 0; }

bool sleep_while_read(int descriptor, int milliseconds) {
  pollfd reader{descriptor, 0, 0};  // errors are always told
  return ::poll(&reader, 1, milliseconds) <= 0;
}

}  // namespace factorwal::tool
