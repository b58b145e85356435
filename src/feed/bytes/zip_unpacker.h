#pragma once
/// \file
/// Unpacks the one member of a zip archive.

#include <memory>
#include <string_view>

#include "factorwal/result.h"
#include "feed/bytes/byte_layer.h"
#include "feed/bytes/file_bytes.h"

namespace factorwal::feed {

[[nodiscard]] bool is_zip(std::string_view head) noexcept;

/// The directory of a zip is at its end, so that a pipe is kInvalidArgument; so are several members
/// (folders, and what macOS puts beside, do not count), none, and one that is encrypted or packed
/// otherwise than by deflate. `file` outlives it.
[[nodiscard]] Result<std::unique_ptr<ByteLayer>> open_zip(const FileBytes& file);

}  // namespace factorwal::feed
