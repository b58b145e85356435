#include "run_source.h"

#include <chrono>
#include <thread>

#include "factorwal/feed/source_position.h"
#include "factorwal/reader.h"
#include "terminal.h"

namespace factorwal::tool {
namespace {

/// Of the records from `first` on.
std::optional<feed::FeedPosition> last_position(const Reader& reader, Sequence first) {
  auto records = reader.records(first);
  if (!records) return std::nullopt;
  std::optional<feed::FeedPosition> found;
  LogRecord record;
  while (records->next(record)) {
    if (record.position.empty()) continue;
    const auto position = feed::decode_source_position(record.position);
    if (position) found = position->feed;
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<feed::TickSource>> open_source(
    const std::vector<std::string>& paths, const feed::FeedOptions& options,
    const std::optional<feed::FeedPosition>& begun) {
  constexpr std::chrono::milliseconds kLookAgain{50};
  std::string told;
  for (;;) {
    auto source = feed::TickSource::open(paths, options, begun);
    if (source || source.error().code != Errc::kTimeout) return source;
    if (told != source.error().message) say(source.error().message + "; waits for it");
    told = source.error().message;
    if (options.stop != nullptr && options.stop->load()) {
      return Error{Errc::kClosed, told + "; stopped while waiting for it", 0};
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

std::optional<feed::FeedPosition> logged_position(const std::string& directory) {
  const auto reader = Reader::open(directory);
  if (!reader) return std::nullopt;
  // Nearly always one of the last records has it.
  constexpr Sequence kFirstLook = 4096;
  const auto last = reader->last_sequence();
  const auto near = last > kFirstLook ? last - kFirstLook : reader->first_sequence();
  if (auto found = last_position(*reader, near)) return found;
  return last_position(*reader, reader->first_sequence());
}

}  // namespace factorwal::tool
