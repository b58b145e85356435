#pragma once
/// The checks that built-in operators share.

#include <cstdint>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal {

/// `what` names the parameter in the message: "window must be between 1 and 1000000, not 0".
[[nodiscard]] Status check_range(std::string_view what, std::int64_t value, std::int64_t least,
                                 std::int64_t most);

/// Passes the value on, or aborts with the message of what is not valid. Constructors call it in
/// their first initialiser, before a bad number becomes the size of an array.
[[nodiscard]] std::int64_t valid_or_abort(const Status& valid, std::int64_t value) noexcept;

}  // namespace factorwal
