#pragma once
/// What a run says of a tick that the engine refuses.

#include "factorwal/feed.h"
#include "factorwal/persister.h"

namespace factorwal::tool {

/// `row` is the last one of `source`; `status` any but kAccepted.
[[nodiscard]] Error refusal_of(SendStatus status, const feed::TickRow& row,
                               const feed::TickSource& source);

}  // namespace factorwal::tool
