#pragma once
/// \file
/// FeedOptions::columns and ::drop: which columns may become fields.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "factorwal/feed/options.h"
#include "factorwal/result.h"

namespace factorwal::feed {

class ColumnChoice {
 public:
  /// All columns.
  ColumnChoice() = default;
  /// `find` gives a column of `header` by its name or number, or kNoColumn; a field's name stands
  /// for the column that is known as it. A name that nothing has is kInvalidArgument.
  static Result<ColumnChoice> make(std::span<const std::string> header, const FeedOptions& options,
                                   const std::function<std::size_t(const std::string&)>& find);

  /// It may become a field.
  [[nodiscard]] bool takes(std::size_t column) const;
  /// It was named by FeedOptions::columns.
  [[nodiscard]] bool asks_for(std::size_t column) const;
  /// It was named by FeedOptions::drop.
  [[nodiscard]] bool drops(std::size_t column) const;

 private:
  std::vector<std::size_t> asked_;  ///< empty: all
  std::vector<std::size_t> dropped_;
};

}  // namespace factorwal::feed
