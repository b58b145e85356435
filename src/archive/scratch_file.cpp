#include "archive/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace factorwal::archive {
namespace {

Error scratch_error(const char* call, const std::string& directory) {
  const int code = errno;
  return {Errc::kIo,
          std::string(call) + " of a scratch file in " + directory + ": " +
              std::system_category().message(code) +
              (code == ENOSPC ? "; name a directory with more space, or ask for less" : ""),
          code};
}

/// Not all file systems have files without a name.
int open_named_once(const std::string& directory) {
  auto path = directory + "/factorwal-XXXXXX";
  const int number = ::mkostemp(path.data(), O_CLOEXEC);
  if (number >= 0) ::unlink(path.c_str());
  return number;
}

}  // namespace

Result<std::unique_ptr<ScratchFile>> ScratchFile::make(std::string directory) {
  if (directory.empty()) directory = P_tmpdir;
  int number = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (number < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    number = open_named_once(directory);
  if (number < 0) return scratch_error("open", directory);
  return std::unique_ptr<ScratchFile>(new ScratchFile(number, std::move(directory)));
}

ScratchFile::~ScratchFile() { ::close(number_); }

Result<std::uint64_t> ScratchFile::append(std::span<const std::byte> bytes) {
  const auto begin = size_;
  while (!bytes.empty()) {
    const auto written = ::pwrite(number_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return scratch_error("write", directory_);
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return begin;
}

Status ScratchFile::read_at(std::uint64_t offset, std::span<std::byte> target) {
  while (!target.empty()) {
    const auto read = ::pread(number_, target.data(), target.size(), static_cast<off_t>(offset));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return scratch_error("read", directory_);
    if (read == 0)
      return Error{Errc::kIo, "a scratch file in " + directory_ + " ends before what it was given"};
    offset += static_cast<std::uint64_t>(read);
    target = target.subspan(static_cast<std::size_t>(read));
  }
  return {};
}

}  // namespace factorwal::archive
