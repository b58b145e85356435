#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/fork_guard.h"
#include "base/posix/descriptors.h"
#include "base/posix/lock_file.h"
#include "base/posix/new_file.h"
#include "base/posix/space.h"

namespace factorwal {
namespace posix {
namespace {

class PosixFile final : public File {
 public:
  /// `size_allowed`: a size that the process's limit was seen to allow.
  PosixFile(int fd, std::string path, std::uint64_t size_allowed = 0)
      : fd_(fd), path_(std::move(path)), size_allowed_(size_allowed) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target) override {
    const NoCancellation whole;
    std::size_t done = 0;
    while (done < target.size()) {
      const auto count = ::pread(fd_.get(), target.data() + done, target.size() - done,
                                 static_cast<off_t>(offset + done));
      if (count < 0) {
        if (errno == EINTR) continue;
        return os_error("read", path_, errno);
      }
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Status write_at(std::uint64_t offset, ByteView bytes) override {
    const NoCancellation whole;
    const auto end = offset + bytes.size();
    if (end > size_allowed_ && exceeds_file_size_limit(end)) {
      return os_error("write", path_, EFBIG);
    }
    while (!bytes.empty()) {
      const auto count =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0) {
        if (errno == EINTR) continue;
        return os_error("write", path_, errno);
      }
      if (count == 0) return os_error("write", path_, EIO);  // would never end
      offset += static_cast<std::uint64_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  Status sync() override {
    const NoCancellation whole;
    // EINTR is a failure here too: what reached the device is unknown.
    if (::fdatasync(fd_.get()) != 0) return os_error("fdatasync", path_, errno);
    // A file that was deleted takes writes and syncs until it is closed, and is gone then.
    const auto named = has_name();
    if (!named) return named.error();
    return *named ? Status{} : os_error("fdatasync (the file was deleted)", path_, ENOENT);
  }

  Result<std::uint64_t> size() override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return os_error("stat", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Status allocate(std::uint64_t offset, std::uint64_t bytes) override {
    return allocate_space(fd_.get(), path_, offset, bytes);
  }
  Status discard(std::uint64_t offset, std::uint64_t bytes) override {
    return discard_space(fd_.get(), path_, offset, bytes);
  }
  Result<bool> has_name() override { return is_linked(fd_.get(), path_); }

 private:
  Descriptor fd_;
  std::string path_;
  const std::uint64_t size_allowed_;
};

class PosixMapping final : public MappedFile {
 public:
  PosixMapping(int fd, std::string path, std::span<std::byte> bytes)
      : fd_(fd), path_(std::move(path)), bytes_(bytes) {
    close_in_child(fd);
  }
  ~PosixMapping() override {
    // A child has nothing there, or something of its own.
    if (guard_.forked()) {
      fd_.release();
      return;
    }
    ::munmap(bytes_.data(), bytes_.size());
    forget_in_child(fd_.get());
  }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept override { return bytes_; }
  Status allocate(std::uint64_t offset, std::uint64_t bytes) override {
    if (auto done = require_memory(path_, bytes); !done) return done;
    auto done = allocate_space(fd_.get(), path_, offset, bytes);
    if (done) populate(bytes_.subspan(offset, bytes));
    return done;
  }
  Status discard(std::uint64_t offset, std::uint64_t bytes) override {
    return discard_space(fd_.get(), path_, offset, bytes);
  }
  Result<bool> has_name() override { return is_linked(fd_.get(), path_); }

 private:
  ForkGuard guard_;
  Descriptor fd_;
  std::string path_;
  std::span<std::byte> bytes_;
};

// None of its calls is a cancellation point of `pthread_cancel`: a thread that ended in one would
// unwind through destructors and `catch (...)`, which end the process.
class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open_read(const std::string& path) override {
    const NoCancellation whole;
    return open_file(path, O_RDONLY, "open");
  }

  Result<std::unique_ptr<File>> create(const std::string& path) override {
    const NoCancellation whole;
    return open_file(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, "create");
  }

  Status make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) == 0) return {};
    if (errno == EEXIST) {
      struct stat info {};
      if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
      return os_error("make directory", path, ENOTDIR);
    }
    return os_error("make directory", path, errno);
  }

  Status rename(const std::string& source, const std::string& target) override {
    if (::rename(source.c_str(), target.c_str()) != 0) return os_error("rename to", target, errno);
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return os_error("remove", path, errno);
    return {};
  }

