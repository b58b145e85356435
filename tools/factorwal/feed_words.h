#pragma once
/// How the feed's messages call the options of the command line.

#include "factorwal/feed/options.h"

namespace factorwal::tool {

[[nodiscard]] feed::FeedWords feed_words();

}  // namespace factorwal::tool
