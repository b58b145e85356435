#pragma once
/// A resource limit of this process, lowered for a scope.

#include <sys/resource.h>

namespace factorwal::test {

class Limit {
 public:
  Limit(__rlimit_resource kind, rlim_t value) : kind_(kind) {
    getrlimit(kind_, &before_);
    const rlimit lower{value, before_.rlim_max};
    setrlimit(kind_, &lower);
  }
  ~Limit() { setrlimit(kind_, &before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  __rlimit_resource kind_;
  rlimit before_{};
};

}  // namespace factorwal::test
