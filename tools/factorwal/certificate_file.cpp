#include "certificate_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

namespace factorwal::tool {
namespace {

Error not_writable(const std::string& path, int code) {
  return Error{Errc::kIo, fmt::format("{}: cannot be written: {}", path, std::strerror(code)),
               code};
}

/// 0, or the error.
int write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

bool is_file_of(int fd, const struct stat& info) {
  struct stat open {};
  return ::fstat(fd, &open) == 0 && open.st_dev == info.st_dev && open.st_ino == info.st_ino;
}

/// A link stays what it is: what it leads to is replaced.
std::string behind_links(const std::string& path) {
  constexpr int kLinksMax = 40;  // as the kernel
  std::filesystem::path target = path;
  std::error_code failed;
  for (int i = 0; i < kLinksMax && std::filesystem::is_symlink(target, failed); ++i) {
    target = target.parent_path() / std::filesystem::read_symlink(target, failed);
  }
  return target.string();
}

std::string directory_of(const std::string& file) {
  const auto directory = std::filesystem::path(file).parent_path().string();
  return directory.empty() ? "." : directory;
}

int write_in_place(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  const int failed = write_whole(fd, text);
  return ::close(fd) != 0 && failed == 0 ? errno : failed;
}

/// 0, or the error; the file is then as it was. `before`: the one that goes, null if there is none.
int replace(const std::string& file, const struct stat* before, std::string_view text) {
  std::random_device random;
  const auto name = fmt::format(".factorwal-{:08x}{:08x}", random(), random());
  const auto beside = (std::filesystem::path(directory_of(file)) / name).string();
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  int failed = write_whole(fd, text);
  if (failed == 0 && before != nullptr && ::fchmod(fd, before->st_mode & 07777) != 0) {
    failed = errno;
  }
  if (failed == 0 && ::fdatasync(fd) != 0) failed = errno;
  if (::close(fd) != 0 && failed == 0) failed = errno;
  if (failed == 0 && ::rename(beside.c_str(), file.c_str()) != 0) failed = errno;
  if (failed != 0) ::unlink(beside.c_str());
  return failed;
}

/// Of a directory that takes no new files, and of a file that is a mount of its own.
bool forbids_replacing(int code) {
  return code == EACCES || code == EPERM || code == EBUSY || code == EROFS;
}

}  // namespace

Status check_certificate_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return not_writable(path, EISDIR);
    if (::access(path.c_str(), W_OK) != 0) return not_writable(path, errno);
    return {};
  }
  if (errno != ENOENT) return not_writable(path, errno);
  const auto target = behind_links(path);
  if (target.empty() || target.back() == '/') return not_writable(path, ENOENT);
  if (::access(directory_of(target).c_str(), W_OK | X_OK) != 0) return not_writable(path, errno);
  return {};
}

Status write_certificate_file(const std::string& path, std::string_view text) {
  struct stat info {};
  const bool there = ::stat(path.c_str(), &info) == 0;
  int failed = 0;
  // Opened again, a file that standard output goes to would be emptied, and overwritten from its
  // beginning by what comes next.
  if (there && is_file_of(STDOUT_FILENO, info)) {
    failed = write_whole(STDOUT_FILENO, text);
  } else if (there && is_file_of(STDERR_FILENO, info)) {
    failed = write_whole(STDERR_FILENO, text);
  } else if (there && !S_ISREG(info.st_mode)) {
    failed = write_in_place(path, text);
  } else {
    failed = replace(behind_links(path), there ? &info : nullptr, text);
    if (there && forbids_replacing(failed)) failed = write_in_place(path, text);
  }
  return failed == 0 ? Status{} : not_writable(path, failed);
}

}  // namespace factorwal::tool
