#include "archive_settled.h"

#include <algorithm>

#include "factorwal/reader.h"

namespace factorwal::tool {
namespace {

Sequence settled_in(const Reader& reader) {
  if (!reader.live()) return reader.durable_sequence();
  const auto& segments = reader.segments();
  if (segments.empty() || segments.back().first_sequence == 0) return 0;
  return std::min(segments.back().first_sequence - 1, reader.durable_sequence());
}

}  // namespace

Result<std::optional<TradingDays>> parse_trading_days(const std::string& text) {
  if (text.empty()) return std::optional<TradingDays>{};
  auto days = TradingDays::parse(text);
  if (!days) return days.error();
  return std::optional(std::move(*days));
}

Result<ArchiveReport> archive_settled(Archiver& archiver, const std::string& directory,
                                      Sequence& last,
                                      const std::function<void(const ArchiveProgress&)>& progress,
                                      const std::atomic<bool>* stop) {
  const auto reader = Reader::open(directory);
  if (!reader) return reader.error();
  last = reader->last_sequence();
  archiver.set_last_sequence(settled_in(*reader));
  return archiver.archive_once(progress, stop);
}

}  // namespace factorwal::tool
