#pragma once
/// How busy a machine is with other things than a measurement.

#include <cstdint>
#include <optional>

namespace factorwal::measure {

/// Watches from its construction on.
class OtherPrograms {
 public:
  OtherPrograms();
  /// The share of all processors' time that other programs took, 0 to 1. Nothing where /proc/stat
  /// cannot be read.
  [[nodiscard]] std::optional<double> share() const;

 private:
  struct Times {
    double all = 0;  // seconds of all processors together, as what follows
    double busy = 0;
    double own = 0;
  };
  [[nodiscard]] static std::optional<Times> now();
  std::optional<Times> begun_;
};

}  // namespace factorwal::measure
