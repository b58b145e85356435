#pragma once
/// Reads a text file, gzipped or plain, line by line.

#include <zlib.h>

#include <array>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace factorwal::test {

class GzLines {
 public:
  explicit GzLines(const std::filesystem::path& path)
      : name_(path.string()), file_(gzopen(name_.c_str(), "rb")) {
    if (file_ == nullptr) throw std::runtime_error("open " + name_);
    gzbuffer(file_, 1U << 17U);
  }
  ~GzLines() { gzclose_r(file_); }
  GzLines(const GzLines&) = delete;
  GzLines& operator=(const GzLines&) = delete;

  /// The next line, without its line end; false at the end of the file. Throws on a damaged file.
  bool next(std::string& line) {
    line.clear();
    std::array<char, 4096> part;
    while (gzgets(file_, part.data(), static_cast<int>(part.size())) != nullptr) {
      line += part.data();
      if (line.back() == '\n') {
        line.pop_back();
        if (!line.empty() && line.back() == '\r') line.pop_back();
        return true;
      }
    }
    int code = Z_OK;
    const char* message = gzerror(file_, &code);
    if (code != Z_OK) throw std::runtime_error("read " + name_ + ": " + message);
    return !line.empty();
  }

 private:
  std::string name_;
  gzFile file_;
};

}  // namespace factorwal::test
