#pragma once
/// A log's directory as the archiver's source.

#include <string>

#include "archive/log_source.h"
#include "factorwal/finding.h"

namespace factorwal::archive {

class HistorySource final : public LogSource {
 public:
  explicit HistorySource(std::string directory) : directory_(std::move(directory)) {}
  Result<Sequence> settled_sequence() override;
  Result<std::unique_ptr<RowStream>> read(DataSet data_set, Sequence first, Sequence last) override;
  Result<std::vector<Definition>> definitions(Sequence first, Sequence last) override;

  /// Nothing was damaged, as far as it was read.
  [[nodiscard]] bool sound() const noexcept override { return sound_; }
  /// What is wrong with the log, as far as it was read; and forgets it.
  [[nodiscard]] std::vector<Finding> take_findings();
  [[nodiscard]] std::uint64_t cut_records() const noexcept { return cut_records_; }

 private:
  class Stream;
  void note(const Finding& finding);

  std::string directory_;
  std::vector<Finding> findings_;
  std::uint64_t cut_records_ = 0;
  bool sound_ = true;
};

}  // namespace factorwal::archive
