// Files without a header that are known by what is in them.
#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include "factorwal/operators/missing.h"
#include "feed/columns/vendor_forms.h"
#include "feed/columns/word_cells.h"
#include "feed/files/instrument_name.h"
#include "feed/number.h"
#include "feed/scanner.h"
#include "feed/times/calendar.h"
#include "feed/times/clock_text.h"
#include "feed/times/stamp_plan.h"

namespace factorwal::feed {
namespace {

using Cells = std::vector<std::string>;

double number_of(const std::string& cell) {
  double value = kMissing;
  return parse_number(cell, value) ? value : kMissing;
}
bool is_whole(const std::string& cell) {
  return !cell.empty() && whole_digits(cell) == cell.size();
}
bool is_flag(const std::string& cell) {
  double value = 0;
  return !cell.empty() && number_of(cell) != number_of(cell) && parse_flag(cell, false, value) &&
         value == value;
}
/// Milliseconds or microseconds since 1970.
bool is_fine_epoch(const std::string& cell) {
  const StampForm form = is_whole(cell) ? form_of_number(cell) : StampForm::kUnknown;
  return form == StampForm::kMilliseconds || form == StampForm::kMicroseconds;
}

/// Open, high, low and close of a bar, from column `at` on; false also where one is missing.
bool is_bar(const Cells& row, std::size_t at) {
  const double open = number_of(row[at]);
  const double high = number_of(row[at + 1]);
  const double low = number_of(row[at + 2]);
  const double close = number_of(row[at + 3]);
  return high >= std::max(open, close) && low <= std::min(open, close) && open == open &&
         close == close;
}

/// The interval of a kline in units of its times; 0: no interval that Binance has.
std::int64_t kline_seconds(const Cells& row) {
  if (!is_fine_epoch(row[0]) || !is_fine_epoch(row[6]) || row[0].size() != row[6].size()) return 0;
  const std::int64_t unit = form_of_number(row[0]) == StampForm::kMilliseconds ? 1'000 : 1'000'000;
  const std::int64_t begin = digits_value(row[0]);
  const std::int64_t span = digits_value(row[6]) - begin + 1;
  if (span <= 0 || span % unit != 0 || begin % unit != 0) return 0;
  constexpr auto kSeconds = std::to_array<std::int64_t>(
      {1, 60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 28800, 43200, 86400, 259200, 604800,
       28 * 86400, 29 * 86400, 30 * 86400, 31 * 86400});
  const std::int64_t seconds = span / unit;
  return std::find(kSeconds.begin(), kSeconds.end(), seconds) == kSeconds.end() ? 0 : seconds;
}

bool is_kline(const Cells& row) {
  const double volume = number_of(row[5]);
  return kline_seconds(row) > 0 && is_bar(row, 1) && is_whole(row[8]) && number_of(row[11]) >= 0 &&
         number_of(row[9]) <= volume && number_of(row[10]) <= number_of(row[7]);
}

bool is_trade(const Cells& row) {
  const double money = number_of(row[1]) * number_of(row[2]);
  return is_whole(row[0]) && is_fine_epoch(row[4]) && is_flag(row[5]) &&
         (row.size() == 6 || is_flag(row[6])) &&
         std::abs(money - number_of(row[3])) <= 1e-6 * std::abs(money) + 1e-7;
}

bool is_aggregated_trade(const Cells& row) {
  return is_whole(row[0]) && number_of(row[1]) > 0 && number_of(row[2]) > 0 && is_whole(row[3]) &&
         is_whole(row[4]) && number_of(row[3]) <= number_of(row[4]) && is_fine_epoch(row[5]) &&
         is_flag(row[6]) && (row.size() == 7 || is_flag(row[7]));
}

bool is_book_ticker(const Cells& row) {
  return is_whole(row[0]) && number_of(row[1]) < number_of(row[3]) && number_of(row[2]) >= 0 &&
         number_of(row[4]) >= 0 && is_fine_epoch(row[5]) && is_fine_epoch(row[6]) &&
         row[5].size() == row[6].size() && row[5] <= row[6];
}

/// `2020.03.02,09:30,...`: dots part dates, and seconds lack, where MetaTrader 4 writes.
bool is_metatrader_bar(const Cells& row) {
  return row[0].size() == 10 && row[0][4] == '.' && row[0][7] == '.' && is_date_alone(row[0]) &&
         row[1].size() == 5 && row[1][2] == ':' && is_time_alone(row[1]) && is_bar(row, 2) &&
         is_whole(row[6]);
}

/// `EUR/USD,20200302 09:30:00.123,1.1,1.2`
bool is_truefx_quote(const Cells& row) {
  return row[0].size() == 7 && row[0][3] == '/' && is_letter(row[0][0]) && is_letter(row[0][4]) &&
         row[1].size() == 21 && is_dated(row[1]) && number_of(row[2]) <= number_of(row[3]);
}

/// `20200302 093000123,1.1,1.2,0`
bool is_histdata_quote(const Cells& row) {
  return row[0].size() == 18 && row[0][8] == ' ' && is_dated(row[0]) &&
         number_of(row[1]) <= number_of(row[2]) && row[3] == "0";
}

/// Which of two columns is the open: a bar opens near the close of the one before. Neither, where
/// the rows do not tell.
bool opens_first(Rows rows, std::size_t at) {
  double here = 0;
  double turned = 0;
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    here += std::abs(number_of(rows[i + 1][at]) - number_of(rows[i][at + 3]));
    turned += std::abs(number_of(rows[i + 1][at + 3]) - number_of(rows[i][at]));
  }
  return here < turned;
}

/// Times never fall from row to row, as texts of one width: then they are ordered as texts.
bool in_order_of_time(Rows rows, std::size_t columns) {
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    std::string before;
    std::string after;
    for (std::size_t part = 0; part < columns; ++part) {
      if (rows[i][part].size() != rows[i + 1][part].size()) return false;
      before += rows[i][part];
      after += rows[i + 1][part];
    }
    if (before > after) return false;
  }
  return true;
}

