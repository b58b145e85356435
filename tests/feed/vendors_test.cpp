// Every form of docs/feeds.md's table is read, with the options that stand there, from a made-up
// file of tests/feed/vendors; and every such file has its line.
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "factorwal/feed/text_stamp.h"
#include "feed/feed_fixture.h"

namespace factorwal::feed {
namespace {

namespace fs = std::filesystem;

const fs::path kSamples = fs::path(FACTORWAL_SOURCE_DIR) / "tests" / "feed" / "vendors";

/// The last row, and how many there are.
struct Expected {
  const char* file;
  std::size_t rows;
  const char* instrument;
  const char* time;
  const char* values;
};

// clang-format off
const Expected kExpected[] = {
    {"binance_klines/BTCUSDT-1m-2024-03.csv", 2, "BTCUSDT", "2024-03-01T00:01:00Z",
     "open=61150.2 high=61200 low=61150 close=61190.7 volume=60.5 turnover=3701039.1 count=1200"},
    {"binance_klines_without_header/ETHUSDT-1h-2025-01-02.csv", 2, "ETHUSDT", "2025-01-02T01:00:00Z",
     "open=3368.1 high=3390 low=3366.6 close=3388.8 volume=9800.75 turnover=33100000.5 count=81000"},
    {"binance_futures_trades/BTCUSDT-trades-2024-03-02.csv", 2, "BTCUSDT", "2024-03-02T00:00:00.456Z",
     "close=62000.2 volume=0.5 turnover=31000.1 is_buyer_maker=0"},
    {"binance_spot_trades/BNBUSDT-trades-2025-01-02.csv", 2, "BNBUSDT", "2025-01-02T00:00:00.000456Z",
     "close=700.6 volume=0.5 turnover=350.3 is_buyer_maker=0 is_best_match=1"},
    {"binance_futures_aggregated_trades/SOLUSDT-aggTrades-2024-03-02.csv", 1, "SOLUSDT", "2024-03-02T00:00:00.123Z",
     "close=130.25 volume=15 is_buyer_maker=0"},
    {"binance_aggregated_trades/SOLUSDT-aggTrades-2025-01-02.csv", 2, "SOLUSDT", "2025-01-02T00:00:00.100123Z",
     "close=190.26 volume=2.25 is_buyer_maker=0 is_best_match=1"},
    {"binance_book_tickers/BTCUSDT-bookTicker-2024-03-02.csv", 1, "BTCUSDT", "2024-03-02T00:00:00.123Z",
     "bid=62000.1 bid_volume=2.5 ask=62000.2 ask_volume=3.5"},
    {"binance_book_depth/BTCUSDT-bookDepth-2024-03-02.csv", 2, "BTCUSDT", "2024-03-02T00:00:06Z",
     "percentage=-4 depth=5000.5 notional=305000000.5"},
    {"binance_metrics/BTCUSDT-metrics-2024-03-02.csv", 1, "BTCUSDT", "2024-03-02T00:05:00Z",
     "open_interest=80500.5 sum_open_interest_value=4991031000"},
    {"binance_funding_rates/BTCUSDT-fundingRate-2024-03.csv", 1, "BTCUSDT", "2024-03-01T00:00:00.001Z",
     "last_funding_rate=0.00025"},
    {"tardis_trades/binance-futures_trades_2024-03-02_BTCUSDT.csv", 2, "BTCUSDT", "2024-03-02T00:00:00.456Z",
     "close=62000.2 volume=0.5 side=1"},
    {"tardis_quotes/deribit_quotes_2024-03-02_OPTIONS.csv", 1, "BTC-29MAR24-60000-C", "2024-03-02T00:00:00.123Z",
     "bid=0.0815 bid_volume=12 ask=0.0825 ask_volume=10.5"},
    {"tardis_book_snapshot_5/bitmex_book_snapshot_5_2024-03-02_XBTUSD.csv", 1, "XBTUSD", "2024-03-02T00:00:00.123Z",
     "bid=62000 bid_volume=200 ask=62000.5 ask_volume=100 bid5=61998 ask_volume5=104"},
    {"tardis_book_snapshot_25/bitmex_book_snapshot_25_2024-03-02_XBTUSD.csv", 1, "XBTUSD", "2024-03-02T00:00:00.123Z",
     "bid=62000 ask_volume=100 bid25=61988 bid_volume25=224 ask25=62012.5 ask_volume25=124"},
    {"tardis_derivative_ticker/bybit_derivative_ticker_2024-03-02_BTCUSD.csv", 1, "BTCUSD", "2024-03-02T00:00:00.123Z",
     "close=62000.5 open_interest=500000000 mark_price=62000.9 funding_rate=0.0001"},
    {"tardis_book_changes/kraken_incremental_book_L2_2024-03-02_XBT-USD.csv", 2, "XBT/USD", "2024-03-02T00:00:00.223Z",
     "level_price=62001 level_amount=0 side=-1 is_snapshot=0"},
    {"databento_trades/glbx-mdp3-20240102.trades.csv", 3, "ESH4", "2024-01-02T14:30:00.2001Z",
     "close=4765.5 volume=2 side=nan"},
    {"databento_trades_raw/xnas-itch-20240102.trades.csv", 2, "38", "2024-01-02T14:30:00.1001Z",
     "close=185.63 volume=50 side=-1"},
    {"databento_tbbo/glbx-mdp3-20240102.tbbo.csv", 1, "ESH4", "2024-01-02T14:30:00.0001Z",
     "close=4765.25 volume=3 bid=4765 ask=4765.25 bid_volume=10 ask_volume=12"},
    {"databento_mbp_1/glbx-mdp3-20240102.mbp-1.csv", 2, "ESH4", "2024-01-02T14:30:00.1001Z",
     "event_price=4765.25 event_size=12 bid=4765 ask=nan bid_volume=10 ask_volume=0 side=-1"},
    {"databento_mbp_10/glbx-mdp3-20240102.mbp-10.csv", 1, "ESH4", "2024-01-02T14:30:00.0001Z",
     "event_price=4765 bid=4765 ask=4765.25 bid10=4762.75 ask_volume10=29"},
    {"databento_mbo/glbx-mdp3-20240102.mbo.csv", 1, "ESH4", "2024-01-02T14:30:00.0001Z",
     "event_price=4765 event_size=3 side=1"},
    {"databento_bbo/glbx-mdp3-20240102.bbo-1s.csv", 1, "ESH4", "2024-01-02T14:30:01Z",
     "close=4765.25 volume=3 bid=4765 ask=4765.25"},
    {"databento_bars/xnas-itch-20240102.ohlcv-1m.csv", 1, "AAPL", "2024-01-02T14:30:00Z",
     "open=185.6 high=185.7 low=185.55 close=185.64 volume=125000"},
    {"lean_equity_minute/equity/usa/minute/spy/20240102_spy_minute_trade.csv", 2, "spy", "2024-01-02T14:31:00Z",
     "open=400.21 high=400.33 low=400.15 close=400.3 volume=98000"},
    {"lean_equity_daily/equity/usa/daily/SPY.csv", 10, "SPY", "2024-01-16T05:00:00Z",
     "open=406.85 high=407.35 low=405.34 close=405.74 volume=1000063"},
    {"lean_crypto_minute/crypto/coinbase/minute/btcusd/20240102_btcusd_minute_trade.csv", 2, "btcusd", "2024-01-02T00:01:00Z",
     "open=44190.75 high=44200 low=44185.5 close=44188 volume=8.25"},
    {"lean_quote_minute/equity/usa/minute/spy/20240102_spy_minute_quote.csv", 2, "spy", "2024-01-02T14:31:00Z",
     "bid=nan bid_volume=0 ask=400.31 ask_open=400.22 ask_high=400.34 ask_low=400.16 ask_volume=400"},
    {"lean_trade_tick/equity/usa/tick/spy/20240102_spy_Trade_Tick.csv", 2, "spy", "2024-01-02T14:30:00.512Z",
     "close=400.17 volume=50 suspicious=0"},
    {"lean_quote_tick/equity/usa/tick/spy/20240102_spy_Quote_Tick.csv", 1, "spy", "2024-01-02T14:30:00.012Z",
     "bid=400.15 bid_volume=300 ask=400.17 ask_volume=500"},
    {"lean_crypto_trade_tick/crypto/coinbase/tick/btcusd/20240102_btcusd_trade_tick.csv", 2, "btcusd", "2024-01-02T00:00:00.512Z",
     "close=44180.5 volume=0.25"},
    {"metatrader_5_bars/EURUSD_M1_202401020000_202401022359.csv", 2, "EURUSD", "2024-01-02T00:06:00Z",
     "open=1.1042 high=1.10432 low=1.1042 close=1.10431 volume=0 tickvol=28 spread=8"},
    {"metatrader_5_ticks/EURUSD_202401020000_202401022359.csv", 2, "EURUSD", "2024-01-02T00:05:00.623Z",
     "bid=1.10428 ask=nan close=nan flags=2"},
    {"metatrader_4_bars/EURUSD_M1.csv", 2, "EURUSD", "2024-01-02T00:06:00Z",
     "open=1.1042 high=1.10432 low=1.1042 close=1.10431 volume=28"},
    {"metatrader_4_bars_named_with_minutes/EURUSD60.csv", 2, "EURUSD", "2024-01-02T01:00:00Z",
     "open=1.1042 high=1.10532 low=1.1041 close=1.10531 volume=2800"},
    {"interactive_brokers_bars/AAPL.csv", 2, "AAPL", "2024-01-02T14:31:00Z",
     "open=187 high=187.2 low=186.8 close=187.1 volume=180000 average=187.02 barCount=1500"},
    {"interactive_brokers_two_spaces/MSFT.csv", 1, "MSFT", "2024-01-02T14:30:00Z",
     "open=373.9 high=374.2 low=373.5 close=373.8 volume=90000"},
    {"ib_insync_bars/AMD.csv", 2, "AMD", "2024-01-02T14:31:00Z",
     "open=144.5 high=144.6 low=144.1 close=144.2 volume=80000"},
    {"kdb_trades/trade.csv", 2, "MSFT", "2024-01-02T09:30:00.500123456Z",
     "close=373.9 volume=200"},
    {"kdb_quotes/quote.csv", 1, "AAPL", "2024-01-02T09:30:00.000123456Z",
     "bid=187.14 ask=187.16 bid_volume=300 ask_volume=400"},
    {"wondertrader_bars/CFFEX.IF.HOT.csv", 2, "CFFEX.IF.HOT", "2024-01-02T01:32:00Z",
     "open=3431.6 high=3432.4 low=3430 close=3430.4 volume=640 turnover=658000000 open_interest=120010 settle=0"},
    {"wondertrader_bars_with_weekdays/SHFE.rb.HOT_m5.csv", 2, "SHFE.rb.HOT", "2024-01-03T01:05:00Z",
     "open=4005 high=4008 low=4001 close=4002 volume=9800"},
    {"wondertrader_ticks/CFFEX.IF2401.csv", 2, "IF2401", "2024-01-02T06:59:59.5Z",
     "close=3431.2 volume=1 turnover=1030000 open_interest=120005 total_volume=26 bid=3430 bid_volume=2 ask5=3431.2 ask_volume5=7"},
    {"vnpy_bars/rb2405.csv", 1, "rb2405", "2024-01-02T01:01:00Z",
     "open=4000 high=4006 low=3999 close=4005 volume=12500 turnover=500000000 open_interest=1600000"},
    {"vnpy_ticks/rb2405_ticks.csv", 1, "rb2405", "2024-01-02T01:00:00.5Z",
     "close=4001 volume=nan turnover=nan bid=4000 bid_volume=10 ask5=4005 ask_volume5=24 last_volume=2"},
    {"backtrader/ORCL.csv", 1, "ORCL", "2024-01-02T09:30:00Z",
     "open=104.5 high=105 low=104.2 close=104.8 volume=15000 open_interest=0"},
    {"yahoo/AAPL.csv", 2, "AAPL", "2024-01-03T00:00:00Z",
     "open=181 high=183.5 low=180.25 close=182.5 volume=1200300"},
    {"yfinance/^GSPC.csv", 1, "^GSPC", "2024-01-02T05:00:00Z",
     "open=4700.5 high=4710.25 low=4690 close=4705.75 volume=3000000000"},
    {"yfinance_three_lines/nvda_download.csv", 2, "NVDA", "2024-01-03T00:00:00Z",
     "open=50.5 high=52 low=50.25 close=51.25 volume=1200300"},
    {"polygon_trades/2024-01-02.csv", 2, "AA", "2024-01-02T15:00:01.000123456Z",
     "close=33.9 volume=5 exchange=4"},
    {"polygon_quotes/2024-01-02.csv", 1, "A", "2024-01-02T15:00:00.000123456Z",
     "bid=139.4 ask=139.6 bid_volume=2 ask_volume=3"},
    {"polygon_bars/2024-01-02.csv", 1, "A", "2024-01-02T15:00:00Z",
     "open=139.5 high=139.7 low=139.4 close=139.6 volume=4930 transactions=129"},
    {"ctp_ticks/20240102.csv", 2, "rb2405", "2024-01-02T13:00:01Z",
     "close=4002 volume=10 turnover=400200 open_interest=1600010 bid=4001 ask=4002 bid_volume=8 ask_volume=18"},
    {"ctp_ticks_in_chinese/rb2405_20240102.csv", 2, "rb2405", "2024-01-02T13:00:01Z",
     "close=4002 volume=10 turnover=400200 open_interest=1600010 bid=4001 ask=4002 bid_volume=8 ask_volume=18 bid2=3999 ask_volume2=21"},
    {"bars_in_chinese/600000.csv", 1, "600000", "2024-01-02T01:31:00Z",
     "open=6.62 high=6.64 low=6.61 close=6.63 volume=120000 turnover=795000"},
    {"wind_bars_in_chinese/600000.SH.csv", 1, "600000.SH", "2024-01-01T16:00:00Z",
     "open=6.62 high=6.66 low=6.58 close=6.6 volume=25000000 turnover=165500000"},
    {"akshare_bars/sh600000.csv", 1, "600000", "2024-01-01T16:00:00Z",
     "open=6.62 high=6.66 low=6.58 close=6.6 volume=250000 turnover=165500000"},
    {"tushare_daily/600000.SH.csv", 2, "600000.SH", "2024-01-01T16:00:00Z",
     "open=6.62 high=6.66 low=6.58 close=6.6 volume=250000.5 turnover=165500.2"},
    {"tushare_minutes/600000.SH_1min.csv", 1, "600000.SH", "2024-01-02T01:31:00Z",
     "open=6.62 high=6.64 low=6.61 close=6.63 volume=120000 turnover=795000"},
    {"joinquant_bars/jq.csv", 1, "600000.XSHG", "2024-01-02T01:31:00Z",
     "open=6.62 high=6.64 low=6.61 close=6.63 volume=120000 turnover=795000"},
    {"ricequant_bars/rq.csv", 1, "600000.XSHG", "2024-01-02T01:31:00Z",
     "open=6.62 high=6.64 low=6.61 close=6.63 volume=120000 turnover=795000"},
    {"ricequant_ticks/rq_ticks.csv", 1, "600000.XSHG", "2024-01-02T01:30:03.5Z",
     "close=6.63 volume=1000 turnover=6625 bid=6.63 ask=6.64 bid5=6.59 ask_volume5=500 bid_volume5=1000"},
    {"coinapi_bars/COINBASE_SPOT_BTC_USD.csv", 1, "COINBASE_SPOT_BTC_USD", "2024-01-02T00:00:00Z",
     "open=44180.25 high=44195.5 low=44170 close=44190.75 volume=12.5"},
    {"coinapi_trades/COINBASE_SPOT_BTC_USD.csv", 1, "COINBASE_SPOT_BTC_USD", "2024-01-02T00:00:00.1234567Z",
     "close=44180.25 volume=0.5 taker_side=1"},
    {"coinapi_quotes/COINBASE_SPOT_BTC_USD.csv", 1, "COINBASE_SPOT_BTC_USD", "2024-01-02T00:00:00.1234567Z",
     "bid=44180.25 ask=44180.5 bid_volume=0.5 ask_volume=0.25"},
    {"kaiko_trades/cbse_btcusd_trades_2024-01-02.csv", 2, "btcusd", "2024-01-02T00:00:00.456Z",
     "close=44180 volume=0.25 sell=1"},
    {"bitmex_trades/20240102.csv", 1, "XBTUSD", "2024-01-02T00:00:00.123456Z",
     "close=44180.5 volume=100 side=-1"},
    {"bitmex_quotes/20240102.csv", 1, "XBTUSD", "2024-01-02T00:00:00.123456Z",
     "bid=44180 ask=44180.5 bid_volume=1200 ask_volume=800"},
    {"bybit_trades/BTCUSDT2024-01-02.csv", 1, "BTCUSDT", "2024-01-02T00:00:00.1234Z",
     "close=44180.5 volume=0.5 side=1"},
    {"bybit_spot_trades/BTCUSDT_2024-01-02.csv", 1, "BTCUSDT", "2024-01-02T00:00:00.123Z",
     "close=44180.5 volume=0.5 side=1"},
    {"okx_trades/BTC-USDT-SWAP-trades-2024-01-02.csv", 1, "BTC-USDT-SWAP", "2024-01-02T00:00:00.123Z",
     "close=44180.5 volume=3 side=1"},
    {"okx_trades_with_chinese_names/BTC-USDT-trades-2022-03-02.csv", 1, "BTC-USDT", "2022-03-02T00:00:00.123Z",
     "close=44180.5 volume=0.5 side=-1"},
    {"okx_candles/BTC-USDT-candles-2024-01-02.csv", 1, "BTC-USDT", "2024-01-02T00:00:00Z",
     "open=44180.5 high=44195.5 low=44170 close=44190.7 volume=12.5 turnover=552300.5"},
    {"coinbase_trades/BTC-USD.csv", 1, "BTC-USD", "2024-01-02T00:00:00.123456Z",
     "close=44180.25 volume=0.5 side=-1"},
    {"coinbase_candles/BTC-USD.csv", 1, "BTC-USD", "2024-01-02T00:00:00Z",
     "open=44180.25 high=44195.5 low=44170 close=44190.75 volume=12.5"},
    {"kraken_bars/XBTUSD_60.csv", 12, "XBTUSD", "2024-01-02T11:00:00Z",
     "open=44051.11146 high=44063.13199 low=43995.73819 close=44019.83798 volume=26.5 count=540"},
    {"dukascopy_bars/EURUSD_Candlestick_1_M_BID_02.01.2024-03.01.2024.csv", 1, "EURUSD", "2024-01-02T00:05:00Z",
     "open=1.10427 high=1.10429 low=1.10418 close=1.1042 volume=35.5"},
    {"dukascopy_bars_in_local_time/EURUSD_Candlestick_1_M_BID_02.01.2024-03.01.2024.csv", 1, "EURUSD", "2024-01-01T23:05:00Z",
     "open=1.10427 high=1.10429 low=1.10418 close=1.1042 volume=35.5"},
    {"dukascopy_ticks/EURUSD_Ticks_02.01.2024-02.01.2024.csv", 1, "EURUSD", "2024-01-02T00:05:00.123Z",
     "bid=1.10427 ask=1.10435 bid_volume=0.75 ask_volume=1.5"},
    {"dukascopy_ticks_in_local_time/EURUSD_Ticks_02.01.2024-02.01.2024.csv", 1, "EURUSD", "2024-01-01T23:05:00.123Z",
     "bid=1.10427 ask=1.10435 bid_volume=0.75 ask_volume=1.5"},
    {"stooq_bars/eurusd.txt", 2, "EURUSD", "2024-01-02T23:55:00Z",
     "open=1.1042 high=1.10432 low=1.1042 close=1.10431 volume=0 open_interest=0"},
    {"truefx_quotes/EURUSD-2024-01.csv", 2, "EUR/USD", "2024-01-02T00:00:00.523Z",
     "bid=1.10428 ask=1.10436"},
    {"histdata_quotes/DAT_ASCII_EURUSD_T_202401.csv", 2, "EURUSD", "2024-01-02T22:00:02.734Z",
     "bid=1.10428 ask=1.10436 volume=0"},
    {"histdata_bars/DAT_ASCII_GBPUSD_M1_202401.csv", 12, "GBPUSD", "2024-01-02T22:11:00Z",
     "open=1.26861 high=1.26862 low=1.26822 close=1.26826 volume=0"},
    {"firstrate_bars/TSLA_full_1min_UNADJ.txt", 12, "TSLA", "2024-01-02T14:41:00Z",
     "open=249.97977 high=250.3588 low=249.79164 close=250.2894 volume=47591"},
    {"kibot_bars/IBM.txt", 12, "IBM", "2024-01-13T14:41:00Z",
     "open=159.2867 high=159.30576 low=159.14841 close=159.24688 volume=58753"},
    {"nyse_taq_trades/taq.csv", 2, "IBM", "2024-01-02T20:59:59Z",
     "close=161.5 volume=200"},
    {"lobster_messages/AMZN_2012-06-21_34200000_57600000_message_5.csv", 2, "AMZN", "2012-06-21T13:30:00.512345678Z",
     "event_price=180.01 event_size=25 event_type=1 direction=1"},
    {"cryptodatadownload_bars/Binance_BTCUSDT_1h.csv", 1, "BTCUSDT", "2024-01-02T00:00:00Z",
     "open=44180.25 high=44195.5 low=44170 close=44190.75 volume=12.5 turnover=552300.5 tradecount=300"},
    {"alpaca_bars/bars.csv", 1, "AAPL", "2024-01-02T14:30:00Z",
     "open=187.15 high=187.3 low=186.9 close=187 volume=250000 trade_count=1800"},
};
// clang-format on

/// Lines `| form | `file` | what is read | options |` of the page: file to options.
std::map<std::string, std::string> documented() {
  std::ifstream page(fs::path(FACTORWAL_SOURCE_DIR) / "docs" / "feeds.md");
  std::map<std::string, std::string> found;
  std::string line;
  bool within = false;
  while (std::getline(page, line)) {
    if (line.starts_with("## ")) within = line == "## Exchanges, vendors and programs";
    if (!within || !line.starts_with("| ") || line.find(" | `") == std::string::npos) continue;
    const std::size_t begin = line.find(" | `") + 4;
    const std::size_t end = line.find('`', begin);
    std::string options = line.substr(line.rfind(" | ", line.size() - 3) + 3);
    options.resize(options.size() - 2);
    if (options.starts_with('`')) options = options.substr(1, options.size() - 2);
    EXPECT_TRUE(found.emplace(line.substr(begin, end - begin), options).second) << line;
  }
  return found;
}

FeedOptions options_of(const std::string& text) {
  FeedOptions options;
  if (text == "none") return options;
  std::istringstream words(text);
  std::string option;
  std::string value;
  while (words >> option >> value) {
    if (option == "--tz") {
      options.time_zone = value;
    } else if (option == "--instrument") {
      options.instrument = value;
    } else if (option == "--scale") {
      options.scale = *parse_scales(value);
    } else if (option == "--volume") {
      EXPECT_TRUE(value.starts_with("cumulative")) << text;
      options.volume_mode = value == "cumulative" ? VolumeMode::kCumulative : VolumeMode::kSession;
    } else {
      ADD_FAILURE() << "unknown option in the page: " << text;
    }
  }
  return options;
}

TimestampNs time_of(const std::string& text) {
  TextStamp stamp;
  EXPECT_TRUE(parse_text_stamp(text, stamp)) << text;
  return stamp.seconds * 1'000'000'000 + stamp.nanoseconds;
}

class Vendors : public FeedTest, public ::testing::WithParamInterface<Expected> {};

TEST_P(Vendors, AreReadWithTheOptionsThatTheirPageGives) {
  const Expected& expected = GetParam();
  const auto lines = documented();
  const auto line = lines.find(expected.file);
  ASSERT_NE(line, lines.end()) << expected.file << " has no line in docs/feeds.md";
  const Reading got = read({(kSamples / expected.file).string()}, options_of(line->second));
  ASSERT_EQ(got.error, "");
  ASSERT_EQ(got.rows.size(), expected.rows);
  EXPECT_EQ(got.report.rows_bad, 0U);
  EXPECT_EQ(got.rows.back().instrument_id, expected.instrument);
  EXPECT_EQ(got.rows.back().timestamp_ns, time_of(expected.time));
  std::istringstream values(expected.values);
  std::string one;
  while (values >> one) {
    const std::string name = one.substr(0, one.find('='));
    const double value = std::stod(one.substr(one.find('=') + 1));
    const auto at = std::find(got.fields.begin(), got.fields.end(), name);
    ASSERT_NE(at, got.fields.end()) << name;
    const double there =
        got.rows.back().values.at(static_cast<std::size_t>(at - got.fields.begin()));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(there)) << one;
    } else {
      // A scale of 1e-9 rounds once more.
      EXPECT_DOUBLE_EQ(there, value) << one;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Vendors, ::testing::ValuesIn(kExpected), [](const auto& row) {
  const std::string file = row.param.file;
  return file.substr(0, file.find('/'));
});

TEST(VendorsPage, HasALineForEverySampleAndASampleForEveryLine) {
  std::set<std::string> samples;
  for (const auto& entry : fs::recursive_directory_iterator(kSamples)) {
    if (entry.is_regular_file()) samples.insert(fs::relative(entry.path(), kSamples).string());
  }
  std::set<std::string> lines;
  for (const auto& [file, options] : documented()) lines.insert(file);
  std::set<std::string> tested;
  for (const Expected& one : kExpected) tested.insert(one.file);
  EXPECT_GT(samples.size(), 60U);
  EXPECT_EQ(samples, lines);
  EXPECT_EQ(samples, tested);
}

}  // namespace
}  // namespace factorwal::feed
