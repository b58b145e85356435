#pragma once
/// One operator of one instrument at one tick, as its kernel sees it.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "factorwal/operators/missing.h"
#include "operators/block.h"
#include "operators/pair.h"
#include "operators/window.h"

namespace factorwal::operators {

struct Step;
/// Runs steps that follow each other and have this kernel.
using Kernel = void (*)(const Step* first, const Step* last, std::byte* block) noexcept;

/// A function of one tick, compiled twice: with the same bits, the second one without the questions
/// that `Node::steady` answers.
struct Kernels {
  Kernel any = nullptr;
  Kernel steady = nullptr;
};

inline constexpr std::size_t kNodeInputsMax = 4;
inline constexpr std::size_t kNodeOutputsMax = 5;
inline constexpr std::size_t kNodeWindowsMax = 2;
inline constexpr std::size_t kNodeNumbersMax = 8;
inline constexpr std::size_t kStateBytesMax = 4096;  ///< of a kind's own
inline constexpr std::size_t kNoObject = static_cast<std::size_t>(-1);

/// One computation of a plan: which kernel, on which bytes of a block. Immutable, shared by all
/// instruments.
struct Step {
  Offset inputs[kNodeInputsMax] = {};
  Offset outputs[kNodeOutputsMax] = {};
  Offset state = 0;
  Offset derived = 0;
  std::uint32_t output_count = 0;
  std::uint32_t wanted = 1;  ///< outputs that something reads, as bits; the first one in any case
  double minp = 0;           ///< present values that the first window must have
  double pair_minp = 0;      ///< slots with both that the pair must have
  WindowUse windows[kNodeWindowsMax];
  PairUse pair;
  double numbers[kNodeNumbersMax] = {};  ///< parameters, then what the kind made of them
  std::int64_t whole_numbers[kNodeNumbersMax] = {};  ///< the same where they are whole
  Kernels kernel;
  const void* plan = nullptr;      ///< of a step that pushes a series or a pair, or calls an object
  std::size_t object = kNoObject;  ///< a user's operator, whose pointer lies at `state`
};

/// Passed by value.
class Node {
 public:
  Node(const Step& step, std::byte* block, bool steady) noexcept
      : step_(step), block_(block), steady_(steady) {}

  /// Known to the compiler. Where it is true all inputs are present, and were for so long that
  /// windows are full and averages have their first value (Layout::steady_after).
  [[nodiscard]] bool steady() const noexcept { return steady_; }
  [[nodiscard]] bool present(double input) const noexcept { return steady_ || input == input; }

  /// NaN where it is missing. What is there is below 1e300.
  [[nodiscard]] double input(std::size_t i = 0) const noexcept {
    return at<double>(block_, step_.inputs[i]);
  }
  /// Parameters in the order of the kind, then the numbers that `Layout::constants` has.
  [[nodiscard]] double number(std::size_t i) const noexcept { return step_.numbers[i]; }
  [[nodiscard]] std::int64_t whole_number(std::size_t i) const noexcept {
    return step_.whole_numbers[i];
  }

  void output(double value) const noexcept { output(0, value); }
  /// What is not finite, or 1e300 and more, becomes missing.
  void output(std::size_t i, double value) const noexcept {
    at<double>(block_, step_.outputs[i]) =
        std::fabs(value) < kInputMagnitudeLimit ? value : kMissing;
  }
  /// Whether something reads that output; what nobody reads need not be computed. True of the
  /// first one.
  [[nodiscard]] bool wants(std::size_t i) const noexcept { return (step_.wanted >> i & 1) != 0; }
  /// Requires: the value is kMissing or below 1e300, as one between present values is.
  void output_present(double value) const noexcept { at<double>(block_, step_.outputs[0]) = value; }
  void all_missing() const noexcept {
    for (std::uint32_t i = 0; i < step_.output_count; ++i) output(i, kMissing);
  }

  /// In the order of `Layout::windows`.
  [[nodiscard]] Window window(std::size_t i = 0) const noexcept {
    return {step_.windows[i], block_};
  }
  /// Whether the first window, or the pair where there is none, has as many present values as are
  /// asked for: `minp`, or all of them.
  [[nodiscard]] bool ready() const noexcept {
    return steady_ || at<WindowMoments>(block_, step_.windows[0].moments).count >= step_.minp;
  }

  /// The same of the pair, whatever windows there are.
  [[nodiscard]] bool pair_ready() const noexcept {
    return steady_ || at<PairMoments>(block_, step_.pair.moments).count >= step_.pair_minp;
  }
  [[nodiscard]] double pair_correlation() const noexcept { return correlation(step_.pair, block_); }

  /// What the operator remembers beside its windows: zeros at first, saved as it is.
  template <class State>
  [[nodiscard]] State& state() const noexcept {
    return at<State>(block_, step_.state);
  }
  /// What it makes of its windows to be faster: zeros at first and after a load, not saved. It is
  /// as of the last tick at which the kernel stored `tick()` there.
  template <class Derived>
  [[nodiscard]] Derived& derived() const noexcept {
    return at<Derived>(block_, step_.derived);
  }
  /// Behind a Derived: numbers, as many as the layout asked for.
  template <class Derived>
  [[nodiscard]] double* derived_numbers() const noexcept {
    return &at<double>(block_, step_.derived + static_cast<Offset>(sizeof(Derived)));
  }
  [[nodiscard]] const Step& step() const noexcept { return step_; }
  [[nodiscard]] std::byte* block() const noexcept { return block_; }
  /// Counts this instrument's ticks, from a large number on.
  [[nodiscard]] std::uint64_t tick() const noexcept { return tick_of(block_); }

 private:
  const Step& step_;
  std::byte* block_;
  bool steady_;
};

// Flattened: so the compiler knows whether a node is steady.
template <void (*kUpdate)(Node) noexcept, bool kSteady>
[[gnu::flatten]] void run_steps(const Step* first, const Step* last, std::byte* block) noexcept {
  for (; first != last; ++first) kUpdate(Node(*first, block, kSteady));
}
template <void (*kUpdate)(Node) noexcept, void (*kUpdateTwo)(Node, Node) noexcept, bool kSteady>
[[gnu::flatten]] void run_by_twos(const Step* first, const Step* last, std::byte* block) noexcept {
  for (; last - first >= 2; first += 2) {
    kUpdateTwo(Node(first[0], block, kSteady), Node(first[1], block, kSteady));
  }
  if (first != last) kUpdate(Node(*first, block, kSteady));
}

/// The kernels of a function for one step: an operator's `update`, or what pushes a series.
template <void (*kUpdate)(Node) noexcept>
inline constexpr Kernels kernel_of{run_steps<kUpdate, false>, run_steps<kUpdate, true>};

/// The same where two steps can be computed side by side.
template <void (*kUpdate)(Node) noexcept, void (*kUpdateTwo)(Node, Node) noexcept>
inline constexpr Kernels kernel_by_twos{run_by_twos<kUpdate, kUpdateTwo, false>,
                                        run_by_twos<kUpdate, kUpdateTwo, true>};

}  // namespace factorwal::operators
