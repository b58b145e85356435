#pragma once
/// Bits are a contract: a host built with -ffast-math sets flush-to-zero, and a host may have
/// changed the rounding mode. While a guard lives, arithmetic is IEEE: round to nearest, denormals
/// kept.

#if defined(__SSE2__)
#include <immintrin.h>
#else
#include <cfenv>
#endif

namespace factorwal {

class FloatEnvironment {
 public:
#if defined(__SSE2__)
  FloatEnvironment() noexcept : saved_(_mm_getcsr()) {
    if ((saved_ & kDecides) != 0) [[unlikely]]
      _mm_setcsr(saved_ & ~kDecides);
  }
  ~FloatEnvironment() {
    if ((saved_ & kDecides) != 0) [[unlikely]]
      _mm_setcsr(saved_);
  }

 private:
  // Flush to zero, rounding control, denormals are zero.
  static constexpr unsigned kDecides = 0x8000U | 0x6000U | 0x0040U;
  const unsigned saved_;
#else
  FloatEnvironment() noexcept : saved_(std::fegetround()) {
    if (saved_ != FE_TONEAREST) std::fesetround(FE_TONEAREST);
  }
  ~FloatEnvironment() {
    if (saved_ != FE_TONEAREST) std::fesetround(saved_);
  }

 private:
  const int saved_;
#endif
 public:
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;
};

}  // namespace factorwal
