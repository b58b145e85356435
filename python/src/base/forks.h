#pragma once
/// Objects of a parent process, which a child of a fork must leave alone.

#include <cstdint>

namespace factorwal::python {

/// Remembers in which process it was made. Any thread.
class MadeHere {
 public:
  MadeHere() noexcept;
  /// False in a child process that came by fork since.
  [[nodiscard]] bool here() const noexcept;
  /// Raises Forked, saying what to do instead, where `here` is false. Needs the GIL.
  void expect(const char* what) const;

 private:
  std::uint64_t forks_;
};

/// Once, when the module is loaded.
void watch_forks();

}  // namespace factorwal::python
