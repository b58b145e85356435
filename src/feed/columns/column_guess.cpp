#include "feed/columns/column_guess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "factorwal/feed/report.h"
#include "factorwal/tick.h"
#include "feed/columns/column_names.h"
#include "feed/columns/name_words.h"
#include "feed/columns/word_cells.h"
#include "feed/files/instrument_name.h"
#include "feed/limits.h"
#include "feed/printable.h"
#include "feed/times/stamp_plan.h"

namespace factorwal::feed {
namespace {

template <class... Word>
constexpr auto list(Word... word) {
  return std::to_array<std::string_view>({word...});
}

namespace vocabulary {

constexpr auto kInstrument =
    list("instrument", "instr", "inst", "symbol", "sym", "ticker", "contract", "security", "isin",
         "cusip", "ric", "sedol", "figi", "windcode");
constexpr auto kCode = list("code", "stock", "product", "pair");
constexpr auto kAroundInstrument = list("id", "code", "trading", "trade", "order", "book", "ts",
                                        "stock", "product", "sec", "unique", "the", "raw");
constexpr auto kName = list("name");

constexpr auto kTime = list("time", "timestamp", "stamp", "datetime", "ts", "epoch");
constexpr auto kDate = list("date", "day", "datetime");
/// Of the moment itself.
constexpr auto kAroundTime = list(
    "date", "trade", "trading", "traded", "transaction", "event", "exchange", "exch", "open",
    "opening", "bar", "candle", "start", "begin", "quote", "tick", "market", "utc", "gmt", "sip",
    "window", "at", "unix", "ms", "us", "ns", "sec", "seconds", "milliseconds", "of", "the", "in");
/// Of another moment of the same row: a bar's end, a message's arrival.
constexpr auto kLaterTime =
    list("local", "recv", "receive", "received", "participant", "close", "closing", "end",
         "created", "update", "updated", "server", "source", "capture", "print", "entry");
constexpr auto kAroundDate = list("trade", "trading", "traded", "action", "business", "bar",
                                  "market", "utc", "the", "of", "event", "exchange", "local");

constexpr auto kPrice = list("price", "px", "prc");
constexpr auto kLast = list("last", "close", "closing");
constexpr auto kAroundPrice =
    list("last", "close", "closing", "trade", "traded", "deal", "match", "transaction", "execution",
         "exec", "current", "latest", "the", "in", "usd", "usdt", "eur", "cny");
constexpr auto kVolume = list("volume", "vol", "qty", "quantity", "size", "sz", "shares");
constexpr auto kAroundVolume = list("trade", "traded", "trading", "last", "deal", "match",
                                    "transaction", "execution", "exec", "lots", "the", "in");
constexpr auto kSideVolume =
    list("volume", "vol", "qty", "quantity", "size", "sz", "shares", "amount");
constexpr auto kTurnover = list("turnover", "notional");
constexpr auto kAroundTurnover = list("trade", "traded", "value", "the", "in", "usd", "cny");
constexpr auto kBid = list("bid", "bids");
constexpr auto kAsk = list("ask", "asks", "offer");
constexpr auto kFirstLevel = list("0", "00", "best", "top");
constexpr auto kLevelOne = list("1", "01", "best", "top");

}  // namespace vocabulary

/// Points for being the instrument; 0: it is not.
int instrument_points(const std::string& name) {
  if (made_of(name, {vocabulary::kInstrument}, vocabulary::kAroundInstrument)) return 4;
  if (made_of(name, {vocabulary::kCode}, vocabulary::kAroundInstrument)) return 3;
  return made_of(name, {vocabulary::kInstrument, vocabulary::kName}, vocabulary::kAroundInstrument)
             ? 2
             : 0;
}

/// Points of a name for being a timestamp, or the date of one.
int stamp_points(const std::string& name) {
  if (made_of(name, {vocabulary::kTime}, vocabulary::kAroundTime) || name == "t") return 4;
  if (made_of(name, {vocabulary::kDate}, vocabulary::kAroundDate)) return 4;
  return made_of(name, {vocabulary::kTime, vocabulary::kLaterTime}, vocabulary::kAroundTime) ? 3
                                                                                             : 0;
}

/// One of the two prices, or of the two volumes, of the book's first level.
int side_points(const std::string& name, NameParts side, NameParts amount) {
  if (made_of(name, {side, amount}, vocabulary::kFirstLevel)) return 3;
  return made_of(name, {side, amount}, vocabulary::kLevelOne) ? 2 : 0;
}

int field_points(std::string_view field, const std::string& name) {
  if (field == "last_price") {
    if (made_of(name, {vocabulary::kPrice, vocabulary::kLast}, vocabulary::kAroundPrice)) return 3;
    return made_of(name, {vocabulary::kPrice}, vocabulary::kAroundPrice) ||
                   made_of(name, {vocabulary::kLast}, {})
               ? 2
               : 0;
  }
  if (field == "volume")
    return made_of(name, {vocabulary::kVolume}, vocabulary::kAroundVolume) ? 2 : 0;
  if (field == "turnover")
    return made_of(name, {vocabulary::kTurnover}, vocabulary::kAroundTurnover) ? 2 : 0;
  const bool bid = field.starts_with("bid");
  const NameParts side = bid ? NameParts(vocabulary::kBid) : NameParts(vocabulary::kAsk);
  if (field.find("volume") != std::string_view::npos)
    return side_points(name, side, vocabulary::kSideVolume);
  const int points = side_points(name, side, vocabulary::kPrice);
  return points == 0 && made_of(name, {side}, vocabulary::kFirstLevel) ? 1 : points;
}

/// Picks for each role the unused columns with the most points.
class Picker {
 public:
  explicit Picker(const GuessInput& input) : input_(input), used_(input.used) {
    used_.resize(input.header.size(), false);
    fields_.insert(input.fields.begin(), input.fields.end());
    for (std::size_t i = 0; i < used_.size(); ++i) {
      std::optional<std::string> field = known_field(input.header[i], input.header);
      if (!field) continue;
      used_[i] = true;
      fields_.insert(std::move(*field));
    }
  }

