#pragma once
/// What tells the handles of one open log from those of any other.

#include <cstdint>

namespace factorwal::wal {

/// Never 0, and never the same twice in a process. Another process has others, but for a chance of
/// one in four thousand million. Nothing of it is written: it depends on no file, and no
/// simulation.
[[nodiscard]] std::uint32_t next_open_tag() noexcept;

}  // namespace factorwal::wal
