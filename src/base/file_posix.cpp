#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/fork_guard.h"
#include "base/no_cancellation.h"
#include "base/quiet_thread.h"

namespace factorwal {
namespace {

/// What the system's own words leave open: whose limit it was.
std::string_view hint(int code) {
  switch (code) {
    case EMFILE: return " (the process's limit: ulimit -n)";
    case EFBIG: return " (the process's limit: ulimit -f; or the file system's)";
    default: return {};
  }
}

Error os_error(std::string_view operation, const std::string& path, int code) {
  std::string message(operation);
  message += ' ';
  message += path;
  message += ": ";
  message += std::generic_category().message(code);
  message += hint(code);
  return Error{code == ENOENT ? Errc::kNotFound : Errc::kIo, std::move(message), code};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    const NoCancellation whole;
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  void release() noexcept { fd_ = -1; }

 private:
  int fd_;
};

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

/// Where a program runs without standard input, output or error, the next file gets their number,
/// and what anybody prints goes into it. While this lives, what is opened gets a higher one.
class StandardDescriptors {
 public:
  StandardDescriptors() noexcept {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
      if (::fcntl(fd, F_GETFD) >= 0) continue;
      // Neither read nor written: for others the number stays as good as closed.
      const int held = ::open("/", O_PATH | O_CLOEXEC);
      if (held < 0) return;
      if (held <= STDERR_FILENO) {
        held_[static_cast<std::size_t>(held)] = true;
      } else {
        ::close(held);  // another thread took the number meanwhile
      }
    }
  }
  ~StandardDescriptors() {
    const int kept = errno;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
      if (held_[static_cast<std::size_t>(fd)]) ::close(fd);
    }
    errno = kept;
  }
  StandardDescriptors(const StandardDescriptors&) = delete;
  StandardDescriptors& operator=(const StandardDescriptors&) = delete;

 private:
  std::array<bool, 3> held_{};
};

/// The same file under a number above the standard ones, should another thread have closed one of
/// those while it was opened.
int above_standard(int fd) noexcept {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int failed = errno;
  ::close(fd);
  errno = failed;
  return higher;
}

/// Every descriptor of the library is made here.
int open_retrying(const std::string& path, int flags, mode_t mode = 0644) {
  const StandardDescriptors standard;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return above_standard(fd);
}

/// Who may read a new file besides its owner: those who may list a directory. The kernel takes the
/// process's umask from `mode`.
struct Access {
  mode_t mode = 0600;
  std::optional<gid_t> group;
};

Access access_of(const std::string& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0) return {};
  return {static_cast<mode_t>(0600 | (info.st_mode & 0044)), info.st_gid};
}

/// Gives a file that was opened with `access.mode` to the directory's group. Where that is not
/// permitted, its group is anybody's: it may read what others may.
void set_group(int fd, const Access& access) {
  struct stat info {};
  if (!access.group || ::fstat(fd, &info) != 0 || info.st_gid == *access.group) return;
  if (::fchown(fd, static_cast<uid_t>(-1), *access.group) == 0) return;
  const auto others = static_cast<mode_t>((info.st_mode & 0004) << 3);
  (void)::fchmod(fd, (info.st_mode & 07707) | others);
}

/// A file of a data directory, or of its rings. Anybody may have put something else in its place:
/// an open must not wait for the other end of a FIFO, nor take what a device gives for what was
/// written.
Result<int> open_regular(std::string_view operation, const std::string& path, int flags) {
  const auto access = (flags & O_CREAT) != 0 ? access_of(parent_of(path)) : Access{};
  // O_NONBLOCK has no meaning for regular files.
  const int fd = open_retrying(path, flags | O_NONBLOCK, access.mode);
  // A socket cannot be opened, nor a device without a driver, nor a directory for writing, nor a
  // link that is not to be followed, or leads round in a circle.
  if (fd < 0 && errno != ENXIO && errno != ENODEV && errno != EISDIR && errno != ELOOP) {
    return os_error(operation, path, errno);
  }
  struct stat info {};
  if (fd >= 0 && ::fstat(fd, &info) != 0) {
    const int failed = errno;
    ::close(fd);
    return os_error("stat", path, failed);
  }
  if (fd >= 0 && S_ISREG(info.st_mode)) {
    if (info.st_size == 0) set_group(fd, access);
    return fd;
  }
  if (fd >= 0) ::close(fd);
  return Error{Errc::kCorruption, path + ": not a regular file", 0};
}

