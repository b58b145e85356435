#include "run.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "archive_beside.h"
#include "certificate_file.h"
#include "factorwal/engine.h"
#include "factorwal/feed.h"
#include "factorwal/feed/source_position.h"
#include "feed_words.h"
#include "interrupt.h"
#include "reading/output.h"
#include "reading/text.h"
#include "run_config.h"
#include "run_refusal.h"
#include "run_source.h"
#include "run_watch.h"
#include "run_words.h"
#include "table_opener.h"
#include "terminal.h"
#include "text_file.h"

namespace factorwal::tool {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSpaceRecheck{1};
constexpr std::chrono::milliseconds kLookForLines{5};

/// One run, from the open directory to the summary.
class Run {
 public:
  explicit Run(const RunRequest& request) : request_(request), feed_(request.feed) {
    feed_.stop = &interrupt_flag();
    feed_.words = feed_words();
    feed_.open_table = table_opener();
    reading_ = feed::reading_checksum(feed_);
  }
  ExitCode execute();

 private:
  Status open();
  Result<FactorSet> load_factors(const TickSchema& schema);
  /// Shows how far the recovery is; Ctrl-C ends it.
  Result<std::unique_ptr<Engine>> open_engine(FactorSet factors);
  Status check_directory(Sequence last_sequence) const;
  Result<std::optional<feed::FeedPosition>> position_in(std::span<const std::byte> bytes) const;
  Status expect_certificate_elsewhere() const;
  bool was_read_before(const feed::FeedPosition& position) const;
  Status write_certificate() const;
  /// Whether any factor of any instrument is missing because of damage.
  bool is_hit() const;
  [[nodiscard]] bool may_have_lost() const;
  void tell_notes();
  Status process();
  void wait_for_lines();
  Status process_row(const feed::TickRow& row);
  TickResult send(const Tick& tick);
  ExitCode finish(const Status& processed);
  void tell_summary(double seconds);
  [[nodiscard]] bool finish_archive();
  void write_summary(double seconds);

