/// A program that was started without standard input, output or error: what it prints is lost, and
/// never goes into a file of the log.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "factorwal/engine.h"
#include "factorwal/record_stream.h"
#include "support/temp_dir.h"

namespace factorwal::test {
namespace {

/// Bit 0: standard input is closed, and so on.
class WithoutStandardDescriptors : public testing::TestWithParam<unsigned> {
 protected:
  void close_them() const {
    for (int fd = 0; fd < 3; ++fd) {
      if ((GetParam() & (1U << static_cast<unsigned>(fd))) != 0) ::close(fd);
    }
  }
  /// Whether those that were closed take no message.
  [[nodiscard]] bool still_closed() const {
    for (int fd = 0; fd < 3; ++fd) {
      if ((GetParam() & (1U << static_cast<unsigned>(fd))) == 0) continue;
      if (::write(fd, "a message\n", 10) >= 0 || errno != EBADF) return false;
    }
    return true;
  }
  template <class Body>
  [[nodiscard]] int in_child(Body body) const {
    const pid_t child = fork();
    if (child == 0) {
      close_them();
      _exit(body());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  TempDir dir_;
};

// Failure: a message went into the first segment, over its header. Cause: the log's files were
// opened under the numbers of the streams that the program lacked. Cure: they never get these.
TEST_P(WithoutStandardDescriptors, AnEngineOpensNoFileUnderTheirNumbers) {
  for (const auto channel : {ChannelKind::kShm, ChannelKind::kFile}) {
    const std::string data = dir_ / std::to_string(static_cast<int>(channel));
    const int status = in_child([&] {
      EngineOptions options;
      options.persist.channel = channel;
      options.log.segment_bytes = 64 << 10;
      const auto schema = TickSchema::make({"close"}).value();
      auto engine = Engine::open(
          data, FactorSet::parse("factor m = ts_mean(close, 5)", schema).value(), options);
      if (!engine) return 1;
      if (!still_closed()) return 2;
      const auto instrument = (*engine)->instrument("A").value();
      for (int i = 0; i < 20'000; ++i) {
        const double fields[] = {std::sqrt(static_cast<double>(i))};
        if (!(*engine)->process_tick({instrument, i, fields})) return 3;
        if (i % 1000 == 0 && !still_closed()) return 4;
      }
      if (!(*engine)->close()) return 5;
      return still_closed() ? 0 : 6;
    });
    EXPECT_EQ(status, 0);
    auto records = RecordStream::open(data);
    ASSERT_TRUE(records) << records.error().message;
    LogRecord record;
    int count = 0;
    while (records->next(record).value()) ++count;
    EXPECT_EQ(count, 20'000);
    EXPECT_TRUE(records->findings().empty());
  }
}

TEST_P(WithoutStandardDescriptors, EachCallOfTheFileSystemLeavesThemClosed) {
  const int status = in_child([&] {
    auto& files = posix_file_system();
    const std::string path = dir_ / "file";
    const auto file = files.create(path);
    if (!file || !still_closed()) return 1;
    const auto again = files.open_read(path);
    if (!again || !still_closed()) return 2;
    const auto lock = files.lock(dir_ / "lock");
    if (!lock || !still_closed()) return 3;
    const auto mapped = files.map_new(dir_ / "ring", {4096, 4096, {}});
    const auto written = files.create_new(dir_ / "other-ring", {4096, 4096, {}});
    if (!mapped || !written || !still_closed()) return 4;
    if (files.list(dir_ / ".").value().size() < 3 || !still_closed()) return 5;
    if (!files.sync_directory(dir_ / ".") || !files.boot_id() || !still_closed()) return 6;
    if (files.open_read(dir_ / "nothing").error().code != Errc::kNotFound) return 7;
    return still_closed() ? 0 : 8;
  });
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Closed, WithoutStandardDescriptors, testing::Range(1U, 8U));

}  // namespace
}  // namespace factorwal::test
