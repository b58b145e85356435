#include "graph/state_records.h"

#include <algorithm>

#include "base/check.h"
#include "base/coding.h"
#include "graph/state_identity.h"

namespace factorwal::graph {
namespace {

constexpr std::uint32_t kDoubtBit = std::uint32_t{1} << 31;
constexpr std::size_t kIdentityBytes = sizeof(StateIdentity::bytes);
constexpr std::size_t kDoubtBytes =
    sizeof(Doubt::quality) + sizeof(Doubt::exact_updates) + sizeof(Doubt::since);

Error bad_record(std::size_t at, const std::string& what) {
  return Error{Errc::kCorruption, "operator state: record at byte " + std::to_string(at) + what, 0};
}

}  // namespace

void append_state_record(const StateIdentity& identity, std::span<const std::byte> state,
                         std::vector<std::byte>& out, const Doubt& doubt) {
  FACTORWAL_CHECK(state.size() < kDoubtBit);
  put_bytes(out, std::as_bytes(std::span(identity.bytes)));
  const bool doubtful = doubt.quality != Quality::kExact;
  put(out, static_cast<std::uint32_t>(state.size()) | (doubtful ? kDoubtBit : 0));
  if (doubtful) {
    put(out, doubt.quality);
    put(out, doubt.exact_updates);
    put(out, doubt.since);
  }
  put_bytes(out, state);
}

void append_uncounted_mark(std::vector<std::byte>& out) {
  constexpr StateIdentity kNobody;
  put_bytes(out, std::as_bytes(std::span(kNobody.bytes)));
  put<std::uint32_t>(out, 0);
}

bool has_uncounted_mark(std::span<const std::byte> bytes) noexcept {
  Cursor cursor(bytes);
  bool found = false;
  while (cursor.remaining() > 0) {
    const auto identity = cursor.bytes(kIdentityBytes);
    const auto length = cursor.get<std::uint32_t>();
    if ((length & kDoubtBit) != 0) (void)cursor.bytes(kDoubtBytes);
    (void)cursor.bytes(length & ~kDoubtBit);
    if (!cursor.ok()) return false;
    found |= length == 0 && std::ranges::all_of(identity, [](auto b) { return b == std::byte{0}; });
  }
  return found;
}

Result<StateRecords> parse_state_records(std::span<const std::byte> bytes) {
  StateRecords records;
  Cursor cursor(bytes);
  while (cursor.remaining() > 0) {
    const auto at = bytes.size() - cursor.remaining();
    StateIdentity identity;
    const auto name = cursor.bytes(identity.bytes.size());
    const auto length = cursor.get<std::uint32_t>();
    SavedState saved;
    if ((length & kDoubtBit) != 0) {
      saved.doubt.quality = cursor.get<Quality>();
      saved.doubt.exact_updates = cursor.get<std::uint64_t>();
      saved.doubt.since = cursor.get<Sequence>();
    }
    if (!cursor.ok()) return bad_record(at, " is cut short");
    if (saved.doubt.quality > Quality::kHit) return bad_record(at, " has an unknown quality");
    for (std::size_t i = 0; i < name.size(); ++i) {
      identity.bytes[i] = std::to_integer<std::uint8_t>(name[i]);
    }
    const auto state_bytes = std::size_t{length & ~kDoubtBit};
    if (cursor.remaining() < state_bytes) {
      return bad_record(at,
                        " claims " + std::to_string(state_bytes) + " bytes, more than there are");
    }
    saved.bytes = cursor.bytes(state_bytes);
    if (identity == StateIdentity{} && state_bytes == 0) {
      records.counted = false;
    } else if (!records.states.emplace(identity, saved).second) {
      return bad_record(at, " is the second of operator " + to_hex(identity));
    }
  }
  return records;
}

}  // namespace factorwal::graph