/// Bars of anybody, behind `at` columns of the time: the order of open and close is seen in them,
/// and that what follows is no further price.
bool are_bars(Rows rows, std::size_t at) {
  constexpr std::size_t kEnoughRows = 10;
  const auto bar = [&](const Cells& row) {
    return is_bar(row, at) && (row.size() == at + 4 || number_of(row[at + 4]) >= 0);
  };
  const auto like_a_price = [&](const Cells& row) {
    const double last = number_of(row[at + 4]);
    return last > number_of(row[at + 2]) / 2 && last < number_of(row[at + 1]) * 2;
  };
  return rows.size() >= kEnoughRows && std::all_of(rows.begin(), rows.end(), bar) &&
         (rows.front().size() == at + 4 || !std::all_of(rows.begin(), rows.end(), like_a_price)) &&
         in_order_of_time(rows, at) && opens_first(rows, at);
}

using RowTest = bool (*)(const Cells&);
struct Nameless {
  std::string_view name;
  std::size_t columns;
  RowTest test;
  std::vector<std::string> names;
};

const std::vector<Nameless>& nameless_forms() {
  static const std::vector<Nameless> forms = {
      {"Binance klines",
       12,
       is_kline,
       {"open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume",
        "count", "taker_buy_volume", "taker_buy_quote_volume", "ignore"}},
      {"Binance spot trades",
       7,
       is_trade,
       {"id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"}},
      {"Binance futures trades",
       6,
       is_trade,
       {"id", "price", "qty", "quote_qty", "time", "is_buyer_maker"}},
      {"Binance aggregated spot trades",
       8,
       is_aggregated_trade,
       {"agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time",
        "is_buyer_maker", "is_best_match"}},
      {"Binance aggregated futures trades",
       7,
       is_aggregated_trade,
       {"agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time",
        "is_buyer_maker"}},
      {"Binance book tickers",
       7,
       is_book_ticker,
       {"update_id", "best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty",
        "transaction_time", "event_time"}},
      {"MetaTrader 4 bars",
       7,
       is_metatrader_bar,
       {"date", "time", "open", "high", "low", "close", "volume"}},
      {"TrueFX quotes", 4, is_truefx_quote, {"symbol", "timestamp", "bid", "ask"}},
      {"HistData quotes", 4, is_histdata_quote, {"timestamp", "bid", "ask", "volume"}},
  };
  return forms;
}

struct LeanName {
  std::string day;
  std::string instrument;
  bool ticks = false;
  bool quotes = false;
};

