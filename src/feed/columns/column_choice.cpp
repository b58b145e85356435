#include "feed/columns/column_choice.h"

#include <algorithm>

#include "factorwal/tick.h"
#include "feed/columns/column_guess.h"
#include "feed/columns/column_layout.h"
#include "feed/columns/column_names.h"
#include "feed/printable.h"

namespace factorwal::feed {
namespace {

bool has_column(std::span<const std::size_t> columns, std::size_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

Result<ColumnChoice> ColumnChoice::make(
    std::span<const std::string> header, const FeedOptions& options,
    const std::function<std::size_t(const std::string&)>& find) {
  const auto add = [&](const std::vector<std::string>& names, const std::string& option,
                       std::vector<std::size_t>& columns) -> Status {
    for (const std::string& name : names) {
      std::size_t column = find(name);
      for (std::size_t i = 0; i < header.size() && column == kNoColumn; ++i) {
        if (known_field(header[i]) == canonical_field(name)) column = i;
      }
      if (column == kNoColumn) {
        return Error{Errc::kInvalidArgument,
                     option + " names the column " + in_quotes(name) +
                         ", which is not there; columns found: " + quoted_list(header)};
      }
      columns.push_back(column);
    }
    return {};
  };
  ColumnChoice choice;
  const FeedWords& words = options.words;
  if (Status added = add(options.columns, words.columns, choice.asked_); !added) {
    return added.error();
  }
  if (Status added = add(options.drop, words.drop, choice.dropped_); !added) return added.error();
  for (const std::size_t column : choice.dropped_) {
    if (!has_column(choice.asked_, column)) continue;
    return Error{Errc::kInvalidArgument, words.columns + " and " + words.drop +
                                             " both name the column " + in_quotes(header[column])};
  }
  return choice;
}

bool ColumnChoice::takes(std::size_t column) const {
  return !drops(column) && (asked_.empty() || asks_for(column));
}

bool ColumnChoice::asks_for(std::size_t column) const { return has_column(asked_, column); }

bool ColumnChoice::drops(std::size_t column) const { return has_column(dropped_, column); }

}  // namespace factorwal::feed
