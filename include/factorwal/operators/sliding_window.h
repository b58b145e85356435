#pragma once
/// \file
/// A sliding aggregate in amortised O(1) that never subtracts what has aged: no drift, and a spike
/// that left the window leaves nothing behind. Rolling operators are made of it.
///
/// Two stacks in one array of `window` slots. After a flip slot i holds the aggregate of slots i
/// to the newest ("suffix"). The k-th push after the flip needs suffix k-1 no more (its oldest
/// element leaves the window), so its slot takes the new raw value, which also joins the running
/// aggregate of everything pushed since the flip ("back"). The window is then suffix k and back
/// together. When back fills the array, the next push turns the raw values into suffixes, newest
/// to oldest: O(window) once every `window` pushes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "factorwal/operator.h"

namespace factorwal::detail {

/// `Sums` is an aggregate of values, with
/// - `kInputs`, `kStored`: how many numbers a value and a stored aggregate have (kInputs <=
/// kStored)
/// - `std::uint32_t count`: how many values it is of; 0 when empty
/// - `add(const double* value)`; the first value added may become a pivot
/// - `store(double*)`, `load(const double*, std::uint32_t count)`: all but count and pivot
/// - `same_pivot(const Sums&)`: takes over the pivot
/// - `visit(StateVisitor&)`: everything
template <class Sums>
class SlidingWindow {
 public:
  explicit SlidingWindow(std::uint32_t window)
      : window_(window), slots_(std::size_t{window} * Sums::kStored), counts_(window) {}

  /// The oldest slot leaves, this one comes. A missing value takes a slot too.
  void push(const double* value, bool present) noexcept;

  /// The older part of the window and the newer one; either may be empty.
  [[nodiscard]] const Sums& front() const noexcept { return front_; }
  [[nodiscard]] const Sums& back() const noexcept { return back_; }
  /// Present values in the window.
  [[nodiscard]] std::uint32_t count() const noexcept { return front_.count + back_.count; }
  [[nodiscard]] std::uint32_t window() const noexcept { return window_; }

  /// For `IncrementalOperator::memory`: what is in the window now, and the turn of the stacks
  /// before the last, which made what the window's sums are made of.
  [[nodiscard]] std::uint64_t memory() const noexcept { return 2 * std::uint64_t{window_}; }

  void visit_state(StateVisitor& visitor) {
    visitor.visit(back_slot_count_);
    front_.visit(visitor);
    back_.visit(visitor);
    visitor.visit(std::span<double>(slots_));
    visitor.visit(std::span<std::uint32_t>(counts_));
  }

  /// Whether loaded numbers can have come from `push`: everything that is used as a size is sound.
  [[nodiscard]] bool state_is_sound() const noexcept {
    if (back_slot_count_ > window_ || front_.count > window_ || back_.count > window_) return false;
    for (std::uint32_t i = 0; i < window_; ++i) {
      if (counts_[i] > (i < back_slot_count_ ? 1 : window_ - i)) return false;
    }
    return true;
  }

 private:
  void flip() noexcept;

  std::uint32_t window_;
  std::uint32_t back_slot_count_ = 0;
  Sums front_;
  Sums back_;
  std::vector<double> slots_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace factorwal::detail
