#include "graph/state_records.h"

#include <limits>

#include "base/check.h"
#include "graph/state_identity.h"

namespace factorwal::graph {
namespace {
constexpr std::size_t kHeaderBytes = 16 + 4;
}

void append_state_record(const StateIdentity& identity, IncrementalOperator& op,
                         std::vector<std::byte>& out) {
  for (const std::uint8_t byte : identity.bytes) out.push_back(std::byte{byte});
  const std::size_t length_at = out.size();
  out.resize(out.size() + 4);
  save_state(op, out);
  const std::size_t length = out.size() - length_at - 4;
  FACTORWAL_CHECK(length <= std::numeric_limits<std::uint32_t>::max());
  for (std::size_t i = 0; i < 4; ++i) {
    out[length_at + i] = static_cast<std::byte>(length >> (8 * i) & 0xff);
  }
}

Result<StateRecords> parse_state_records(std::span<const std::byte> bytes) {
  StateRecords records;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at < kHeaderBytes) {
      return Error{Errc::kCorruption,
                   "operator state: header cut short at byte " + std::to_string(at)};
    }
    StateIdentity identity;
    for (std::size_t i = 0; i < 16; ++i) {
      identity.bytes[i] = std::to_integer<std::uint8_t>(bytes[at + i]);
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      length |= std::to_integer<std::size_t>(bytes[at + 16 + i]) << (8 * i);
    }
    if (bytes.size() - at - kHeaderBytes < length) {
      return Error{Errc::kCorruption, "operator state: record at byte " + std::to_string(at) +
                                          " claims " + std::to_string(length) +
                                          " bytes, more than there are"};
    }
    if (!records.emplace(identity, bytes.subspan(at + kHeaderBytes, length)).second) {
      return Error{Errc::kCorruption, "operator state " + to_hex(identity) + " appears twice"};
    }
    at += kHeaderBytes + length;
  }
  return records;
}

}  // namespace factorwal::graph
