// What does a tick, and an update, take in a frame: bytes, and thread CPU to encode and to decode,
// checksum included? Ticks are of made-up markets and, where its file is there, of a real day.

#include <ctime>
#include <filesystem>
#include <map>

#include "factorwal/feed.h"
#include "graph/instrument_graph.h"
#include "support/ticks.h"
#include "table/row.h"
#include "wal/reading/frame_decoder.h"
#include "wal/writing/frame_builder.h"

namespace factorwal::bench {
namespace {

constexpr std::uint32_t kInstrumentCount = 64;

std::int64_t cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// A tick with what its factors made of it.
struct LoggedTick {
  std::uint32_t instrument = 0;
  TimestampNs time = 0;
  std::uint64_t ordinal = 0;
  std::vector<double> values;  // fields, then factors
};

class TickMaker {
 public:
  explicit TickMaker(const TickSchema& schema) : factors_(must(FactorSet::default_set(schema))) {
    layout_.fields = schema.names();
    layout_.factors = factors_.names();
    layout_.factor_text = factors_.canonical_text();
  }
  void add(std::uint32_t instrument, TimestampNs time, std::span<const double> fields) {
    auto& graph = graphs_.try_emplace(instrument, factors_.plan()).first->second;
    LoggedTick tick{instrument, time, ++counts_[instrument], {fields.begin(), fields.end()}};
    tick.values.resize(fields.size() + factors_.size());
    graph.evaluate(fields, std::span(tick.values).subspan(fields.size()));
    ticks_.push_back(std::move(tick));
  }
  [[nodiscard]] const std::vector<LoggedTick>& ticks() const noexcept { return ticks_; }
  [[nodiscard]] const TickLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] std::size_t factor_count() const noexcept { return factors_.size(); }

 private:
  FactorSet factors_;
  TickLayout layout_;
  std::map<std::uint32_t, graph::InstrumentGraph> graphs_;
  std::map<std::uint32_t, std::uint64_t> counts_;
  std::vector<LoggedTick> ticks_;
};

struct Cost {
  double encode_ns = 0;
  double decode_ns = 0;
  double bytes = 0;
};

/// The cost of a record in frames of so many. `add` puts record i into a builder.
template <class Add>
Cost cost_of(wal::NameTable& names, std::size_t records, std::size_t in_frame, Add&& add) {
  static wal::FrameBuilder builder;  // what it has learned it keeps, as in a log
  wal::FrameDecoder decoder(names);
  std::int64_t encode = 0;
  std::int64_t decode = 0;
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (; count + in_frame <= records; count += in_frame) {
    const auto begun = cpu_ns();
    builder.reset();
    for (std::size_t i = count; i < count + in_frame; ++i) add(builder, i);
    const auto frame = builder.finish(wal::FrameKind::kCommit, {}, 4096, 1, {}, {});
    const auto encoded = cpu_ns();
    wal::FrameHeader header;
    if (wal::parse_frame(frame, {}, 4096, header) != wal::FrameFault::kNone) die("no frame");
    decoder.start(frame, header);
    LogRecord record;
    std::size_t decoded = 0;
    while (must(decoder.next(record))) ++decoded;
    if (decoded != in_frame) die("a frame has other records");
    decode += cpu_ns() - encoded;
    encode += encoded - begun;
    bytes += frame.size();
  }
  const auto each = static_cast<double>(std::max<std::size_t>(count, 1));
  return {static_cast<double>(encode) / each, static_cast<double>(decode) / each,
          static_cast<double>(bytes) / each};
}

Cost cost_of_ticks(const TickMaker& maker, std::size_t in_frame) {
  wal::NameTable names;
  for (std::uint32_t i = 0; i < kInstrumentCount; ++i) {
    names.instruments.intern(numbered("SHFE.i", i));
  }
  names.layouts.intern(maker.layout());
  return cost_of(names, maker.ticks().size(), in_frame, [&](auto& builder, std::size_t i) {
    const auto& tick = maker.ticks()[i];
    builder.add_tick({tick.instrument}, {0}, tick.time, {tick.ordinal}, {},
                     std::as_bytes(std::span(tick.values)));
  });
}

Cost cost_of_updates(std::uint64_t count, std::size_t in_frame) {
  wal::NameTable names;
  for (std::uint32_t i = 0; i < kInstruments; ++i) {
    names.instruments.intern(numbered("SHFE.i", i));
  }
  for (std::uint32_t f = 0; f < kFactors; ++f) names.factors.intern(numbered("f", f));
  return cost_of(names, count, in_frame, [](auto& builder, std::size_t i) {
    const auto update = update_at(i, 1);
    builder.add_update({update.instrument}, {update.factor}, update.timestamp_ns, update.value);
  });
}

/// Instruments in turn, each with prices of its own on a grid of 0.2; every value is present.
TickMaker made_up_ticks(std::uint64_t count) {
  TickMaker maker(TickSchema::quotes());
  std::vector<std::int64_t> prices;  // in tenths
  for (std::uint32_t i = 0; i < kInstrumentCount; ++i) {
    prices.push_back(20'000 + static_cast<std::int64_t>(mix(i) % 60'000));
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto h = mix(i);
    const auto instrument = static_cast<std::uint32_t>(i % kInstrumentCount);
    auto& price = prices[instrument];
    price += 2 * (static_cast<std::int64_t>(h % 5) - 2);
    const auto of = [](std::int64_t tenths) { return static_cast<double>(tenths) / 10; };
    const auto volume = static_cast<double>((h >> 40) % 50);
    const std::array<double, 8> fields = {
        of(price),          volume,
        volume * of(price), 84'000 + static_cast<double>((h >> 20) % 100),
        of(price - 2),      1 + static_cast<double>((h >> 8) % 30),
        of(price + 2),      1 + static_cast<double>((h >> 14) % 30)};
    const auto time =
        1'600'000'000'000'000'000 + static_cast<TimestampNs>(i / kInstrumentCount) * 500'000'000;
    maker.add(instrument, time, fields);
  }
  return maker;
}

