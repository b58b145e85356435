#include "engine/process_many.h"

#include <thread>
#include <utility>

#include "base/errors.h"
#include "base/gil.h"
#include "base/signals.h"
#include "factorwal/feed/source_position.h"
#include "feed/field_match.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// Works without the GIL; the session is used under it, before and behind.
class ManyTicks {
 public:
  ManyTicks(Session& session, feed::TickSource& source, std::uint32_t reading, FieldMatch match,
            const ManyOptions& options)
      : engine_(session.engine()),
        waits_for_space_(session.waits_for_space()),
        source_(source),
        reading_(reading),
        match_(std::move(match)),
        options_(options),
        watch_(options.tell),
        last_position_(session.position()),
        table_(engine_.factors().names()) {}

  /// Throws nanobind::python_error for a signal.
  Status run() {
    for (;;) {
      watch_.look(accepted_);
      const auto step = source_.next_batch(batch_, kBatchRows);
      if (step == feed::FeedStep::kFailed) return source_.error();
      if (step != feed::FeedStep::kRow) return {};
      if (auto done = send_batch(); !done) return done;
    }
  }

  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::span<const std::byte> position() const noexcept { return last_position_; }
  [[nodiscard]] Table finish() {
    auto table = table_.finish();
    table.ticket = ticket_;
    table.report = source_.report();
    table.notes = match_.notes();
    return table;
  }

 private:
  Status send_batch() {
    if (accepted_ == 0 && !options_.append && !options_.resume) {
      if (auto fresh = expect_new(); !fresh) return fresh;
    }
    if (auto done = find_handles(); !done) return done;
    make_ticks();
    const auto width = options_.collect ? engine_.factors().size() : 0;
    values_.resize(batch_.size() * width);
    std::size_t sent = 0;
    while (sent < ticks_.size()) {
      const auto rest = ticks_.size() - sent;
      const auto result = engine_.process_ticks(
          std::span(ticks_).subspan(sent), std::span(values_).subspan(sent * width, rest * width),
          std::span(positions_).subspan(sent));
      note_accepted(sent, result);
      sent += result.accepted_count;
      if (result.accepted()) continue;
      if (result.status == SendStatus::kFull && waits_for_space_) {
        std::this_thread::sleep_for(kSpaceRecheck);
        watch_.look(accepted_);
        continue;
      }
      if (options_.collect) table_.add(batch_, sent, values_);
      return refusal(engine_, result.status, ticks_[sent].timestamp_ns);
    }
    if (options_.collect) table_.add(batch_, sent, values_);
    return {};
  }

  /// A cell of a notebook that runs twice would double its ticks.
  Status expect_new() const {
    const auto last = feed::decode_source_position(last_position_);
    if (!last || last->feed.identity != batch_.positions.front().identity) return {};
    return Error{Errc::kAlreadyExists,
                 source_.paths().front() +
                     ": has been read into this engine already, at least in part; resume=True goes "
                     "on behind what is there, append=True takes its ticks once more",
                 0};
  }

  Status find_handles() {
    while (handles_.size() < batch_.ids.size()) {
      auto handle = engine_.instrument(batch_.ids[handles_.size()]);
      if (!handle) return handle.error();
      handles_.push_back(*handle);
    }
    return {};
  }

  void make_ticks() {
    const auto values = match_.values(batch_);
    const auto width = match_.width();
    ticks_.resize(batch_.size());
    positions_.resize(batch_.size());
    position_bytes_.resize(batch_.size());
    batch_.positions.encode(reading_, position_bytes_);
    for (std::size_t row = 0; row < batch_.size(); ++row) {
      ticks_[row] = {handles_[batch_.instruments[row]], batch_.times_ns[row],
                     values.subspan(row * width, width)};
      positions_[row] = position_bytes_[row].span();
    }
  }

  void note_accepted(std::size_t sent, const TicksResult& result) {
    if (result.accepted_count == 0) return;
    accepted_ += result.accepted_count;
    ticket_ = result.ticket;
    const auto& last = positions_[sent + result.accepted_count - 1];
    last_position_.assign(last.begin(), last.end());
  }

  static constexpr std::size_t kBatchRows = 512;

  Engine& engine_;
  const bool waits_for_space_;
  feed::TickSource& source_;
  const std::uint32_t reading_;
  FieldMatch match_;
  const ManyOptions& options_;
  SignalWatch watch_;
  feed::TickBatch batch_;
  std::vector<InstrumentHandle> handles_;  // by the source's index
  std::vector<Tick> ticks_;
  std::vector<double> values_;
  std::vector<feed::PositionBytes> position_bytes_;
  std::vector<std::span<const std::byte>> positions_;
  std::vector<std::byte> last_position_;
  std::uint64_t accepted_ = 0;
  std::optional<Ticket> ticket_;
  TableBuilder table_;
};

Status go_on(feed::TickSource& source, std::uint32_t reading, std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  const auto position = feed::decode_source_position(bytes);
  if (!position) {
    return Error{position.error().code,
                 "the engine's last position is not one of process_many (" +
                     position.error().message +
                     "): resume=True goes on only in what process_many or `factorwal run` has read",
                 0};
  }
  if (position->reading && *position->reading != reading) {
    return Error{Errc::kInvalidArgument,
                 source.paths().front() +
                     ": what was read before was read with other map, instrument, tz, volume or "
                     "other keywords that say what a row means; resume with the same, or begin in "
                     "another directory",
                 0};
  }
  return source.go_on_at(position->feed);
}

}  // namespace

std::unique_ptr<feed::TickSource> take(Source& source) {
  auto taken = source.take();
  if (!taken) throw nb::value_error("the source was read already");
  return taken;
}

Table process_many(Session& session, Source& source, const ManyOptions& options) {
  const auto reading = source.reading();
  const Session::Claim claim(session);
  const auto ticks = take(source);
  if (!session.is_open()) session.open_with(ticks->schema());
  const auto& factors = session.engine().factors();
  auto match = expect(
      FieldMatch::make(factors, session.factors(), session.factor_options(), ticks->schema()));
  if (options.resume) {
    const auto position = session.position();
    const auto done = without_gil([&] { return go_on(*ticks, reading, position); });
    expect(done);
  }
  ManyTicks many(session, *ticks, reading, std::move(match), options);
  const auto keep_position = [&] {
    if (many.accepted() > 0) session.set_position(many.position());
  };
  Status done;
  try {
    WithoutGil released;
    done = many.run();
  } catch (nb::python_error& raised) {
    keep_position();
    tell_accepted(raised, many.accepted());
    throw;
  }
  keep_position();
  if (!done) {
    if (done.error().code == Errc::kAlreadyExists) raise(done.error());
    raise_batch(done.error(), many.accepted());
  }
  return many.finish();
}

}  // namespace factorwal::python
