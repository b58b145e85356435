#pragma once
/// Sections that describe a log directory, and the directory that they make.

#include "base/coding.h"
#include "support/memory_file_system.h"

namespace factorwal::fuzz {

/// Segments are numbered in the order of their sections.
enum class LogSection : std::uint8_t {
  kManifest = 0,     ///< what a manifest's checksum covers; sealed
  kSegment = 1,      ///< what a header's checksum covers, up to its end; sealed, begins a segment
  kFrame = 2,        ///< a frame from its length on; length and checksum are put right
  kRaw = 3,          ///< bytes as they are
  kZeros = 4,        ///< u16: so many zeros
  kFlips = 5,        ///< in the segment so far, below no seal
  kWrite = 6,        ///< the directory is opened for writing as well
  kRawManifest = 7,  ///< the whole file as it is
  kNoPadding = 8,    ///< segments end where their sections do
};

inline constexpr const char* kLogDirectory = "/data";

/// True when the directory is to be opened for writing.
[[nodiscard]] bool make_log(ByteView input, test::MemoryFileSystem& files);
/// The sections of a directory. Unused space of segments is cut to some bytes.
[[nodiscard]] Bytes describe_log(test::MemoryFileSystem& files, bool write);

}  // namespace factorwal::fuzz