/// A write beyond the process's limit on the size of files raises SIGXFSZ, which ends the process
/// unless somebody has thought of it. This library writes on its own threads, where that signal is
/// blocked and the system only fails; and, in an open and a close, on the caller's: it does not
/// write there at all, and fails as the system would.
bool exceeds_file_size_limit(std::uint64_t end) {
  if (thread_is_quiet) return false;
  struct rlimit limit {};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
         end > limit.rlim_cur;
}

/// The link count alone: to ask for the time of modification as well makes some file systems write
/// it at the next change, and a sync then has an inode more to write.
Result<bool> is_linked(int fd, const std::string& path) {
  struct statx links {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_NLINK, &links) == 0 &&
      (links.stx_mask & STATX_NLINK) != 0) {
    return links.stx_nlink > 0;
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0) return os_error("stat", path, errno);
  return info.st_nlink > 0;
}

Status discard_space(int fd, const std::string& path, std::uint64_t offset, std::uint64_t bytes) {
  const NoCancellation whole;
  int failed = 0;
  do {
    failed = ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                         static_cast<off_t>(bytes));
  } while (failed != 0 && errno == EINTR);
  return failed == 0 ? Status{} : os_error("give space back of", path, errno);
}

Status allocate_space(int fd, const std::string& path, std::uint64_t offset, std::uint64_t bytes) {
  const NoCancellation whole;
  if (exceeds_file_size_limit(offset + bytes)) return os_error("allocate", path, EFBIG);
  int failed = 0;
  do {
    failed = ::posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (failed == EINTR);
  return failed == 0 ? Status{} : os_error("allocate", path, failed);
}

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

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) { close_in_child(fd); }
  ~PosixLock() override {
    if (guard_.forked()) {
      fd_.release();  // closed already; the number may be another file's by now
    } else {
      forget_in_child(fd_.get());
    }
  }

 private:
  ForkGuard guard_;
  Descriptor fd_;  // closing it gives the lock back
};

/// Bytes of memory that can be had without taking them from programs that run; nothing where the
/// system does not tell.
std::optional<std::uint64_t> available_memory() {
  const Descriptor fd(open_retrying("/proc/meminfo", O_RDONLY));
  char text[1024] = {};
  if (fd.get() < 0 || ::read(fd.get(), text, sizeof text - 1) <= 0) return std::nullopt;
  constexpr std::string_view kName = "MemAvailable:";
  const std::string_view all(text);
  auto at = all.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  at = all.find_first_not_of(' ', at + kName.size());
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t kib = 0;
  std::from_chars(text + at, text + all.size(), kib);
  return kib * 1024;
}

/// Shared memory is allocated whether or not there is memory for it: the system then ends programs,
/// this one and others, and the file stays. Half of what there is may be taken at once.
Status require_memory(const std::string& path, std::uint64_t bytes) {
  constexpr std::uint64_t kAlwaysTaken = std::uint64_t{64} << 20;
  if (bytes <= kAlwaysTaken) return {};
  const auto available = available_memory();
  if (!available || bytes <= *available / 2) return {};
  return Error{Errc::kIo,
               "allocate " + path + ": " + std::to_string(bytes) + " bytes of memory, of " +
                   std::to_string(*available) + " that are available; at most half of them",
               ENOMEM};
}

