#include "feed/arrow/arrow_type.h"

#include <array>
#include <charconv>
#include <string_view>

#include "feed/printable.h"

namespace factorwal::feed {
namespace {

struct PlainType {
  std::string_view format;
  ArrowKind kind;
  std::string_view name;
};
constexpr auto kPlainTypes = std::to_array<PlainType>({
    {"n", ArrowKind::kNull, "null"},
    {"b", ArrowKind::kBool, "bool"},
    {"c", ArrowKind::kInt8, "int8"},
    {"s", ArrowKind::kInt16, "int16"},
    {"i", ArrowKind::kInt32, "int32"},
    {"l", ArrowKind::kInt64, "int64"},
    {"C", ArrowKind::kUint8, "uint8"},
    {"S", ArrowKind::kUint16, "uint16"},
    {"I", ArrowKind::kUint32, "uint32"},
    {"L", ArrowKind::kUint64, "uint64"},
    {"e", ArrowKind::kHalf, "float16"},
    {"f", ArrowKind::kFloat, "float"},
    {"g", ArrowKind::kDouble, "double"},
    {"u", ArrowKind::kText, "string"},
    {"z", ArrowKind::kText, "binary"},
    {"U", ArrowKind::kLargeText, "large_string"},
    {"Z", ArrowKind::kLargeText, "large_binary"},
    {"vu", ArrowKind::kTextView, "string_view"},
    {"vz", ArrowKind::kTextView, "binary_view"},
    {"+s", ArrowKind::kOther, "struct"},
    {"+l", ArrowKind::kOther, "list"},
    {"+L", ArrowKind::kOther, "large_list"},
    {"+vl", ArrowKind::kOther, "list_view"},
    {"+vL", ArrowKind::kOther, "large_list_view"},
    {"+m", ArrowKind::kOther, "map"},
    {"+r", ArrowKind::kOther, "run_end_encoded"},
});

std::int64_t per_second(char unit) noexcept {
  switch (unit) {
    case 's': return 1;
    case 'm': return 1'000;
    case 'u': return 1'000'000;
    default: return 1'000'000'000;
  }
}

std::string unit_text(char unit) { return unit == 's' ? "s" : std::string(1, unit) + "s"; }

/// `tdD`, `ttu`, `tsn:UTC`.
void read_temporal(std::string_view format, ArrowType& type) {
  const char unit = format[2];
  switch (format[1]) {
    case 'd':
      type.kind = ArrowKind::kDate;
      type.width_bytes = unit == 'D' ? 4 : 8;
      type.per_second = unit == 'D' ? 1 : 1'000;
      type.name = unit == 'D' ? "date32" : "date64";
      return;
    case 't':
      type.kind = ArrowKind::kTime;
      type.width_bytes = unit == 's' || unit == 'm' ? 4 : 8;
      type.per_second = per_second(unit);
      type.name = (type.width_bytes == 4 ? "time32[" : "time64[") + unit_text(unit) + "]";
      return;
    case 's': {
      const std::string_view zone = format.size() > 4 ? format.substr(4) : std::string_view{};
      type.kind = ArrowKind::kTimestamp;
      type.per_second = per_second(unit);
      type.has_zone = !zone.empty();
      type.name = "timestamp[" + unit_text(unit);
      if (type.has_zone) type.name += ", " + printable(zone);
      type.name += "]";
      return;
    }
    case 'D': type.name = "duration[" + unit_text(unit) + "]"; return;
    default: type.name = "interval"; return;
  }
}

/// `d:19,10` and `d:19,10,BITS`.
bool read_decimal(std::string_view format, ArrowType& type) {
  std::array<int, 3> numbers{0, 0, 128};
  const char* at = format.data() + 2;
  const char* const end = format.data() + format.size();
  std::size_t count = 0;
  while (count < numbers.size()) {
    const auto [stop, code] = std::from_chars(at, end, numbers[count]);
    if (code != std::errc{}) return false;
    ++count;
    if (stop == end) break;
    if (*stop != ',') return false;
    at = stop + 1;
  }
  const int bits = numbers[2];
  if (count < 2 || (bits != 32 && bits != 64 && bits != 128 && bits != 256)) return false;
  type.kind = ArrowKind::kDecimal;
  type.scale = numbers[1];
  type.width_bytes = bits / 8;
  type.name = "decimal" + std::to_string(bits) + "(" + std::to_string(numbers[0]) + ", " +
              std::to_string(numbers[1]) + ")";
  return true;
}

ArrowType plain_type(std::string_view format) {
  ArrowType type;
  for (const PlainType& known : kPlainTypes) {
    if (known.format != format) continue;
    type.kind = known.kind;
    type.name = known.name;
    return type;
  }
  if (format.size() >= 3 && format[0] == 't') {
    read_temporal(format, type);
  } else if (!format.starts_with("d:") || !read_decimal(format, type)) {
    type.name = format.starts_with("w:")    ? "fixed_size_binary"
                : format.starts_with("+w:") ? "fixed_size_list"
                : format.starts_with("+u")  ? "union"
                                            : "of the format " + in_quotes(format);
  }
  return type;
}

}  // namespace

ArrowType arrow_type(const ArrowSchema& schema) {
  ArrowType type = plain_type(schema.format == nullptr ? "" : schema.format);
  if (schema.dictionary != nullptr) {
    type.values = std::make_shared<const ArrowType>(arrow_type(*schema.dictionary));
    type.name = "dictionary of " + type.values->name;
  }
  return type;
}

}  // namespace factorwal::feed
