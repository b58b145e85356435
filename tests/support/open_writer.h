#pragma once
/// A writer alone: it looks, plans and begins as an open does, without lock, rings and replay.

#include <memory>
#include <string>

#include "factorwal/options.h"
#include "wal/reading/corruption.h"
#include "wal/writing/wal_writer.h"

namespace factorwal::wal::test {

/// Refuses durable damage with kCorruption, as an open does, changing nothing.
inline Result<std::unique_ptr<WalWriter>> open_writer(
    FileSystem& files, const std::string& directory, NameTable& names, const WriterOptions& options,
    OpenReport& report, OnCorruption on_corruption = OnCorruption::kRefuse) {
  SegmentContents contents(names, Learn::kAll);
  const auto view = look_for_log(files, directory, LockOwner::kUs, &contents);
  if (!view) return view.error();
  const auto* seen = *view ? &**view : nullptr;
  if (seen != nullptr) {
    const auto* corrupt = first_corrupt(seen->findings);
    if (corrupt == nullptr) corrupt = first_corrupt(contents.damage());
    if (corrupt != nullptr && on_corruption == OnCorruption::kRefuse) {
      return corruption_error(*corrupt, kNothingChanged);
    }
    if (auto done = read_damaged_log(files, *seen, contents); !done) return done.error();
  }
  auto next = plan_continuation(files, seen, contents);
  if (!next) return next.error();
  auto writer = WalWriter::make(files, directory, names, options);
  if (!writer) return writer.error();
  if (auto done = (*writer)->begin(std::move(*next), report); !done) return done.error();
  return std::move(*writer);
}

}  // namespace factorwal::wal::test
