// The operating system's files under the limits that a process may have.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/quiet_thread.h"
#include "support/limit.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

// Failure: a process with a limit on the size of files was ended by SIGXFSZ when it opened a log.
// Cause: an open and a close write on the caller's thread, which does not block that signal. Cure:
// no write is begun that goes beyond the limit.
TEST(PosixFile, BeyondTheLimitOnFileSizesIsAnErrorAndNoSignal) {
  const TempDir dir;
  auto& files = posix_file_system();
  auto file = files.create(dir / "limited").value();
  const Bytes bytes(3000, std::byte{7});
  {
    const Limit limit(RLIMIT_FSIZE, 4096);
    ASSERT_TRUE(file->write_at(0, bytes));
    const auto beyond = file->write_at(3000, bytes);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().errno_value, EFBIG);
    EXPECT_NE(beyond.error().message.find("limited"), std::string::npos);
    const auto mapped = files.map_new(dir / "mapped", {8192, 8192, {}});
    ASSERT_FALSE(mapped);
    EXPECT_EQ(mapped.error().errno_value, EFBIG);
    EXPECT_FALSE(files.exists(dir / "mapped").value());
  }
  EXPECT_TRUE(file->write_at(3000, bytes));
}

// A persister asked for the limit before every write of a commit; on its thread nobody needs to.
TEST(PosixFile, BeyondTheLimitOnFileSizesTheSystemRefusesAQuietThread) {
  const TempDir dir;
  auto file = posix_file_system().create(dir / "limited").value();
  Status written;
  Status allocated;
  {
    const Limit limit(RLIMIT_FSIZE, 4096);
    auto writer = start_quiet_thread([&] {
      written = file->write_at(4096, Bytes(10, std::byte{7}));
      allocated = file->allocate(0, 8192);
    });
    ASSERT_TRUE(writer);
    writer->join();
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().errno_value, EFBIG);
  ASSERT_FALSE(allocated);
  EXPECT_EQ(allocated.error().errno_value, EFBIG);
}

TEST(PosixFile, BeyondTheLimitOnOpenFilesIsAnErrorThatPasses) {
  const TempDir dir;
  auto& files = posix_file_system();
  std::vector<std::unique_ptr<File>> open;
  // A first error message, while there are descriptors: clang's undefined behaviour sanitizer opens
  // a file when it meets a class for the first time, and takes the lack of one for a bad object.
  ASSERT_FALSE(files.open_read(dir / "absent"));
  {
    const Limit limit(RLIMIT_NOFILE, 64);
    Result<std::unique_ptr<File>> next = Error{};
    while ((next = files.create(dir / "a"))) open.push_back(std::move(*next));
    EXPECT_EQ(next.error().errno_value, EMFILE);
    EXPECT_EQ(next.error().code, Errc::kIo);
    EXPECT_EQ(files.sync_directory(dir.path()).error().errno_value, EMFILE);
    EXPECT_EQ(files.list(dir.path()).error().errno_value, EMFILE);
  }
  EXPECT_TRUE(files.create(dir / "a"));
}

TEST(PosixFile, TellsTheFreeSpaceOfItsFileSystem) {
  const TempDir dir;
  auto& files = posix_file_system();
  EXPECT_GT(files.free_space(dir.path()).value(), 0U);
  const auto absent = files.free_space(dir / "absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::kNotFound);
}

// Failure: a FIFO in a file's place made every open of the directory hang. Cause: open() waits for
// a FIFO's other end. Cure: it does not wait, and what is no regular file is refused.
TEST(PosixFile, WhatIsNoRegularFileIsRefusedAtOnce) {
  const TempDir dir;
  auto& files = posix_file_system();
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  ASSERT_TRUE(files.make_directory(dir / "directory"));
  std::filesystem::create_symlink("fifo", dir / "link");
  ::alarm(20);  // ends a test that hangs
  for (const std::filesystem::path& place :
       {dir / "fifo", dir / "directory", dir / "link", std::filesystem::path("/dev/null")}) {
    const auto path = place.string();
    for (const auto& error : {files.open_read(path).error(), read_file(files, path).error()}) {
      EXPECT_EQ(error.code, Errc::kCorruption) << path;
      EXPECT_EQ(error.message, path + ": not a regular file");
    }
  }
  for (const auto& error :
       {files.lock(dir / "fifo").error(), files.lock_holder(dir / "fifo").error(),
        files.create(dir / "fifo").error()}) {
    EXPECT_EQ(error.message, (dir / "fifo").string() + ": not a regular file");
  }
  ::alarm(0);
}

TEST(ReplaceFile, LeavesAloneWhatAFailedTryHasLeft) {
  const TempDir dir;
  auto& files = posix_file_system();
  auto left = files.create(dir / "name.new").value();
  const Bytes before(10, std::byte{1});
  ASSERT_TRUE(left->write_at(0, before));
  ASSERT_TRUE(replace_file(files, dir.path(), "name", Bytes(20, std::byte{2})));
  Bytes still(20);
  EXPECT_EQ(left->read_at(0, still).value(), before.size()) << "the same file was written again";
  EXPECT_EQ(read_file(files, dir / "name").value(), Bytes(20, std::byte{2}));
}

// Failure: the lock's file is written as well, and the process ended there (SIGXFSZ).
TEST(PosixFile, ALockBeyondTheLimitOnFileSizesIsAnErrorAndNoSignal) {
  const TempDir dir;
  {
    const Limit limit(RLIMIT_FSIZE, 1);
    const auto lock = posix_file_system().lock(dir / "LOCK");
    ASSERT_FALSE(lock);
    EXPECT_EQ(lock.error().errno_value, EFBIG);
  }
  EXPECT_TRUE(posix_file_system().lock(dir / "LOCK"));
}

// Failure: a manifest that something had replaced by a file of a terabyte was read into memory.
TEST(PosixFile, ASmallFileThatIsNoneIsNotRead) {
  const TempDir dir;
  const std::string path = dir / "MANIFEST";
  std::ofstream(path) << "x";
  std::filesystem::resize_file(path, kSmallFileBytesMax + 1);  // a hole
  const auto content = read_file(posix_file_system(), path);
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, Errc::kCorruption);
}

}  // namespace
}  // namespace factorwal::test
