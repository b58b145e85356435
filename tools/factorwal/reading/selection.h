#pragma once
/// Which instruments, factors and fields a command is to show.

#include <string>
#include <vector>

#include "factorwal/reader.h"

namespace factorwal::tool {

/// On the command line a value may be several names with commas between them: `named_by` knows.
struct Selection {
  std::vector<std::string> instruments;  ///< empty: all
  std::vector<std::string> factors;      ///< empty: all
  std::vector<std::string> fields;       ///< empty: none
};

/// The names that values mean: one that is a name of the log as it stands is that name; any other
/// is parted at its commas. Fields come by the names that the log has for them.
[[nodiscard]] Selection named_by(const Selection& values, const LogNames& known);

/// kNotFound for a name that the log does not have; it names the nearest.
[[nodiscard]] Status check_names(const Selection& selection, const LogNames& known,
                                 const std::string& directory);

/// Whether a record or row is of an instrument that was asked for.
class RowFilter {
 public:
  explicit RowFilter(const Selection& selection) : selection_(selection) {}
  [[nodiscard]] bool takes(InstrumentHandle instrument, std::string_view id);

 private:
  const Selection& selection_;
  std::vector<std::int8_t> known_;  // by instrument: 0 not asked yet, 1 taken, -1 not
};

}  // namespace factorwal::tool
