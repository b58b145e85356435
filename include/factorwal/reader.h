#pragma once
/// \file
/// Reads a data directory: what it is, what it holds, and what it knows of the past. The one way in
/// for whoever does not write.
///
///     auto reader = Reader::open("data").value();
///     auto stream = reader.records(reader.last_sequence() - 99).value();  // the last hundred
///     LogRecord record;
///     while (stream.next(record)) use(record);

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "factorwal/as_of.h"
#include "factorwal/export.h"
#include "factorwal/finding.h"
#include "factorwal/history.h"
#include "factorwal/log_segment.h"
#include "factorwal/record.h"
#include "factorwal/record_follower.h"
#include "factorwal/record_stream.h"
#include "factorwal/result.h"
#include "factorwal/types.h"
#include "factorwal/verify.h"

namespace factorwal {

class FileSystem;  // internal

/// What a log's records are named by, found in a pass that decodes no more than it must.
struct LogNames {
  std::vector<std::string> instruments;  ///< in order of definition: by InstrumentHandle::index
  std::vector<std::string> fields;       ///< of all layouts, each once
  std::vector<std::string> factors;      ///< of all layouts, then of updates, each once
  std::vector<TickLayout> layouts;       ///< by LayoutHandle::index
  /// The factors of ticks, updates and vectors in the order in which they first have a record.
  std::vector<std::string> factors_by_use;
  /// Those that only snapshots have, likewise.
  std::vector<std::string> snapshot_factors;
  std::vector<Finding> findings;  ///< what is damaged of what was read
};

/// Ticks that follow one another, other records between them, under one layout.
struct LayoutUse {
  Sequence first = 0;
  Sequence last = 0;
  TickLayout layout;
};

/// One look at a log, pinned: whatever is read through it, and however often, is of what was there
/// when it was opened; `follow` goes on from there. Takes no lock and changes nothing, also beside
/// a live writer. When retention cuts a segment after the look, its records are not given, and that
/// is told. Any number of threads may use one Reader; what it returns is each for one thread, and
/// may outlive it.
class FACTORWAL_EXPORT Reader {
 public:
  /// kNotFound when the directory holds no log; kCorruption when nobody knows which segments count;
  /// kUnsupportedVersion. Other damage is no error: see `findings`.
  static Result<Reader> open(const std::string& directory);
  /// Internal: on other files than the operating system's. They outlive the reader.
  static Result<Reader> open_on(FileSystem& files, const std::string& directory);

  [[nodiscard]] const std::string& directory() const noexcept;
  /// Names the directory; a backup of it has another one.
  [[nodiscard]] const std::array<std::byte, 16>& identity() const noexcept;
  /// The last writer closed it in order.
  [[nodiscard]] bool clean() const noexcept;
  /// The process that writes to it now; 0: none; -1: one that cannot be told (another container's).
  [[nodiscard]] std::int64_t writer_pid() const noexcept;
  /// A writer has it open now.
  [[nodiscard]] bool live() const noexcept;
  /// Counts the opens for writing.
  [[nodiscard]] std::uint64_t epoch() const noexcept;

  /// The first record that is retained; 0 when there is none.
  [[nodiscard]] Sequence first_sequence() const noexcept;
  /// The last record that is there, durable or not; 0 when there is none.
  [[nodiscard]] Sequence last_sequence() const noexcept;
  /// The last record that is durable for certain.
  [[nodiscard]] Sequence durable_sequence() const noexcept;
  /// kNotFound, with the range that is, when no record of that sequence is retained.
  [[nodiscard]] Status check_retained(Sequence sequence) const;

  /// In order, oldest first.
  [[nodiscard]] const std::vector<LogSegment>& segments() const noexcept;
  /// Of this look: manifest, headers, sizes, and the end of the log. Reading on finds what is
  /// damaged before that.
  [[nodiscard]] const std::vector<Finding>& findings() const noexcept;

  /// Of the records from `first` to `last`: what is defined before is among the names, also where
  /// no record uses it. Begins as `records` does.
  [[nodiscard]] Result<LogNames> names(Sequence first = 1,
                                       Sequence last = std::numeric_limits<Sequence>::max()) const;

  /// The layouts of the ticks from one sequence to another, in order: where a factor set was
  /// edited, the next one begins. Reads every frame there, and decodes no value.
  [[nodiscard]] Result<std::vector<LayoutUse>> layout_uses(
      Sequence first = 1, Sequence last = std::numeric_limits<Sequence>::max()) const;

  /// The records from `first` on, with the operator states behind it. Begins at the segment that
  /// holds it; what lies before in that segment is passed over without being decoded.
  [[nodiscard]] Result<RecordStream> records(Sequence first = 1) const;
  /// What comes behind `last_sequence()`. Reads the last segment, for the names.
  [[nodiscard]] Result<RecordFollower> follow() const;

  /// Rows of a data set, column by column: see History.
  [[nodiscard]] Result<History> history(const HistoryQuery& query = {}) const;

  /// One instrument as of a sequence. kNotFound when the sequence is not retained or not reached,
  /// when the instrument has no tick up to it, or when neither its first tick nor a saved state up
  /// to it is retained; kInvalidArgument when its operators were registered by hand (ask with a
  /// factor text of your own), or the text does not compile.
  [[nodiscard]] Result<InstrumentAsOf> as_of(const AsOfRequest& request) const;

  /// Reads and checks everything; damage is in the answer. Fails when a file cannot be read.
  [[nodiscard]] Result<Verification> verify(const VerifyOptions& options = {}) const;

 private:
  struct Look;
  explicit Reader(std::shared_ptr<const Look> look);
  std::shared_ptr<const Look> look_;
};

}  // namespace factorwal