  [[nodiscard]] std::vector<std::string> instruments() {
    std::vector<std::string> names;
    const auto points = [&](std::size_t column) {
      return can_be_instrument(column) ? instrument_points(input_.header[column]) : 0;
    };
    for (const std::size_t column : best_by(points)) {
      used_[column] = true;
      names.push_back(name_of(column));
    }
    return names;
  }

  /// Texts that change from row to row, and are neither sides, flags nor times: as one instrument,
  /// the rows of many could be merged.
  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (!used_[i] && !names_an_exchange(input_.header[i]) && has_changing_texts(i)) {
        names.push_back(input_.header[i].empty() ? name_of(i) : input_.header[i]);
      }
    }
    return names;
  }

  /// A column of whole timestamps, or a date and a time of day, or a date.
  [[nodiscard]] std::vector<std::string> stamps() {
    // Midnight is a whole timestamp, too, where other rows have other times.
    std::vector<std::string> names =
        stamps_of([&](std::size_t column) { return all(column, is_dated) && !all_dates(column); });
    if (!names.empty()) return names;
    // Many a time of day can pass for a number of days; one with a date beside it is none.
    const auto clocks = best_by([&](std::size_t column) {
      const bool clock = all(column, is_time_alone) && is_clock_name(column);
      return clock ? stamp_points(input_.header[column]) + 1 : 0;
    });
    for (const std::size_t column : clocks) used_[column] = true;
    for (const std::string& date :
         stamps_of([&](std::size_t column) { return all(column, is_date_alone); })) {
      if (clocks.empty()) names.push_back(date);
      for (const std::size_t clock : clocks) names.push_back(date + "+" + name_of(clock));
    }
    return names;
  }

  [[nodiscard]] std::vector<ColumnMapping> fields() {
    std::vector<ColumnMapping> map;
    for (const std::string_view field : {"last_price", "volume", "turnover", "bid_price1",
                                         "bid_volume1", "ask_price1", "ask_volume1"}) {
      if (fields_.contains(canonical_field(field))) continue;
      const std::vector<std::size_t> best = best_by([&](std::size_t column) {
        const bool barred = column < input_.no_field.size() && input_.no_field[column];
        return !barred && has_numbers(column) ? field_points(field, input_.header[column]) : 0;
      });
      if (best.size() != 1) continue;  // of several, nobody knows
      used_[best.front()] = true;
      map.push_back({std::string(field), name_of(best.front())});
    }
    return map;
  }

