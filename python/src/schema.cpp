#include "schema.h"

#include "factorwal/reader.h"

namespace factorwal::python {

Result<TickSchema> schema_of(const std::vector<std::string>& names) {
  if (names.size() == 1) {
    if (names.front() == "quotes") return TickSchema::quotes();
    if (names.front() == "futures") return TickSchema::futures();
    if (names.front() == "bars") return TickSchema::bars();
  }
  return TickSchema::make(names);
}

Result<std::optional<TickSchema>> logged_schema(const std::string& directory) {
  std::optional<TickSchema> none;
  const auto reader = Reader::open(directory);
  // Whatever is wrong with the directory, the engine's open tells better.
  if (!reader || reader->last_sequence() == 0) return none;
  const auto names = reader->names(reader->last_sequence());
  if (!names || names->layouts.empty()) return none;
  auto schema = TickSchema::make(names->layouts.back().fields);
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
