/// What a segment says of names and rings: everything once at its beginning, then what is new.

#include <algorithm>

#include "wal/writing/wal_writer.h"

namespace factorwal::wal {
namespace {

// A definition stands in two frames, so that the loss of one frame costs no record of another.
constexpr int kDefinitionCopies = 2;
constexpr std::size_t kDefinitionFrameBytes = std::size_t{1} << 20;

}  // namespace

Status WalWriter::write_definitions(Defined from) {
  auto& frame = side_frame_;
  const auto times = written_event_times();
  const auto flush_if = [&](std::size_t limit) -> Status {
    if (frame.empty() || frame.bytes() < limit) return {};
    auto done = write_side_frame(FrameKind::kCommit, {});
    frame.reset();
    return done;
  };
  for (int copy = 0; copy < kDefinitionCopies; ++copy) {
    frame.reset();
    for (auto i = from.instruments; i < defined_.instruments; ++i) {
      const auto time = i < times.size() ? times[i] : kNoTimestamp;
      frame.define_instrument(i, time, *names_.instruments.name(i));
      if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
    }
    for (auto i = from.factors; i < defined_.factors; ++i) {
      frame.define_factor(i, *names_.factors.name(i));
      if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
    }
    for (auto i = from.layouts; i < defined_.layouts; ++i) {
      frame.define_layout(i, *names_.layouts.get(i));
      if (auto done = flush_if(kDefinitionFrameBytes); !done) return done;
    }
    if (auto done = flush_if(0); !done) return done;
  }
  defined_ahead_ = defined_;
  return {};
}

std::vector<TimestampNs> WalWriter::written_event_times() const {
  auto times = names_.event_times;
  for (auto it = unwritten_events_.rbegin(); it != unwritten_events_.rend(); ++it)
    times[it->instrument.index] = it->time;
  return times;
}

void WalWriter::settle_events() {
  const auto begin = unwritten_events_.begin();
  unwritten_events_.erase(begin, begin + static_cast<std::ptrdiff_t>(pending_events_));
  pending_events_ = 0;
}

std::uint64_t WalWriter::beginning_bytes() {
  return fix_definitions({}) + align_up(kFrameHeaderBytes + ring_marks_.size() * kFrameRingBytes);
}

Status WalWriter::write_beginning() {
  if (auto done = write_definitions({}); !done || ring_marks_.empty()) return done;
  side_frame_.reset();
  return write_side_frame(FrameKind::kCommit, ring_marks_);
}

Result<ReplayStart> WalWriter::begin_part() {
  if (auto done = usable(); !done) return done.error();
  if (offset_ + fix_definitions({}) > current_.allocated_bytes) {
    if (auto done = rotate(0); !done) return done.error();  // begins with the same
    return ReplayStart{current_.number, kSegmentHeaderBytes, next_sequence_};
  }
  const ReplayStart start{current_.number, offset_, next_sequence_};
  if (auto done = write_definitions({}); !done) return done.error();
  return start;
}

void WalWriter::forget_rings(std::span<const std::uint64_t> rings) {
  std::erase_if(ring_marks_, [&](const RingMark& mark) {
    return std::ranges::find(rings, mark.ring) != rings.end();
  });
}

bool WalWriter::is_long() const noexcept { return frame_.bytes() >= kDefinitionFrameBytes; }

void WalWriter::repeat_definitions(Defined from) {
  for (auto i = from.instruments; i < defined_.instruments; ++i) {
    frame_.define_instrument(i, names_.event_time({i}), *names_.instruments.name(i));
  }
  for (auto i = from.factors; i < defined_.factors; ++i) {
    frame_.define_factor(i, *names_.factors.name(i));
  }
  for (auto i = from.layouts; i < defined_.layouts; ++i) {
    frame_.define_layout(i, *names_.layouts.get(i));
  }
}

void WalWriter::define_instruments(InstrumentHandle to) {
  while (defined_.instruments <= to.index) {
    if (is_long()) return write_definitions_ahead();
    const InstrumentHandle next{defined_.instruments++};
    frame_.define_instrument(next.index, names_.event_time(next),
                             *names_.instruments.name(next.index));
  }
}

void WalWriter::define_factors(FactorHandle to) {
  while (defined_.factors <= to.index) {
    if (is_long()) return write_definitions_ahead();
    const auto next = defined_.factors++;
    frame_.define_factor(next, *names_.factors.name(next));
  }
}

void WalWriter::define_layouts(LayoutHandle to) {
  while (defined_.layouts <= to.index) {
    if (is_long()) return write_definitions_ahead();
    const auto next = defined_.layouts++;
    frame_.define_layout(next, *names_.layouts.get(next));
  }
}

void WalWriter::write_definitions_ahead() {
  if (!usable()) return;
  // Handles are defined in their order, so those in the unwritten frame come along.
  const auto need = fix_definitions(defined_ahead_);
  if (offset_ + need > current_.allocated_bytes) {
    (void)rotate(0);  // begins the segment with the same definitions; a failure poisons
    return;
  }
  (void)write_definitions(defined_ahead_);
}

std::uint64_t WalWriter::fix_definitions(Defined from) {
  // Senders intern ids meanwhile: what is counted here is what gets written.
  defined_ = {names_.instruments.size(), names_.factors.size(), names_.layouts.size()};
  constexpr std::uint64_t kPerDefinition = 24;  // kind, length, handle, time, and slack
  std::uint64_t total = 0;
  for (auto i = from.instruments; i < defined_.instruments; ++i) {
    total += names_.instruments.name(i)->size() + kPerDefinition;
  }
  for (auto i = from.factors; i < defined_.factors; ++i) {
    total += names_.factors.name(i)->size() + kPerDefinition;
  }
  for (auto i = from.layouts; i < defined_.layouts; ++i) {
    const auto& layout = *names_.layouts.get(i);
    total += layout.factor_text.size() + 4 * kPerDefinition;
    for (const auto* list : {&layout.fields, &layout.factors}) {
      for (const auto& name : *list) total += name.size() + kPerDefinition;
    }
  }
  const auto one =
      total + (total / kDefinitionFrameBytes + 2) * (kFrameHeaderBytes + kFrameAlignment);
  return one * kDefinitionCopies;
}

}  // namespace factorwal::wal
