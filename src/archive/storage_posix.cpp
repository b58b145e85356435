#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "archive/storage.h"

namespace factorwal::archive {
namespace {

Error io_error(const std::string& call, const std::string& path) {
  const int code = errno;
  return {code == ENOENT ? Errc::kNotFound : Errc::kIo,
          call + " " + path + ": " + std::system_category().message(code), code};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

class PosixOutput final : public OutputFile {
 public:
  PosixOutput(int number, std::string path) : file_(number), path_(std::move(path)) {}
  Status append(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const auto written = ::write(file_.number(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return io_error("write", path_);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }
  Status sync() override {
    if (::fsync(file_.number()) != 0) return io_error("fsync", path_);
    return {};
  }

 private:
  Descriptor file_;
  std::string path_;
};

class PosixInput final : public InputFile {
 public:
  PosixInput(int number, std::string path) : file_(number), path_(std::move(path)) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target) override {
    std::size_t done = 0;
    while (done < target.size()) {
      const auto read = ::pread(file_.number(), target.data() + done, target.size() - done,
                                static_cast<off_t>(offset + done));
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return io_error("read", path_);
      if (read == 0) break;
      done += static_cast<std::size_t>(read);
    }
    return done;
  }
  Result<std::uint64_t> size() override {
    struct stat found {};
    if (::fstat(file_.number(), &found) != 0) return io_error("stat", path_);
    return static_cast<std::uint64_t>(found.st_size);
  }

 private:
  Descriptor file_;
  std::string path_;
};

class PosixLock final : public StorageLock {
 public:
  explicit PosixLock(int number) : file_(number) {}
  [[nodiscard]] int number() const noexcept { return file_.number(); }

 private:
  Descriptor file_;
};

class PosixStorage final : public Storage {
 public:
  Result<std::unique_ptr<OutputFile>> create(const std::string& path) override {
    const int file =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file < 0) return io_error("create", path);
    return std::unique_ptr<OutputFile>(new PosixOutput(file, path));
  }
  Result<std::unique_ptr<InputFile>> open(const std::string& path) override {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return io_error("open", path);
    return std::unique_ptr<InputFile>(new PosixInput(file, path));
  }
  Status rename(const std::string& source, const std::string& target) override {
    if (::rename(source.c_str(), target.c_str()) != 0) return io_error("rename", source);
    return {};
  }
  Status exchange(const std::string& one, const std::string& other) override {
    if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0)
      return io_error("exchange", other);
    return {};
  }
  Status remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) return io_error("remove", path);
    return {};
  }
  Status make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return io_error("mkdir", path);
    return {};
  }
  Status sync_directory(const std::string& path) override {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.number() < 0) return io_error("open", path);
    if (::fsync(directory.number()) != 0) return io_error("fsync", path);
    return {};
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator at(path, error);
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
      names.push_back(at->path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return Error{Errc::kIo, "list " + path + ": " + error.message(), error.value()};
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  Result<std::unique_ptr<StorageLock>> lock(const std::string& path) override {
    auto held = std::make_unique<PosixLock>(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (held->number() < 0) return io_error("open", path);
    if (::flock(held->number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return io_error("lock", path);
      return Error{Errc::kLocked, path + ": another process archives there; wait for it", errno};
    }
    return std::unique_ptr<StorageLock>(std::move(held));
  }
};

}  // namespace

Storage& posix_storage() {
  static PosixStorage storage;
  return storage;
}

}  // namespace factorwal::archive
