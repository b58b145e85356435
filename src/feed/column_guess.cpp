#include "feed/column_guess.h"

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <vector>

#include "factorwal/feed/report.h"
#include "factorwal/tick.h"
#include "feed/column_names.h"
#include "feed/file_names.h"
#include "feed/number.h"
#include "feed/printable.h"
#include "feed/scanner.h"
#include "feed/stamp_plan.h"

namespace factorwal::feed {
namespace {

using Words = std::initializer_list<std::string_view>;

bool has_any(const std::string& name, Words words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

bool is_number(const std::string& cell) {
  double value = 0;
  return parse_number(cell, value);
}

/// Points for being the instrument; 0: it is not.
int instrument_points(const std::string& name, const std::string* cell) {
  int points = 0;
  if (has_any(name, {"instr", "symbol", "ticker", "contract", "secur"})) points += 4;
  if (has_any(name, {"code", "sym", "stock", "product", "pair", "market", "asset"})) points += 2;
  if (has_any(name, {"exchange", "time", "date", "status", "name"})) points -= 3;
  if (points > 0 && cell != nullptr && !cell->empty() && !is_number(*cell)) points += 2;
  return std::max(points, 0);
}

/// Points of a name for being a timestamp, or the date of one; 0: it is not.
int stamp_points(const std::string& name) {
  int points = 0;
  if (has_any(name, {"time", "stamp"})) points += 3;
  if (has_any(name, {"date", "day"}) || name == "t" || name.ends_with("_ts")) points += 2;
  if (has_any(name, {"epoch"}) || name.starts_with("ts_")) points += 2;
  return points;
}

int field_points(std::string_view field, const std::string& name) {
  const bool bid = has_any(name, {"bid"});
  const bool ask = has_any(name, {"ask", "offer"});
  const bool amount = has_any(name, {"vol", "qty", "size", "quantity"});
  const bool price = has_any(name, {"price", "px", "last", "close", "trade_p"});
  const bool other =
      has_any(name, {"buy", "sell", "taker", "maker", "quote_", "count", "adj", "time", "limit",
                     "settle", "pre_", "open", "high", "low", "avg"});
  if (other) return 0;
  if (field == "last_price") return price && !bid && !ask ? (has_any(name, {"last"}) ? 3 : 2) : 0;
  if (field == "volume") return amount && !bid && !ask ? 2 : 0;
  if (field == "turnover") return has_any(name, {"turnover", "notional"}) ? 2 : 0;
  if (field == "bid_price1") return bid && !ask && !amount ? 1 + (price ? 1 : 0) : 0;
  if (field == "bid_volume1") return bid && !ask && amount ? 2 : 0;
  if (field == "ask_price1") return ask && !bid && !amount ? 1 + (price ? 1 : 0) : 0;
  if (field == "ask_volume1") return ask && !bid && amount ? 2 : 0;
  return 0;
}

/// The index that pandas writes has no name; a text that is a time tells it.
int unnamed_points(const std::string& name, const std::string* cell) {
  return name.empty() && cell != nullptr && whole_digits(*cell) == 0 ? 1 : 0;
}

/// Picks for each role the unused column with the most points.
class Picker {
 public:
  explicit Picker(const GuessInput& input) : input_(input), used_(input.header.size(), false) {
    for (const std::string& name : input.header) plain_.push_back(snake_case(name));
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (auto field = known_field(input.header[i])) {
        used_[i] = true;
        fields_.insert(std::move(*field));
      }
    }
  }
  /// Whether a column has that canonical field's name, or an alias of it.
  [[nodiscard]] bool has(std::string_view field) const { return fields_.contains(field); }

  template <class Points>
  bool pick(std::string_view role, Points points) {
    const std::optional<std::size_t> best = best_by(points);
    if (best) take(role, name_of(*best), *best);
    return best.has_value();
  }

  /// A column of whole timestamps, or a date and a time of day, or a date.
  bool pick_stamp() {
    const auto whole = best_by([&](const std::string& name, const std::string* cell) {
      const bool fits = cell == nullptr || (is_dated(*cell) && !is_date_alone(*cell));
      return fits ? stamp_points(name) + unnamed_points(name, cell) : 0;
    });
    if (whole) {
      take("timestamp_ns", name_of(*whole), *whole);
      return true;
    }
    const auto date = best_by([](const std::string& name, const std::string* cell) {
      return cell != nullptr && is_date_alone(*cell)
                 ? stamp_points(name) + unnamed_points(name, cell)
                 : 0;
    });
    if (!date) return false;
    used_[*date] = true;
    const auto time = best_by([](const std::string& name, const std::string* cell) {
      const bool fits = cell != nullptr && is_time_alone(*cell) &&
                        (name.ends_with("time") || cell->find(':') != std::string::npos);
      return fits ? 1 + stamp_points(name) : 0;
    });
    const std::string first = name_of(*date);
    if (!time) {
      take("timestamp_ns", first, *date);
    } else {
      take("timestamp_ns", first + "+" + name_of(*time), *time);
    }
    return true;
  }

  [[nodiscard]] std::vector<ColumnMapping>& map() noexcept { return map_; }

 private:
  /// The first filled cell of the sample; null when there is none.
  [[nodiscard]] const std::string* cell_of(std::size_t column) const {
    for (const auto& row : input_.sample) {
      if (column < row.size() && !row[column].empty()) return &row[column];
    }
    return nullptr;
  }
  /// What an option can call the column: its name, or its number where that is no help.
  [[nodiscard]] std::string name_of(std::size_t column) const {
    const std::string& name = input_.header[column];
    const bool plain = !name.empty() && name.find_first_of(",=+") == std::string::npos &&
                       std::count(input_.header.begin(), input_.header.end(), name) == 1;
    return plain ? name : "#" + std::to_string(column + 1);
  }
  template <class Points>
  [[nodiscard]] std::optional<std::size_t> best_by(Points points) const {
    int most = 0;
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (used_[i]) continue;
      const int got = points(plain_[i], cell_of(i));
      if (got > most) {
        most = got;
        best = i;
      }
    }
    return best;
  }
  void take(std::string_view role, std::string columns, std::size_t column) {
    used_[column] = true;
    map_.push_back({std::string(role), std::move(columns)});
  }

