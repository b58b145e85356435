#pragma once
/// The archive's directory as its one writer changes it: each step is durable before the next one
/// depends on it, and a crash between any two of them leaves an archive that `open` puts in order.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/manifest.h"
#include "archive/storage.h"

namespace factorwal::archive {

/// A part in the scratch directory, durable and verified.
struct NewPart {
  ManifestFile file;
  std::string scratch_path;
};

class Store {
 public:
  /// Makes the directory if it is not there, locks it, finishes or gives up what a crash has
  /// interrupted, and removes what is left of that. `log`: identity of the log that it archives, in
  /// hex. kLocked; kCorruption, as `read_manifest`; kInvalidArgument for the archive of another
  /// log.
  static Result<std::unique_ptr<Store>> open(Storage& storage, std::string directory,
                                             std::string log = {});

  /// By which days parts are put away. Of an archive that has parts they stay as they are:
  /// kInvalidArgument for others. None: as they are.
  [[nodiscard]] Status choose_days(const std::optional<TradingDays>& wanted);
  [[nodiscard]] const TradingDays& days() const noexcept { return days_; }
  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
  [[nodiscard]] Storage& storage() noexcept { return storage_; }
  /// For a new file or directory.
  [[nodiscard]] std::string scratch_path(const std::string& name) const;
  [[nodiscard]] std::string path(const std::string& below) const;

  struct Covered {
    Sequence first = 0;
    Sequence last = 0;
    bool sound = true;  ///< no damage of the log was met there
  };
  /// All rows up to the last that is covered are in the parts that were there and these.
  [[nodiscard]] Status commit(std::vector<NewPart> parts, const Covered& covered,
                              std::vector<TickColumn> columns);
  /// The new part takes the place of all others of its data set and day. It lies in a scratch
  /// directory of its own, `scratch_directory`.
  [[nodiscard]] Status commit_compaction(const ManifestFile& made,
                                         const std::string& scratch_directory);

 private:
  Store(Storage& storage, std::string directory, std::string log)
      : storage_(storage), directory_(std::move(directory)), log_(std::move(log)) {}
  [[nodiscard]] Status make_directories();
  [[nodiscard]] Status load();
  [[nodiscard]] Status finish_compaction();
  [[nodiscard]] Status sweep_scratch();
  [[nodiscard]] Status sweep_uncommitted();
  [[nodiscard]] Status place(const NewPart& part);
  [[nodiscard]] Status replace_manifest(Manifest next);
  [[nodiscard]] Status write_columns_file(const std::vector<TickColumn>& columns);
  [[nodiscard]] Status write_view_file(const Manifest& next);

  Storage& storage_;
  std::string directory_;
  std::string log_;
  std::unique_ptr<StorageLock> lock_;
  TradingDays days_;
  Manifest manifest_;
};

}  // namespace factorwal::archive
