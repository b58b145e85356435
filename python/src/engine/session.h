#pragma once
/// An engine with what its Python object keeps beside it.

#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/forks.h"
#include "engine/values.h"
#include "factors/own_operators.h"
#include "factorwal/engine.h"

namespace factorwal::python {

/// An instrument of an open engine.
struct Instrument {
  InstrumentHandle handle;
  std::string id;
};

/// Opens at once where the fields of ticks are known: given, or those of the directory's log. Else
/// the first table opens it, with its own columns. All members need the GIL, unless said.
class Session {
 public:
  /// `absent`: operators that the directory's log uses and nobody has registered; where the factors
  /// use one, MissingOperator is raised, or with `keep_absent` the factor stays, and is missing.
  /// `tell`, or None, hears how far the replay is.
  Session(std::string directory, std::string factors, EngineOptions options,
          std::optional<TickSchema> fields, std::vector<AbsentOperator> absent, bool keep_absent,
          const std::string& zone, nanobind::object tell);
  /// Closes the engine, if `close` was not called, without the GIL.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return engine_ != nullptr; }
  /// `close` was called.
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }
  /// In the process that made it.
  [[nodiscard]] bool is_here() const noexcept { return made_.here(); }
  /// Raises. Releases the GIL meanwhile.
  void open_with(const TickSchema& schema, nanobind::object tell = nanobind::none());
  /// Raises where `is_open` is false, with what helps; Forked in a child process.
  [[nodiscard]] Engine& engine() const;

  [[nodiscard]] Instrument instrument(std::string_view id) const;
  /// One tick; the engine's Values object. Waits for space in the channel where that is asked for.
  nanobind::object process(nanobind::handle instrument, nanobind::handle timestamp,
                           nanobind::handle values, nanobind::handle position);
  /// The same of what most calls give: an int of nanoseconds, a tuple of floats, no position. Null,
  /// without an exception, where it is another call, or the tick was not accepted: nothing was
  /// done.
  PyObject* quick_process(const Instrument& instrument, PyObject* timestamp,
                          PyObject* values) noexcept;
  /// Makes everything durable. Releases the GIL. Goes on by itself when a signal ends the wait; the
  /// next call waits for that.
  void close();
  /// Of the engine, in the same way: ticks are Busy until it has ended.
  void checkpoint();

  /// Ticks are for one caller at a time, and a batch is one: others are told Busy until its end,
  /// also between its pieces. Made and ended under the GIL, kept without it.
  class Claim {
   public:
    explicit Claim(Session& session);
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim() { claimed_ = false; }

   private:
    bool& claimed_;
  };
  /// Raises Busy while somebody has a claim.
  void expect_unclaimed() const;

  /// Of the open engine's factors.
  [[nodiscard]] const std::shared_ptr<const FactorNames>& names() const noexcept { return names_; }
  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  [[nodiscard]] const std::string& factors() const noexcept { return factors_; }
  /// What `factors` is compiled with.
  [[nodiscard]] const FactorSetOptions& factor_options() const noexcept { return factor_options_; }
  /// Of the open engine: the operators that it goes without.
  [[nodiscard]] const std::vector<AbsentOperator>& absent() const noexcept { return absent_; }
  /// Whether a full channel is waited for: here, so that signals end the wait.
  [[nodiscard]] bool waits_for_space() const noexcept { return waits_for_space_; }
  /// Of the source, as of the last accepted tick that had one. Not under the GIL.
  [[nodiscard]] const std::vector<std::byte>& position() const noexcept { return position_; }
  /// Of what `instrument` gave, or of an id.
  [[nodiscard]] InstrumentHandle handle_of(nanobind::handle instrument) const;
  /// Of a tick.
  [[nodiscard]] TimestampNs read_time(nanobind::handle timestamp) const;
  void set_position(std::span<const std::byte> position) {
    position_.assign(position.begin(), position.end());
  }

 private:
  /// Or until that fails. Raises what a signal handler does.
  void wait_until_durable();
  /// What `work(engine)` gives, aside; one after the other, also of those whose caller is gone.
  template <class Work>
  void run_in_turn(Work work);
  /// Leaves in `absent_` those that `factors` uses.
  void expect_operators(const FactorSet& factors);

  MadeHere made_;
  std::string directory_;
  std::string factors_;
  EngineOptions options_;
  nanobind::object zone_;  // a str: of times without one; None: they are refused
  FactorSetOptions factor_options_;
  std::vector<AbsentOperator> absent_;
  bool keep_absent_ = false;
  bool waits_for_space_ = false;
  bool closed_ = false;
  std::shared_ptr<Engine> engine_;  // also of what goes on aside
  std::shared_ptr<std::mutex> turn_ = std::make_shared<std::mutex>();
  std::vector<double> fields_;  // memory for the next tick
  std::shared_ptr<const FactorNames> names_;
  Values* values_ = nullptr;  // in values_object_
  nanobind::object values_object_;
  std::vector<std::byte> position_;
  bool claimed_ = false;
};

/// Why a tick was not taken. Any thread, without the GIL.
[[nodiscard]] Error refusal(const Engine& engine, SendStatus status, TimestampNs timestamp_ns);

}  // namespace factorwal::python
