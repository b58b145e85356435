#pragma once
/// Whole files, for tests that look at what a program left.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace factorwal::test {

/// Empty when there is no such file.
inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// By name, of every file in a directory.
inline std::map<std::string, std::string> contents_of(const std::filesystem::path& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    contents[entry.path().filename()] = text_of(entry.path());
  }
  return contents;
}

}  // namespace factorwal::test
