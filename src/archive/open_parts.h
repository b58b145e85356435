#pragma once
/// The files of an archive, opened together as one manifest names them, beside its writer.

#include <functional>
#include <memory>
#include <vector>

#include "archive/manifest.h"

namespace factorwal::archive {

struct OpenPart {
  ManifestFile file;
  std::string path;
  std::shared_ptr<InputFile> content;
};

struct OpenArchive {
  Manifest manifest;
  std::vector<OpenPart> parts;  ///< those that are wanted, by first sequence of their rows
};

/// An exchange of a day's directory meanwhile is seen whole or not at all. kCorruption when a file
/// that the manifest names is not there.
[[nodiscard]] Result<OpenArchive> open_parts(
    Storage& storage, const std::string& directory,
    const std::function<bool(const ManifestFile&)>& wanted);

}  // namespace factorwal::archive
