#pragma once
/// The block device under a file system, as far as the kernel tells.

#include <sys/types.h>

#include <optional>
#include <string>

namespace factorwal::doctor {

struct Disk {
  std::string name;   ///< "nvme0n1"; empty when there is none (memory, network, overlay)
  std::string model;  ///< empty when it is not told
  std::optional<bool> rotational;
  /// The device has a cache that forgets without power: the kernel must flush it at each sync.
  std::optional<bool> volatile_cache;
  /// A disk that another system makes up: what it says of itself need not be true.
  bool is_virtual = false;
};

/// `sys`: where sysfs is mounted.
[[nodiscard]] Disk find_disk(dev_t device, const std::string& sys = "/sys");

}  // namespace factorwal::doctor