/// `.../minute/spy/20240102_trade.zip`, and in it `20240102_spy_minute_trade.csv`,
/// `20240102_spy_Trade_Tick.csv`. Nothing for other names.
std::optional<LeanName> lean_name(const std::string& file) {
  std::vector<std::string> folders;
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t slash = file.find('/', at);
    folders.push_back(file.substr(at, slash == std::string::npos ? slash : slash - at));
    at = slash == std::string::npos ? slash : slash + 1;
  }
  std::string name = folders.back().substr(0, folders.back().find('.'));
  std::int64_t days = 0;
  if (name.size() < 10 || name[8] != '_' || !parse_compact_date(name.substr(0, 8), days)) return {};
  LeanName found;
  found.day = name.substr(0, 8);
  name = name.substr(9);
  for (char& c : name) c = lower(c);
  const std::size_t count = folders.size();
  if ((name == "trade" || name == "quote") && count >= 3) {
    const std::string& resolution = folders[count - 3];
    found.instrument = folders[count - 2];
    found.ticks = resolution == "tick";
    found.quotes = name == "quote";
    const bool known = found.ticks || resolution == "minute" || resolution == "second";
    return known ? std::optional(found) : std::nullopt;
  }
  for (const std::string_view end : {"_minute_trade", "_second_trade", "_minute_quote",
                                     "_second_quote", "_trade_tick", "_quote_tick"}) {
    if (!name.ends_with(end) || name.size() == end.size()) continue;
    found.instrument = name.substr(0, name.size() - end.size());
    found.ticks = end.ends_with("_tick");
    found.quotes = end.find("quote") != std::string_view::npos;
    return found;
  }
  return {};
}

/// Lean's prices of equities and options are whole numbers of 1/10000; a point tells others.
void scale_lean(const std::string& file, Rows rows, VendorForm& form) {
  constexpr auto kPrices = std::to_array<std::string_view>(
      {"open", "high", "low", "close", "price", "bid_open", "bid_high", "bid_low", "bid",
       "ask_open", "ask_high", "ask_low", "ask"});
  bool point = false;
  for (std::size_t i = 0; i < form.columns.size(); ++i) {
    const std::string& name = form.columns[i];
    if (std::find(kPrices.begin(), kPrices.end(), name) == kPrices.end()) continue;
    form.scale.push_back({name == "price" ? "close" : name, 1e-4});
    point = point || std::any_of(rows.begin(), rows.end(), [&](const Cells& row) {
              return row[i].find('.') != std::string::npos;
            });
  }
  const auto within = [&](std::initializer_list<std::string_view> folders) {
    const std::string path = "/" + file;
    return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) {
      return path.find("/" + std::string(folder) + "/") != std::string::npos;
    });
  };
  const bool small = within({"equity", "option"});
  const bool whole = within({"crypto", "cryptofuture", "forex", "cfd", "future"});
  if (point || (whole && !small)) {
    form.scale.clear();
  } else {
    form.scale_is_unclear = whole || !small;
  }
}

/// The columns of a Lean file of so many; empty: it has no such file.
std::vector<std::string> lean_columns(const LeanName& name, std::size_t count) {
  std::vector<std::string> columns;
  if (name.ticks && name.quotes) {
    columns = {"time",       "bid",      "bid_volume", "ask",
               "ask_volume", "exchange", "condition",  "suspicious"};
    if (count == 5) columns.resize(5);
  } else if (name.ticks) {
    columns = {"time", "price", "volume", "exchange", "condition", "suspicious"};
    if (count == 3) columns.resize(3);
  } else if (name.quotes) {
    columns = {"time",     "bid_open", "bid_high", "bid_low", "bid",       "bid_volume",
               "ask_open", "ask_high", "ask_low",  "ask",     "ask_volume"};
  } else {
    columns = {"time", "open", "high", "low", "close", "volume"};
  }
  if (columns.size() != count) columns.clear();
  return columns;
}

std::optional<VendorForm> lean_form(const std::string& file, Rows rows) {
  const std::optional<LeanName> name = lean_name(file);
  if (!name) return {};
  VendorForm form;
  form.name = name->ticks ? "Lean ticks" : "Lean bars";
  form.columns = lean_columns(*name, rows.front().size());
  const bool bars = !name->ticks && !name->quotes;
  const bool fits = std::all_of(rows.begin(), rows.end(), [&](const Cells& row) {
    // Milliseconds of the day, with a fraction in ticks of crypto.
    return whole_digits(row[0]) > 0 && number_of(row[0]) < 86'400'000 && (!bars || is_bar(row, 1));
  });
  if (form.columns.empty() || !fits) return {};
  form.map = {{"timestamp_ns", "time"}};
  form.day = name->day;
  form.time_format = "ms-of-day";
  form.instrument = name->instrument;
  scale_lean(file, rows, form);
  return form;
}

/// `20240102 00:00,4757500,...`: Lean's hours and days.
bool is_lean_day(const Cells& row) {
  return row[0].size() == 14 && row[0][8] == ' ' && row[0][11] == ':' && is_dated(row[0]);
}

