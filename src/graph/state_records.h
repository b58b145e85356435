#pragma once
/// The form in which states of several operators lie one after another:
/// 16 bytes StateIdentity, u32 little-endian length, state.

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "factorwal/factor_set.h"
#include "factorwal/operator.h"
#include "factorwal/result.h"

namespace factorwal::graph {

void append_state_record(const StateIdentity& identity, IncrementalOperator& op,
                         std::vector<std::byte>& out);

using StateRecords = std::map<StateIdentity, std::span<const std::byte>>;

/// The records by identity; they point into `bytes`. kCorruption when a record is cut short or
/// an identity appears twice.
[[nodiscard]] Result<StateRecords> parse_state_records(std::span<const std::byte> bytes);

}  // namespace factorwal::graph
