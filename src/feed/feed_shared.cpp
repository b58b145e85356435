#include "feed/feed_shared.h"

#include "feed/bytes/utf8_scan.h"
#include "feed/limits.h"
#include "feed/printable.h"

namespace factorwal::feed {

Status prepare(FeedShared& shared) {
  const FeedOptions& options = shared.options;
  const FeedWords& words = options.words;
  Result<LocalZone> zone = LocalZone::find(options.time_zone, words.time_zone);
  if (!zone) return zone.error();
  shared.zone = *zone;
  const std::string& id = options.instrument;
  const bool usable =
      id.size() <= kMaxInstrumentBytes && is_utf8(id) && id.find('\0') == std::string::npos;
  if (usable) return {};
  return Error{Errc::kInvalidArgument,
               words.instrument + ": \"" + printable(id) + "\" is not UTF-8 of 1 to 255 bytes"};
}

}  // namespace factorwal::feed
