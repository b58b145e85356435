#include "graph/fast_math_host.h"

#include <cstring>

#include "factorwal/ctp.h"
#include "factorwal/engine.h"
#include "factorwal/factor_set.h"
#include "factorwal/operators.h"
#include "factorwal/stream_factor_engine.h"
#include "factorwal/volume_mode.h"
#include "support/temp_dir.h"

#if !defined(__FAST_MATH__)
#error "this file has to be compiled with -ffast-math"
#endif

namespace factorwal::test::fast_math_host {
namespace {

double number_of(std::uint64_t bits) {
  double number = 0;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

void append(Bits& bits, std::span<const double> numbers) {
  const auto begin = bits.size();
  bits.resize(begin + numbers.size());
  std::memcpy(&bits[begin], numbers.data(), numbers.size_bytes());
}

struct DepthMarketData {
  char InstrumentID[81] = "rb2105";
  char TradingDay[9] = "20210104";
  char UpdateTime[9] = "09:30:00";
  int UpdateMillisec = 500;
  int Volume = 0;
  int BidVolume1 = 0, BidVolume2 = 0, BidVolume3 = 0, BidVolume4 = 0, BidVolume5 = 0;
  int AskVolume1 = 0, AskVolume2 = 0, AskVolume3 = 0, AskVolume4 = 0, AskVolume5 = 0;
  double LastPrice, Turnover, OpenInterest;
  double BidPrice1, BidPrice2, BidPrice3, BidPrice4, BidPrice5;
  double AskPrice1, AskPrice2, AskPrice3, AskPrice4, AskPrice5;
};

}  // namespace

Bits judge_numbers(std::span<const std::uint64_t> numbers) {
  Bits bits;
  for (const auto each : numbers) {
    const double number = number_of(each);
    const double judged[] = {present_or_missing(number), finite_or_missing(number)};
    append(bits, judged);
    bits.push_back(is_present(number) ? 1 : 0);
  }
  return bits;
}

Bits convert_totals(std::span<const std::uint64_t> totals) {
  Bits bits;
  VolumeConverter converter;
  for (const auto total : totals) {
    const auto traded = converter.to_increments(20240102, {number_of(total), number_of(total)});
    const double increments[] = {traded.volume, traded.turnover};
    append(bits, increments);
  }
  return bits;
}

Bits convert_depth(std::uint64_t number) {
  DepthMarketData data;
  for (double* price :
       {&data.LastPrice, &data.Turnover, &data.OpenInterest, &data.BidPrice1, &data.BidPrice2,
        &data.BidPrice3, &data.BidPrice4, &data.BidPrice5, &data.AskPrice1, &data.AskPrice2,
        &data.AskPrice3, &data.AskPrice4, &data.AskPrice5}) {
    std::memcpy(price, &number, sizeof number);
  }
  Bits bits;
  CtpConverter converter;
  append(bits, converter.convert(data).value().values);
  return bits;
}

Bits compute(const std::string& factors, std::span<const std::uint64_t> ticks) {
  const auto set = FactorSet::parse(factors, TickSchema::make({"x"}).value()).value();
  const TempDir dir;
  const auto logged = Engine::open(dir / "data", set).value();
  const auto instrument = logged->instrument("X").value();
  StreamFactorEngine engine(set.schema());
  const std::string input[] = {"x"};
  engine.register_factor("ema", std::make_unique<EMA>(7), input).value();
  engine.register_factor("std", std::make_unique<RollingStd>(3), input).value();
  Bits bits;
  for (const auto tick : ticks) {
    const double x = number_of(tick);
    append(bits, logged->process_tick({instrument, 1, {&x, 1}}).values);
    append(bits, engine.process_tick({{}, 0, {&x, 1}}));
  }
  return bits;
}

}  // namespace factorwal::test::fast_math_host
