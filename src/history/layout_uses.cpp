#include "history/layout_uses.h"

#include "wal/reading/log_reader.h"
#include "wal/reading/log_segments.h"

namespace factorwal::history {

Result<std::vector<LayoutUse>> find_layout_uses(FileSystem& files, const wal::LogView& view,
                                                Sequence first, Sequence last) {
  wal::NameTable names;
  wal::LogReader reader(files, view, names, wal::start_at(view, first));
  std::vector<LayoutUse> uses;
  LayoutHandle current;
  LogRecord record;
  for (;;) {
    const auto found = reader.next_outline(record);
    if (!found) return found.error();
    if (!*found || record.sequence > last) return uses;
    if (record.type != RecordType::kTick || record.sequence < first) continue;
    if (uses.empty() || record.layout_handle != current) {
      current = record.layout_handle;
      uses.push_back({record.sequence, 0, *names.layouts.get(current.index)});
    }
    uses.back().last = record.sequence;
  }
}

}  // namespace factorwal::history
