#pragma once
/// What a log says, as bytes: two logs with equal histories hold the same records, bit for bit.

#include <cstring>
#include <stdexcept>
#include <string>

#include "factorwal/record_stream.h"

namespace factorwal::test {

struct History {
  std::string bytes;  ///< every record with a sequence, in order
  std::uint64_t records = 0;
};

inline History read_history(const std::string& directory) {
  auto stream = RecordStream::open(directory);
  if (!stream) throw std::runtime_error(stream.error().message);
  History history;
  const auto add = [&](const auto& value) {
    history.bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  LogRecord record;
  while (stream->next(record)) {
    if (record.sequence == 0) continue;
    ++history.records;
    add(record.type);
    add(record.sequence);
    history.bytes += record.instrument_id;
    add(record.timestamp_ns);
    for (const auto value : record.fields) add(value);
    for (const auto value : record.values) add(value);
    for (const auto byte : record.position) add(byte);
    add(record.tick_number.ordinal);
    add(record.tick_number.counted);
    if (record.type == RecordType::kUpdate) {
      history.bytes += record.factor_id;
      add(record.value);
    }
  }
  if (!stream->status()) throw std::runtime_error(stream->status().error().message);
  if (!stream->findings().empty() && stream->corrupt()) {
    throw std::runtime_error("corrupt: " + stream->findings().front().what);
  }
  return history;
}

}  // namespace factorwal::test
