#include "archive/storage.h"

#include <string_view>

namespace factorwal::archive {

Result<std::string> read_whole(Storage& storage, const std::string& path) {
  auto file = storage.open(path);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  std::string content(*size, '\0');
  const auto read = (*file)->read_at(0, std::as_writable_bytes(std::span(content)));
  if (!read) return read.error();
  content.resize(*read);
  return content;
}

Status replace_whole(Storage& storage, const std::string& scratch, const std::string& directory,
                     const std::string& name, std::string_view content) {
  {
    auto file = storage.create(scratch);
    if (!file) return file.error();
    if (auto status = (*file)->append(std::as_bytes(std::span(content))); !status) return status;
    if (auto status = (*file)->sync(); !status) return status;
  }
  if (auto status = storage.rename(scratch, directory + "/" + name); !status) return status;
  return storage.sync_directory(directory);
}

}  // namespace factorwal::archive
