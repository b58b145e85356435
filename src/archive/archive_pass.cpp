#include "archive/archive_pass.h"

#include <algorithm>

#include "archive/chunk_writer.h"
#include "archive/compaction.h"

namespace factorwal::archive {
namespace {

class Pass {
 public:
  Pass(Store& store, LogSource& source, const ArchiveOptions& options, const ProgressCall& progress,
       const std::atomic<bool>* stop)
      : store_(store),
        source_(source),
        options_(options),
        progress_(progress),
        stop_(stop),
        writer_(store, options) {}

  Result<ArchiveReport> run() {
    if (auto status = store_.choose_days(options_.days); !status) return status.error();
    const auto settled = source_.settled_sequence();
    if (!settled) return settled.error();
    const auto last = std::min(*settled, options_.last_sequence);
    report_.first_sequence = store_.manifest().archived + 1;
    while (store_.manifest().archived < last && !stopped()) {
      if (auto status = archive_chunk(last); !status) return status.error();
    }
    if (auto status = compact(); !status) return status.error();
    report_.archived_sequence = store_.manifest().archived;
    return report_;
  }

 private:
  bool stopped() {
    report_.stopped = stop_ != nullptr && stop_->load(std::memory_order_relaxed);
    return report_.stopped;
  }

  Status archive_chunk(Sequence last) {
    const auto first = store_.manifest().archived + 1;
    auto status = read_chunk(source_, first, last, options_.part_bytes_max, chunk_);
    if (!status) return status;
    auto columns = store_.manifest().columns;
    for (const auto& batch : chunk_.batches[static_cast<std::size_t>(DataSet::kTicks)])
      add_columns(columns, batch);
    const auto definitions = source_.definitions(first, chunk_.last);
    if (!definitions) return definitions.error();
    auto parts = writer_.write(chunk_, columns, *definitions);
    if (!parts) return parts.error();
    report_.rows += chunk_.row_count();
    report_.parts += parts->size();
    for (const auto& part : *parts) report_.bytes += part.file.summary.bytes;
    status =
        store_.commit(std::move(*parts), {first, chunk_.last, source_.sound()}, std::move(columns));
    if (status && progress_) progress_({chunk_.last, last, report_.rows, report_.bytes});
    return status;
  }

  Status compact() {
    for (const auto& day : days_to_compact(store_.manifest(), options_)) {
      if (stopped()) break;
      if (auto status = compact_day(store_, day, options_); !status) return status;
      ++report_.compacted_days;
    }
    return {};
  }

  Store& store_;
  LogSource& source_;
  const ArchiveOptions& options_;
  const ProgressCall& progress_;
  const std::atomic<bool>* stop_;
  Chunk chunk_;
  ChunkWriter writer_;
  ArchiveReport report_;
};

}  // namespace

Result<ArchiveReport> archive_pass(Store& store, LogSource& source, const ArchiveOptions& options,
                                   const ProgressCall& progress, const std::atomic<bool>* stop) {
  return Pass(store, source, options, progress, stop).run();
}

}  // namespace factorwal::archive
