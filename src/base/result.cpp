#include "factorwal/result.h"

#include <cstdio>
#include <cstdlib>

namespace factorwal {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::kInvalidArgument: return "invalid argument";
    case Errc::kNotFound: return "not found";
    case Errc::kIo: return "I/O error";
    case Errc::kCorruption: return "corruption";
    case Errc::kUnsupportedVersion: return "unsupported version";
    case Errc::kLocked: return "locked";
    case Errc::kPoisoned: return "poisoned";
    case Errc::kClosed: return "closed";
    case Errc::kTimeout: return "timeout";
    case Errc::kAlreadyExists: return "already exists";
    case Errc::kFull: return "channel full";
    case Errc::kForked: return "forked";
    case Errc::kDegraded: return "degraded";
  }
  return "unknown";
}

void abort_bad_result_access(const Error& error) noexcept {
  // The one place where the library writes to stderr: the process ends here.
  std::fprintf(stderr, "factorwal: value() of a Result that holds an error: %s\n",
               error.message.c_str());
  std::abort();
}

}  // namespace factorwal