/// `AMZN_2012-06-21_34200000_57600000_message_5.csv`
std::optional<VendorForm> lobster_form(const std::string& file, Rows rows) {
  const std::string_view name = std::string_view(file).substr(file.rfind('/') + 1);
  const std::size_t at = name.find('_');
  if (at == std::string_view::npos || at == 0 || name.size() < at + 12) return {};
  std::string day;
  for (const char c : name.substr(at + 1, 10)) {
    if (is_digit(c)) day += c;
  }
  std::int64_t days = 0;
  if (!parse_compact_date(day, days) || name.find("_message_") == std::string_view::npos ||
      rows.front().size() != 6) {
    return {};
  }
  const bool messages = std::all_of(rows.begin(), rows.end(), [](const Cells& row) {
    return whole_digits(row[0]) > 0 && number_of(row[0]) < kDaySeconds && is_whole(row[1]) &&
           is_whole(row[3]) && (row[5] == "1" || row[5] == "-1");
  });
  if (!messages) return {};
  VendorForm form;
  form.name = "LOBSTER messages";
  form.columns = {"time", "event_type", "order_id", "event_size", "event_price", "direction"};
  form.map = {{"timestamp_ns", "time"}};
  form.scale = {{"event_price", 1e-4}};
  form.day = std::move(day);
  form.time_format = "s-of-day";
  form.instrument = name.substr(0, at);
  return form;
}

/// `EURUSD60` (MetaTrader 4), `XBTUSD_60` (Kraken): the minutes of a bar behind the id. Where a
/// digit stands before them, US3060, nobody knows where they begin.
void take_id_before_minutes(const std::string& file, VendorForm& form) {
  constexpr auto kMinutes = std::to_array<std::string_view>(
      {"43200", "10080", "1440", "720", "240", "60", "30", "15", "5", "1"});
  const std::string name = instrument_of_name(file);
  std::string_view id = name;
  while (!id.empty() && is_digit(id.back())) id.remove_suffix(1);
  const std::string_view digits = std::string_view(name).substr(id.size());
  if (id.ends_with('_')) id.remove_suffix(1);
  if (digits.empty() || id.empty()) return;
  const bool minutes = std::find(kMinutes.begin(), kMinutes.end(), digits) != kMinutes.end();
  form.name_is_no_id = true;
  if (minutes && is_plain_instrument(id)) form.instrument = id;
}

/// A time, or a date and a time, and open, high, low, close, and a volume perhaps.
std::optional<VendorForm> bars_of_anybody(const std::string& file, Rows rows) {
  const std::size_t columns = rows.front().size();
  const auto all = [&](auto test) { return std::all_of(rows.begin(), rows.end(), test); };
  VendorForm form;
  form.name = "bars";
  const bool parted = (columns == 6 || columns == 7) && all([](const Cells& row) {
                        return is_date_alone(row[0]) && is_time_alone(row[1]) &&
                               row[1].find(':') != std::string::npos;
                      });
  const bool whole =
      (columns == 5 || columns == 6) && all([](const Cells& row) { return is_dated(row[0]); });
  const bool counted = columns == 7 && all([](const Cells& row) {
                         return is_whole(row[0]) && is_dated(row[0]) && is_whole(row[6]);
                       });
  if (!parted && !whole && !counted) return {};
  if (!are_bars(rows, parted ? 2 : 1)) return {};
  form.columns = parted ? std::vector<std::string>{"date", "time", "open", "high", "low", "close"}
                        : std::vector<std::string>{"timestamp", "open", "high", "low", "close"};
  if (columns > form.columns.size()) form.columns.emplace_back("volume");
  if (counted) {
    form.name = "Kraken bars";
    form.columns.emplace_back("count");
    take_id_before_minutes(file, form);
  }
  if (whole && columns == 6 && all(is_lean_day)) {
    form.name = "Lean bars";
    scale_lean(file, rows, form);
  }
  return form;
}

}  // namespace

std::optional<VendorForm> form_without_header(const std::string& file, Rows rows) {
  if (rows.empty()) return {};
  const std::size_t columns = rows.front().size();
  for (const Cells& row : rows) {
    if (row.size() != columns) return {};
  }
  std::optional<VendorForm> found;
  for (const Nameless& one : nameless_forms()) {
    if (one.columns != columns || !std::all_of(rows.begin(), rows.end(), one.test)) continue;
    if (found) return {};
    found = form_of_header(file, one.names, rows);
    found->name = one.name;
    found->columns = one.names;
    if (one.test == is_metatrader_bar) take_id_before_minutes(file, *found);
  }
  if (found) return found;
  if (auto form = lean_form(file, rows)) return form;
  if (auto form = lobster_form(file, rows)) return form;
  return bars_of_anybody(file, rows);
}

}  // namespace factorwal::feed
