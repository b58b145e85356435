#include "text_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace factorwal::tool {
namespace {

Error failed(const std::string& path, int reason) {
  return Error{reason == ENOENT ? Errc::kNotFound : Errc::kIo,
               path + ": " + std::generic_category().message(reason), reason};
}

}  // namespace

// Not by a stream: a directory opens, and reading it throws.
Result<std::string> read_text_file(const std::string& path) {
  const bool standard = path == "-";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(
      standard ? nullptr : std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!standard && !opened) return failed(path, errno);
  auto* file = standard ? stdin : opened.get();
  std::string text;
  std::array<char, 4096> part;
  while (const auto count = std::fread(part.data(), 1, part.size(), file)) {
    if (count > kTextFileBytesMax - text.size()) {
      return Error{Errc::kInvalidArgument,
                   (standard ? "standard input" : path) +
                       ": is longer than 1 MiB; name a text file with factors or settings",
                   0};
    }
    text.append(part.data(), count);
  }
  if (std::ferror(file) != 0) return failed(path, errno);
  return text;
}

}  // namespace factorwal::tool
