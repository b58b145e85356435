#include "factorwal/feed/options.h"

namespace factorwal::feed {

Result<std::vector<ColumnMapping>> parse_column_map(std::string_view text) {
  std::vector<ColumnMapping> map;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view pair = text.substr(0, comma);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == pair.size()) {
      return Error{Errc::kInvalidArgument,
                   "\"" + std::string(pair) + "\" is not field=Column, e.g. last_price=LastPrice"};
    }
    map.push_back({std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1))});
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  if (map.empty()) {
    return Error{Errc::kInvalidArgument, "no field=Column given"};
  }
  return map;
}

}  // namespace factorwal::feed
