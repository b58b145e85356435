#include "archive/verification.h"

#include <algorithm>
#include <limits>
#include <set>

#include "archive/days.h"
#include "archive/hash.h"
#include "archive/open_parts.h"
#include "archive/part_batch.h"
#include "archive/row_sums.h"
#include "factorwal/record.h"

namespace factorwal::archive {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

Result<std::uint64_t> hash_of_file(InputFile& file) {
  RunningHash hash;
  std::vector<std::byte> piece(kPieceBytes);
  for (std::uint64_t at = 0;;) {
    const auto read = file.read_at(at, piece);
    if (!read) return read.error();
    if (*read == 0) return hash.value();
    hash.add(std::span(piece).first(*read));
    at += *read;
  }
}

/// Checks that rows ascend as the layout says.
class OrderCheck {
 public:
  [[nodiscard]] bool holds(const ColumnBatch& batch) {
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      const auto& id = (*batch.instrument_ids)[batch.instruments[row]];
      const std::pair key(batch.timestamps[row], batch.sequences[row]);
      if (row_ != 0 && (id < id_ || (id == id_ && key <= key_))) return false;
      if (id != id_) id_ = id;
      key_ = key;
      ++row_;
    }
    return true;
  }

 private:
  std::uint64_t row_ = 0;
  std::string id_;
  std::pair<TimestampNs, Sequence> key_;
};

class Verification {
 public:
  Verification(Storage& storage, std::string directory, const std::atomic<bool>* stop)
      : storage_(storage), directory_(std::move(directory)), stop_(stop) {}

  Result<ArchiveVerification> run(LogSource* source) {
    const auto manifest = read_manifest(storage_, directory_);
    if (!manifest) return manifest.error();
    result_.first_sequence = manifest->first;
    result_.archived_sequence = manifest->archived;
    if (source != nullptr) {
      if (auto status = find_first_logged(*source); !status) return status.error();
    }
    for (const auto data_set : kDataSets) {
      RowSums sums(source == nullptr ? 0 : first_logged_);
      auto archive = open_parts(storage_, directory_, [&](const ManifestFile& file) {
        return file.data_set == data_set;
      });
      if (!archive) {
        fault(directory_ + "/" + std::string(folder_of(data_set)), archive.error().message);
        continue;
      }
      for (auto& part : archive->parts) {
        if (stopped()) return result_;
        check_part(part, *manifest, sums);
      }
      check_counts(sums, data_set);
      if (source == nullptr) continue;
      auto status = compare(*source, data_set, sums);
      if (!status) return status.error();
    }
    if (auto status = check_strays(); !status) return status.error();
    return result_;
  }

 private:
  [[nodiscard]] bool stopped() const {
    return stop_ != nullptr && stop_->load(std::memory_order_relaxed);
  }
  void fault(std::string place, std::string message) {
    result_.faults.push_back({std::move(place), std::move(message)});
  }

  /// Other readers take every file that lies there. What an archiver is about to commit lies behind
  /// the archived sequence.
  Status check_strays() {
    std::set<std::string> there;
    for (const auto data_set : kDataSets) {
      const std::string folder(folder_of(data_set));
      const auto days = storage_.list(directory_ + "/" + folder);
      if (!days) return days.error();
      for (const auto& day : *days) {
        auto below = folder + "/";
        below += day;
        if (!is_day_name(day)) {
          there.insert(below);
          continue;
        }
        const auto names = storage_.list(directory_ + "/" + below);
        if (!names) return names.error();
        below += '/';
        for (const auto& name : *names) there.insert(below + name);
      }
    }
    // Read behind the listing: what has been committed or compacted meanwhile is named.
    auto manifest = read_manifest(storage_, directory_);
    if (!manifest) return manifest.error();
    for (int i = 0; i < 2; ++i) {
      for (const auto& file : manifest->files) there.erase(file.path());
      manifest->apply_compaction();
    }
    // Has all columns, and no rows.
    there.erase(day_directory(DataSet::kTicks, kFirstDay) + "/" + part_name(0, 0));
    for (const auto& stray : there) {
      const auto name = stray.substr(stray.rfind('/') + 1);
      if (is_part_name(name) && first_sequence_of(name) > manifest->archived) continue;
      // A compaction has taken it away by now.
      if (!storage_.open(directory_ + "/" + stray)) continue;
      fault(directory_ + "/" + stray,
            "the manifest does not name it, and other readers take it: remove it");
    }
    return {};
  }

