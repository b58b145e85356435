#pragma once
/// \file
/// What the names of tick files tell.

#include <optional>
#include <string>
#include <string_view>

#include "factorwal/result.h"

namespace factorwal::feed {

/// The name without folders.
[[nodiscard]] std::string_view name_in_folder(std::string_view path) noexcept;
/// By its ending, a file of ticks: csv, tsv, txt, parquet, arrow, ..., packed or not.
[[nodiscard]] bool is_tick_name(std::string_view name);
/// Without the endings of form and packing.
[[nodiscard]] std::string_view without_endings(std::string_view name);

/// A date in a name, as year * 10,000 + month * 100 + day (0 where it has none), and where it is.
struct DateInName {
  int date = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};
/// The first at or behind `from`: 20210104 (more digits of a time may follow), 2021-01-04, 2021_01,
/// 04.01.2021.
[[nodiscard]] std::optional<DateInName> date_in_name(std::string_view name, std::size_t from = 0);

/// Numbers within names as numbers: a2 before a10. A whole order: of names that are equal so, that
/// of their bytes.
[[nodiscard]] bool natural_less(std::string_view left, std::string_view right) noexcept;

/// The instrument that the file's name tells: without folders and endings, dates at either end and
/// words for kinds of data. `pattern`, if it is not empty, has `{}` for the id, `*` for any text
/// and
/// `?` for one letter instead. `option`: how messages call who asked.
[[nodiscard]] Result<std::string> instrument_in_name(std::string_view path,
                                                     std::string_view pattern,
                                                     std::string_view option);

}  // namespace factorwal::feed
