#pragma once
/// What is behind a Reader.

#include "factorwal/reader.h"
#include "wal/reading/log_view.h"

namespace factorwal {

struct Reader::Look {
  FileSystem& files;
  wal::LogView view;
  std::vector<LogSegment> segments;
};

}  // namespace factorwal
