#include "doctor/mount.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

namespace factorwal::doctor {
namespace {

/// The kernel writes blank, tab, line end and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i + 1, 3);
    const bool octal = text[i] == '\\' && digits.size() == 3 &&
                       digits.find_first_not_of("01234567") == std::string_view::npos;
    if (!octal) {
      out += text[i];
      continue;
    }
    out += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
    i += 3;
  }
  return out;
}

bool holds(std::string_view point, std::string_view path) {
  if (point == "/") return true;
  return path.starts_with(point) && (path.size() == point.size() || path[point.size()] == '/');
}

}  // namespace

std::string_view to_string(FileSystemKind kind) noexcept {
  switch (kind) {
    case FileSystemKind::kLocal: return "local";
    case FileSystemKind::kMemory: return "memory";
    case FileSystemKind::kOverlay: return "overlay";
    case FileSystemKind::kNetwork: return "network";
  }
  return "?";
}

FileSystemKind classify(std::string_view type) {
  constexpr std::array<std::string_view, 2> kMemory{"tmpfs", "ramfs"};
  constexpr std::array<std::string_view, 2> kOverlay{"overlay", "aufs"};
  constexpr std::array<std::string_view, 14> kNetwork{
      "nfs",  "nfs4", "cifs", "smb3",   "smbfs", "9p",   "virtiofs",
      "ceph", "afs",  "coda", "lustre", "gfs2",  "gpfs", "beegfs"};
  const auto among = [type](const auto& list) {
    return std::find(list.begin(), list.end(), type) != list.end();
  };
  if (among(kMemory)) return FileSystemKind::kMemory;
  if (among(kOverlay)) return FileSystemKind::kOverlay;
  // fuseblk is a local disk behind a program; that program decides what a sync does.
  if (among(kNetwork) || type.starts_with("fuse")) return FileSystemKind::kNetwork;
  return FileSystemKind::kLocal;
}

bool Mount::has_option(std::string_view option) const {
  std::istringstream list(options);
  for (std::string one; std::getline(list, one, ',');) {
    if (one == option) return true;
  }
  return false;
}

// 25 24 0:23 / /dev/shm rw,relatime shared:3 - tmpfs tmpfs rw,size=24684084k
Mount find_mount(std::string_view mountinfo, std::string_view path) {
  Mount found;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> part;
    for (std::string word; words >> word;) part.push_back(std::move(word));
    const auto dash = std::find(part.begin(), part.end(), "-");
    if (dash - part.begin() < 6 || part.end() - dash < 3) continue;
    auto point = unescape(part[4]);
    // Of two mounts on one point the later one is on top.
    if (!holds(point, path) || point.size() < found.point.size()) continue;
    found.point = std::move(point);
    found.type = dash[1];
    found.source = unescape(dash[2]);
    found.options = part[5];
    if (part.end() - dash > 3) found.options += "," + dash[3];
  }
  found.kind = classify(found.type);
  return found;
}

}  // namespace factorwal::doctor
