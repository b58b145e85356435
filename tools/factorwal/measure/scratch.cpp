#include "measure/scratch.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "doctor/place.h"

namespace factorwal::measure {
namespace {

namespace fs = std::filesystem;

Error failed(const std::string& operation) {
  const int code = errno;
  return Error{Errc::kIo, operation + ": " + std::generic_category().message(code), code};
}

bool on_one_file_system(const fs::path& one, const fs::path& other) {
  struct stat a {};
  struct stat b {};
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev;
}

bool is_data_directory(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "MANIFEST", ignored);
}

}  // namespace

Result<std::string> scratch_parent(const std::string& directory) {
  bool exists = false;
  auto place = doctor::place_of(directory, exists);
  if (!place || !is_data_directory(*place)) return place;
  const auto beside = fs::path(*place).parent_path();
  const bool fits =
      on_one_file_system(*place, beside) && ::access(beside.c_str(), W_OK | X_OK) == 0;
  return fits ? beside.string() : *place;
}

Result<Scratch> Scratch::make(const std::string& parent, std::uint64_t bytes) {
  struct statvfs info {};
  if (::statvfs(parent.c_str(), &info) != 0) return failed("look at " + parent);
  const auto free = std::uint64_t{info.f_bavail} * info.f_frsize;
  if (free < bytes) {
    return Error{Errc::kIo,
                 fmt::format("{}: {} MiB free, and measuring takes up to {} MiB; a smaller "
                             "--seconds takes less, or use another --data",
                             parent, free >> 20, bytes >> 20),
                 ENOSPC};
  }
  auto path = parent + "/factorwal-bench-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return failed("make a folder in " + parent);
  return Scratch(std::move(path));
}

Scratch::Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}

Scratch::~Scratch() {
  if (!path_.empty()) remove_folder(path_);
}

std::string Scratch::path(const std::string& name) const { return path_ + "/" + name; }

void remove_folder(const std::string& path) noexcept {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace factorwal::measure
