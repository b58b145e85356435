#pragma once
/// What the parser makes of the text. Offsets point into the text, for messages.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "graph/plan_builder.h"

namespace factorwal::language {

struct Expression;
using ExpressionPointer = std::unique_ptr<Expression>;

struct Argument {
  std::string_view name;  // empty when positional
  std::size_t offset = 0;
  ExpressionPointer value;
};

struct Expression {
  enum class Kind : unsigned char { kNumber, kName, kUnary, kBinary, kCall };
  Kind kind = Kind::kNumber;
  std::size_t offset = 0;
  std::size_t depth = 1;            // levels of this tree: bounded, as walking it recurses
  double number = 0;                // kNumber; NaN for `nan`
  std::string_view name;            // kName, kCall
  graph::Arithmetic operation{};    // kUnary, kBinary
  ExpressionPointer left;           // kUnary, kBinary
  ExpressionPointer right;          // kBinary
  std::vector<Argument> arguments;  // kCall
};

struct Target {
  std::string_view name;
  std::size_t offset = 0;
};

/// `factor NAME = EXPR` or `factor (A, B) = EXPR`; or the same with `let`.
struct Statement {
  std::vector<Target> targets;
  bool is_tuple = false;
  bool is_let = false;  // names values for later statements, and makes no factors
  std::size_t offset = 0;
  ExpressionPointer value;
};

}  // namespace factorwal::language
