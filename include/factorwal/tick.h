#pragma once
/// \file
/// What goes in: the columns of a tick, fixed when an engine opens, and one row of them.

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/export.h"
#include "factorwal/result.h"
#include "factorwal/types.h"

namespace factorwal {

/// A column of a TickSchema.
struct FieldHandle {
  std::size_t index = 0;
  friend constexpr bool operator==(FieldHandle, FieldHandle) = default;
};

/// The names of a tick's numeric columns, in order. Each name is stored in its canonical form:
/// aliases of the field's common spellings (`last`, `last_price` -> `close`; `bid_price1` -> `bid`;
/// ...) are resolved by `canonical_field`, so that a factor written with either name finds it.
class FACTORWAL_EXPORT TickSchema {
 public:
  TickSchema() = default;

  /// Adds each name. Fails (kInvalidArgument) on a name that is empty, longer than 255 bytes, not
  /// UTF-8, or names the same field twice.
  static Result<TickSchema> make(std::span<const std::string> names);
  static Result<TickSchema> make(std::initializer_list<std::string_view> names);

  /// close (= last), volume, turnover, open_interest, then for each of five levels bid, bid_volume,
  /// ask, ask_volume (bid2, bid_volume2, ...).
  static TickSchema futures();
  /// close, volume, turnover, open_interest, bid, bid_volume, ask, ask_volume.
  static TickSchema quotes();
  /// open, high, low, close, volume.
  static TickSchema bars();

  /// The column of that name or of one of its aliases.
  [[nodiscard]] std::optional<FieldHandle> find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  friend bool operator==(const TickSchema&, const TickSchema&) = default;

 private:
  std::vector<std::string> names_;
};

/// The canonical name of a field: `last`, `last_price`, `price` -> `close`; `bid1`, `bid_price1`,
/// `bid_price` -> `bid`; `bid_volume1`, `bid_size`, `bid_qty` -> `bid_volume` (`ask` alike);
/// `bid_price2` -> `bid2`, `bid_size2` -> `bid_volume2`, to level 5; `vol` -> `volume`;
/// `amount` -> `turnover`; `oi`, `position` -> `open_interest`; any other name -> itself.
[[nodiscard]] FACTORWAL_EXPORT std::string_view canonical_field(std::string_view name) noexcept;

/// One row. `values` has the schema's length and order; NaN is missing. +-Inf and |x| >= 1e300
/// (a feed's "no price") count as missing too.
struct Tick {
  InstrumentHandle instrument;
  TimestampNs timestamp_ns = 0;
  std::span<const double> values;
};

}  // namespace factorwal
