#include "feed/arrow/arrow_column.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#include "factorwal/operators/missing.h"
#include "feed/arrow/arrow_text.h"
#include "feed/number.h"
#include "feed/times/calendar.h"

namespace factorwal::feed {
namespace {

constexpr std::int64_t kExactMax = std::int64_t{1} << 53;

bool bit(const std::uint8_t* bits, std::int64_t at) noexcept {
  return (bits[at >> 3] >> static_cast<unsigned>(at & 7) & 1U) != 0;
}

/// Texts of up to 12 bytes lie in the view itself; others in one of the buffers.
struct TextView {
  std::int32_t size;
  std::array<char, 4> prefix;
  std::int32_t buffer;
  std::int32_t offset;
};
static_assert(sizeof(TextView) == 16);

std::int64_t buffers_of(ArrowKind kind) noexcept {
  switch (kind) {
    case ArrowKind::kNull: return 0;
    case ArrowKind::kText:
    case ArrowKind::kLargeText:
    case ArrowKind::kTextView: return 3;
    default: return 2;
  }
}

template <class Number>
std::string_view number_text(Number value, CellText& room) noexcept {
  const auto [end, code] = std::to_chars(room.data(), room.data() + room.size(), value);
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

/// Plain digits where they fit: a timestamp has no exponent.
template <class Number>
std::string_view real_text(Number value, CellText& room) noexcept {
  if (std::isnan(value)) return {};
  const auto [end, code] =
      std::to_chars(room.data(), room.data() + room.size(), value, std::chars_format::fixed);
  if (code != std::errc{}) return number_text(value, room);
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

}  // namespace

ArrowColumn::ArrowColumn(ArrowType type) : type_(std::move(type)) {
  if (type_.values) dictionary_ = std::make_unique<ArrowColumn>(*type_.values);
  is_ns_ = type_.kind == ArrowKind::kTimestamp && !type_.values && type_.per_second == kSecondNs;
}

Error ArrowColumn::broken(const std::string& what) const {
  return Error{Errc::kCorruption, "an array of the type " + type_.name + " " + what};
}

Status ArrowColumn::bind(const ArrowArray& array, std::int64_t first, std::int64_t count,
                         const ArrowArray* parent, std::int64_t parent_first) {
  buffers_ = array.buffers;
  buffer_count_ = array.n_buffers;
  first_ = array.offset + first;
  validity_ = nullptr;
  parent_validity_ = nullptr;
  if (array.length < first + count) return broken("is shorter than its batch");
  if (type_.kind == ArrowKind::kOther && !type_.values) return {};
  // A view has one buffer of sizes behind those of bytes, which may be none.
  const std::int64_t least = type_.kind == ArrowKind::kTextView ? 2 : buffers_of(type_.kind);
  if (array.n_buffers < least) return broken("lacks buffers");
  const bool has_nulls = array.null_count != 0 && least > 0;
  if (has_nulls) validity_ = static_cast<const std::uint8_t*>(array.buffers[0]);
  if (parent != nullptr && parent->null_count != 0 && parent->n_buffers > 0) {
    parent_validity_ = static_cast<const std::uint8_t*>(parent->buffers[0]);
    parent_first_ = parent_first;
  }
  if (count > 0 && least > 1 && array.buffers[1] == nullptr) return broken("lacks its values");
  if (!dictionary_) return {};
  if (array.dictionary == nullptr) return broken("lacks its dictionary");
  dictionary_size_ = static_cast<std::size_t>(array.dictionary->length);
  if (Status bound = dictionary_->bind(*array.dictionary, 0, array.dictionary->length, nullptr, 0);
      !bound) {
    return bound;
  }
  return check_places(count);
}

Status ArrowColumn::check_places(std::int64_t count) const {
  for (std::int64_t row = 0; row < count; ++row) {
    const bool known = (validity_ == nullptr || bit(validity_, first_ + row));
    if (known && static_cast<std::uint64_t>(integer(row)) >= dictionary_size_) {
      return broken("has a place beyond its dictionary");
    }
  }
  return {};
}

template <class T>
T ArrowColumn::at(std::int64_t row) const noexcept {
  T value;
  std::memcpy(&value,
              static_cast<const char*>(buffers_[1]) + (first_ + row) * std::int64_t{sizeof(T)},
              sizeof(T));
  return value;
}

std::int64_t ArrowColumn::integer(std::int64_t row) const noexcept {
  switch (type_.kind) {
    case ArrowKind::kInt8: return at<std::int8_t>(row);
    case ArrowKind::kInt16: return at<std::int16_t>(row);
    case ArrowKind::kInt32: return at<std::int32_t>(row);
    case ArrowKind::kUint8: return at<std::uint8_t>(row);
    case ArrowKind::kUint16: return at<std::uint16_t>(row);
    case ArrowKind::kUint32: return at<std::uint32_t>(row);
    case ArrowKind::kBool:
      return bit(static_cast<const std::uint8_t*>(buffers_[1]), first_ + row) ? 1 : 0;
    case ArrowKind::kDate:
    case ArrowKind::kTime:
      return type_.width_bytes == 4 ? at<std::int32_t>(row) : at<std::int64_t>(row);
    default: return at<std::int64_t>(row);
  }
}

std::string_view ArrowColumn::bytes(std::int64_t row) const noexcept {
  const std::int64_t slot = first_ + row;
  if (type_.kind == ArrowKind::kTextView) {
    const auto view = at<TextView>(row);
    const auto size = static_cast<std::size_t>(view.size);
    if (view.size <= 12) {
      return {static_cast<const char*>(buffers_[1]) + slot * 16 + 4, size};
    }
    return {static_cast<const char*>(buffers_[2 + view.buffer]) + view.offset, size};
  }
  std::int64_t begin = 0;
  std::int64_t end = 0;
  if (type_.kind == ArrowKind::kText) {
    const auto* offsets = static_cast<const std::int32_t*>(buffers_[1]);
    begin = offsets[slot];
    end = offsets[slot + 1];
  } else {
    const auto* offsets = static_cast<const std::int64_t*>(buffers_[1]);
    begin = offsets[slot];
    end = offsets[slot + 1];
  }
  if (end <= begin) return {};
  return {static_cast<const char*>(buffers_[2]) + begin, static_cast<std::size_t>(end - begin)};
}

const std::byte* ArrowColumn::views(std::int64_t first) const noexcept {
  const bool has_nulls = validity_ != nullptr || parent_validity_ != nullptr;
  if (type_.kind != ArrowKind::kTextView || has_nulls || dictionary_) return nullptr;
  return static_cast<const std::byte*>(buffers_[1]) +
         (first_ + first) * std::int64_t{sizeof(TextView)};
}

std::size_t ArrowColumn::dictionary_size() const noexcept { return dictionary_size_; }

std::size_t ArrowColumn::place(std::int64_t row) const noexcept {
  return static_cast<std::size_t>(integer(row));
}

void ArrowColumn::places(std::int64_t first, std::span<std::size_t> out) const noexcept {
  const bool has_nulls = validity_ != nullptr || parent_validity_ != nullptr ||
                         dictionary_->validity_ != nullptr ||
                         dictionary_->type_.kind == ArrowKind::kNull;
  std::int64_t row = first;
  if (type_.kind == ArrowKind::kInt32 && !has_nulls) {
    for (std::size_t& place : out) place = static_cast<std::size_t>(at<std::int32_t>(row++));
    return;
  }
  for (std::size_t& place : out) {
    place = is_null(row) ? kNoPlace : this->place(row);
    ++row;
  }
}

bool ArrowColumn::is_null(std::int64_t row) const noexcept {
  if (type_.kind == ArrowKind::kNull) return true;
  if (parent_validity_ != nullptr && !bit(parent_validity_, parent_first_ + row)) return true;
  if (validity_ != nullptr && !bit(validity_, first_ + row)) return true;
  return dictionary_ && dictionary_->is_null(integer(row));
}

bool ArrowColumn::take_rounded() noexcept {
  const bool own = std::exchange(rounded_, false);
  return dictionary_ ? dictionary_->take_rounded() : own;
}

template <class T>
void ArrowColumn::copy_numbers(std::int64_t first, std::size_t count, double* out) const noexcept {
  const char* const from =
      static_cast<const char*>(buffers_[1]) + (first_ + first) * std::int64_t{sizeof(T)};
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, from + i * sizeof value, sizeof value);
    out[i] = static_cast<double>(value);
  }
}

bool ArrowColumn::numbers(std::int64_t first, std::size_t count, double* out) const noexcept {
  if (dictionary_ || parent_validity_ != nullptr) return false;
  switch (type_.kind) {
    case ArrowKind::kDouble: copy_numbers<double>(first, count, out); break;
    case ArrowKind::kFloat: copy_numbers<float>(first, count, out); break;
    case ArrowKind::kInt8: copy_numbers<std::int8_t>(first, count, out); break;
    case ArrowKind::kInt16: copy_numbers<std::int16_t>(first, count, out); break;
    case ArrowKind::kInt32: copy_numbers<std::int32_t>(first, count, out); break;
    case ArrowKind::kUint8: copy_numbers<std::uint8_t>(first, count, out); break;
    case ArrowKind::kUint16: copy_numbers<std::uint16_t>(first, count, out); break;
    case ArrowKind::kUint32: copy_numbers<std::uint32_t>(first, count, out); break;
    case ArrowKind::kInt64: {
      bool exact = true;
      for (std::size_t i = 0; i < count; ++i) {
        const auto value = at<std::int64_t>(first + static_cast<std::int64_t>(i));
        exact = exact && value >= -kExactMax && value <= kExactMax;
        out[i] = static_cast<double>(value);
      }
      if (!exact) return false;
      break;
    }
    default: return false;
  }
  for (std::size_t i = 0; validity_ != nullptr && i < count; ++i) {
    if (!bit(validity_, first_ + first + static_cast<std::int64_t>(i))) out[i] = kMissing;
  }
  return true;
}

double ArrowColumn::decimal(std::int64_t row, bool& rounded) const {
  constexpr std::array<double, 23> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  std::array<std::uint64_t, 4> limbs{};
  std::size_t count = 1;
  if (type_.width_bytes == 4) {
    limbs[0] = static_cast<std::uint64_t>(std::int64_t{at<std::int32_t>(row)});
  } else {
    count = static_cast<std::size_t>(type_.width_bytes) / 8;
    std::memcpy(limbs.data(),
                static_cast<const char*>(buffers_[1]) + (first_ + row) * type_.width_bytes,
                static_cast<std::size_t>(type_.width_bytes));
  }
  const auto low = static_cast<std::int64_t>(limbs[0]);
  bool is_small = low > -kExactMax && low < kExactMax;
  for (std::size_t i = 1; i < count; ++i) {
    is_small = is_small && limbs[i] == (low < 0 ? ~std::uint64_t{0} : 0);
  }
  // Both are exact doubles, so that one division rounds correctly.
  if (is_small && type_.scale >= 0 && type_.scale < static_cast<int>(kPowers.size())) {
    return static_cast<double>(low) / kPowers[static_cast<std::size_t>(type_.scale)];
  }
  double value = kMissing;
  const bool read = parse_number(decimal_text(std::span(limbs.data(), count), type_.scale), value);
  rounded = rounded || !is_small;
  return read ? value : kMissing;
}

bool ArrowColumn::number(std::int64_t row, NumberForm form, double& value) {
  value = kMissing;
  if (is_null(row)) return true;
  if (dictionary_) return dictionary_->number(integer(row), form, value);
  switch (type_.kind) {
    case ArrowKind::kNull: return true;
    case ArrowKind::kDouble: value = at<double>(row); return true;
    case ArrowKind::kFloat: value = static_cast<double>(at<float>(row)); return true;
    case ArrowKind::kHalf: value = half_to_double(at<std::uint16_t>(row)); return true;
    case ArrowKind::kBool:
    case ArrowKind::kInt8:
    case ArrowKind::kInt16:
    case ArrowKind::kInt32:
    case ArrowKind::kUint8:
    case ArrowKind::kUint16:
    case ArrowKind::kUint32: value = static_cast<double>(integer(row)); return true;
    case ArrowKind::kInt64: {
      const std::int64_t whole = at<std::int64_t>(row);
      value = static_cast<double>(whole);
      const bool small = whole >= -kExactMax && whole <= kExactMax;
      rounded_ =
          rounded_ || (!small && (value >= 0x1p63 || static_cast<std::int64_t>(value) != whole));
      return true;
    }
    case ArrowKind::kUint64: {
      const std::uint64_t whole = at<std::uint64_t>(row);
      value = static_cast<double>(whole);
      rounded_ = rounded_ || (whole > std::uint64_t{kExactMax} &&
                              (value >= 0x1p64 || static_cast<std::uint64_t>(value) != whole));
      return true;
    }
    case ArrowKind::kDecimal: value = decimal(row, rounded_); return true;
    case ArrowKind::kText:
    case ArrowKind::kLargeText:
    case ArrowKind::kTextView: return parse_number(bytes(row), form, value);
    case ArrowKind::kDate:
    case ArrowKind::kTime:
    case ArrowKind::kTimestamp:
    case ArrowKind::kOther: return false;
  }
  return false;
}

bool ArrowColumn::time(std::int64_t row, std::int64_t& seconds, std::int64_t& nanoseconds) const {
  if (is_null(row)) return false;
  if (dictionary_) return dictionary_->time(integer(row), seconds, nanoseconds);
  const std::int64_t value = integer(row);
  const bool days = type_.kind == ArrowKind::kDate && type_.width_bytes == 4;
  if (days) {
    seconds = value * kDaySeconds;
    nanoseconds = 0;
    return true;
  }
  // Of nanoseconds, which most are, the division is by a constant.
  seconds = type_.per_second == kSecondNs ? value / kSecondNs : value / type_.per_second;
  std::int64_t rest = value - seconds * type_.per_second;
  if (rest < 0) {
    rest += type_.per_second;
    --seconds;
  }
  nanoseconds = type_.per_second == kSecondNs ? rest : rest * (kSecondNs / type_.per_second);
  return true;
}

std::size_t ArrowColumn::plain_ns(std::int64_t first, std::size_t count,
                                  std::int64_t* out) const noexcept {
  if (!is_ns_ || count == 0) return 0;  // of none, `out` may be null
  const bool has_nulls = validity_ != nullptr || parent_validity_ != nullptr;
  std::size_t known = 0;
  while (known < count && !(has_nulls && is_null(first + static_cast<std::int64_t>(known))))
    ++known;
  const auto* const values = static_cast<const char*>(buffers_[1]);
  std::memcpy(out, values + (first_ + first) * std::int64_t{sizeof *out}, known * sizeof *out);
  return known;
}

std::string_view ArrowColumn::text(std::int64_t row, CellText& room) const {
  if (is_null(row)) return {};
  if (dictionary_) return dictionary_->text(integer(row), room);
  switch (type_.kind) {
    case ArrowKind::kNull:
    case ArrowKind::kOther: return {};
    case ArrowKind::kText:
    case ArrowKind::kLargeText:
    case ArrowKind::kTextView: return bytes(row);
    case ArrowKind::kDouble: return real_text(at<double>(row), room);
    case ArrowKind::kFloat: return real_text(at<float>(row), room);
    case ArrowKind::kHalf: return real_text(half_to_double(at<std::uint16_t>(row)), room);
    case ArrowKind::kUint64: return number_text(at<std::uint64_t>(row), room);
    case ArrowKind::kDecimal: {
      std::array<std::uint64_t, 4> limbs{};
      std::memcpy(limbs.data(),
                  static_cast<const char*>(buffers_[1]) + (first_ + row) * type_.width_bytes,
                  static_cast<std::size_t>(type_.width_bytes));
      if (type_.width_bytes == 4)
        limbs[0] = static_cast<std::uint64_t>(std::int64_t{at<std::int32_t>(row)});
      const std::size_t count = static_cast<std::size_t>(std::max(type_.width_bytes, 8)) / 8;
      const std::string text = decimal_text(std::span(limbs.data(), count), type_.scale);
      const std::size_t size = std::min(text.size(), room.size());
      std::memcpy(room.data(), text.data(), size);
      return {room.data(), size};
    }
    case ArrowKind::kDate:
    case ArrowKind::kTime:
    case ArrowKind::kTimestamp: {
      std::int64_t seconds = 0;
      std::int64_t nanoseconds = 0;
      static_cast<void>(time(row, seconds, nanoseconds));
      const std::span<char> all(room);
      if (type_.kind == ArrowKind::kTime)
        return {room.data(), write_time(seconds, nanoseconds, all)};
      std::int64_t days = seconds / kDaySeconds;
      std::int64_t second_of_day = seconds % kDaySeconds;
      if (second_of_day < 0) {
        second_of_day += kDaySeconds;
        --days;
      }
      std::size_t size = write_date(days, all);
      if (type_.kind == ArrowKind::kDate) return {room.data(), size};
      room[size++] = ' ';
      size += write_time(second_of_day, nanoseconds, all.subspan(size));
      if (type_.has_zone) room[size++] = 'Z';
      return {room.data(), size};
    }
    default: return number_text(integer(row), room);
  }
}

void ArrowColumn::append_raw(std::int64_t row, std::vector<char>& out) const {
  if (is_null(row)) {
    out.push_back('\0');
    return;
  }
  if (dictionary_) return dictionary_->append_raw(integer(row), out);
  const auto append = [&](const void* data, std::size_t size) {
    const auto* const begin = static_cast<const char*>(data);
    out.push_back('\1');
    out.insert(out.end(), begin, begin + size);
  };
  switch (type_.kind) {
    case ArrowKind::kText:
    case ArrowKind::kLargeText:
    case ArrowKind::kTextView: {
      const std::string_view cell = bytes(row);
      const auto size = static_cast<std::uint64_t>(cell.size());
      append(&size, sizeof size);
      out.insert(out.end(), cell.begin(), cell.end());
      return;
    }
    case ArrowKind::kDecimal:
      return append(static_cast<const char*>(buffers_[1]) + (first_ + row) * type_.width_bytes,
                    static_cast<std::size_t>(type_.width_bytes));
    case ArrowKind::kHalf:
      return append(static_cast<const char*>(buffers_[1]) + (first_ + row) * 2, 2);
    case ArrowKind::kFloat:
      return append(static_cast<const char*>(buffers_[1]) + (first_ + row) * 4, 4);
    case ArrowKind::kNull:
    case ArrowKind::kOther: return;
    default: {
      const std::int64_t value = integer(row);
      return append(&value, sizeof value);
    }
  }
}

}  // namespace factorwal::feed
