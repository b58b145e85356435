#include "factors/schema.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "factorwal/reader.h"
#include "factorwal/wal_manager.h"

namespace factorwal::python {

Result<TickSchema> schema_of(const std::vector<std::string>& names) {
  if (names.size() == 1) {
    if (names.front() == "quotes") return TickSchema::quotes();
    if (names.front() == "futures") return TickSchema::futures();
    if (names.front() == "bars") return TickSchema::bars();
  }
  return TickSchema::make(names);
}

namespace {

/// Fields of the log's last layout; nothing where it has none.
std::optional<std::vector<std::string>> last_fields(const Reader& reader) {
  if (reader.last_sequence() == 0) return {};
  const auto names = reader.names(reader.last_sequence());
  if (!names || names->layouts.empty()) return {};
  return names->layouts.back().fields;
}

bool holds_something(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return false;
  return !std::filesystem::is_empty(path, failed) || failed;
}

}  // namespace

Result<std::optional<TickSchema>> logged_schema(const std::string& directory,
                                                const LogOptions& options) {
  std::optional<TickSchema> none;
  auto reader = Reader::open(directory);
  auto fields = reader ? last_fields(*reader) : std::nullopt;
  // Only an open for writing says what is wrong with a directory, and drains a channel.
  if (!fields && holds_something(directory)) {
    auto drained = WalManager::open(directory, options);
    if (!drained) return drained.error();
    if (auto closed = (*drained)->close(); !closed) return closed.error();
    reader = Reader::open(directory);
    if (reader) fields = last_fields(*reader);
  }
  if (!fields) return none;
  auto schema = TickSchema::make(*fields);
  if (!schema) return schema.error();
  return std::optional<TickSchema>(std::move(*schema));
}

TickSchema usual_schema() {
  const auto futures = TickSchema::futures();
  const auto bars = TickSchema::bars();
  auto names = futures.names();
  for (const auto& name : bars.names()) {
    if (!futures.find(name)) names.push_back(name);
  }
  return TickSchema::make(names).value();
}

}  // namespace factorwal::python
