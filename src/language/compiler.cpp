#include "language/compiler.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/floating_point_guard.h"
#include "factorwal/nearest_name.h"
#include "factorwal/operators/missing.h"
#include "factorwal/operators/parameters.h"
#include "graph/arithmetic.h"
#include "language/ast.h"
#include "language/call_parameters.h"
#include "language/constants.h"
#include "language/custom_functions.h"
#include "language/function_table.h"
#include "language/lexer.h"
#include "language/parser.h"
#include "language/printing.h"

namespace factorwal::language {
namespace {

using graph::Arithmetic;
using graph::Slot;
using operators::Kind;

constexpr std::size_t kListedFieldsMax = 30;

/// How tightly the outermost operation of a printed expression binds.
enum class Binding : unsigned char {
  kOr,
  kAnd,
  kNot,
  kComparison,
  kSum,
  kProduct,
  kUnary,
  kAtom,
};

Binding binding_of(Arithmetic operation) {
  switch (operation) {
    case Arithmetic::kOr: return Binding::kOr;
    case Arithmetic::kAnd: return Binding::kAnd;
    case Arithmetic::kNot: return Binding::kNot;
    case Arithmetic::kAdd:
    case Arithmetic::kSubtract: return Binding::kSum;
    case Arithmetic::kMultiply:
    case Arithmetic::kDivide: return Binding::kProduct;
    case Arithmetic::kNegate: return Binding::kUnary;
    default: return Binding::kComparison;
  }
}

struct Value {
  Slot slot = 0;
  std::vector<std::string> outputs;  // names; empty when it is one number
  std::string text;                  // canonical
  Binding binding = Binding::kAtom;
};

/// What an earlier statement has named.
struct Named {
  Slot slot = 0;
  bool is_let = false;
};

class Compiler {
 public:
  Compiler(const Source& source, const TickSchema& schema, const FactorSetOptions& options,
           std::string* missing_field)
      : source_(source),
        schema_(schema),
        options_(options),
        missing_field_(missing_field),
        builder_(schema) {}

  Result<std::shared_ptr<const graph::Plan>> run() {
    if (Status valid = check_custom_functions(options_.functions); !valid)
      return std::move(valid).error();
    auto statements = parse_statements(source_);
    if (!statements) return std::move(statements).error();
    std::string text;
    for (const Statement& statement : *statements) {
      auto line = compile_statement(statement);
      if (!line) return std::move(line).error();
      text.append(*line).append("\n");
    }
    return std::move(builder_).build(std::move(text));
  }

