#pragma once
/// The certificate of an open that does not happen.

#include "base/file.h"
#include "factorwal/recovery_certificate.h"

namespace factorwal::recovery {

/// `examine_recovery` on any files.
[[nodiscard]] Result<RecoveryCertificate> examine_on(FileSystem& files,
                                                     const std::string& directory,
                                                     OnCorruption on_corruption);

}  // namespace factorwal::recovery
