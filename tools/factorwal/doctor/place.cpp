#include "doctor/place.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace factorwal::doctor {

namespace fs = std::filesystem;

Result<std::string> place_of(const std::string& directory, bool& exists) {
  if (directory.empty()) {
    return Error{Errc::kInvalidArgument, "the data directory has no name", 0};
  }
  std::error_code error;
  const auto whole = fs::canonical(directory, error);
  exists = !error;
  const auto around = fs::absolute(directory, error).parent_path();
  const auto place = exists ? whole : fs::canonical(around, error);
  if (error) {
    return Error{Errc::kNotFound, directory + ": neither it nor its parent directory is there", 0};
  }
  if (!fs::is_directory(place, error)) {
    return Error{Errc::kInvalidArgument, directory + ": is not a directory", 0};
  }
  return place.string();
}

std::string read_mountinfo() {
  std::ifstream file("/proc/self/mountinfo");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace factorwal::doctor
