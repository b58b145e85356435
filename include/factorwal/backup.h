#pragma once
/// \file
/// Copies the log of a directory into a new one, also while somebody writes to it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal {

struct BackupReport {
  std::array<std::byte, 16> source{};
  std::array<std::byte, 16> target{};  ///< another one: the two are never taken for each other
  bool source_clean = true;            ///< the last writer had closed it in order
  std::int64_t writer_pid = 0;         ///< who wrote to it meanwhile; 0: nobody
  std::size_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  Sequence first_sequence = 0;  ///< 0 when the log holds no record
  Sequence last_sequence = 0;
  /// Torn and undecidable bytes behind the source's end. They are not copied.
  std::vector<Finding> left_out;
};

/// Called now and then; false gives the backup up.
using BackupProgress = std::function<bool(std::uint64_t done_bytes, std::uint64_t all_bytes)>;

/// Copies what the log of `source` holds now, everything durable included, to `target`, which is
/// made, or must be empty. Every checksum and sequence is checked on the way. The copy is a log
/// that was closed in order, and durable on return; its segments end where their frames do. Takes
/// no lock on the source, and holds few of its files open at a time: where retention cuts some
/// before their turn, the copy is one of what the log holds by then. kAlreadyExists: the target
/// holds something. kCorruption: the source is damaged. kTimeout: `progress` gave up. After any
/// failure, a kill or a power failure the target does not open.
[[nodiscard]] FACTORWAL_EXPORT Result<BackupReport> back_up(const std::string& source,
                                                            const std::string& target,
                                                            const BackupProgress& progress = {});

}  // namespace factorwal
