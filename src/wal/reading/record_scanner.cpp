#include "wal/reading/record_scanner.h"

#include <array>

#include "wal/format/value_code.h"

namespace factorwal::wal {
namespace {

constexpr unsigned kPairWithDecimal = 255;

/// Bytes that the two values of a byte of codes take; decimals say so themselves.
constexpr std::array<std::uint8_t, 256> make_pair_widths() {
  std::array<std::uint8_t, 256> widths{};
  for (unsigned pair = 0; pair < 256; ++pair) {
    const unsigned low = pair & 0xfU;
    const unsigned high = pair >> 4U;
    const bool decimal = low == kDecimalCode || high == kDecimalCode;
    const unsigned width =
        decimal ? kPairWithDecimal : difference_width(low) + difference_width(high);
    widths[pair] = static_cast<std::uint8_t>(width);
  }
  return widths;
}

constexpr auto kPairWidths = make_pair_widths();

/// Passes over one value; null when it is none, or reaches beyond the end.
const std::byte* pass_value(const std::byte* at, const std::byte* end, unsigned code) noexcept {
  if (code != kDecimalCode)
    return at + difference_width(code) <= end ? at + difference_width(code) : nullptr;
  if (at == end) return nullptr;
  const auto head = static_cast<unsigned>(*at);
  if (head >> 6U == 3) return head == 3U << 6U ? at + 1 : nullptr;
  at += 1 + (head & 7U);
  return at <= end ? at : nullptr;
}

/// Passes over the values of a tick.
const std::byte* pass_values(const std::byte* at, const std::byte* end, ByteView codes,
                             std::size_t count) noexcept {
  for (std::size_t i = 0; i < count / 2; ++i) {
    const auto pair = static_cast<unsigned>(codes[i]);
    const unsigned width = kPairWidths[pair];
    if (width != kPairWithDecimal) {
      if (static_cast<std::size_t>(end - at) < width) return nullptr;
      at += width;
      continue;
    }
    at = pass_value(at, end, pair & 0xfU);
    if (at != nullptr) at = pass_value(at, end, pair >> 4U);
    if (at == nullptr) return nullptr;
  }
  if (count % 2 == 0) return at;
  return pass_value(at, end, static_cast<unsigned>(codes[count / 2]) & 0xfU);
}

}  // namespace

bool RecordScanner::scan(ByteView frame, const FrameHeader& header) {
  records_.clear();
  // Names and states are the decoder's.
  if (header.has_definitions() || header.has_state()) return false;
  if (!header.chunks_hold) return false;  // tells what is lost
  frame_chunks(frame, header, chunks_);
  next_chunk_ = 0;
  ++frame_;
  position_bytes_ = 0;
  Cursor cursor(frame_records(frame, header));
  records_.resize(header.record_count);
  for (std::size_t at = 0; at < records_.size();) {
    const bool block =
        cursor.remaining() > 0 && *cursor.position() == static_cast<std::byte>(RecordKind::kBlock);
    const bool scanned = !block && scan_record(cursor, records_[at]);
    const std::size_t count = block ? scan_block(cursor, at) : scanned ? 1 : 0;
    if (count == 0 || !cursor.ok()) return false;
    at += count;
  }
  return cursor.remaining() == 0 && next_chunk_ == chunks_.size();
}

std::size_t RecordScanner::scan_block(Cursor& cursor, std::size_t at) {
  (void)cursor.get<std::uint8_t>();
  const auto content = cursor.bytes(cursor.varint());
  if (!cursor.ok()) return 0;
  if (!block_.start_outline(content, records_.size() - at, chunks_, next_chunk_)) return 0;
  const auto count = block_.left();
  LogRecord record;
  for (auto left = count; left > 0; --left) {
    (void)block_.pass(record);  // all chunks hold
    auto& scanned = records_[at++];
    scanned.type = record.type;
    scanned.instrument = record.instrument;
    if (record.type != RecordType::kTick) continue;
    scanned.layout = record.layout_handle;
    scanned.tick_number = record.tick_number;
  }
  return count;
}

bool RecordScanner::scan_record(Cursor& cursor, ScannedRecord& record) {
  const auto kind = static_cast<RecordKind>(cursor.get<std::uint8_t>());
  switch (kind) {
    case RecordKind::kTick:
    case RecordKind::kUncountedTick:
      record.tick_number.counted = kind == RecordKind::kTick;
      return scan_tick(cursor, record);
    case RecordKind::kUpdate: {
      record.type = RecordType::kUpdate;
      if (!read_instrument(cursor, record)) return false;
      const bool named = cursor.varint() < names_.factors.size();
      (void)cursor.varint();
      (void)cursor.get<double>();
      return named;
    }
    case RecordKind::kTime:
      record.type = RecordType::kTime;
      (void)cursor.varint();
      return true;
    case RecordKind::kPosition: record.type = RecordType::kPosition; return scan_position(cursor);
    default: return false;
  }
}

bool RecordScanner::read_instrument(Cursor& cursor, ScannedRecord& record) const {
  const auto index = cursor.varint();
  record.instrument = InstrumentHandle{static_cast<std::uint32_t>(index)};
  return cursor.ok() && index < names_.instruments.size();
}

bool RecordScanner::scan_tick(Cursor& cursor, ScannedRecord& record) {
  record.type = RecordType::kTick;
  if (!read_instrument(cursor, record)) return false;
  const auto layout_index = cursor.varint();
  const auto* layout = layouts_.find(layout_index);
  if (layout == nullptr) return false;
  record.layout = LayoutHandle{static_cast<std::uint32_t>(layout_index)};
  (void)cursor.varint();  // time
  const auto index = record.instrument.index;
  if (index >= previous_.size()) previous_.resize(std::size_t{index} + 1);
  auto& previous = previous_[index];
  const bool follows = previous.frame == frame_ && previous.layout == record.layout.index;
  record.tick_number.ordinal = cursor.varint() + (follows ? previous.ordinal + 1 : 0);
  previous = {frame_, record.layout.index, record.tick_number.ordinal};
  if (!scan_position(cursor)) return false;
  const auto count = layout->fields.size() + layout->factors.size();
  const auto codes = cursor.bytes((count + 1) / 2);
  if (!cursor.ok()) return false;
  const auto* begin = cursor.position();
  const auto* after = pass_values(begin, begin + cursor.remaining(), codes, count);
  if (after == nullptr) return false;
  (void)cursor.bytes(static_cast<std::uint64_t>(after - begin));
  return true;
}

bool RecordScanner::scan_position(Cursor& cursor) {
  const auto shared = cursor.varint();
  const auto rest = cursor.varint();
  (void)cursor.bytes(rest);
  if (shared == 0 && rest == 0) return true;
  if (shared > position_bytes_) return false;
  position_bytes_ = shared + rest;
  return true;
}

}  // namespace factorwal::wal
