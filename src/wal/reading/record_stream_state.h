#pragma once
/// What is behind a RecordStream, for who makes one.

#include "factorwal/record_stream.h"
#include "wal/reading/log_reader.h"

namespace factorwal {

struct RecordStream::State {
  /// From the record of sequence `first` on. `files` must outlive this.
  State(FileSystem& files, const wal::LogView& view, Sequence first);
  /// Until `first` is reached.
  [[nodiscard]] Result<bool> pass_and_read(LogRecord& record);

  wal::NameTable names;
  wal::LogReader reader;
  Sequence first = 0;  // 0: it is reached
  bool passed = false;
  Status status;
};

}  // namespace factorwal
