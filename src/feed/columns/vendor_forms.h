#pragma once
/// \file
/// The forms of files that exchanges, vendors and programs write, where names of columns alone do
/// not tell what is in them.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/feed/options.h"

namespace factorwal::feed {

using Rows = std::span<const std::vector<std::string>>;

/// What a file's form says beyond its names. What the user says comes first, piece by piece.
struct VendorForm {
  std::string name;  ///< e.g. "Binance klines"; empty: none that is known
  std::vector<ColumnMapping> map;
  std::vector<FieldScale> scale;
  bool scale_is_unclear = false;     ///< the file does not tell whether it holds: to be asked
  std::vector<std::string> columns;  ///< the header, where the file has none
  std::string instrument;            ///< of all rows
  bool name_is_no_id = false;        ///< the file's name has more in it than the instrument
  std::string day;                   ///< YYYYMMDD, of all rows: the stamp is a time of day
  std::string time_format;           ///< as FeedOptions::time_format
};

/// `open=1e-9,close=1e-9`
[[nodiscard]] std::string to_text(const std::vector<FieldScale>& scale);

/// By the names of the columns, and by what is in the first rows where these are not enough.
[[nodiscard]] VendorForm form_of_header(const std::string& file,
                                        std::span<const std::string> header, Rows sample);

/// Of a file whose first line has data: by the number of columns and by what is in them, and for
/// some by the file's name; nothing where more than one form fits, or none.
[[nodiscard]] std::optional<VendorForm> form_without_header(const std::string& file, Rows rows);

/// Of yfinance, which writes three lines before the data: fields, tickers, and what the first
/// column is. Without an instrument where they are those of several.
[[nodiscard]] std::optional<VendorForm> form_of_three_lines(std::span<const std::string> fields,
                                                            std::span<const std::string> tickers,
                                                            std::span<const std::string> index);

}  // namespace factorwal::feed
