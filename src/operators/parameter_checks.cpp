#include "operators/parameter_checks.h"

#include <string>

namespace factorwal {

Status check_range(std::string_view what, std::int64_t value, std::int64_t least,
                   std::int64_t most) {
  if (value >= least && value <= most) return {};
  return Error{Errc::kInvalidArgument, std::string(what) + " must be between " +
                                           std::to_string(least) + " and " + std::to_string(most) +
                                           ", not " + std::to_string(value)};
}

std::int64_t valid_or_abort(const Status& valid, std::int64_t value) noexcept {
  valid.value();
  return value;
}

}  // namespace factorwal
