#include "history/log_names.h"

#include <unordered_set>

#include "history/history_scan.h"
#include "wal/reading/log_reader.h"
#include "wal/reading/log_segments.h"

namespace factorwal::history {
namespace {

/// Marks `index`; false if it was marked already.
bool mark(std::vector<bool>& marks, std::size_t index) {
  if (index >= marks.size()) marks.resize(index + 1);
  if (marks[index]) return false;
  marks[index] = true;
  return true;
}

/// Names in the order in which they come, each once.
class NameList {
 public:
  void add(std::string_view name) {
    if (met_.emplace(name).second) names_.emplace_back(name);
  }
  [[nodiscard]] bool has(const std::string& name) const { return met_.contains(name); }
  [[nodiscard]] std::vector<std::string> take() { return std::move(names_); }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_set<std::string> met_;
};

/// Notes which definitions have had a record: while there is none without, a frame that brings no
/// new ones need not be decoded.
class Uses {
 public:
  explicit Uses(const wal::NameTable& names) : names_(names) {}

  void note(const LogRecord& record) {
    switch (record.type) {
      case RecordType::kTick:
        if (!mark(layouts_, record.layout_handle.index)) return;
        ++used_layouts_;
        for (const auto& factor : record.layout->factors) of_rows_.add(factor);
        return;
      case RecordType::kUpdate:
      case RecordType::kVectorUpdate:
        if (!mark(factors_, record.factor.index)) return;
        ++used_factors_;
        of_rows_.add(record.factor_id);
        return;
      case RecordType::kSnapshot:
        for (const auto& item : record.factors) {
          if (mark(in_snapshots_, item.factor.index)) of_snapshots_.add(item.factor_id);
        }
        return;
      default: return;
    }
  }
  [[nodiscard]] bool all_used() const {
    return used_layouts_ == names_.layouts.size() && used_factors_ == names_.factors.size();
  }
  void give(LogNames& result) {
    for (const auto& name : of_snapshots_.names()) {
      if (!of_rows_.has(name)) result.snapshot_factors.push_back(name);
    }
    result.factors_by_use = of_rows_.take();
  }

 private:
  const wal::NameTable& names_;
  std::vector<bool> layouts_;
  std::vector<bool> factors_;
  std::vector<bool> in_snapshots_;
  std::size_t used_layouts_ = 0;
  std::size_t used_factors_ = 0;
  NameList of_rows_;
  NameList of_snapshots_;
};

LogNames defined_names(const wal::NameTable& names) {
  LogNames result;
  for (std::uint32_t i = 0; i < names.instruments.size(); ++i) {
    result.instruments.emplace_back(*names.instruments.name(i));
  }
  NameList fields;
  NameList factors;
  for (std::uint32_t i = 0; i < names.layouts.size(); ++i) {
    result.layouts.push_back(*names.layouts.get(i));
    for (const auto& name : result.layouts.back().fields) fields.add(name);
    for (const auto& name : result.layouts.back().factors) factors.add(name);
  }
  for (std::uint32_t i = 0; i < names.factors.size(); ++i) factors.add(*names.factors.name(i));
  result.fields = fields.take();
  result.factors = factors.take();
  return result;
}

}  // namespace

Result<LogNames> find_names(FileSystem& files, const wal::LogView& view, Sequence first,
                            Sequence last) {
  wal::NameTable names;
  wal::LogReader reader(files, view, names, wal::start_at(view, first));
  wal::FrameDecoder decoder(names);
  Uses uses(names);
  for (;;) {
    const auto found = reader.next_frame();
    if (!found) return found.error();
    if (!*found) break;
    const auto& header = reader.frame_header();
    if (header.first_sequence > last) break;
    if (!header.has_definitions() && (header.last_sequence() < first || uses.all_used())) continue;
    decoder.start(reader.frame(), header);
    LogRecord record;
    for (;;) {
      const auto next = decoder.next(record);
      if (!next && next.error().code != Errc::kCorruption) return next.error();
      if (!next || !*next) break;  // the pass for the records tells what is wrong
      if (record.sequence > last) break;
      if (record.sequence >= first) uses.note(record);
    }
  }
  if (reader.cut().any()) {
    if (auto learned = learn_names(files, view, names); !learned) return learned.error();
  }
  auto result = defined_names(names);
  uses.give(result);
  result.findings = reader.findings();
  return result;
}

}  // namespace factorwal::history
