#pragma once
/// \file
/// Which column of a file is what.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed/options.h"
#include "factorwal/feed/report.h"
#include "factorwal/result.h"
#include "factorwal/tick.h"
#include "feed/columns/vendor_forms.h"
#include "feed/columns/word_cells.h"
#include "feed/number.h"

namespace factorwal::feed {

inline constexpr std::size_t kNoColumn = std::numeric_limits<std::size_t>::max();

inline constexpr std::size_t kStampColumnsMax = 3;

struct FieldColumn {
  std::string field;  ///< canonical
  std::size_t column = kNoColumn;
  bool required = true;  ///< by its name or by FeedOptions; else a number as it happens
  CellKind kind = CellKind::kNumber;
  double scale = 1;  ///< by the file's form
  NumberForm form = NumberForm::kPlain;
};

struct ColumnLayout {
  std::vector<std::string> header;
  /// One column, or several whose cells are joined by dots; none: `instrument_id`.
  std::vector<std::size_t> instrument;
  /// By part of `instrument`: without it, the id is made of the others. Neither the first part nor
  /// what is an instrument or an exchange by its name.
  std::vector<bool> may_be_empty;
  /// Of every row, where no column says it: FeedOptions::instrument, or from the file's name.
  std::string instrument_id;
  /// Beside an instrument that is not put together with it.
  std::size_t exchange = kNoColumn;
  /// One column, or a date, a time of day, and perhaps milliseconds. kNoColumn is `day`.
  std::vector<std::size_t> stamp;
  std::string day;                  ///< YYYYMMDD of every row, from the file's name
  std::string time_format;          ///< of the file's form, where FeedOptions::time_format is empty
  std::vector<FieldColumn> fields;  ///< in the file's order
  std::size_t trading_day = kNoColumn;

  /// `exchange+symbol`, as the header calls both; empty without an exchange.
  [[nodiscard]] std::string exchange_and_id() const {
    const bool both = exchange != kNoColumn && !instrument.empty();
    return both ? header[exchange] + "+" + header[instrument.front()] : std::string();
  }
  template <class Cells>
  [[nodiscard]] std::string_view stamp_cell(std::size_t part, const Cells& cells) const {
    const std::size_t column = stamp[part];
    return column == kNoColumn ? std::string_view(day) : std::string_view(cells[column]);
  }
};

struct LayoutInput {
  std::string file;
  std::vector<std::string> header;
  /// The first rows, to tell columns of numbers from others.
  std::vector<std::vector<std::string>> sample;
  /// Of a file without a header; else it is looked for.
  VendorForm form{};
  std::uint64_t header_line = 1;  ///< in the file, from 1
  std::size_t files = 1;          ///< of the run
};

/// Finds the columns by `options.map`, then by name. What names do not decide, the sample does: an
/// unknown column whose first filled cell is no number is left out, with a note.
Result<ColumnLayout> make_layout(LayoutInput input, const FeedOptions& options, FeedReport& report);

/// The columns of a later file in the order of the run's schema; kNoColumn where it has none
/// (noted; the values are missing). Fails when it has none at all.
Result<std::vector<std::size_t>> fit_to_schema(const ColumnLayout& layout, const TickSchema& schema,
                                               const std::string& file, FeedReport& report);

}  // namespace factorwal::feed
