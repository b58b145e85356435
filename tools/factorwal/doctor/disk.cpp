#include "doctor/disk.h"

#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>

namespace factorwal::doctor {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

bool seems_virtual(const std::string& name, const std::string& model) {
  for (const auto* prefix : {"vd", "xvd", "nbd", "loop", "rbd"}) {
    if (name.starts_with(prefix)) return true;
  }
  for (const auto* part :
       {"QEMU", "VBOX", "Virtual", "VMware", "Msft", "Elastic Block", "Persistent"}) {
    if (model.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Disk find_disk(dev_t device, const std::string& sys) {
  Disk disk;
  std::error_code error;
  const auto link = fs::path(sys) / "dev/block" /
                    (std::to_string(major(device)) + ":" + std::to_string(minor(device)));
  auto place = fs::canonical(link, error);
  if (error) return disk;
  // A partition has neither queue nor model: they are the whole disk's.
  if (fs::exists(place / "partition", error)) place = place.parent_path();
  disk.name = place.filename();
  disk.model = first_line(place / "device/model");
  if (const auto flag = first_line(place / "queue/rotational"); !flag.empty()) {
    disk.rotational = flag == "1";
  }
  if (const auto cache = first_line(place / "queue/write_cache"); !cache.empty()) {
    disk.volatile_cache = cache == "write back";
  }
  disk.is_virtual = seems_virtual(disk.name, disk.model);
  return disk;
}

}  // namespace factorwal::doctor
