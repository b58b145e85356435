#include "feed/bad_cell.h"

#include "feed/printable.h"

namespace factorwal::feed {

std::string describe(BadRow fault, const BadCell& cell) {
  const std::string value = in_quotes(cell.value);
  const std::string where =
      "column " + in_quotes(cell.column_name) + " (" + std::to_string(cell.column + 1) + "): ";
  switch (fault) {
    case BadRow::kNotANumber:
      return where + value + " is not a number" +
             (cell.value.ends_with('%') ? " (12.5% may be 12.5 or 0.125)" : "");
    case BadRow::kEmptyInstrument: return where + "the instrument is empty";
    case BadRow::kLongInstrument: return where + "instrument id over 255 bytes: " + value;
    case BadRow::kBadTimestamp: return where + value + " is not a timestamp that can be read";
    case BadRow::kAbsurdTimestamp:
      return where + value + " is no time between 1700 and 2200 of this file's form (" +
             std::string(cell.stamp_form) + ")";
    case BadRow::kNonexistentTime:
      return where + value + " never was: the zone's clocks were set forward over it";
    case BadRow::kInvalidUtf8: return where + "invalid UTF-8: " + value;
    case BadRow::kNulByte: return where + "NUL byte: " + value;
    case BadRow::kNone:
    case BadRow::kColumnCount:
    case BadRow::kLineTooLong:
    case BadRow::kBadQuoting: break;
  }
  return where + value;
}

}  // namespace factorwal::feed