 private:
  /// Adds the statement's factors and returns its canonical line.
  Result<std::string> compile_statement(const Statement& statement) {
    const Expression& expression = *statement.value;
    auto compiled = compile(expression);
    if (!compiled) return std::move(compiled).error();
    const Value& value = *compiled;
    const std::vector<Target>& targets = statement.targets;
    const std::size_t output_count = std::max<std::size_t>(1, value.outputs.size());
    if (!statement.is_tuple && output_count > 1) {
      std::string message("this gives ");
      message.append(std::to_string(output_count)).append(" values; name them: ");
      message.append(statement.is_let ? "let (" : "factor (");
      message.append(joined(value.outputs)).append(") = ...");
      return source_.error_at(targets[0].offset, message);
    }
    if (targets.size() > output_count) {
      std::string message(std::to_string(targets.size()));
      message.append(" names for ").append(std::to_string(output_count));
      message.append(output_count == 1 ? " value" : " values");
      if (output_count > 1) message.append(" (").append(joined(value.outputs)).append(")");
      return source_.error_at(targets[output_count].offset, message);
    }
    std::size_t named_count = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].name == "_") continue;
      ++named_count;
      const Slot slot = value.slot + static_cast<Slot>(i);
      if (Status named = add_name(targets[i], {slot, statement.is_let}); !named) {
        return std::move(named).error();
      }
      if (!statement.is_let) builder_.add_factor(std::string(targets[i].name), slot);
    }
    if (named_count == 0) {
      return source_.error_at(targets[0].offset, "every value is skipped; name at least one");
    }
    std::string line(statement.is_let ? "let " : "factor ");
    if (statement.is_tuple) {
      std::vector<std::string_view> names;
      names.reserve(targets.size());
      for (const Target& target : targets) names.push_back(target.name);
      line.append("(").append(joined(names)).append(")");
    } else {
      line.append(targets[0].name);
    }
    return line.append(" = ").append(value.text);
  }

  Status add_name(const Target& target, Named named) {
    if (named.is_let && schema_.find(target.name)) {  // which would hide the let
      std::string message(quoted(target.name));
      return source_.error_at(target.offset,
                              message.append(" is a field of the ticks; name the let otherwise"));
    }
    const auto [known, is_new] = named_.emplace(target.name, named);
    if (is_new) return {};
    std::string message("there is a ");
    message.append(known->second.is_let ? "let " : "factor ").append(quoted(target.name));
    return source_.error_at(target.offset, message.append(" already"));
  }

  Result<Value> compile(const Expression& expression) {
    switch (expression.kind) {
      case Expression::Kind::kNumber:
        return Value{builder_.constant(expression.number),
                     {},
                     number_text(expression.number),
                     Binding::kAtom};
      case Expression::Kind::kName: return compile_name(expression);
      case Expression::Kind::kUnary: return compile_unary(expression);
      case Expression::Kind::kBinary: return compile_binary(expression);
      case Expression::Kind::kCall: return compile_call(expression);
    }
    return source_.error_at(expression.offset, "expected an expression");
  }

  /// An expression that must be one number.
  Result<Value> compile_single(const Expression& expression) {
    auto value = compile(expression);
    if (value && value->outputs.size() > 1) {
      std::string message(quoted(expression.name));
      message.append(" gives ").append(std::to_string(value->outputs.size()));
      message.append(" values (").append(joined(value->outputs));
      message.append("); name the one you want in a statement of its own: factor (");
      message.append(joined(value->outputs)).append(") = ...");
      return source_.error_at(expression.offset, message);
    }
    return value;
  }

  static std::string bracketed(const Value& value, bool needed) {
    if (!needed) return value.text;
    std::string text("(");
    return text.append(value.text).append(")");
  }

  Result<Value> compile_unary(const Expression& expression) {
    auto operand = compile_single(*expression.left);
    if (!operand) return operand;
    Value value;
    value.slot = builder_.arithmetic(expression.operation, operand->slot, operand->slot);
    value.binding = binding_of(expression.operation);
    value.text = graph::symbol_of(expression.operation);
    value.text.append(bracketed(*operand, operand->binding < value.binding));
    return value;
  }

  Result<Value> compile_binary(const Expression& expression) {
    auto left = compile_single(*expression.left);
    if (!left) return left;
    auto right = compile_single(*expression.right);
    if (!right) return right;
    Value value;
    value.binding = binding_of(expression.operation);
    value.slot = builder_.arithmetic(expression.operation, left->slot, right->slot);
    // Operations of one rank go from left to right, so an equal one on the right needs brackets;
    // comparisons have no such order.
    const bool is_comparison = value.binding == Binding::kComparison;
    value.text = bracketed(
        *left, left->binding < value.binding || (is_comparison && left->binding == value.binding));
    value.text.append(graph::symbol_of(expression.operation));
    value.text.append(bracketed(*right, right->binding <= value.binding));
    return value;
  }

  /// A field of the ticks; else an earlier factor or let; else a field made by us.
  Result<Value> compile_name(const Expression& expression) {
    const std::string_view name = expression.name;
    if (const auto field = schema_.find(name)) {
      return Value{builder_.field(*field), {}, field_text(*field), Binding::kAtom};
    }
    if (const auto known = named_.find(name); known != named_.end()) {
      return Value{known->second.slot, {}, std::string(name), Binding::kAtom};
    }
    if (name == "mid" || name == "spread") return compile_call(expression);
    return unknown_field(name, expression.offset);
  }

  Error unknown_field(std::string_view name, std::size_t offset) const {
    std::string message;
    if (find_function(name)) {
      message.append(quoted(name)).append(" is a function; call it: ").append(name).append("(...)");
      return source_.error_at(offset, message);
    }
    if (missing_field_ != nullptr) *missing_field_ = canonical_field(name);
    std::vector<std::string_view> known(schema_.names().begin(), schema_.names().end());
    for (const auto& [earlier, named] : named_) known.push_back(earlier);
    message.append("no field ").append(quoted(name)).append(" in the ticks");
    const std::string suggestion = did_you_mean(name, std::span<const std::string_view>(known));
    message.append(suggestion);
    if (schema_.size() <= kListedFieldsMax) {
      message.append("; fields: ").append(joined(schema_.names()));
    }
    return source_.error_at(offset, message);
  }

  Result<Value> compile_call(const Expression& expression) {
    const std::string_view name = expression.name;
    for (const CustomFunction& function : options_.functions) {
      if (function.name == name) return compile_custom_call(expression, function);
    }
    const auto found = find_function(name);
    if (!found) return unknown_function(expression);
    const Kind& kind = *found->kind;

    std::size_t positional_count = 0;
    for (const Argument& argument : expression.arguments) {
      positional_count += argument.name.empty() ? 1 : 0;
    }
    // All series or none: a call whose first argument is a number gives none, unless it has too
    // many arguments for that, named ones included.
    const bool has_series =
        positional_count > 0 && (!constant_value(*expression.arguments[0].value) ||
                                 expression.arguments.size() > kind.parameters.size());
    const std::size_t series_count = has_series ? kind.series.size() : 0;
    const bool has_defaults = kind.series.empty() || !kind.series.front().field.empty();
    if (has_series ? positional_count < series_count : !has_defaults) {
      std::string message(signature_of(kind));
      message.append(": give all of ").append(joined(series_names(kind)));
      if (has_defaults) message.append(", or none");
      return source_.error_at(expression.offset, message);
    }
    if (positional_count > series_count + kind.parameters.size()) {
      std::string message("too many arguments: ");
      message.append(signature_of(kind));
      return source_.error_at(expression.arguments[series_count + kind.parameters.size()].offset,
                              message);
    }

    auto parameters = resolve_parameters(source_, expression, *found, series_count);
    if (!parameters) return std::move(parameters).error();
    auto call = operators::make_call(kind, *parameters);
    if (!call) {
      std::string message(signature_of(kind));
      message.append(": ").append(call.error().message);
      return source_.error_at(expression.offset, message);
    }
    std::string printed;
    for (std::size_t i = 0; i < parameters->size(); ++i) {
      printed.append(", ").append(kind.parameters[i].name).append("=");
      printed.append(number_text((*parameters)[i]));
    }
    Value value;
    for (const std::string_view output : kind.outputs) value.outputs.emplace_back(output);
    auto inputs = compile_inputs(expression, series_count, default_fields(kind), value.text);
    if (!inputs) return std::move(inputs).error();
    value.text = call_text(kind.name, value.text, printed);
    value.slot = builder_.apply(std::move(*call), *inputs, printed);
    return value;
  }

  Result<Value> unknown_function(const Expression& expression) const {
    std::string message;
    if (is_function_of_later(expression.name)) {
      message.append(quoted(expression.name)).append(" is not in this release");
      if (expression.name == "min" || expression.name == "max" || expression.name == "rank") {
        message.append(" (over a window it is `ts_").append(expression.name).append("`)");
      }
    } else {
      std::vector<std::string_view> known = function_names();
      for (const CustomFunction& function : options_.functions) known.push_back(function.name);
      message.append("no function ").append(quoted(expression.name));
      message.append(did_you_mean(expression.name, std::span<const std::string_view>(known)));
    }
    return source_.error_at(expression.offset, message);
  }

  Result<Value> compile_custom_call(const Expression& expression, const CustomFunction& function) {
    std::size_t series_count = 0;
    std::vector<double> numbers;
    for (const Argument& argument : expression.arguments) {
      if (!argument.name.empty()) {
        return source_.error_at(argument.offset, "custom functions take no named arguments");
      }
      if (const auto number = constant_value(*argument.value)) {
        numbers.push_back(*number);
      } else if (numbers.empty()) {
        ++series_count;
      } else {
        return source_.error_at(argument.offset, "series come before numbers");
      }
    }
    auto op = function.make(numbers);
    if (!op || *op == nullptr) {
      std::string message(quoted(function.name));
      message.append(": ").append(op ? std::string("made no operator") : op.error().message);
      return source_.error_at(expression.offset, message);
    }
    const std::size_t wanted = (*op)->default_inputs().size();
    if (series_count != 0 && series_count != wanted) {
      std::string message(quoted(function.name));
      message.append(" takes ").append(std::to_string(wanted)).append(" series, not ");
      message.append(std::to_string(series_count));
      return source_.error_at(expression.offset, message);
    }
    const std::size_t output_count = (*op)->output_count();
    if (output_count != std::max<std::size_t>(1, function.outputs.size())) {
      std::string message(quoted(function.name));
      message.append(" has ").append(std::to_string(output_count));
      message.append(" outputs, but ").append(std::to_string(function.outputs.size()));
      return source_.error_at(expression.offset, message.append(" names for them"));
    }
    std::string printed;
    for (const double number : numbers) printed.append(", ").append(number_text(number));
    Value value;
    value.outputs = function.outputs;
    auto inputs = compile_inputs(expression, series_count, (*op)->default_inputs(), value.text);
    if (!inputs) return std::move(inputs).error();
    value.text = call_text(function.name, value.text, printed);
    value.slot = builder_.apply(std::move(*op), *inputs, function.name, printed);
    builder_.note_function({function.name, function.note});
    return value;
  }

  static std::vector<std::string> default_fields(const Kind& kind) {
    std::vector<std::string> fields;
    for (const auto& series : kind.series) fields.emplace_back(series.field);
    return fields;
  }

  /// The call's first `series_count` arguments, or the default fields; `text` receives them.
  Result<std::vector<Slot>> compile_inputs(const Expression& expression, std::size_t series_count,
                                           const std::vector<std::string>& defaults,
                                           std::string& text) {
    std::vector<Slot> inputs;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < series_count; ++i) {
      auto input = compile_single(*expression.arguments[i].value);
      if (!input) return std::move(input).error();
      inputs.push_back(input->slot);
      texts.push_back(std::move(input->text));
    }
    if (series_count == 0) {
      for (const std::string& field_name : defaults) {
        const auto field = schema_.find(field_name);
        if (!field) return unknown_field(field_name, expression.offset);
        inputs.push_back(builder_.field(*field));
        texts.push_back(field_text(*field));
      }
    }
    text = joined(texts);
    return inputs;
  }

  [[nodiscard]] std::string field_text(FieldHandle field) const {
    const std::string& name = schema_.names()[field.index];
    return is_plain_name(name) ? name : "`" + name + "`";
  }

  static std::string call_text(std::string_view name, const std::string& inputs,
                               const std::string& parameters) {
    std::string text(name);
    text.append("(").append(inputs);
    text.append(inputs.empty() && !parameters.empty() ? parameters.substr(2) : parameters);
    return text.append(")");
  }

  const Source& source_;
  const TickSchema& schema_;
  const FactorSetOptions& options_;
  std::string* missing_field_;
  graph::PlanBuilder builder_;
  std::map<std::string_view, Named, std::less<>> named_;
};

}  // namespace

Result<std::shared_ptr<const graph::Plan>> compile(const Source& source, const TickSchema& schema,
                                                   const FactorSetOptions& options,
                                                   std::string* missing_field) {
  const FloatingPointGuard guard;  // constants are read and folded here
  return Compiler(source, schema, options, missing_field).run();
}

}  // namespace factorwal::language