  const RunRequest& request_;
  feed::FeedOptions feed_;
  std::uint32_t reading_ = 0;
  std::vector<std::byte> position_;  // of the row being processed
  std::size_t notes_told_ = 0;
  EngineOptions options_;
  std::unique_ptr<feed::TickSource> source_;
  std::vector<std::string> paths_;  ///< of its files
  std::unique_ptr<Engine> engine_;
  std::vector<InstrumentHandle> handles_;  // by the source's index
  std::uint64_t ticks_ = 0;
  bool waits_for_space_ = false;  // here, where an interrupt ends it
  bool ended_degraded_ = false;
  bool told_waiting_ = false;  // for the first time
  Output summary_{STDOUT_FILENO};
  Clock::time_point begun_;
  std::optional<RunWatch> watch_;
  std::unique_ptr<ArchiveBeside> archive_;
  Sequence archived_ = 0;  // once it is finished
};

Result<FactorSet> Run::load_factors(const TickSchema& schema) {
  if (request_.factors_path.empty()) {
    std::vector<std::string> left_out;
    auto factors = FactorSet::default_set(schema, &left_out);
    for (const auto& note : left_out) say(note);
    if (factors && factors->size() == 0) {
      return Error{Errc::kInvalidArgument,
                   fmt::format("no factor of the default set can be computed from the fields "
                               "\"{}\"; --map last_price=COLUMN names the price, --factors gives "
                               "factors of your own",
                               fmt::join(schema.names(), "\", \"")),
                   0};
    }
    return factors;
  }
  const auto text = read_text_file(request_.factors_path);
  if (!text) return text.error();
  return FactorSet::parse(*text, schema, request_.factors_path);
}

Status Run::check_directory(Sequence last_sequence) const {
  if (last_sequence == 0 || request_.resume || request_.append) return {};
  return Error{
      Errc::kAlreadyExists,
      fmt::format("{} already holds data (up to sequence {}); --resume goes on where its last run "
                  "stopped, --append adds further files, or use another directory",
                  request_.data_directory, last_sequence),
      0};
}

bool can_be_read_again(const std::vector<std::string>& paths) {
  return std::ranges::all_of(paths, [](const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
  });
}

Result<std::optional<feed::FeedPosition>> Run::position_in(std::span<const std::byte> bytes) const {
  if (bytes.empty()) return std::optional<feed::FeedPosition>{};
  const auto position = feed::decode_source_position(bytes);
  if (!position) return position.error();
  if (request_.resume && position->reading && *position->reading != feed::reading_checksum(feed_)) {
    return Error{
        Errc::kInvalidArgument,
        fmt::format(
            "{} was read with other --map, --instrument, --tz, --volume or other options that say "
            "what a row means before; "
            "resume with the same, or begin in another directory",
            request_.data_directory),
        0};
  }
  return std::optional<feed::FeedPosition>(position->feed);
}

/// The certificate replaces its file: no tick file, and nothing in the data directory.
Status Run::expect_certificate_elsewhere() const {
  namespace fs = std::filesystem;
  const fs::path file = request_.certificate_path;
  const auto around = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code ignored;
  bool taken = fs::equivalent(around, request_.data_directory, ignored);
  for (const auto& path : paths_) {
    taken = taken || (can_be_read_again({path}) && fs::equivalent(file, path, ignored));
  }
  if (!taken) return {};
  return Error{Errc::kInvalidArgument,
               fmt::format("--certificate {}: is a tick file, or lies in the data directory, and "
                           "would be replaced; name another file",
                           request_.certificate_path),
               0};
}

/// Of input that can be read only once nobody can tell beforehand.
bool Run::was_read_before(const feed::FeedPosition& position) const {
  if (!can_be_read_again(paths_)) return false;
  auto options = feed_;
  options.follow = false;
  auto source = feed::TickSource::open(paths_, options, position);
  return source && (*source)->go_on_at(position);
}

Status Run::open() {
  auto options = load_run_config(request_.preset, request_.config_path);
  if (!options) return options.error();
  options_ = *options;
  auto& persist = options_.persist;
  if (!request_.on_storage_failure.empty()) {
    persist.on_storage_failure = request_.on_storage_failure == "degrade"
                                     ? FactorWalConfig::OnStorageFailure::kDegrade
                                     : FactorWalConfig::OnStorageFailure::kStop;
  }
  if (persist.on_storage_failure == FactorWalConfig::OnStorageFailure::kDegrade &&
      persist.when_full == FactorWalConfig::WhenFull::kWait) {
    // A full channel may stay full until a person makes room.
    waits_for_space_ = true;
    persist.when_full = FactorWalConfig::WhenFull::kRefuse;
  }
  // The feed knows the unit: days of early 1970 are no slip.
  persist.allow_any_timestamp = true;
  if (request_.snapshot_every) options_.snapshot_every = *request_.snapshot_every;
  if (!request_.on_corruption.empty()) {
    options_.log.on_corruption =
        request_.on_corruption == "quarantine" ? OnCorruption::kQuarantine : OnCorruption::kRefuse;
  }
  if (!request_.log_inputs.empty()) {
    options_.log_inputs = request_.log_inputs == "used" ? EngineOptions::LogInputs::kUsed
                                                        : EngineOptions::LogInputs::kAll;
  }
  if (request_.keep_age) options_.log.keep_age = *request_.keep_age;
  if (request_.keep_bytes) options_.log.keep_bytes = *request_.keep_bytes;

  // The files first: their header gives the schema, and what is wrong with them is told before
  // anything is written.
  auto source =
      open_source(request_.tick_paths, feed_,
                  request_.resume ? logged_position(request_.data_directory) : std::nullopt);
  if (!source) return source.error();
  paths_ = (*source)->paths();
  auto factors = load_factors((*source)->schema());
  if (!factors) {
    // What the feed found may say why, and how to mend it.
    source_ = std::move(*source);
    tell_notes();
    return factors.error();
  }
  if (!request_.resume && !request_.append) {
    const auto there = RecordStream::open(request_.data_directory);
    if (there) {
      if (auto done = check_directory(there->durable_sequence()); !done) return done;
    }
  }
  if (request_.archive) {
    auto announced = ArchiveBeside::announce(request_.data_directory, request_.trading_day);
    if (!announced) return announced;
  }
  // Before anything is recovered or made: afterwards it would be too late to name another.
  if (!request_.certificate_path.empty()) {
    if (auto done = expect_certificate_elsewhere(); !done) return done;
    if (auto done = check_certificate_file(request_.certificate_path); !done) return done;
  }
  auto engine = open_engine(std::move(*factors));
  if (!engine) return engine.error();
  engine_ = std::move(*engine);
  if (auto done = write_certificate(); !done) return done;
  // Told to the end: the next open does not find the same again.
  tell_recovery(*engine_, request_);
  if (auto done = check_directory(engine_->recovery().log.last_sequence); !done) return done;

  // Known only now: what was in the channel counts.
  const auto position = position_in(engine_->recovery().position);
  if (!position) return position.error();
  if (request_.append && *position && was_read_before(**position)) {
    return Error{Errc::kAlreadyExists,
                 fmt::format("{} has been read into {} already, at least in part; --resume goes on "
                             "in it",
                             request_.tick_paths.front(), request_.data_directory),
                 0};
  }
  if (request_.resume && *position) {
    const auto done = (*source)->go_on_at(**position);
    // Cut short while it passes over rows that are known: the end of this run, and no failure.
    if (!done && !interrupted()) return done;
  }
  source_ = std::move(*source);
  tell_notes();
  return {};
}

Result<std::unique_ptr<Engine>> Run::open_engine(FactorSet factors) {
  ProgressLine line;
  auto told = Clock::now();
  auto options = options_;
  options.progress = [&](const LogProgress& progress) {
    if (Clock::now() - told > std::chrono::milliseconds(100)) {
      told = Clock::now();
      line.show(fmt::format("recovery: {} of {} of the log", readable_bytes(progress.done_bytes),
                            readable_bytes(progress.all_bytes)));
    }
    return !interrupted();
  };
  return Engine::open(request_.data_directory, std::move(factors), std::move(options));
}

TickResult Run::send(const Tick& tick) {
  for (;;) {
    const auto result = engine_->process_tick(tick, position_);
    const bool full = result.status == SendStatus::kFull && waits_for_space_;
    if (!full || interrupted()) return result;
    std::this_thread::sleep_for(kSpaceRecheck);
  }
}

Status Run::process_row(const feed::TickRow& row) {
  while (handles_.size() <= row.instrument_index) handles_.emplace_back();
  auto& handle = handles_[row.instrument_index];
  if (!handle.valid()) {
    const auto made = engine_->instrument(row.instrument_id);
    if (!made) return made.error();
    handle = *made;
  }
  position_.clear();
  feed::append_source_position(reading_, row.position, position_);
  const auto result = send({handle, row.timestamp_ns, row.values});
  if (result.accepted()) {
    watch_->note_ticks(++ticks_);
    return {};
  }
  if (waits_for_space_ && interrupted()) return {};
  if (auto status = engine_->status(); !status) return status;
  return refusal_of(result.status, row, *source_);
}

void Run::wait_for_lines() {
  if (!std::exchange(told_waiting_, true)) {
    watch_->say(fmt::format("at the end of {}: waits for more; Ctrl-C ends the run",
                            feed::display_name(request_.tick_paths.back())));
  }
  std::this_thread::sleep_for(kLookForLines);
}

Status Run::process() {
  feed::TickRow row;
  while (!interrupted()) {
    const auto step = source_->next(row);
    if (step == feed::FeedStep::kEnd) return {};
    if (step == feed::FeedStep::kIdle) {
      wait_for_lines();
      continue;
    }
    if (step == feed::FeedStep::kFailed) {
      // A read that a signal has cut short is the end of the run, not a failure of the file.
      if (interrupted()) return {};
      return source_->error();
    }
    if (auto done = process_row(row); !done) return done;
    if (notes_told_ < source_->report().notes.size()) tell_notes();
  }
  return {};
}

Status Run::write_certificate() const {
  if (request_.certificate_path.empty()) return {};
  return write_certificate_file(request_.certificate_path, engine_->certificate().to_json() + "\n");
}

bool Run::may_have_lost() const {
  return std::ranges::any_of(engine_->recovery().log.rings,
                             [](const RingRecovery& ring) { return ring.may_have_lost(); });
}

bool Run::is_hit() const {
  // No run hits an instrument anew: those of the open, as far as they have not healed.
  for (const auto& missing : engine_->certificate().missing) {
    const auto handle = engine_->instrument(missing.instrument_id);
    if (!handle) continue;
    for (const auto& name : missing.factor_ids) {
      const auto found = engine_->quality(*handle, name);
      if (found && found->quality == Quality::kHit) return true;
    }
  }
  return false;
}

/// As they come up: what was decided about a live feed is of no use at its end.
void Run::tell_notes() {
  const auto& notes = source_->report().notes;
  for (; notes_told_ < notes.size(); ++notes_told_) {
    const auto text = fmt::format("{}: {}", notes[notes_told_].file, notes[notes_told_].text);
    watch_ ? watch_->say(text) : say(text);
  }
}

void Run::tell_summary(double seconds) {
  const auto marks = engine_->marks();
  const auto rate = seconds > 0 ? static_cast<double>(ticks_) / seconds : 0;
  say(
      fmt::format("{}{} ticks of {} instruments, {} factors each, in {:.2f} s ({:.0f} ticks/s); "
                  "durable up to sequence {}",
                  interrupted() ? "interrupted, go on with --resume: " : "", ticks_,
                  handles_.size(), engine_->factors().size(), seconds, rate, marks.durable));
}

void Run::write_summary(double seconds) {
  const auto marks = engine_->marks();
  const auto& report = source_->report();
  const nlohmann::ordered_json summary = {
      {"data", request_.data_directory},
      {"ticks", ticks_},
      {"factors", engine_->factors().size()},
      {"instruments", handles_.size()},
      {"rows_skipped", report.rows_bad},
      {"rows_resumed", report.rows_resumed},
      {"backward_stamps", report.backward_stamps},
      {"ambiguous_times", report.ambiguous_times},
      {"volume_corrections", report.volume_corrections},
      {"accepted_sequence", marks.accepted},
      {"durable_sequence", marks.durable},
      {"archived_sequence", std::max(marks.archived, archived_)},
      {"degraded", ended_degraded_},
      {"outages", engine_->persister().stats().outages},
      {"interrupted", interrupted()},
      {"seconds", seconds},
  };
  summary_ << summary.dump(2) << "\n";
  summary_.flush();
}

ExitCode Run::finish(const Status& processed) {
  const auto before = engine_->health();
  const bool hit = is_hit();
  const auto closed = engine_->close();
  const auto seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  tell_notes();
  tell_rows(source_->report(), request_.feed.on_bad_row);
  // Storage may fail for the first time in the close's own commit.
  ended_degraded_ = !closed && before.state != StorageState::kStopped &&
                    engine_->health().state != StorageState::kOk &&
                    engine_->persister().config().on_storage_failure ==
                        FactorWalConfig::OnStorageFailure::kDegrade;
  if (!closed && !ended_degraded_) {
    const auto code = report(closed.error());
    if (engine_->health().state == StorageState::kStopped) {
      tell_at_risk(*engine_, "storage failed and the run has stopped");
    }
    return code;
  }
  tell_summary(seconds);
  tell_kept(request_.data_directory, options_.log.keep_bytes);
  const bool archived = ended_degraded_ || finish_archive();
  if (request_.json) write_summary(seconds);
  if (auto done = summary_.status(); !done) {
    return report(Error{Errc::kIo, done.error().message + ": the summary is lost", 0});
  }
  if (ended_degraded_) {
    if (!processed) (void)report(processed.error());
    tell_at_risk(*engine_, "storage still fails: " + engine_->health().reason);
    return ExitCode::kDegraded;
  }
  if (!processed) return report(processed.error());
  if (hit) say("some factors are still missing because of damage: `factorwal recover` says which");
  const bool lost = may_have_lost();
  if (lost) say("the run before this one may have lost accepted records: see above");
  return hit || lost || !archived ? ExitCode::kDegraded : ExitCode::kOk;
}

/// The log is closed: nothing is lost by an archive that fails, and the next run goes on with it.
bool Run::finish_archive() {
  if (!archive_) return true;
  const auto archived = archive_->finish(!interrupted());
  if (!archived) {
    say("the archive is not complete: " + archived.error().message +
        "; `factorwal archive` goes on with it");
    return false;
  }
  archived_ = *archived;
  say(fmt::format("archived up to sequence {}", archived_));
  return true;
}

ExitCode Run::execute() {
  catch_interrupts();
  if (auto done = open(); !done) {
    // Stopped before there was anything to do: the end of the run, and no failure.
    const auto code = done.error().code;
    const bool stopped = code == Errc::kClosed || code == Errc::kTimeout;
    if (!stopped || !interrupted()) return report(done.error());
    say(done.error().message);
    return ExitCode::kOk;
  }
  if (request_.archive) {
    auto archive = ArchiveBeside::start(request_.data_directory, request_.trading_day);
    if (!archive) return report(archive.error());
    archive_ = std::move(*archive);
  }
  begun_ = Clock::now();
  watch_.emplace(*engine_);
  const auto processed = process();
  watch_->end();
  return finish(processed);
}

}  // namespace

ExitCode run(const RunRequest& request) { return Run(request).execute(); }

}  // namespace factorwal::tool
