#include "wal/reading/index_builder.h"

#include <algorithm>

#include "wal/chunk/block_columns.h"
#include "wal/reading/log_reader.h"

namespace factorwal::wal {
namespace {

/// So many bytes of frames a group has at least, as long as the index stays small enough.
constexpr std::uint64_t kGroupBytes = std::uint64_t{64} << 10;

/// One frame's part of an index.
class FrameOutline {
 public:
  explicit FrameOutline(NameTable& names) : decoder_(names), columns_(names) {}

  /// False when the frame does not follow the grammar, or a chunk does not hold.
  [[nodiscard]] Result<bool> read(LogReader& reader, FrameGroup& group);

 private:
  [[nodiscard]] Result<bool> read_block(FrameGroup& group);
  void note(FrameGroup& group, InstrumentHandle instrument, TimestampNs time);

  FrameDecoder decoder_;
  BlockColumns columns_;
  ChunkSource chunks_;
  std::vector<std::size_t> indices_;
  std::vector<ChunkView> views_;
  std::vector<bool> met_;
  std::vector<std::uint32_t> handles_;
};

void FrameOutline::note(FrameGroup& group, InstrumentHandle instrument, TimestampNs time) {
  if (instrument.index >= met_.size()) met_.resize(std::size_t{instrument.index} + 1);
  if (!met_[instrument.index]) handles_.push_back(instrument.index);
  met_[instrument.index] = true;
  if (time == kNoTimestamp) return;
  if (!group.has_times() || time < group.first_time) group.first_time = time;
  group.last_time = std::max(group.last_time, time);
}

Result<bool> FrameOutline::read(LogReader& reader, FrameGroup& group) {
  const auto& header = reader.frame_header();
  group.offset = reader.frame_offset();
  group.first_sequence = header.first_sequence;
  group.definitions = header.has_definitions();
  decoder_.start_parts(reader.frame(), header);
  reader.start_chunks(chunks_);
  LogRecord record;
  for (;;) {
    const auto part = decoder_.next_part(record);
    if (!part && part.error().code == Errc::kCorruption) return false;
    if (!part) return part.error();
    if (*part == FrameDecoder::Part::kEnd) break;
    if (*part == FrameDecoder::Part::kBlock) {
      auto done = read_block(group);
      if (!done || !*done) return done;
    } else if (record.sequence != 0 && record.type != RecordType::kTime &&
               record.type != RecordType::kPosition) {
      note(group, record.instrument, record.timestamp_ns);
    }
  }
  std::ranges::sort(handles_);
  for (const auto handle : handles_) {
    met_[handle] = false;
    auto& all = group.instruments;
    if (!all.empty() && all.back().end == handle) {
      ++all.back().end;
    } else {
      all.push_back({handle, handle + 1});
    }
  }
  handles_.clear();
  return true;
}

Result<bool> FrameOutline::read_block(FrameGroup& group) {
  const auto& block = decoder_.block();
  if (!columns_.start(block.content, block.records, block.chunks)) return false;
  indices_.clear();
  for (std::size_t i = 0; i < block.chunks; ++i) indices_.push_back(block.first_chunk + i);
  if (auto done = chunks_.read(indices_, views_); !done) return done.error();
  for (std::size_t i = 0; i < views_.size(); ++i) {
    const auto& chunk = columns_.chunks()[i];
    Cursor bytes(views_[i].bytes);
    if (!views_[i].intact || !columns_.load_keys(chunk, bytes)) return false;
    auto row = chunk.first_row;
    for (const auto& run : columns_.runs(chunk)) {
      const InstrumentHandle instrument{columns_.instrument(run)};
      for (const auto end = row + run.rows; row < end; ++row) {
        note(group, instrument, columns_.time(row));
      }
    }
    for (; row < chunk.first_row + chunk.rows; ++row) {
      note(group, InstrumentHandle{columns_.target(row).instrument}, columns_.time(row));
    }
  }
  return true;
}

std::vector<FrameGroup::Handles> join(const std::vector<FrameGroup::Handles>& a,
                                      const std::vector<FrameGroup::Handles>& b) {
  std::vector<FrameGroup::Handles> sorted;
  std::ranges::merge(a, b, std::back_inserter(sorted), {}, &FrameGroup::Handles::first,
                     &FrameGroup::Handles::first);
  std::vector<FrameGroup::Handles> all;
  for (const auto& handles : sorted) {
    if (!all.empty() && handles.first <= all.back().end) {
      all.back().end = std::max(all.back().end, handles.end);
    } else {
      all.push_back(handles);
    }
  }
  return all;
}

void join_into(FrameGroup& group, const FrameGroup& more) {
  group.definitions |= more.definitions;
  group.instruments = join(group.instruments, more.instruments);
  if (!more.has_times()) return;
  if (!group.has_times() || more.first_time < group.first_time) group.first_time = more.first_time;
  group.last_time = std::max(group.last_time, more.last_time);
}

/// Groups of at least so many bytes. Frames with definitions are read by everybody: they stay
/// apart.
std::vector<FrameGroup> join_groups(const std::vector<FrameGroup>& groups, std::uint64_t bytes) {
  std::vector<FrameGroup> joined;
  for (const auto& group : groups) {
    const bool joins = !joined.empty() && group.offset - joined.back().offset < bytes &&
                       joined.back().definitions == group.definitions;
    if (joins) {
      join_into(joined.back(), group);
    } else {
      joined.push_back(group);
    }
  }
  return joined;
}

}  // namespace

Result<std::optional<SegmentIndex>> build_index(FileSystem& files, const LogView& view,
                                                std::size_t segment) {
  const std::optional<SegmentIndex> none;
  const auto& of = view.segments[segment];
  if (!of.header_ok || !of.end_known || of.missing || of.end < kIndexedBytesLeast) return none;
  LogView alone = view;
  alone.segments = {of};
  alone.findings.clear();
  SegmentIndex index{of.header.directory, of.entry.identity, of.end, of.header.first_sequence, {}};
  NameTable names;
  LogReader reader(files, std::move(alone), names);
  reader.read_heads_only();
  FrameOutline outline(names);
  std::vector<FrameGroup> frames;
  for (;;) {
    const auto found = reader.next_frame();
    if (!found) return found.error();
    if (!*found) break;
    auto read = outline.read(reader, frames.emplace_back());
    if (!read) return read.error();
    if (!*read) return none;
  }
  if (!reader.findings().empty() || frames.empty()) return none;
  index.next_sequence = reader.last_sequence() + 1;
  for (auto bytes = kGroupBytes;; bytes *= 2) {
    index.groups = join_groups(frames, bytes);
    if (encode_index(index).size() <= of.end / kIndexShare) return std::optional(std::move(index));
    if (bytes > of.end) return none;
  }
}

std::optional<std::size_t> find_sealed(FileSystem& files, LogView& view) {
  const auto& named = view.manifest.segments;
  const auto in_use = std::ranges::find(named, view.manifest.in_use, &ManifestSegment::number);
  if (in_use == named.begin() || in_use == named.end()) return {};
  SegmentView sealed;
  sealed.entry = *std::prev(in_use);
  sealed.path = join_path(view.directory, segment_name(sealed.entry.number));
  const auto last_path = join_path(view.directory, segment_name(in_use->number));
  const auto last = find_segment_header(files, last_path);
  const auto own = find_segment_header(files, sealed.path);
  if (!last || !*last || !own || !*own) return {};
  sealed.header = **own;
  if (sealed.header.identity != sealed.entry.identity ||
      (*last)->predecessor != sealed.header.identity) {
    return {};
  }
  sealed.header_ok = true;
  sealed.end = (*last)->predecessor_end;
  sealed.end_known = true;
  view.last_sequence = (*last)->first_sequence - 1;
  view.segments = {std::move(sealed)};
  return 0;
}

std::optional<SegmentIndex> load_index(FileSystem& files, const LogView& view,
                                       std::size_t segment) {
  const auto& of = view.segments[segment];
  if (!of.header_ok || of.end < kIndexedBytesLeast) return {};
  const auto file = files.open_read(index_path(of.path));
  if (!file) return {};
  Bytes bytes(static_cast<std::size_t>(of.end / kIndexShare) + 1);
  const auto count = (*file)->read_at(0, bytes);
  if (!count || *count == bytes.size()) return {};
  auto index = decode_index(ByteView(bytes).first(*count));
  const bool is_its = index && index->directory == of.header.directory &&
                      index->segment == of.entry.identity && index->end == of.end;
  if (!is_its) return {};
  return index;
}

}  // namespace factorwal::wal
