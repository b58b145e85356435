#pragma once
/// Real file systems of a test's own that can be unmounted and come back under another device
/// number: on a file through a loop device, or an overlay of two directories.

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "crash/private_mounts.h"
#include "support/process.h"

namespace factorwal::test {

/// A program in one of the usual places; empty when it is not installed.
inline std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string places = path != nullptr ? path : "";
  places += ":/usr/sbin:/sbin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= places.size();) {
    const auto end = std::min(places.find(':', begin), places.size());
    auto found = places.substr(begin, end - begin) + "/" + name;
    if (end > begin && ::access(found.c_str(), X_OK) == 0) return found;
    begin = end + 1;
  }
  return {};
}

/// Runs a program to its end; true when it is there and says that all went well.
inline bool run_program(std::vector<std::string> command) {
  command[0] = find_program(command[0]);
  if (command[0].empty()) return false;
  return Process(command, "/dev/null", "/dev/null").wait() == 0;
}

/// Unmounts whatever is mounted at its point when it goes.
class PrivateDisk {
 public:
  explicit PrivateDisk(std::string point) : point_(std::move(point)) {
    std::filesystem::create_directories(point_);
  }
  virtual ~PrivateDisk() { unmount(); }
  PrivateDisk(const PrivateDisk&) = delete;
  PrivateDisk& operator=(const PrivateDisk&) = delete;

  bool mount() {
    mounted_ = mount_at(point_);
    return mounted_;
  }
  bool unmount() {
    if (!mounted_) return true;
    mounted_ = false;
    return ::umount2(point_.c_str(), 0) == 0;
  }
  [[nodiscard]] const std::string& point() const { return point_; }
  [[nodiscard]] dev_t device() const {
    struct stat info {};
    return ::stat(point_.c_str(), &info) == 0 ? info.st_dev : 0;
  }

 protected:
  virtual bool mount_at(const std::string& point) = 0;

 private:
  const std::string point_;
  bool mounted_ = false;
};

/// `mount -o loop`: the loop device goes with the mount, however this process ends.
class ImageDisk final : public PrivateDisk {
 public:
  ImageDisk(std::string image, std::string point)
      : PrivateDisk(std::move(point)), image_(std::move(image)) {}
  /// Makes the image and a file system in it.
  bool format(const std::string& type) {
    const std::uintmax_t bytes = type == "ext4" ? 48U << 20 : 400U << 20;
    { const std::ofstream made(image_); }
    std::filesystem::resize_file(image_, bytes);  // sparse
    return run_program({"mkfs." + type, "-q", image_});
  }

 private:
  bool mount_at(const std::string& point) override {
    // `nouuid`: xfs otherwise refuses the copy of a file system that is mounted.
    return run_program({"mount", "-o", "loop", image_, point}) ||
           run_program({"mount", "-o", "loop,nouuid", image_, point});
  }

  const std::string image_;
};

/// As a container's root: each mount has a device number of its own.
class OverlayDisk final : public PrivateDisk {
 public:
  OverlayDisk(const std::string& folder, std::string point)
      : PrivateDisk(std::move(point)), folder_(folder) {
    for (const auto* part : {"/lower", "/upper", "/work"}) {
      std::filesystem::create_directories(folder + part);
    }
  }

 private:
  bool mount_at(const std::string& point) override {
    const auto options = "lowerdir=" + folder_ + "/lower,upperdir=" + folder_ +
                         "/upper,workdir=" + folder_ + "/work";
    return ::mount("overlay", point.c_str(), "overlay", 0, options.c_str()) == 0;
  }

  const std::string folder_;
};

}  // namespace factorwal::test
