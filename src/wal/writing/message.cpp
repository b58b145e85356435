/// Messages become records of the frame under construction.

#include <algorithm>

#include "wal/writing/log.h"

namespace factorwal::wal {
namespace {

template <class Update>
Result<std::pair<InstrumentHandle, FactorHandle>> intern(Log& log, const Update& update) {
  const auto instrument = log.names.instruments.try_intern(update.instrument_id);
  if (!instrument) return instrument.error();
  const auto factor = log.names.factors.try_intern(update.factor_id);
  if (!factor) return factor.error();
  return std::pair{InstrumentHandle{*instrument}, FactorHandle{*factor}};
}

Status add(Log& log, const FactorWalMessage::Update& update) {
  if (auto done = check_id("instrument id", update.instrument_id); !done) return done;
  if (auto done = check_id("factor id", update.factor_id); !done) return done;
  const auto names = intern(log, update);
  if (!names) return names.error();
  const auto [instrument, factor] = *names;
  log.writer->define_instrument(instrument);
  log.writer->define_factor(factor);
  log.writer->note_event(instrument, update.source_timestamp);
  log.writer->frame().add_update(instrument, factor, update.source_timestamp, update.value);
  return {};
}

Status add(Log& log, const FactorWalMessage::VectorUpdate& update) {
  if (auto done = check_id("instrument id", update.instrument_id); !done) return done;
  if (auto done = check_id("factor id", update.factor_id); !done) return done;
  if (update.values.size() > kVectorLengthMax) {
    return Error{Errc::kInvalidArgument,
                 "vector of " + std::to_string(update.values.size()) + " values; at most " +
                     std::to_string(kVectorLengthMax) + " fit a record",
                 0};
  }
  const auto names = intern(log, update);
  if (!names) return names.error();
  const auto [instrument, factor] = *names;
  log.writer->define_instrument(instrument);
  log.writer->define_factor(factor);
  log.writer->note_event(instrument, update.source_timestamp);
  log.writer->frame().add_vector_update(instrument, factor, update.source_timestamp,
                                        std::as_bytes(std::span(update.values)));
  return {};
}

Status add(Log& log, const FactorWalMessage::Snapshot& snapshot) {
  if (auto done = check_id("instrument id", snapshot.instrument_id); !done) return done;
  if (snapshot.factors.size() > kSnapshotFactorsMax) {
    return Error{Errc::kInvalidArgument,
                 "snapshot of " + std::to_string(snapshot.factors.size()) + " factors; at most " +
                     std::to_string(kSnapshotFactorsMax) + " fit a record",
                 0};
  }
  for (const auto& [id, value] : snapshot.factors) {
    if (auto done = check_id("factor id", id); !done) return done;
  }
  const auto known = log.names.instruments.try_intern(snapshot.instrument_id);
  if (!known) return known.error();
  const InstrumentHandle instrument{*known};
  Bytes pairs;
  FactorHandle highest{0};
  for (const auto& [id, value] : snapshot.factors) {
    const auto factor = log.names.factors.try_intern(id);
    if (!factor) return factor.error();
    highest.index = std::max(highest.index, *factor);
    put(pairs, *factor);
    put(pairs, value);
  }
  log.writer->define_instrument(instrument);
  // At once, and after all are interned: many new ids then go into few frames.
  if (!snapshot.factors.empty()) log.writer->define_factor(highest);
  log.writer->frame().add_snapshot(instrument, log.names.event_time(instrument),
                                   snapshot.checkpoint_id, pairs);
  return {};
}

}  // namespace

Status add_message(Log& log, const FactorWalMessage& message) {
  return std::visit([&](const auto& content) { return add(log, content); }, message.content);
}

}  // namespace factorwal::wal
