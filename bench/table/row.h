#pragma once
/// The rows of a table of figures with their targets.

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support.h"

namespace factorwal::bench {

/// A figure, measured once a round.
class Row {
 public:
  enum class Target { kAtMost, kAtLeast };

  Row(std::string figure, std::string unit, Target kind, double target)
      : figure_(std::move(figure)), unit_(std::move(unit)), kind_(kind), target_(target) {}

  void add(double value) { rounds_.push_back(value); }
  /// Why there is no figure, or what else is to be said.
  void note(std::string text) { note_ = std::move(text); }

  [[nodiscard]] const std::string& figure() const noexcept { return figure_; }
  [[nodiscard]] const std::string& unit() const noexcept { return unit_; }
  [[nodiscard]] const std::string& note() const noexcept { return note_; }
  [[nodiscard]] const std::vector<double>& rounds() const noexcept { return rounds_; }
  [[nodiscard]] bool measured() const noexcept { return !rounds_.empty(); }
  [[nodiscard]] bool at_most() const noexcept { return kind_ == Target::kAtMost; }
  [[nodiscard]] double target() const noexcept { return target_; }
  /// The median of the rounds. Requires: measured.
  [[nodiscard]] double value() const { return median(rounds_); }
  [[nodiscard]] bool met() const {
    return measured() && (at_most() ? value() <= target_ : value() >= target_);
  }

 private:
  std::string figure_;
  std::string unit_;
  Target kind_;
  double target_;
  std::string note_;
  std::vector<double> rounds_;
};

/// Rows stay where they are.
class Table {
 public:
  Row& at_most(std::string figure, std::string unit, double target) {
    return rows_.emplace_back(std::move(figure), std::move(unit), Row::Target::kAtMost, target);
  }
  Row& at_least(std::string figure, std::string unit, double target) {
    return rows_.emplace_back(std::move(figure), std::move(unit), Row::Target::kAtLeast, target);
  }
  [[nodiscard]] const std::deque<Row>& rows() const noexcept { return rows_; }

 private:
  std::deque<Row> rows_;
};

/// How much is measured, and where.
struct Scale {
  std::string dir;
  std::string ticks_file;  ///< a day of an index future; may not be there
  std::uint64_t updates = 0;
  std::uint64_t ticks = 0;
  std::uint32_t instruments = 0;    ///< many of them
  std::uint64_t restart_ticks = 0;  ///< behind the states
  double seconds = 0;               ///< of what is measured by time
};

/// Fills some rows. All of them take turns, a round each.
class Measurement {
 public:
  Measurement() = default;
  virtual ~Measurement() = default;
  Measurement(const Measurement&) = delete;
  Measurement& operator=(const Measurement&) = delete;
  virtual void round() = 0;
};

// In the order of the table. No two run at once, so that no other thread is there when one forks.
std::unique_ptr<Measurement> make_tick_times(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_durable_ticks(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_exact_commits(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_natural_commits(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_paced_commits(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_sends(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_frames(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_damage(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_last_values(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_restart(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_producers(Table& table, const Scale& scale);
std::unique_ptr<Measurement> make_memory(Table& table, const Scale& scale);

}  // namespace factorwal::bench
