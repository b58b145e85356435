#include "base/deterministic_math.h"

#include <sleef.h>

namespace factorwal {

double deterministic_log(double x) noexcept { return Sleef_cinz_logd1_u10purec(x); }

}  // namespace factorwal
