#pragma once
/// On what file system a directory lies, from /proc/self/mountinfo.

#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::doctor {

enum class FileSystemKind : std::uint8_t {
  kLocal,    ///< on a block device of this machine
  kMemory,   ///< tmpfs, ramfs: gone with the machine's power
  kOverlay,  ///< a container's layer: gone with the container
  kNetwork,  ///< nfs, smb, fuse and the like: what a sync means is decided elsewhere
};
[[nodiscard]] std::string_view to_string(FileSystemKind kind) noexcept;

struct Mount {
  std::string type;    ///< as the kernel names it; empty when not found
  std::string point;   ///< where it is mounted
  std::string source;  ///< device or server
  std::string options;
  FileSystemKind kind = FileSystemKind::kLocal;

  [[nodiscard]] bool has_option(std::string_view option) const;
};

[[nodiscard]] FileSystemKind classify(std::string_view type);

/// The mount of `path`, which must be absolute and without links, in the text of mountinfo.
[[nodiscard]] Mount find_mount(std::string_view mountinfo, std::string_view path);

}  // namespace factorwal::doctor
