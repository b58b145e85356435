#include "factorwal/tick.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/utf8.h"

namespace factorwal {
namespace {

constexpr std::size_t kFieldNameBytesMax = 255;

using Alias = std::pair<std::string_view, std::string_view>;

constexpr std::array kAliases = std::to_array<Alias>({
    {"last", "close"},
    {"last_price", "close"},
    {"price", "close"},
    {"vol", "volume"},
    {"amount", "turnover"},
    {"oi", "open_interest"},
    {"position", "open_interest"},
    {"bid1", "bid"},
    {"bid_price", "bid"},
    {"bid_price1", "bid"},
    {"bid_volume1", "bid_volume"},
    {"bid_size", "bid_volume"},
    {"bid_size1", "bid_volume"},
    {"bid_qty", "bid_volume"},
    {"bid_qty1", "bid_volume"},
    {"ask1", "ask"},
    {"ask_price", "ask"},
    {"ask_price1", "ask"},
    {"ask_volume1", "ask_volume"},
    {"ask_size", "ask_volume"},
    {"ask_size1", "ask_volume"},
    {"ask_qty", "ask_volume"},
    {"ask_qty1", "ask_volume"},
    {"bid_price2", "bid2"},
    {"bid_price3", "bid3"},
    {"bid_price4", "bid4"},
    {"bid_price5", "bid5"},
    {"bid_size2", "bid_volume2"},
    {"bid_size3", "bid_volume3"},
    {"bid_size4", "bid_volume4"},
    {"bid_size5", "bid_volume5"},
    {"bid_qty2", "bid_volume2"},
    {"bid_qty3", "bid_volume3"},
    {"bid_qty4", "bid_volume4"},
    {"bid_qty5", "bid_volume5"},
    {"ask_price2", "ask2"},
    {"ask_price3", "ask3"},
    {"ask_price4", "ask4"},
    {"ask_price5", "ask5"},
    {"ask_size2", "ask_volume2"},
    {"ask_size3", "ask_volume3"},
    {"ask_size4", "ask_volume4"},
    {"ask_size5", "ask_volume5"},
    {"ask_qty2", "ask_volume2"},
    {"ask_qty3", "ask_volume3"},
    {"ask_qty4", "ask_volume4"},
    {"ask_qty5", "ask_volume5"},
});

Error bad_name(std::string_view name, std::string_view why) {
  std::string shown(name.substr(0, 40));
  if (!is_valid_utf8(shown)) shown = "?";
  return Error{Errc::kInvalidArgument, "field name \"" + shown + "\" " + std::string(why)};
}

template <class Names>
Result<std::vector<std::string>> canonical_names(const Names& names) {
  std::vector<std::string> out;
  std::unordered_set<std::string> known;
  for (const std::string_view name : names) {
    if (name.empty()) return bad_name(name, "is empty");
    if (name.size() > kFieldNameBytesMax) return bad_name(name, "is longer than 255 bytes");
    if (!is_valid_utf8(name)) return bad_name(name, "is not valid UTF-8");
    if (name.find('\0') != std::string_view::npos) return bad_name(name, "contains a NUL byte");
    std::string canonical(canonical_field(name));
    if (!known.insert(canonical).second) {
      return bad_name(name, canonical == name
                                ? std::string("appears twice")
                                : "means \"" + canonical + "\", which is there already");
    }
    out.push_back(std::move(canonical));
  }
  return out;
}

}  // namespace

std::string_view canonical_field(std::string_view name) noexcept {
  for (const auto& [alias, canonical] : kAliases) {
    if (name == alias) return canonical;
  }
  return name;
}

Result<TickSchema> TickSchema::make(std::span<const std::string> names) {
  auto canonical = canonical_names(names);
  if (!canonical) return std::move(canonical).error();
  TickSchema schema;
  schema.names_ = std::move(*canonical);
  return schema;
}

Result<TickSchema> TickSchema::make(std::initializer_list<std::string_view> names) {
  auto canonical = canonical_names(names);
  if (!canonical) return std::move(canonical).error();
  TickSchema schema;
  schema.names_ = std::move(*canonical);
  return schema;
}

TickSchema TickSchema::futures() {
  TickSchema schema;
  schema.names_ = {"close", "volume", "turnover", "open_interest"};
  for (int level = 1; level <= 5; ++level) {
    const std::string suffix = level == 1 ? std::string() : std::to_string(level);
    schema.names_.push_back("bid" + suffix);
    schema.names_.push_back("bid_volume" + suffix);
    schema.names_.push_back("ask" + suffix);
    schema.names_.push_back("ask_volume" + suffix);
  }
  return schema;
}

TickSchema TickSchema::quotes() {
  TickSchema schema;
  schema.names_ = {"close", "volume",     "turnover", "open_interest",
                   "bid",   "bid_volume", "ask",      "ask_volume"};
  return schema;
}

TickSchema TickSchema::bars() {
  TickSchema schema;
  schema.names_ = {"open", "high", "low", "close", "volume"};
  return schema;
}

std::optional<FieldHandle> TickSchema::find(std::string_view name) const {
  const std::string_view canonical = canonical_field(name);
  const auto found = std::find(names_.begin(), names_.end(), canonical);
  if (found == names_.end()) return std::nullopt;
  return FieldHandle{static_cast<std::size_t>(found - names_.begin())};
}

}  // namespace factorwal