// Faults come now rather than one by one in sends; where the kernel is too old for it, then.
void populate(std::span<std::byte> bytes) {
  constexpr int kPopulateForWriting = 23;  // MADV_POPULATE_WRITE of Linux 5.14
  (void)::madvise(bytes.data(), bytes.size(), kPopulateForWriting);
}

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

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool has_ended(std::int64_t pid) {
  return pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

/// The pid in a lock file that another holds. It takes the lock first and writes its pid then, so
/// there is a moment without one; -1 if that moment does not end.
std::int64_t read_pid(int fd) {
  for (int tries = 0; tries < 200; ++tries) {
    char text[32] = {};
    const auto count = ::pread(fd, text, sizeof text - 1, 0);
    std::int64_t pid = 0;
    // Whole only with its line end.
    if (count > 0 && text[count - 1] == '\n') std::from_chars(text, text + count, pid);
    if (pid > 0) return pid;
    ::usleep(500);
  }
  return -1;
}

/// 0, or the error. A process that forks and is killed may leave a child that has not come to close
/// its copy of the descriptor: that is over in a moment.
int take_lock(int fd) {
  for (int tries = 0;; ++tries) {
    auto request = whole_file(F_WRLCK);
    if (::fcntl(fd, F_OFD_SETLK, &request) == 0) return 0;
    const int failed = errno;
    if (failed != EAGAIN && failed != EACCES) return failed;
    if (tries == 400 || !has_ended(read_pid(fd))) return failed;
    ::usleep(5000);
  }
}

std::string holder_text(std::int64_t pid) {
  if (pid <= 0) return "a process that does not tell its number";
  return "process " + std::to_string(pid) +
         (has_ended(pid) ? ", which has ended, through a child of it, or in another container"
                         : "");
}

/// 0, or the error.
int write_pid(int fd) {
  const auto text = std::to_string(::getpid()) + "\n";
  if (exceeds_file_size_limit(text.size())) return EFBIG;
  if (::ftruncate(fd, 0) != 0) return errno;
  const auto count = ::pwrite(fd, text.data(), text.size(), 0);
  if (count < 0) return errno;
  return count == static_cast<ssize_t>(text.size()) ? 0 : ENOSPC;
}

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
    const NoCancellation whole;
    const auto fd = open_regular("open lock", path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (!fd) return fd.error();
    auto held = std::make_unique<PosixLock>(*fd);
    if (const int failed = take_lock(*fd); failed != 0) {
      if (failed != EAGAIN && failed != EACCES) return os_error("lock", path, failed);
      return Error{
          Errc::kLocked,
          path + ": in use by " + holder_text(read_pid(*fd)) + "; end it, or use another directory",
          0};
    }
    if (const int wrong = write_pid(*fd); wrong != 0) return os_error("write lock", path, wrong);
    return std::unique_ptr<FileLock>(std::move(held));
  }

  Result<std::int64_t> lock_holder(const std::string& path) override {
    const NoCancellation whole;
    const auto opened = open_regular("open lock", path, O_RDONLY | O_NOFOLLOW);
    if (!opened) {
      if (opened.error().code == Errc::kNotFound) return std::int64_t{0};
      return opened.error();
    }
    const Descriptor fd(*opened);
    auto request = whole_file(F_RDLCK);
    if (::fcntl(fd.get(), F_OFD_GETLK, &request) != 0) return os_error("test lock", path, errno);
    if (request.l_type == F_UNLCK) return std::int64_t{0};
    return read_pid(fd.get());
  }

  Result<std::unique_ptr<MappedFile>> map_new(const std::string& path,
                                              const NewFile& made) override {
    const NoCancellation whole;
    if (auto done = require_memory(path, made.allocated); !done) return done.error();
    auto fd = make_new(path, made);
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
    const auto fd = make_new(path, made);
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
  /// The file without a name until it is whole, so that a process that dies here leaves nothing
  /// behind; where a file cannot be without a name, it has it from the start.
  static Result<int> make_new(const std::string& path, const NewFile& made) {
    const auto access = made.readers_of.empty() ? Access{} : access_of(made.readers_of);
    const int nameless = open_retrying(parent_of(path), O_RDWR | O_TMPFILE, access.mode);
    if (nameless >= 0) {
      set_group(nameless, access);
      if (auto done = fill_new(nameless, path, made); !done) return closed(nameless, done.error());
      const auto link = "/proc/self/fd/" + std::to_string(nameless);
      if (::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        return nameless;
      }
      const int failed = errno;
      ::close(nameless);
      if (failed == EEXIST) return os_error("create", path, failed);
    }
    const int fd = open_retrying(path, O_RDWR | O_CREAT | O_EXCL, access.mode);
    if (fd < 0) return os_error("create", path, errno);
    set_group(fd, access);
    if (auto done = fill_new(fd, path, made); !done) {
      ::unlink(path.c_str());
      return closed(fd, done.error());
    }
    return fd;
  }
  static Error closed(int fd, Error error) {
    ::close(fd);
    return error;
  }
  static Status fill_new(int fd, const std::string& path, const NewFile& made) {
    if (exceeds_file_size_limit(made.bytes)) return os_error("allocate", path, EFBIG);
    if (::ftruncate(fd, static_cast<off_t>(made.bytes)) != 0) {
      return os_error("allocate", path, errno);
    }
    if (auto done = allocate_space(fd, path, 0, made.allocated); !done) return done;
    auto rest = made.content;
    while (!rest.empty()) {
      const auto count = ::pwrite(fd, rest.data(), rest.size(),
                                  static_cast<off_t>(made.content.size() - rest.size()));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return os_error("write", path, count < 0 ? errno : EIO);
      rest = rest.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }
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

// Never destroyed: static objects of the program may use it in their destructors.
FileSystem& posix_file_system() {
  static auto& instance = *new PosixFileSystem;
  return instance;
}

}  // namespace factorwal
