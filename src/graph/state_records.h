#pragma once
/// The form in which states of several operators lie one after another: 16 bytes StateIdentity, u32
/// little-endian length, state. The length's highest bit says that the state is in doubt; u8
/// quality, u64 exact updates and u64 sequence then come before it. A record of the identity of
/// zeros and of no state is a mark: nobody knows how many ticks there were.

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "factorwal/factor_set.h"
#include "factorwal/result.h"
#include "graph/doubt.h"

namespace factorwal::graph {

void append_state_record(const StateIdentity& identity, std::span<const std::byte> state,
                         std::vector<std::byte>& out, const Doubt& doubt = {});

struct SavedState {
  std::span<const std::byte> bytes;
  Doubt doubt;
};

struct StateRecords {
  std::map<StateIdentity, SavedState> states;
  bool counted = true;  ///< the mark is not there
};

void append_uncounted_mark(std::vector<std::byte>& out);
/// Whether the mark is there. Bytes that are no records have none.
[[nodiscard]] bool has_uncounted_mark(std::span<const std::byte> bytes) noexcept;

/// The records by identity; they point into `bytes`. kCorruption when a record is cut short or
/// an identity appears twice.
[[nodiscard]] Result<StateRecords> parse_state_records(std::span<const std::byte> bytes);

}  // namespace factorwal::graph
