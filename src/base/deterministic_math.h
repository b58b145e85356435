#pragma once
/// The only transcendental functions that may touch a factor's value. The C library picks its own
/// by processor, and its last bits differ; these are one fixed sequence of IEEE operations.

namespace factorwal {

/// Natural logarithm, within 1 ulp, without fused multiply-add. Requires: x > 0.
[[nodiscard]] double deterministic_log(double x) noexcept;

}  // namespace factorwal
