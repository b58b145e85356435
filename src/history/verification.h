#pragma once
/// Checks every byte of a log, and computes its values again.

#include "base/file.h"
#include "factorwal/verify.h"
#include "wal/format/name_table.h"
#include "wal/reading/log_view.h"

namespace factorwal::history {

[[nodiscard]] Result<Verification> verify(FileSystem& files, const wal::LogView& view,
                                          const VerifyOptions& options);

/// `names`: everything that the log defines. Instruments are shared out among the processors.
/// `progress`: see VerifyOptions.
[[nodiscard]] Result<Recomputed> recompute(
    FileSystem& files, const wal::LogView& view, const wal::NameTable& names,
    const std::function<bool(const VerifyProgress&)>& progress = {});

/// Where the frames of all segments end, summed.
[[nodiscard]] std::uint64_t frame_bytes(const wal::LogView& view);

/// kTimeout: the one who asked gave up.
[[nodiscard]] Error given_up(const wal::LogView& view);

}  // namespace factorwal::history
