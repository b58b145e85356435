#pragma once
/// Small file systems of a test's own. The mounts are in a namespace of this process and are gone
/// with it, however it ends. Where that is not permitted (not root), tests skip and say so.

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace factorwal::test {

/// Empty when mounts can be made; otherwise why not. Before this process's first thread: only those
/// made later are in the namespace.
inline const std::string& no_private_mounts() {
  static const std::string why = [] {
    if (::unshare(CLONE_NEWNS) == 0 &&
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) {
      return std::string();
    }
    return "no private mounts here: " + std::string(std::strerror(errno));
  }();
  return why;
}

#define FACTORWAL_NEEDS_MOUNTS() \
  if (!no_private_mounts().empty()) GTEST_SKIP() << no_private_mounts()

/// A file system in memory, of a size that can be changed.
class SmallDisk {
 public:
  SmallDisk(std::string point, const std::string& size) : point_(std::move(point)) {
    made_ = ::mount("tmpfs", point_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (made_) ::umount2(point_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] bool resize(const std::string& size) const {
    return ::mount("tmpfs", point_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()) == 0;
  }

 private:
  std::string point_;
  bool made_ = false;
};

/// A directory in which nothing can be made or changed any more; files that are open already go on.
/// A file system that is written to cannot be mounted read-only by hand: this is a second,
/// read-only mount of the directory over itself.
class ReadOnly {
 public:
  explicit ReadOnly(std::string directory) : directory_(std::move(directory)) {
    const auto* at = directory_.c_str();
    made_ = ::mount(at, at, nullptr, MS_BIND, nullptr) == 0 &&
            ::mount(nullptr, at, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
  }
  ~ReadOnly() {
    if (made_) ::umount2(directory_.c_str(), MNT_DETACH);
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;
  [[nodiscard]] bool made() const { return made_; }

 private:
  std::string directory_;
  bool made_ = false;
};

}  // namespace factorwal::test
