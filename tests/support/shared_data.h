#pragma once
/// Finds the optional directory of market data and reference values. It is not part of the
/// repository; a test that needs it calls GTEST_SKIP, visibly, where it is absent:
///
///     const auto shared = test::shared_data("data/reference");
///     if (!shared) GTEST_SKIP() << test::kNoSharedData;

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace factorwal::test {

inline constexpr const char* kNoSharedData =
    "no shared data: set FACTORWAL_SHARED or put it at ../shared beside the sources";

/// `inside` within the shared directory, if it exists there: $FACTORWAL_SHARED when set (and then
/// nothing else), otherwise `../shared` beside the source directory.
inline std::optional<std::filesystem::path> shared_data(const std::filesystem::path& inside = {}) {
  const char* chosen = std::getenv("FACTORWAL_SHARED");
  const std::filesystem::path root =
      chosen != nullptr ? std::filesystem::path(chosen)
                        : std::filesystem::path(FACTORWAL_SOURCE_DIR).parent_path() / "shared";
  const std::filesystem::path path = inside.empty() ? root : root / inside;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  return path;
}

}  // namespace factorwal::test