  const GuessInput& input_;
  std::vector<std::string> plain_;
  std::vector<bool> used_;
  std::set<std::string, std::less<>> fields_;
  std::vector<ColumnMapping> map_;
};

/// What an instrument's own file is often called: `rb2105` of `ticks/rb2105.csv.gz`.
std::string id_in_name(std::string_view file) {
  const std::string id = instrument_of_name(file);
  return id.empty() || id.find(' ') != std::string::npos ? "ID" : id;
}

}  // namespace

Guess guess_columns(const GuessInput& input) {
  Picker picker(input);
  const bool instrument = input.need_instrument && picker.pick("instrument_id", instrument_points);
  if (input.need_stamp && !picker.pick_stamp()) return {};
  for (const std::string_view field : {"last_price", "volume", "turnover", "bid_price1",
                                       "bid_volume1", "ask_price1", "ask_volume1"}) {
    if (picker.has(canonical_field(field))) continue;
    picker.pick(field, [&](const std::string& name, const std::string* cell) {
      return cell == nullptr || is_number(*cell) ? field_points(field, name) : 0;
    });
  }
  Guess guess{std::move(picker.map()), {}};
  if (input.need_instrument && !instrument) guess.instrument = id_in_name(input.file);
  return guess;
}

std::string map_option(const FeedWords& words, const std::string& pairs) {
  const bool plain = pairs.find_first_of(" '\"$&;()<>|*?#\\`") == std::string::npos;
  return words.map + (plain ? " " + pairs : " '" + pairs + "'");
}

std::string to_text(const Guess& guess, const FeedWords& words) {
  std::string pairs;
  for (const ColumnMapping& one : guess.map) {
    pairs += (pairs.empty() ? "" : ",") + one.field + "=" + one.column;
  }
  std::string text = pairs.empty() ? "" : map_option(words, pairs);
  if (!guess.instrument.empty()) {
    text += (text.empty() ? "" : " ") + words.instrument + " " + guess.instrument;
  }
  return text;
}

bool looks_headerless(std::span<const std::string> first_line) {
  std::size_t numbers = 0;
  for (const std::string& cell : first_line) {
    if (role_of(cell).role != ColumnRole::kNone || known_field(cell)) return false;
    numbers += !cell.empty() && is_number(cell) ? 1U : 0U;
  }
  return numbers > 0 && numbers * 2 >= first_line.size();
}

std::string quoted_list(std::span<const std::string> names) {
  constexpr std::size_t kShown = 40;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    if (i > 0) out += ", ";
    out += in_quotes(names[i]);
  }
  if (names.size() > kShown) out += ", and " + std::to_string(names.size() - kShown) + " more";
  return out;
}

}  // namespace factorwal::feed
