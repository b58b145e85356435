#pragma once
/// Where `run` puts the recovery certificate. A file holds what it held until it is replaced as a
/// whole. What is no file (a device, a pipe), and standard output or error, is written to.

#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::tool {

/// Whether it can be written, as far as that can be told without touching it.
[[nodiscard]] Status check_certificate_file(const std::string& path);
/// Waits for the reader of a FIFO.
[[nodiscard]] Status write_certificate_file(const std::string& path, std::string_view text);

}  // namespace factorwal::tool
