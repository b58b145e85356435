#pragma once
/// An operator as a Python object.

#include <memory>
#include <utility>

#include "factorwal/operator.h"

namespace factorwal::python {

/// An operator with a history of its own, for one number at a time; engines take fresh ones of the
/// same parameters.
class OperatorObject {
 public:
  explicit OperatorObject(std::unique_ptr<IncrementalOperator> op) : op_(std::move(op)) {}
  [[nodiscard]] IncrementalOperator& get() const noexcept { return *op_; }

 private:
  std::unique_ptr<IncrementalOperator> op_;
};

}  // namespace factorwal::python
