#include "feed/files/rotation.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

namespace fs = std::filesystem;

std::optional<FileStamp> to_stamp(const struct stat& about) {
  if (!S_ISREG(about.st_mode)) return std::nullopt;
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  return FileStamp{about.st_dev, about.st_ino,
                   about.st_mtim.tv_sec * kNanosecondsPerSecond + about.st_mtim.tv_nsec,
                   about.st_size};
}

/// `.1`, `-20260301`, `_2026-03-01.2`: what is put into a name when a file is rotated.
bool is_rotation(std::string_view text) {
  constexpr std::string_view kBetween = ".-_";
  return text.size() > 1 && kBetween.find(text.front()) != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_digit(c) || kBetween.find(c) != std::string_view::npos || c == 'T' || c == ':';
         });
}

std::string_view without_packing(std::string_view name) {
  for (const std::string_view packed : {".gz", ".zst", ".xz", ".bz2"}) {
    if (name.ends_with(packed)) return name.substr(0, name.size() - packed.size());
  }
  return name;
}

bool was_called(std::string_view name, const fs::path& base) {
  if (name != base.native()) name = without_packing(name);
  const std::string& whole = base.native();
  if (name.starts_with(whole)) return is_rotation(name.substr(whole.size()));
  const std::string stem = base.stem().native();
  const std::string ending = base.extension().native();
  if (name.size() <= stem.size() + ending.size()) return false;
  return name.starts_with(stem) && name.ends_with(ending) &&
         is_rotation(name.substr(stem.size(), name.size() - stem.size() - ending.size()));
}

std::vector<std::pair<FileStamp, std::string>> stamped_rotated_files(const std::string& path) {
  const fs::path given = path;
  std::vector<std::pair<FileStamp, std::string>> files;
  std::error_code failed;
  const fs::path folder = given.has_parent_path() ? given.parent_path() : fs::path(".");
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const fs::path& there = entry->path();
    if (!was_called(there.filename().native(), given.filename())) continue;
    const std::string name = given.has_parent_path() ? there.native() : there.filename().native();
    if (const auto stamp = stamp_of(name)) files.emplace_back(*stamp, name);
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.changed_ns, a.second) < std::pair(b.first.changed_ns, b.second);
  });
  return files;
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return to_stamp(about);
}

std::optional<FileStamp> stamp_of(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return std::nullopt;
  return to_stamp(about);
}

bool is_quiet(const FileStamp& file, std::chrono::seconds since) {
  using std::chrono::nanoseconds;
  const nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  const nanoseconds age = now - nanoseconds(file.changed_ns);
  // A file server's clock that is far ahead says nothing.
  return age >= since || age < std::chrono::minutes(-1);
}

std::vector<std::string> rotated_files(const std::string& path) {
  std::vector<std::string> names;
  for (auto& [stamp, name] : stamped_rotated_files(path)) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> rotated_after(const std::string& path, const FileStamp& file) {
  std::vector<std::string> names;
  for (auto& [stamp, name] : stamped_rotated_files(path)) {
    // Not at the same time: packing a file makes another one with the time of the first.
    if (stamp.changed_ns <= file.changed_ns || stamp.same_file(file)) continue;
    const std::string_view unpacked = without_packing(name);
    if (unpacked != name && stamp_of(std::string(unpacked))) continue;
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace factorwal::feed
