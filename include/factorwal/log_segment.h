#pragma once
/// \file
/// A file of a log, as a look at its directory has found it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "factorwal/types.h"

namespace factorwal {

/// Where a generation of snapshots begins: whoever reads on from there meets all its states.
struct GenerationStart {
  std::uint64_t segment = 0;  ///< its number; 0: there is no such generation
  std::uint64_t offset = 0;   ///< in that file. Bytes
  Sequence sequence = 0;      ///< of the next record there
};

struct LogSegment {
  std::uint64_t number = 0;  ///< counts up in a directory; the file is named after it
  std::string path;
  std::array<std::byte, 16> identity{};  ///< random: no other segment of any directory has it
  bool missing = false;                  ///< the manifest names it, and its file is not there
  bool header_ok = false;  ///< otherwise what the header says is not known: what is marked * is 0

  std::uint64_t epoch = 0;      ///< * which open for writing made it
  std::int64_t created_ns = 0;  ///< * when: the wall clock
  /// * That its first record has, or would have.
  Sequence first_sequence = 0;
  /// Of its last record: the one before its successor's first, or the last of the log. Below
  /// `first_sequence` where it holds none; 0 where that is not known.
  Sequence last_sequence = 0;

  std::uint64_t end = 0;   ///< its frames end here. Bytes
  bool end_known = false;  ///< its successor, or an orderly close, says so; else found by reading
  std::uint64_t file_bytes = 0;       ///< of which those behind `end` hold nothing
  std::uint64_t allocated_bytes = 0;  ///< as it was made; what retention counts

  GenerationStart last_generation;    ///< * of the last complete generation when it was begun
  GenerationStart generation_before;  ///< * and of the one before that
};

}  // namespace factorwal
