#pragma once
/// Curves: how figures change with one quantity.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace factorwal::bench {

/// Figures at points, each measured once a round.
class Curve {
 public:
  /// `x` and `figures` are column names; each names its unit.
  Curve(std::string name, std::string x, std::vector<std::string> figures);

  /// Figures of a round at `x`, in the order of the columns; NaN: not measured.
  void add(std::uint64_t x, const std::vector<double>& figures);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// A header, then a line a point: x, and of each figure the median, the lowest and the highest of
  /// the rounds; nothing between the commas where none was measured.
  [[nodiscard]] std::string csv() const;

 private:
  using Rounds = std::vector<double>;

  std::string name_;
  std::string x_;
  std::vector<std::string> figures_;
  std::map<std::uint64_t, std::vector<Rounds>> points_;
};

/// 1, 3, 10, 30, ... times `first`, below `last`; then `last`.
[[nodiscard]] std::vector<std::uint64_t> ladder(std::uint64_t first, std::uint64_t last);

/// How far each curve goes, and where its data lies.
struct Reach {
  std::string dir;
  double seconds = 0;                ///< of what is measured by time
  std::uint64_t events = 0;          ///< of 16 updates, that a rate is measured by at least
  std::uint64_t updates = 0;         ///< that producers send
  std::uint64_t ticks = 0;           ///< of a point
  std::uint64_t snapshot_every = 0;  ///< ticks, see EngineOptions; where instruments are many
  std::uint64_t batch_max = 0;
  std::uint64_t rate_max = 0;
  std::uint64_t instruments_max = 0;
  std::uint64_t factors_max = 0;
  std::uint64_t window_max = 0;
  std::uint64_t rows_min = 0;  ///< of a log
  std::uint64_t rows_max = 0;
};

/// Measures a curve. All of them take turns, a round each.
class CurveMeasurement {
 public:
  explicit CurveMeasurement(Curve curve) : curve_(std::move(curve)) {}
  virtual ~CurveMeasurement() = default;
  CurveMeasurement(const CurveMeasurement&) = delete;
  CurveMeasurement& operator=(const CurveMeasurement&) = delete;
  virtual void round() = 0;
  [[nodiscard]] const Curve& curve() const noexcept { return curve_; }

 protected:
  Curve curve_;
};

// No threads are left behind a round, for some fork.
std::unique_ptr<CurveMeasurement> make_batch_curve(const Reach& reach);
std::unique_ptr<CurveMeasurement> make_rate_curve(const Reach& reach);
std::unique_ptr<CurveMeasurement> make_instruments_curve(const Reach& reach);
std::unique_ptr<CurveMeasurement> make_factors_curve(const Reach& reach);
std::unique_ptr<CurveMeasurement> make_window_curve(const Reach& reach);
std::unique_ptr<CurveMeasurement> make_producers_curve(const Reach& reach);
std::unique_ptr<CurveMeasurement> make_log_size_curve(const Reach& reach);

}  // namespace factorwal::bench
