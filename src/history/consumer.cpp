#include "factorwal/consumer.h"

#include <algorithm>

#include "base/caught_error.h"
#include "base/file.h"
#include "recovery/pass_progress.h"
#include "wal/reading/corruption.h"
#include "wal/reading/log_reader.h"

namespace factorwal {
namespace {

/// Last values by handle: a pass over millions of records touches no string.
class LastValues {
 public:
  struct Last {
    double value = 0;
    bool there = false;
  };
  struct Instrument {
    std::vector<Last> factors;
    std::map<std::uint32_t, std::vector<double>> vectors;
  };

  void apply(const LogRecord& record, wal::IdTable& factor_names) {
    switch (record.type) {
      case RecordType::kUpdate: set(at(record), record.factor.index, record.value); break;
      case RecordType::kVectorUpdate:
        at(record).vectors[record.factor.index].assign(record.values.begin(), record.values.end());
        break;
      case RecordType::kSnapshot: {
        auto& instrument = at(record);
        instrument = {};
        for (const auto& item : record.factors) set(instrument, item.factor.index, item.value);
        break;
      }
      case RecordType::kTick: {
        auto& instrument = at(record);
        const auto& columns = columns_of(record, factor_names);
        for (std::size_t i = 0; i < columns.size(); ++i)
          set(instrument, columns[i], record.values[i]);
        break;
      }
      default: break;
    }
  }

  /// `own`: by the log's factor handle. Requires: an update.
  void apply(const wal::UpdateRun& run, std::span<const std::uint32_t> own) {
    // As a rule many factors of one instrument follow one another.
    std::uint32_t current = run.targets.front().instrument;
    auto* instrument = &at({current});
    for (std::size_t i = 0; i < run.values.size(); ++i) {
      const auto& target = run.targets[i];
      if (target.instrument != current) instrument = &at({current = target.instrument});
      set(*instrument, own[target.factor], run.values[i]);
    }
  }

  [[nodiscard]] const std::vector<Instrument>& instruments() const { return instruments_; }

 private:
  Instrument& at(const LogRecord& record) { return at(record.instrument); }
  Instrument& at(InstrumentHandle handle) {
    const auto index = handle.index;
    if (index >= instruments_.size()) instruments_.resize(std::size_t{index} + 1);
    return instruments_[index];
  }

  static void set(Instrument& instrument, std::uint32_t factor, double value) {
    auto& all = instrument.factors;
    if (factor >= all.size()) [[unlikely]]
      all.resize(std::size_t{factor} + 1);
    all[factor] = {value, true};
  }

  /// Factor handles of a layout's columns. Its factors need not be defined in the log by
  /// themselves; they are given handles of this pass, apart from the log's own.
  const std::vector<std::uint32_t>& columns_of(const LogRecord& record, wal::IdTable& names) {
    const auto index = record.layout_handle.index;
    if (index >= layouts_.size()) layouts_.resize(std::size_t{index} + 1);
    auto& columns = layouts_[index];
    if (columns.empty()) {
      for (const auto& name : record.layout->factors) columns.push_back(names.intern(name));
    }
    return columns;
  }

  std::vector<Instrument> instruments_;
  std::vector<std::vector<std::uint32_t>> layouts_;
};

}  // namespace

FactorWalConsumer::FactorWalConsumer(const std::shared_ptr<WalManager>& wal)
    : directory_(wal->directory()) {}

FactorWalConsumer::FactorWalConsumer(std::string directory) : directory_(std::move(directory)) {}

Status FactorWalConsumer::recover(const TellLogProgress& progress) try {
  factors_.clear();
  vectors_.clear();
  last_timestamp_ = kNoTimestamp;
  last_sequence_ = 0;
  findings_.clear();

  auto view = wal::open_log_view(posix_file_system(), directory_);
  if (!view) return view.error();
  wal::NameTable names;
  wal::LogReader reader(posix_file_system(), std::move(*view), names);
  recovery::PassProgress told(progress, reader.view());
  wal::IdTable factor_ids;              // ours, for names from layouts and from the log alike
  std::vector<std::uint32_t> from_log;  // log's factor handle -> ours
  const auto own = [&](FactorHandle& handle, std::string_view id) {
    while (from_log.size() <= handle.index) from_log.push_back(~std::uint32_t{0});
    auto& index = from_log[handle.index];
    if (index == ~std::uint32_t{0}) index = factor_ids.intern(id);
    handle.index = index;
  };
  std::uint32_t owned = 0;  // of the log's handles: those before it are in `from_log`
  LastValues last;
  LogRecord record;
  std::vector<FactorValue> items;
  for (;;) {
    const auto found = reader.next(record);
    if (!found) return found.error();
    if (!*found) break;
    if (!told.goes_on(reader)) {
      last_timestamp_ = kNoTimestamp;
      last_sequence_ = 0;
      return Error{Errc::kTimeout, directory_ + ": the recovery was given up", 0};
    }
    if (record.sequence == 0) continue;
    last_sequence_ = record.sequence;
    if (record.type != RecordType::kPosition) {
      last_timestamp_ = std::max(last_timestamp_, record.timestamp_ns);
    }
    if (record.type == RecordType::kUpdate || record.type == RecordType::kVectorUpdate) {
      own(record.factor, record.factor_id);
    } else if (record.type == RecordType::kSnapshot) {
      items.assign(record.factors.begin(), record.factors.end());
      for (auto& item : items) own(item.factor, item.factor_id);
      record.factors = items;
    }
    last.apply(record, factor_ids);
    if (record.type != RecordType::kUpdate) continue;
    const auto run = reader.take_updates();
    if (run.values.empty()) continue;
    for (; owned < names.factors.size(); ++owned) {
      FactorHandle handle{owned};
      own(handle, *names.factors.name(owned));
    }
    last_sequence_ = run.first_sequence + run.values.size() - 1;
    for (const auto time : run.times) {
      last_timestamp_ = std::max(last_timestamp_, static_cast<TimestampNs>(time));
    }
    last.apply(run, from_log);
  }
  for (std::uint32_t i = 0; i < last.instruments().size(); ++i) {
    const auto& instrument = last.instruments()[i];
    const auto id = names.instruments.name(i);
    if (!id) continue;
    auto& values = factors_[std::string(*id)];
    for (std::uint32_t f = 0; f < instrument.factors.size(); ++f) {
      const auto& last_one = instrument.factors[f];
      if (last_one.there) values.emplace(std::string(*factor_ids.name(f)), last_one.value);
    }
    for (const auto& [factor, vector] : instrument.vectors) {
      vectors_[std::string(*id)].emplace(std::string(*factor_ids.name(factor)), vector);
    }
  }
  findings_ = reader.findings();
  if (const auto* finding = wal::first_corrupt(findings_)) return wal::corruption_error(*finding);
  return {};
} catch (...) {
  return caught_error();
}

const FactorValues* FactorWalConsumer::get_instrument_factors(
    std::string_view instrument_id) const {
  const auto it = factors_.find(instrument_id);
  return it == factors_.end() ? nullptr : &it->second;
}

const FactorWalConsumer::Vectors* FactorWalConsumer::get_instrument_vectors(
    std::string_view instrument_id) const {
  const auto it = vectors_.find(instrument_id);
  return it == vectors_.end() ? nullptr : &it->second;
}

}  // namespace factorwal