  void check_part(OpenPart& part, const Manifest& manifest, RowSums& sums) {
    const auto& summary = part.file.summary;
    ++result_.files;
    result_.bytes += summary.bytes;
    const auto hash = hash_of_file(*part.content);
    if (!hash) return fault(part.path, hash.error().message);
    if (*hash != summary.hash) {
      fault(part.path,
            "its bytes are not those that were archived: restore it from a copy, or "
            "archive anew while the log still has sequences " +
                std::to_string(part.file.first) + " to " + std::to_string(part.file.last));
      return;
    }
    auto opened = PartReader::open(part.content, part.path, summary.footer_hash);
    if (!opened) return fault(part.path, opened.error().message);
    std::uint64_t rows = 0;
    OrderCheck order;
    for (std::size_t g = 0; g < (*opened)->groups().size(); ++g) {
      ColumnBatch batch;
      if (auto status = read_group(**opened, g, batch); !status)
        return fault(part.path, status.error().message);
      if (!order.holds(batch)) fault(part.path, "rows are not in order");
      const auto [first, last] =
          std::minmax_element(batch.sequences.begin(), batch.sequences.end());
      if (*first < part.file.first || *last > part.file.last || *last > manifest.archived)
        fault(part.path, "holds a sequence that its name does not cover");
      rows += batch.row_count();
      sums.add(batch);
    }
    result_.rows += rows;
    if (rows != summary.rows) {
      fault(part.path, "has " + std::to_string(rows) + " rows; the manifest says " +
                           std::to_string(summary.rows));
    }
  }

  /// Each sequence has one row at most.
  void check_counts(const RowSums& sums, DataSet data_set) {
    for (const auto* blocks : {&sums.blocks(), &sums.blocks_before()})
      for (const auto& [block, sum] : *blocks)
        if (sum.rows > kBlockSequences) fault(range(data_set, block), "rows are there twice");
  }

  /// The first sequence of which the log has a row, of any data set.
  Status find_first_logged(LogSource& source) {
    for (const auto data_set : kDataSets) {
      auto stream = source.read(data_set, 1, std::max<Sequence>(result_.archived_sequence, 1));
      if (!stream) return stream.error();
      ColumnBatch batch;
      const auto found = (*stream)->next(batch);
      if (!found) return found.error();
      if (*found) first_logged_ = std::min(first_logged_, batch.sequences.front());
    }
    return {};
  }

  Status compare(LogSource& source, DataSet data_set, const RowSums& archived) {
    if (result_.archived_sequence == 0) return {};
    auto stream = source.read(data_set, 1, result_.archived_sequence);
    if (!stream) return stream.error();
    RowSums logged;
    ColumnBatch batch;
    while (!stopped()) {
      const auto found = (*stream)->next(batch);
      if (!found) return found.error();
      if (!*found) break;
      logged.add(batch);
    }
    if (stopped() || first_logged_ > result_.archived_sequence) return {};
    compare_blocks(data_set, archived, logged);
    return {};
  }

  /// What retention has cut from the log is not among the blocks.
  void compare_blocks(DataSet data_set, const RowSums& archived, const RowSums& logged) {
    std::set<Sequence> blocks;
    for (const auto* sums : {&archived, &logged})
      for (const auto& [block, sum] : sums->blocks()) blocks.insert(block);
    for (const auto block : blocks) {
      const auto in_archive = sum_of(archived, block);
      const auto in_log = sum_of(logged, block);
      result_.compared_rows += in_log.rows;
      if (in_archive == in_log) continue;
      fault(range(data_set, block), in_archive.rows == in_log.rows
                                        ? "values are not those of the log"
                                        : "has " + std::to_string(in_archive.rows) +
                                              " rows, the log " + std::to_string(in_log.rows));
    }
  }

  static RowSum sum_of(const RowSums& sums, Sequence block) {
    const auto found = sums.blocks().find(block);
    return found == sums.blocks().end() ? RowSum{} : found->second;
  }
  static std::string range(DataSet data_set, Sequence block) {
    return std::string(folder_of(data_set)) + ", sequences " +
           std::to_string(block * kBlockSequences) + " to " +
           std::to_string((block + 1) * kBlockSequences - 1);
  }

  Storage& storage_;
  std::string directory_;
  const std::atomic<bool>* stop_;
  ArchiveVerification result_;
  Sequence first_logged_ = std::numeric_limits<Sequence>::max();
};

}  // namespace

Result<ArchiveVerification> verify(Storage& storage, const std::string& directory,
                                   LogSource* source, const std::atomic<bool>* stop) {
  return Verification(storage, directory, stop).run(source);
}

}  // namespace factorwal::archive
