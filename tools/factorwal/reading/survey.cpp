#include "reading/survey.h"

#include <algorithm>

namespace factorwal::tool {
namespace {

/// Counts the definitions that no row has used yet: while there are none, a frame that brings no
/// new ones need not be decoded.
class Unused {
 public:
  explicit Unused(const wal::NameTable& names) : names_(names) {}

  void note(const LogRecord& record) {
    if (record.type == RecordType::kTick) {
      count(layouts_, used_layouts_, record.layout_handle.index);
    } else if (record.type == RecordType::kUpdate || record.type == RecordType::kVectorUpdate) {
      count(factors_, used_factors_, record.factor.index);
    }
  }
  [[nodiscard]] bool any() const {
    return used_layouts_ < names_.layouts.size() || used_factors_ < names_.factors.size();
  }

 private:
  static void count(std::vector<bool>& marks, std::size_t& used, std::size_t index) {
    if (index >= marks.size()) marks.resize(index + 1);
    if (!marks[index]) ++used;
    marks[index] = true;
  }
  const wal::NameTable& names_;
  std::vector<bool> layouts_;
  std::vector<bool> factors_;
  std::size_t used_layouts_ = 0;
  std::size_t used_factors_ = 0;
};

void add_new(std::vector<std::string>& list, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  }
}

}  // namespace

KnownNames known_names(const wal::NameTable& names) {
  KnownNames result;
  for (std::uint32_t i = 0; i < names.instruments.size(); ++i) {
    result.instruments.emplace_back(*names.instruments.name(i));
  }
  for (std::uint32_t i = 0; i < names.layouts.size(); ++i) {
    add_new(result.fields, names.layouts.get(i)->fields);
    add_new(result.factors, names.layouts.get(i)->factors);
  }
  for (std::uint32_t i = 0; i < names.factors.size(); ++i) {
    add_new(result.factors, {std::string(*names.factors.name(i))});
  }
  return result;
}

Result<Survey> survey(const wal::LogView& view, wal::NameTable& names, Columns& columns,
                      bool snapshots, Sequence last) {
  wal::LogReader reader(posix_file_system(), view, names);
  wal::FrameDecoder decoder(names);
  Unused unused(names);
  Columns late({}, {});
  for (;;) {
    const auto found = reader.next_frame();
    if (!found) return found.error();
    if (!*found) break;
    const auto& header = reader.frame_header();
    if (header.first_sequence > last) break;
    if (!header.has_definitions() && !unused.any()) continue;
    decoder.start(reader.frame(), header);
    LogRecord record;
    for (;;) {
      const auto next = decoder.next(record);
      if (!next && next.error().code != Errc::kCorruption) return next.error();
      if (!next || !*next) break;  // the pass for the rows tells what is wrong
      if (record.sequence > last) break;
      columns.note(record);
      if (snapshots && record.type == RecordType::kSnapshot) late.note_snapshot(record);
      unused.note(record);
    }
  }
  columns.add_late(late);
  return Survey{known_names(names), reader.findings()};
}

}  // namespace factorwal::tool