 private:
  /// All filled cells of the sample are such, and there are some, or there is no sample.
  template <class Test>
  [[nodiscard]] bool all(std::size_t column, Test test) const {
    std::size_t filled = 0;
    for (const auto& row : input_.sample) {
      if (column >= row.size() || row[column].empty()) continue;
      if (!test(row[column])) return false;
      ++filled;
    }
    return filled > 0 || input_.sample.empty();
  }
  [[nodiscard]] bool has_numbers(std::size_t column) const {
    const NumberForm form =
        column < input_.numbers.size() ? input_.numbers[column] : NumberForm::kPlain;
    bool some = input_.sample.empty();
    const bool numbers = all(column, [&](const std::string& cell) {
      double value = 0;
      const bool number = parse_number(cell, form, value);
      some = some || (number && !std::isnan(value));
      return number;
    });
    return numbers && some;
  }
  [[nodiscard]] bool has_changing_texts(std::size_t column) const {
    std::string first;
    bool changes = false;
    bool text = false;
    for (const auto& row : input_.sample) {
      if (column >= row.size() || row[column].empty()) continue;
      const std::string& cell = row[column];
      double value = 0;
      // A stock may be called A, which is a side as well: one cell that is none of them is enough.
      const bool word = parse_word(CellKind::kSide, cell, value) ||
                        parse_word(CellKind::kFlag, cell, value) || parse_number(cell, value) ||
                        comma_meaning(cell) != CommaMeaning::kNone;
      const bool unit = std::string_view("%KMB").find(cell.back()) != std::string_view::npos &&
                        parse_number(std::string_view(cell).substr(0, cell.size() - 1), value);
      text = text || !(word || unit || is_dated(cell) || is_time_alone(cell));
      if (first.empty()) first = cell;
      changes = changes || cell != first;
    }
    return changes && text;
  }
  [[nodiscard]] bool all_dates(std::size_t column) const {
    return !input_.sample.empty() && all(column, is_date_alone);
  }
  /// Every row has an id, and it is no fraction.
  [[nodiscard]] bool can_be_instrument(std::size_t column) const {
    return std::all_of(input_.sample.begin(), input_.sample.end(), [&](const auto& row) {
      double value = 0;
      return column < row.size() && !row[column].empty() &&
             row[column].size() <= kMaxInstrumentBytes &&
             !(row[column].find('.') != std::string::npos && parse_number(row[column], value));
    });
  }
  [[nodiscard]] bool is_clock_name(std::size_t column) const {
    const std::string words = words_of(input_.header[column]);
    if (words == "hhmm" || words == "hhmmss" || words.ends_with("of day")) return true;
    if (stamp_points(input_.header[column]) == 0) return false;
    const bool time = words.ends_with("time");
    return time ||
           all(column, [](const std::string& cell) { return cell.find(':') != std::string::npos; });
  }
  template <class Test>
  [[nodiscard]] std::vector<std::string> stamps_of(Test test) {
    std::vector<std::string> names;
    const auto points = [&](std::size_t column) {
      if (!test(column)) return 0;
      const std::string& name = input_.header[column];
      if (!name.empty()) return stamp_points(name);
      // The index that pandas writes has no name; a text that is a time tells it.
      const auto text = [](const std::string& cell) {
        double value = 0;
        return !parse_number(cell, value);
      };
      return !input_.sample.empty() && all(column, text) ? 1 : 0;
    };
    for (const std::size_t column : best_by(points)) {
      used_[column] = true;
      names.push_back(name_of(column));
    }
    return names;
  }
  [[nodiscard]] std::string name_of(std::size_t column) const {
    return option_name(input_.header, column);
  }
  template <class Points>
  [[nodiscard]] std::vector<std::size_t> best_by(Points points) const {
    int most = 1;
    std::vector<std::size_t> best;
    for (std::size_t i = 0; i < used_.size(); ++i) {
      const int got = used_[i] ? 0 : points(i);
      if (got > most) best.clear();
      if (got < most) continue;
      most = got;
      best.push_back(i);
    }
    return best;
  }

