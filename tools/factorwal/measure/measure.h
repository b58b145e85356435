#pragma once
/// Everything that `factorwal bench` measures, in order.

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "factorwal/factor_set.h"
#include "factorwal/result.h"
#include "measure/figures.h"

namespace factorwal::measure {

/// What is known before anything is measured.
struct Place {
  std::string directory;  ///< in which a folder will be made: absolute
  doctor::Mount mount;
  doctor::Disk disk;
};
/// `directory`: a data directory that is there or will be, or any other.
[[nodiscard]] Result<Place> find_place(const std::string& directory);

/// For about `seconds`, in a folder of its own in the place, which is gone again when it returns.
/// `tell` hears what is measured next. kTimeout when `stop` was set.
[[nodiscard]] Result<Figures> measure(const Place& place, const FactorSet& factors, double seconds,
                                      const std::atomic<bool>& stop,
                                      const std::function<void(std::string_view)>& tell);

}  // namespace factorwal::measure
