#pragma once
/// Space of files, on disks and in memory.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "factorwal/result.h"

namespace factorwal::posix {

/// A write beyond the process's limit on the size of files raises SIGXFSZ, which ends the process
/// unless somebody has thought of it. This library writes on its own threads, where that signal is
/// blocked and the system only fails; and, in an open and a close, on the caller's: it does not
/// write there at all, and fails as the system would.
[[nodiscard]] bool exceeds_file_size_limit(std::uint64_t end);

/// Whether the file has a name still.
[[nodiscard]] Result<bool> is_linked(int fd, const std::string& path);

[[nodiscard]] Status allocate_space(int fd, const std::string& path, std::uint64_t offset,
                                    std::uint64_t bytes);
/// What is there reads as zeros, and takes no space.
[[nodiscard]] Status discard_space(int fd, const std::string& path, std::uint64_t offset,
                                   std::uint64_t bytes);

/// Shared memory is allocated whether or not there is memory for it: the system then ends programs,
/// this one and others, and the file stays. Half of what there is may be taken at once.
[[nodiscard]] Status require_memory(const std::string& path, std::uint64_t bytes);

// Faults come now rather than one by one in sends; where the kernel is too old for it, then.
void populate(std::span<std::byte> bytes);

}  // namespace factorwal::posix
