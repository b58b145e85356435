#pragma once
/// A directory for one test, removed with everything in it at the end of the scope. It lies in the
/// build tree, a real disk, because /tmp is often a tmpfs, where a sync costs and proves nothing;
/// FACTORWAL_TEST_TMPDIR in the environment puts it elsewhere. FACTORWAL_TEST_KEEP=1 keeps it.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace factorwal::test {

class TempDir {
 public:
  TempDir() {
    const char* chosen = std::getenv("FACTORWAL_TEST_TMPDIR");
    const std::filesystem::path parent = chosen != nullptr ? chosen : FACTORWAL_TEST_TMP_DEFAULT;
    std::filesystem::create_directories(parent);
    std::string name = (parent / "test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    if (std::getenv("FACTORWAL_TEST_KEEP") == nullptr) remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& inside) const {
    return path_ / inside;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace factorwal::test