  Status sync_directory(const std::string& path) override {
    const NoCancellation whole;
    const Descriptor fd(open_retrying(path, O_RDONLY | O_DIRECTORY));
    if (fd.get() < 0) return os_error("open directory", path, errno);
    if (::fsync(fd.get()) != 0) return os_error("fsync directory", path, errno);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    const NoCancellation whole;
    const int fd = open_retrying(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return os_error("list", path, errno);
    DIR* directory = ::fdopendir(fd);
    if (directory == nullptr) {
      const int failed = errno;
      ::close(fd);
      return os_error("list", path, failed);
    }
    std::vector<std::string> names;
    errno = 0;
    // readdir is safe on a stream of one's own.
    while (const auto* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int code = errno;
    ::closedir(directory);
    if (code != 0) return os_error("list", path, code);
    return names;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT) return false;
    return os_error("stat", path, errno);
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    return take_lock_file(path);
  }

  Result<std::int64_t> lock_holder(const std::string& path) override {
    return holder_of_lock_file(path);
  }

  Result<std::unique_ptr<MappedFile>> map_new(const std::string& path,
                                              const NewFile& made) override {
    const NoCancellation whole;
    if (auto done = require_memory(path, made.allocated); !done) return done.error();
    auto fd = make_new_file(path, made);
    if (!fd) return fd.error();
    auto mapping = map_all(*fd, path, made.bytes);
    if (!mapping) {
      ::close(*fd);
      ::unlink(path.c_str());
      return mapping;
    }
    populate((*mapping)->bytes().first(made.allocated));
    return mapping;
  }

  Result<std::unique_ptr<File>> create_new(const std::string& path, const NewFile& made) override {
    const NoCancellation whole;
    const auto fd = make_new_file(path, made);
    if (!fd) return fd.error();
    return std::unique_ptr<File>(std::make_unique<PosixFile>(*fd, path, made.bytes));
  }

  Result<FileId> file_id(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return os_error("stat", path, errno);
    return FileId{info.st_dev, info.st_ino, birth_ns(path, info.st_ino)};
  }

  std::string absolute_path(const std::string& path) override {
    const NoCancellation whole;
    std::error_code failed;
    auto found = std::filesystem::canonical(path, failed);
    if (!failed) return found.string();
    found = std::filesystem::absolute(path, failed);
    return failed ? path : found.lexically_normal().string();
  }

  // The kernel grants a read lease on a file only while nobody has it open for writing, and a
  // shared mapping keeps the file open, whoever has closed the descriptor. A lock or a pid would be
  // asked more easily, but a ring holds neither, and a pid means nothing in another container. The
  // lease is given back at once: nobody opens a ring for writing a second time, so it delays
  // nobody.
  std::optional<bool> has_writer(const std::string& path) override {
    const NoCancellation whole;
    // What is no regular file has no leases, and a FIFO is not waited for.
    const Descriptor fd(open_retrying(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (fd.get() < 0) return std::nullopt;
    if (::fcntl(fd.get(), F_SETLEASE, F_RDLCK) == 0) {
      ::fcntl(fd.get(), F_SETLEASE, F_UNLCK);
      return false;
    }
    return errno == EAGAIN ? std::optional(true) : std::nullopt;
  }

  Result<std::uint64_t> free_space(const std::string& path) override {
    struct statvfs info {};
    int failed = 0;
    do {
      failed = ::statvfs(path.c_str(), &info);
    } while (failed != 0 && errno == EINTR);
    if (failed != 0) return os_error("look for free space in", path, errno);
    return std::uint64_t{info.f_bavail} * info.f_frsize;
  }

  Result<BootId> boot_id() override {
    const NoCancellation whole;
    const std::string path = "/proc/sys/kernel/random/boot_id";
    const Descriptor fd(open_retrying(path, O_RDONLY));
    if (fd.get() < 0) {
      auto failed = os_error("open", path, errno);
      failed.code = Errc::kIo;
      failed.message += "; /proc is needed, also in a chroot: it tells one boot from the next";
      return failed;
    }
    char text[64] = {};
    const auto count = ::read(fd.get(), text, sizeof text);
    if (count < 0) return os_error("read", path, errno);
    BootId id{};
    std::size_t digit = 0;
    for (const char c : std::string_view(text, static_cast<std::size_t>(count))) {
      const auto value = hex_digit(c);
      if (value < 0) continue;
      if (digit == 2 * id.size()) break;
      id[digit / 2] |= static_cast<std::byte>(digit % 2 == 0 ? value << 4 : value);
      ++digit;
    }
    if (digit != 2 * id.size()) return os_error("read", path, EINVAL);
    return id;
  }

  [[nodiscard]] std::string memory_directory() const override { return "/dev/shm"; }

 private:
  static Result<std::unique_ptr<MappedFile>> map_all(int fd, const std::string& path,
                                                     std::uint64_t bytes) {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return os_error("map", path, errno);
    if (::madvise(at, bytes, MADV_DONTFORK) != 0) {
      const int failed = errno;
      ::munmap(at, bytes);
      return os_error("map", path, failed);
    }
    return std::unique_ptr<MappedFile>(std::make_unique<PosixMapping>(
        fd, path, std::span(static_cast<std::byte*>(at), static_cast<std::size_t>(bytes))));
  }
  // Best effort: without it two directories are told apart by their inodes alone.
  static std::int64_t birth_ns(const std::string& path, std::uint64_t inode) {
    struct statx info {};
    const bool found = ::statx(AT_FDCWD, path.c_str(), 0, STATX_INO | STATX_BTIME, &info) == 0 &&
                       (info.stx_mask & STATX_BTIME) != 0 && info.stx_ino == inode;
    return found ? info.stx_btime.tv_sec * 1'000'000'000 + info.stx_btime.tv_nsec : 0;
  }
  static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  }
  static Result<std::unique_ptr<File>> open_file(const std::string& path, int flags,
                                                 std::string_view operation) {
    const auto fd = open_regular(operation, path, flags);
    if (!fd) return fd.error();
    return std::unique_ptr<File>(std::make_unique<PosixFile>(*fd, path));
  }
};

}  // namespace
}  // namespace posix

// Never destroyed: static objects of the program may use it in their destructors.
FileSystem& posix_file_system() {
  static auto& instance = *new posix::PosixFileSystem;
  return instance;
}

}  // namespace factorwal
