// What the operating system may answer, and what becomes of it. This program has its own `pwrite`,
// `fdatasync`, `open` and so on, in front of the system's: the library's calls come here first.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>

#include "base/file.h"
#include "support/temp_dir.h"

namespace {

/// What the next calls of one kind answer. Everything else is passed on.
struct Script {
  int code = 0;       ///< they fail with this
  int failures = 0;   ///< so many of them
  long at_most = -1;  ///< then no call moves more bytes than this; -1: as many as asked for
  int calls = 0;

  [[nodiscard]] bool fails() {
    ++calls;
    if (failures == 0) return false;
    --failures;
    errno = code;
    return true;
  }
  [[nodiscard]] std::size_t bytes(std::size_t asked) const {
    return at_most < 0 ? asked : std::min(asked, static_cast<std::size_t>(at_most));
  }
};

Script write_script;
Script read_script;
Script sync_script;
Script open_script;
Script rename_script;
Script allocate_script;
Script unlink_script;

void forget_scripts() {
  for (auto* script : {&write_script, &read_script, &sync_script, &open_script, &rename_script,
                       &allocate_script, &unlink_script}) {
    *script = {};
  }
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (write_script.fails()) return -1;
  return syscall(SYS_pwrite64, fd, bytes, write_script.bytes(size), offset);
}
ssize_t pread(int fd, void* bytes, size_t size, off_t offset) {
  if (read_script.fails()) return -1;
  return syscall(SYS_pread64, fd, bytes, read_script.bytes(size), offset);
}
int fdatasync(int fd) {
  if (sync_script.fails()) return -1;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}
int open(const char* path, int flags, ...) {
  unsigned mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, unsigned);
    va_end(rest);
  }
  if (open_script.fails()) return -1;
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
int rename(const char* source, const char* target) noexcept {
  if (rename_script.fails()) return -1;
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, 0));
}
int unlink(const char* path) noexcept {
  if (unlink_script.fails()) return -1;
  return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int posix_fallocate(int fd, off_t offset, off_t size) {
  if (allocate_script.fails()) return errno;  // this one returns the error
  return syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}

}  // extern "C"

namespace factorwal::test {
namespace {

class SystemCalls : public testing::Test {
 protected:
  ~SystemCalls() override { forget_scripts(); }

  [[nodiscard]] std::string path(const char* name = "file") const { return dir_ / name; }
  static Bytes some_bytes() {
    Bytes bytes(10'000);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
    return bytes;
  }
  /// Code, place and reason.
  static void expect_error(const Status& done, int code, const std::string& place) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::kIo);
    EXPECT_EQ(done.error().errno_value, code);
    EXPECT_NE(done.error().message.find(place), std::string::npos) << done.error().message;
  }

  TempDir dir_;
  FileSystem& files_ = posix_file_system();
};

TEST_F(SystemCalls, InterruptedAndShortWritesAndReadsGoOn) {
  const auto bytes = some_bytes();
  for (const long at_most : {1L, 7L, 4096L}) {
    auto file = files_.create(path()).value();
    write_script = {EINTR, 3, at_most};
    ASSERT_TRUE(file->write_at(5, bytes));
    EXPECT_EQ(write_script.calls, 3 + (10'000 + at_most - 1) / at_most);
    write_script = {};
    read_script = {EINTR, 3, at_most};
    Bytes back(bytes.size());
    EXPECT_EQ(file->read_at(5, back).value(), bytes.size());
    EXPECT_EQ(read_script.calls, 3 + (10'000 + at_most - 1) / at_most);
    read_script = {};
    EXPECT_EQ(back, bytes);
  }
}

TEST_F(SystemCalls, AWriteThatMovesNothingIsAnErrorAndNoLoop) {
  auto file = files_.create(path()).value();
  write_script.at_most = 0;
  expect_error(file->write_at(0, some_bytes()), EIO, path());
}

// What reached the device is unknown then: a second fdatasync would answer for it wrongly.
TEST_F(SystemCalls, ASyncIsNeverTriedTwice) {
  for (const int code : {EINTR, EIO, ENOSPC, EDQUOT}) {
    auto file = files_.create(path()).value();
    sync_script = {code, 1};
    expect_error(file->sync(), code, "fdatasync " + path());
    EXPECT_EQ(sync_script.calls, 1);
  }
}

TEST_F(SystemCalls, AnInterruptedOpenOrAllocationIsTriedAgain) {
  open_script = {EINTR, 3};
  EXPECT_TRUE(files_.create(path()));
  EXPECT_EQ(open_script.calls, 4);
  open_script = {EINTR, 3};
  EXPECT_TRUE(files_.open_read(path()));
  allocate_script = {EINTR, 3};
  EXPECT_TRUE(files_.map_new(path("ring"), {4096, 4096, {}}));
  EXPECT_EQ(allocate_script.calls, 4);
}

TEST_F(SystemCalls, EachFailureIsSaidWithItsPlaceAndItsReason) {
  auto file = files_.create(path()).value();
  for (const int code : {EIO, ENOSPC, EDQUOT, EROFS, EFBIG}) {
    write_script = {code, 1};
    expect_error(file->write_at(0, some_bytes()), code, "write " + path());
    rename_script = {code, 1};
    expect_error(files_.rename(path(), path("b")), code, path("b"));
    unlink_script = {code, 1};
    expect_error(files_.remove(path()), code, path());
    sync_script = {code, 1};
    expect_error(replace_file(files_, dir_.path(), "c", some_bytes()), code, path("c"));
    EXPECT_FALSE(files_.exists(path("c")).value());
    EXPECT_FALSE(files_.exists(path("c.new")).value()) << "its space is given back";
  }
  for (const int code : {EMFILE, ENFILE, EACCES, EROFS, ENOSPC, EDQUOT, EIO}) {
    open_script = {code, 1};
    const auto made = files_.create(path("b"));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().errno_value, code);
    open_script = {code, 1};
    EXPECT_EQ(files_.sync_directory(dir_.path()).error().errno_value, code);
  }
  EXPECT_TRUE(files_.exists(path()).value());
}

TEST_F(SystemCalls, AnAllocationThatFailsLeavesNothing) {
  for (const int code : {ENOSPC, EDQUOT, EFBIG, EIO}) {
    allocate_script = {code, 1};
    const auto made = files_.map_new(path("ring"), {1 << 16, 1 << 16, {}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().errno_value, code);
    EXPECT_FALSE(files_.exists(path("ring")).value());
    // Where a file cannot be without a name: the open for it fails, and it has its name at once.
    open_script = {EOPNOTSUPP, 1};
    allocate_script = {code, 1};
    EXPECT_EQ(files_.map_new(path("ring"), {1 << 16, 1 << 16, {}}).error().errno_value, code);
    EXPECT_FALSE(files_.exists(path("ring")).value());
  }
}

TEST_F(SystemCalls, ALimitOfTheProcessIsNamed) {
  auto file = files_.create(path()).value();
  write_script = {EFBIG, 1};
  EXPECT_NE(file->write_at(0, some_bytes()).error().message.find("ulimit -f"), std::string::npos);
  open_script = {EMFILE, 1};
  EXPECT_NE(files_.create(path("b")).error().message.find("ulimit -n"), std::string::npos);
}

}  // namespace
}  // namespace factorwal::test
