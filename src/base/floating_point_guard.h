#pragma once
/// Arithmetic as IEEE 754 says, whatever the host program has set.

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace factorwal {

/// While it lives the calling thread rounds to nearest and keeps subnormal numbers; afterwards it
/// has its own settings back. A host that is built with -ffast-math, or that sets a rounding mode,
/// would otherwise change the last bits of factors. Costs one register read where nothing differs.
class FloatingPointGuard {
 public:
  FloatingPointGuard() noexcept : saved_(read()) {
    if ((saved_ & kRelevant) != 0) write(saved_ & ~kRelevant);
    keep_order();
  }
  ~FloatingPointGuard() {
    keep_order();
    if ((saved_ & kRelevant) != 0) write(saved_);
  }
  FloatingPointGuard(const FloatingPointGuard&) = delete;
  FloatingPointGuard& operator=(const FloatingPointGuard&) = delete;

 private:
  // Compilers may move arithmetic across a change of the register, but no load or store across
  // this.
  static void keep_order() noexcept { asm volatile("" : : : "memory"); }

#if defined(__x86_64__)
  using Register = unsigned;
  static constexpr Register kRelevant = 0x8000 | 0x6000 | 0x0040;  // flush, rounding, denormals
  static Register read() noexcept { return _mm_getcsr(); }
  static void write(Register value) noexcept { _mm_setcsr(value); }
#elif defined(__aarch64__)
  using Register = std::uint64_t;
  static constexpr Register kRelevant = (1u << 24) | (3u << 22);  // flush, rounding
  static Register read() noexcept {
    Register value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void write(Register value) noexcept { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
#error "no access to the floating-point control register of this processor"
#endif

  Register saved_;
};

}  // namespace factorwal