std::unique_ptr<TickMaker> real_ticks(const std::string& path) {
  if (path.empty() || !std::filesystem::exists(path)) return nullptr;
  auto source = must(feed::TickSource::open({path}, {}));
  auto maker = std::make_unique<TickMaker>(source->schema());
  feed::TickRow row;
  while (source->next(row) == feed::FeedStep::kRow) {
    maker->add(row.instrument_index, row.timestamp_ns, row.values);
  }
  return maker;
}

class Frames final : public Measurement {
 public:
  Frames(Table& table, const Scale& scale)
      : updates_(std::min<std::uint64_t>(scale.updates, 100'000)),
        made_up_bytes_(table.at_most("bytes a factor value, 100 ticks a frame, generated", "B", 4)),
        real_bytes_(table.at_most("bytes a factor value, 100 ticks a frame, IF2101", "B", 2.5)),
        update_bytes_(table.at_most("bytes a scalar update, 1,000 a frame", "B", 8)),
        encode_(table.at_most("encode a tick of 28 values, frames of 1,000", "ns", 100)),
        decode_(table.at_most("decode a tick of 28 values, frames of 1,000", "ns", 60)),
        made_up_(made_up_ticks(std::min<std::uint64_t>(scale.ticks, 64'000))),
        real_(real_ticks(scale.ticks_file)) {
    made_up_bytes_.note("the whole frame, inputs included, over 20 values a tick; 64 instruments");
    real_bytes_.note(real_ ? "the whole frame, inputs included, over the default set's values"
                           : "not measured: no file " + scale.ticks_file);
    encode_.note("thread CPU, checksum included");
    decode_.note("thread CPU, checksum included");
  }

  void round() override {
    made_up_bytes_.add(cost_of_ticks(made_up_, 100).bytes /
                       static_cast<double>(made_up_.factor_count()));
    if (real_) {
      real_bytes_.add(cost_of_ticks(*real_, 100).bytes /
                      static_cast<double>(real_->factor_count()));
    }
    update_bytes_.add(cost_of_updates(updates_, 1000).bytes);
    const auto cost = cost_of_ticks(made_up_, 1000);
    encode_.add(cost.encode_ns);
    decode_.add(cost.decode_ns);
  }

 private:
  std::uint64_t updates_;
  Row& made_up_bytes_;
  Row& real_bytes_;
  Row& update_bytes_;
  Row& encode_;
  Row& decode_;
  TickMaker made_up_;
  std::unique_ptr<TickMaker> real_;
};

}  // namespace

std::unique_ptr<Measurement> make_frames(Table& table, const Scale& scale) {
  return std::make_unique<Frames>(table, scale);
}

}  // namespace factorwal::bench
