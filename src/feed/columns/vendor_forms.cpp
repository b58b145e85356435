#include "feed/columns/vendor_forms.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "factorwal/tick.h"
#include "feed/columns/column_names.h"
#include "feed/number.h"
#include "feed/scanner.h"

namespace factorwal::feed {
namespace {

struct Header {
  const std::string& file;
  std::span<const std::string> names;
  Rows sample;

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (snake_case(names[i]) == name) return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
};

using Condition = bool (*)(const Header&);

struct KnownForm {
  std::string_view name;
  std::string_view columns;  ///< all of them are there, in snake case
  std::string_view map;      ///< as parse_column_map reads it
  Condition condition = nullptr;
};

/// The exchanges that Tardis records, by its own ids: with them, `amount` is a quantity.
bool is_of_tardis(const Header& header) {
  constexpr auto kExchanges = std::to_array<std::string_view>(
      {"ascendex", "binance",   "bitfinex",   "bitflyer",    "bitget",
       "bitmex",   "bitnomial", "bitso",      "bitstamp",    "blockchain-com",
       "bybit",    "coinbase",  "coinflex",   "crypto-com",  "cryptofacilities",
       "delta",    "deribit",   "dydx",       "ftx",         "gate-io",
       "gemini",   "hitbtc",    "huobi",      "hyperliquid", "kraken",
       "kucoin",   "mango",     "okcoin",     "okex",        "phemex",
       "poloniex", "serum",     "star-atlas", "upbit",       "woo-x"});
  const std::size_t at = header.find("exchange").value_or(0);
  return !header.sample.empty() &&
         std::all_of(header.sample.begin(), header.sample.end(), [&](const auto& row) {
           const std::string& cell = at < row.size() ? row[at] : row.front();
           return std::any_of(kExchanges.begin(), kExchanges.end(), [&](std::string_view one) {
             return cell == one || (cell.starts_with(one) && cell[one.size()] == '-');
           });
         });
}

/// A trade of each message; in mbp-1 and mbo, prices are those of orders.
bool has_trades_alone(const Header& header) {
  return header.has("action") && !header.has("order_id") &&
         (!header.has("bid_px_00") || header.file.find("tbbo") != std::string::npos);
}
bool has_orders(const Header& header) { return header.has("action") && !has_trades_alone(header); }
bool has_no_action(const Header& header) { return !header.has("action"); }
bool is_whole_header(const Header& header) { return header.names.size() == 5; }
bool has_no_last(const Header& header) { return !header.has("last_price"); }
bool counts_base_first(const Header& header) {
  const std::size_t symbol = header.find("symbol").value_or(0);
  if (header.names.size() < 9 || header.sample.empty()) return false;
  const std::string& volume = header.names[7];
  const std::string& quote = header.names[8];
  const std::string_view unit =
      std::string_view(volume).substr(std::min<std::size_t>(7, volume.size()));
  return volume.starts_with("Volume ") && quote.starts_with("Volume ") && !unit.empty() &&
         symbol < header.sample[0].size() && header.sample[0][symbol].starts_with(unit);
}

constexpr auto kForms = std::to_array<KnownForm>({
    {"Binance klines",
     "open_time,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume",
     "timestamp_ns=open_time,turnover=quote_volume"},
    {"Binance trades", "id,price,qty,quote_qty,time,is_buyer_maker",
     "timestamp_ns=time,volume=qty,turnover=quote_qty"},
    {"Binance aggregated trades",
     "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time",
     "timestamp_ns=transact_time,volume=quantity"},
    {"Binance book tickers",
     "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time",
     "timestamp_ns=transaction_time"},
    {"Binance book depth", "timestamp,percentage,depth,notional", "timestamp_ns=timestamp"},
    {"Binance metrics", "create_time,symbol,sum_open_interest",
     "timestamp_ns=create_time,open_interest=sum_open_interest"},
    {"Binance funding rates", "calc_time,funding_interval_hours,last_funding_rate",
     "timestamp_ns=calc_time"},
    {"Tardis trades", "exchange,symbol,timestamp,local_timestamp,id,side,price,amount",
     "volume=amount", is_of_tardis},
    {"Tardis quotes",
     "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount",
     "ask_volume1=ask_amount,bid_volume1=bid_amount"},
    {"Tardis book changes", "exchange,symbol,timestamp,local_timestamp,is_snapshot,price,amount",
     "level_price=price,level_amount=amount", is_of_tardis},
    {"Databento trades", "ts_event,rtype,publisher_id,instrument_id,price,size",
     "timestamp_ns=ts_event,volume=size", has_trades_alone},
    {"Databento book and order events", "ts_event,rtype,publisher_id,instrument_id,price,size",
     "timestamp_ns=ts_event,event_price=price,event_size=size", has_orders},
    {"Databento quotes", "ts_recv,ts_event,rtype,publisher_id,instrument_id,price,size",
     "timestamp_ns=ts_recv,volume=size", has_no_action},
    {"Databento bars", "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume",
     "timestamp_ns=ts_event"},
    {"Polygon trades", "ticker,participant_timestamp,sip_timestamp,price,size",
     "timestamp_ns=sip_timestamp,volume=size"},
    {"Polygon quotes", "ticker,ask_price,ask_size,bid_price,bid_size,sip_timestamp",
     "timestamp_ns=sip_timestamp"},
    {"Polygon bars", "ticker,volume,open,close,high,low,window_start,transactions",
     "timestamp_ns=window_start"},
    {"vn.py bars", "symbol,exchange,datetime,open_price,high_price,low_price,close_price",
     "open=open_price,high=high_price,low=low_price,close=close_price", has_no_last},
    {"Tushare daily bars", "ts_code,trade_date,open,high,low,close", "timestamp_ns=trade_date"},
    {"Tushare minute bars", "ts_code,trade_time,open,high,low,close", "timestamp_ns=trade_time"},
    {"JoinQuant bars", "open,close,high,low,volume,money", "turnover=money"},
    {"RiceQuant ticks", "order_book_id,last,total_turnover,a1,b1,a1_v,b1_v",
     "turnover=total_turnover,ask_price1=a1,ask_price2=a2,ask_price3=a3,ask_price4=a4,"
     "ask_price5=a5,bid_price1=b1,bid_price2=b2,bid_price3=b3,bid_price4=b4,bid_price5=b5,"
     "ask_volume1=a1_v,ask_volume2=a2_v,ask_volume3=a3_v,ask_volume4=a4_v,ask_volume5=a5_v,"
     "bid_volume1=b1_v,bid_volume2=b2_v,bid_volume3=b3_v,bid_volume4=b4_v,bid_volume5=b5_v"},
    {"RiceQuant bars", "order_book_id,open,close,high,low,volume,total_turnover",
     "turnover=total_turnover"},
    {"CoinAPI bars",
     "time_period_start,time_period_end,price_open,price_high,price_low,price_close,"
     "volume_traded",
     "timestamp_ns=time_period_start,open=price_open,high=price_high,low=price_low,"
     "close=price_close,volume=volume_traded"},
    {"CoinAPI trades", "time_exchange,time_coinapi,price,base_amount",
     "timestamp_ns=time_exchange,volume=base_amount"},
    {"CoinAPI quotes", "time_exchange,time_coinapi,ask_px,ask_sx,bid_px,bid_sx",
     "timestamp_ns=time_exchange,ask_price1=ask_px,ask_volume1=ask_sx,bid_price1=bid_px,"
     "bid_volume1=bid_sx"},
    {"Kaiko trades", "id,exchange,symbol,date,price,amount,sell", "volume=amount"},
    {"OKX trades", "trade_id,side,price,size,created_time",
     "instrument_id=instrument_name,timestamp_ns=created_time,volume=size"},
    {"OKX candles", "instrument_name,open,high,low,close,vol,vol_ccy,vol_quote,open_time",
     "instrument_id=instrument_name,timestamp_ns=open_time,turnover=vol_quote"},
    {"Coinbase trades", "trade_id,side,size,price,time", "timestamp_ns=time,volume=size",
     is_whole_header},
    {"Dukascopy bars in local time", "local_time,volume,open,high,low,close",
     "timestamp_ns=local_time"},
    {"Dukascopy ticks in local time", "local_time,ask,bid,ask_volume,bid_volume",
     "timestamp_ns=local_time"},
    {"CryptoDataDownload bars", "unix,date,symbol,open,high,low,close",
     "timestamp_ns=date,volume=#8,turnover=#9", counts_base_first},
});

/// The field of a column of Databento's prices; empty: it has none.
std::string databento_price(const std::string& column) {
  const std::string name = snake_case(column);
  if (name == "price") return "price";
  const bool price = name == "open" || name == "high" || name == "low" || name == "close" ||
                     name.find("_px_") != std::string::npos;
  return price ? known_field(name).value_or("") : std::string();
}

/// DBN writes prices as text with nine decimals, or as whole numbers of 1e-9. No price that it has
/// is a million or more, and none below a thousandth.
enum class PriceUnit { kWhole, kNano, kUnclear };
PriceUnit unit_of_prices(const Header& header) {
  bool whole = true;
  bool nano = true;
  for (const auto& row : header.sample) {
    for (std::size_t i = 0; i < row.size() && i < header.names.size(); ++i) {
      double value = 0;
      if (databento_price(header.names[i]).empty() || !parse_number(row[i], value)) continue;
      if (std::isnan(value) || value == 0) continue;
      if (value > 9.2e18) {
        whole = false;
        continue;
      }
      const bool integer = row[i].find_first_of(".eE") == std::string::npos;
      nano = nano && integer && std::abs(value) >= 1e6;
      whole = whole && (!integer || std::abs(value) < 1e6);
    }
  }
  // Also where no row has a price yet: the file may grow.
  if (whole == nano) return PriceUnit::kUnclear;
  return whole ? PriceUnit::kWhole : PriceUnit::kNano;
}

bool fits(const KnownForm& form, const Header& header) {
  std::string_view rest = form.columns;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (!header.has(rest.substr(0, comma))) return false;
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return form.condition == nullptr || form.condition(header);
}

void complete_databento(const Header& header, VendorForm& form) {
  if (header.has("symbol")) form.map.push_back({"instrument_id", "symbol"});
  const PriceUnit unit = unit_of_prices(header);
  if (unit == PriceUnit::kWhole) return;
  form.scale_is_unclear = unit == PriceUnit::kUnclear;
  const bool events = std::any_of(form.map.begin(), form.map.end(), [](const ColumnMapping& one) {
    return one.field == "event_price";
  });
  for (const std::string& column : header.names) {
    const std::string field = databento_price(column);
    if (field.empty()) continue;
    const bool price = field == "price";
    form.scale.push_back({price ? (events ? "event_price" : "close") : field, 1e-9});
  }
}

}  // namespace

std::optional<VendorForm> form_of_three_lines(std::span<const std::string> fields,
                                              std::span<const std::string> tickers,
                                              std::span<const std::string> index) {
  const std::size_t columns = fields.size();
  if (columns < 2 || tickers.size() != columns || index.size() != columns) return {};
  const bool dated = index[0] == "Date" || index[0] == "Datetime";
  const auto empty = [](const std::string& cell) { return cell.empty(); };
  if (fields[0] != "Price" || tickers[0] != "Ticker" || !dated ||
      !std::all_of(index.begin() + 1, index.end(), empty)) {
    return {};
  }
  VendorForm form;
  form.name = "yfinance bars";
  form.columns.assign(fields.begin(), fields.end());
  form.columns[0] = index[0];
  const bool one = std::all_of(tickers.begin() + 1, tickers.end(),
                               [&](const std::string& cell) { return cell == tickers[1]; });
  if (one) form.instrument = tickers[1];
  return form;
}

std::string to_text(const std::vector<FieldScale>& scale) {
  std::string text;
  for (const FieldScale& one : scale) {
    std::array<char, 32> factor{};
    const auto end = std::to_chars(factor.data(), factor.data() + factor.size(), one.factor).ptr;
    text += (text.empty() ? "" : ",") + one.field + "=" + std::string(factor.data(), end);
  }
  return text;
}

VendorForm form_of_header(const std::string& file, std::span<const std::string> header,
                          Rows sample) {
  const Header given{file, header, sample};
  const auto found = std::find_if(kForms.begin(), kForms.end(),
                                  [&](const KnownForm& form) { return fits(form, given); });
  if (found == kForms.end()) return {};
  VendorForm form;
  form.name = found->name;
  form.map = *parse_column_map(found->map);
  // Of fewer levels than the form can have.
  std::erase_if(form.map, [&](const ColumnMapping& one) {
    return !one.column.starts_with('#') && !given.has(one.column);
  });
  if (form.name.starts_with("Databento")) complete_databento(given, form);
  return form;
}

}  // namespace factorwal::feed