  const GuessInput& input_;
  std::vector<bool> used_;
  std::set<std::string, std::less<>> fields_;
};

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// As a shell and the command line take it as it stands.
std::string id_in_name(std::string_view file) {
  const std::string id = instrument_of_name(file);
  const bool plain = !id.empty() && is_name_letter(id.front()) &&
                     std::all_of(id.begin(), id.end(),
                                 [](char c) { return is_name_letter(c) || c == '.' || c == '-'; });
  return plain ? id : "ID";
}

void add_choice(std::vector<std::string>& choices, const std::string& pairs, const Guess& guess,
                const FeedWords& words) {
  std::string text = pairs.empty() ? "" : map_option(words, pairs);
  if (!guess.instrument_id.empty()) {
    text += (text.empty() ? "" : " ") + words.instrument + " " + guess.instrument_id;
  }
  if (guess.from_name) text += (text.empty() ? "" : " ") + words.instrument_from_name;
  if (!text.empty()) choices.push_back(std::move(text));
}

}  // namespace

Guess guess_columns(const GuessInput& input) {
  Picker picker(input);
  Guess guess;
  if (input.need_instrument) guess.instruments = picker.instruments();
  if (input.need_stamp) {
    guess.stamps = picker.stamps();
    if (guess.stamps.empty()) return {};
  }
  guess.fields = picker.fields();
  if (!input.need_instrument || !guess.instruments.empty()) return guess;
  guess.texts = picker.texts();
  if (!guess.texts.empty()) return guess;
  guess.from_name = input.several_files;
  if (!guess.from_name) guess.instrument_id = id_in_name(input.file);
  return guess;
}

std::string option_name(std::span<const std::string> header, std::size_t column) {
  const std::string& name = header[column];
  const bool plain = !name.empty() && std::count(header.begin(), header.end(), name) == 1 &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       constexpr std::string_view kAllowed = " .-/()<>[]:%&@$*|~^";
                       return is_name_letter(c) || kAllowed.find(c) != std::string_view::npos;
                     });
  return plain ? name : "#" + std::to_string(column + 1);
}

std::string map_option(const FeedWords& words, const std::string& pairs) {
  const bool plain = std::all_of(pairs.begin(), pairs.end(), [](char c) {
    return is_name_letter(c) || std::string_view(".-/:%@,=+").find(c) != std::string_view::npos;
  });
  return words.map + (plain ? " " + pairs : " '" + pairs + "'");
}

std::string to_text(const Guess& guess, const FeedWords& words) {
  constexpr std::size_t kShown = 4;
  const std::vector<std::string> none{""};
  std::vector<std::string> choices;
  for (const std::string& instrument : guess.instruments.empty() ? none : guess.instruments) {
    for (const std::string& stamp : guess.stamps.empty() ? none : guess.stamps) {
      std::string pairs;
      const auto add = [&](const std::string& field, const std::string& column) {
        if (column.empty()) return;
        pairs.append(pairs.empty() ? "" : ",").append(field).append("=").append(column);
      };
      add("instrument_id", instrument);
      add("timestamp_ns", stamp);
      for (const ColumnMapping& one : guess.fields) add(one.field, one.column);
      if (choices.size() < kShown) add_choice(choices, pairs, guess, words);
    }
  }
  std::string text;
  for (const std::string& choice : choices) text += (text.empty() ? "" : " or ") + choice;
  return text;
}

std::string question_of(const Guess& guess, const FeedWords& words) {
  const std::string rest = to_text(guess, words);
  return (guess.texts.size() > 1 ? "one of " : "") + quoted_list(guess.texts) +
         " may be the instrument: " + words.map +
         " instrument_id=COLUMN names it (A+B joins two), " + words.instrument +
         " gives an id for all rows" +
         (rest.empty() ? "" : "; for the rest this probably would do: " + rest);
}

bool looks_headerless(std::span<const std::string> first_line) {
  std::size_t numbers = 0;
  for (const std::string& cell : first_line) {
    if (role_of(cell).role != ColumnRole::kNone || known_field(cell)) return false;
    double value = 0;
    numbers += !cell.empty() && parse_number(cell, value) ? 1U : 0U;
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
