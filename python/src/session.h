#pragma once
/// An engine with what its Python object keeps beside it.

#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "factorwal/engine.h"
#include "values.h"

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
  Session(std::string directory, std::string factors, EngineOptions options,
          std::optional<TickSchema> fields);
  /// Closes the engine, if `close` was not called, without the GIL.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return engine_ != nullptr; }
  /// Raises. Releases the GIL meanwhile.
  void open_with(const TickSchema& schema);
  /// Raises where `is_open` is false, with what helps.
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
  /// Makes everything durable. Releases the GIL.
  void close();

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

  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  [[nodiscard]] const std::string& factors() const noexcept { return factors_; }
  /// Whether a full channel is waited for: here, so that signals end the wait.
  [[nodiscard]] bool waits_for_space() const noexcept { return waits_for_space_; }
  /// Of the source, as of the last accepted tick that had one. Not under the GIL.
  [[nodiscard]] const std::vector<std::byte>& position() const noexcept { return position_; }
  void set_position(std::span<const std::byte> position) {
    position_.assign(position.begin(), position.end());
  }

 private:
  [[nodiscard]] InstrumentHandle handle_of(nanobind::handle instrument);

  std::string directory_;
  std::string factors_;
  EngineOptions options_;
  bool waits_for_space_ = false;
  std::unique_ptr<Engine> engine_;
  std::vector<double> fields_;  // memory for the next tick
  Values* values_ = nullptr;    // in values_object_
  nanobind::object values_object_;
  std::vector<std::byte> position_;
  bool claimed_ = false;
};

/// Why a tick was not taken, as an error. Any thread, without the GIL.
[[nodiscard]] Error refusal(const Engine& engine, SendStatus status, TimestampNs timestamp_ns);

}  // namespace factorwal::python
