#pragma once
/// A directory for one test, removed with everything in it at the end of the scope, and with the
/// rings in shared memory of data directories in it. It lies in the build tree, a real disk,
/// because /tmp is often a tmpfs, where a sync costs and proves nothing; FACTORWAL_TEST_TMPDIR in
/// the environment puts it elsewhere. FACTORWAL_TEST_KEEP=1 keeps it.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "channel/ring_header.h"

namespace factorwal::test {

class TempDir {
 public:
  TempDir() {
    const char* chosen = std::getenv("FACTORWAL_TEST_TMPDIR");
    const std::filesystem::path parent = chosen != nullptr ? chosen : FACTORWAL_TEST_TMP_DEFAULT;
    std::filesystem::create_directories(parent);
    std::string name = (parent / "test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = std::filesystem::canonical(name);
  }
  ~TempDir() {
    if (std::getenv("FACTORWAL_TEST_KEEP") != nullptr) return;
    std::error_code ignored;
    remove_all(path_, ignored);
    remove_rings();
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& inside) const {
    return path_ / inside;
  }
  /// Whether every directory above it lets other users through: not below a home of mode 0700.
  [[nodiscard]] bool others_can_get_here() const {
    using std::filesystem::perms;
    for (auto at = path_.parent_path(); at != at.root_path(); at = at.parent_path()) {
      const auto mode = std::filesystem::status(at).permissions();
      if ((mode & perms::others_exec) == perms::none) return false;
    }
    return true;
  }

 private:
  // What a test that kills, copies or breaks an engine leaves behind.
  void remove_rings() const {
    auto& files = posix_file_system();
    const auto names = files.list(files.memory_directory());
    if (!names) return;
    for (const auto& name : *names) {
      if (!channel::is_ring_name(name)) continue;
      const auto path = join_path(files.memory_directory(), name);
      auto file = files.open_read(path);
      Bytes bytes(channel::kRingCheckedTo);
      channel::RingHeader header;
      if (!file || !(*file)->read_at(0, bytes)) continue;
      if (decode_ring_header(bytes, header) != channel::RingHeaderFault::kNone) continue;
      if (header.directory_path.starts_with(path_.string())) (void)files.remove(path);
    }
  }

  std::filesystem::path path_;
};

}  // namespace factorwal::test
