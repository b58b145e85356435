#include "reading/output.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace factorwal::tool {

Output::Output(int descriptor) : descriptor_(descriptor) {
  // write then answers EPIPE instead of ending the process.
  (void)std::signal(SIGPIPE, SIG_IGN);
  buffer_.reserve(kBufferBytes + (kBufferBytes >> 2));
}

void Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && open()) {
    const auto count = ::write(descriptor_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EPIPE) {
      closed_ = true;
    } else if (errno != EINTR) {
      errno_value_ = errno;
    }
  }
  buffer_.clear();
}

Status Output::status() const {
  if (errno_value_ == 0) return {};
  return Error{Errc::kIo, std::string("write to standard output: ") + std::strerror(errno_value_),
               errno_value_};
}

}  // namespace factorwal::tool
