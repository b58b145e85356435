#include "language/parser.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "factorwal/operators/missing.h"
#include "language/lexer.h"

namespace factorwal::language {
namespace {

// Both keep recursion (here, in the compiler and in destructors) far from the stack's end.
constexpr std::size_t kNestingMax = 450;
constexpr std::size_t kTreeDepthMax = 500;

using graph::Arithmetic;

struct Symbol {
  std::string_view text;
  Arithmetic operation;
};

class Parser {
 public:
  Parser(const Source& source, std::vector<Token> tokens)
      : source_(source), tokens_(std::move(tokens)) {}

  Result<std::vector<Statement>> run() {
    std::vector<Statement> statements;
    while (true) {
      while (current().kind == TokenKind::kNewline) ++at_;
      if (current().kind == TokenKind::kEnd) return statements;
      auto statement = parse_statement();
      if (!statement) return std::move(statement).error();
      statements.push_back(std::move(*statement));
    }
  }

 private:
  using Parsed = Result<ExpressionPointer>;

  [[nodiscard]] const Token& current() const { return tokens_[at_]; }

  [[nodiscard]] Error expected(std::string_view what) const {
    const Token& token = current();
    std::string message("expected ");
    message.append(what).append(", found ");
    if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kNewline) {
      message.append("the end of the line");
    } else {
      message.append(quoted(token.text));
    }
    return source_.error_at(token.offset, message);
  }

  [[nodiscard]] Error reserved(const Token& token) const {
    std::string message = quoted(token.text);
    constexpr std::string_view kWords[] = {"factor", "let", "nan",  "and", "or",
                                           "not",    "if",  "then", "else"};
    const bool is_known = std::ranges::find(kWords, token.text) != std::end(kWords);
    return source_.error_at(token.offset,
                            message.append(is_known ? " is a word of the language, not a name"
                                                    : " is not in this release"));
  }

  Result<Statement> parse_statement() {
    Statement statement;
    statement.offset = current().offset;
    if (current().kind == TokenKind::kName &&
        (current().text == "factor" || current().text == "let")) {
      statement.is_let = current().text == "let";
      ++at_;
    } else if (current().kind != TokenKind::kName) {
      return expected("`factor NAME = ...`");
    } else if (is_reserved(current().text)) {
      return reserved(current());
    } else if (!tokens_[at_ + 1].is('=')) {
      return source_.error_at(current().offset, "a statement reads `factor NAME = ...`");
    }
    if (current().is('(')) {
      statement.is_tuple = true;
      ++at_;
      while (!current().is(')')) {
        if (Status target = parse_target(statement); !target) return std::move(target).error();
        if (current().is(',')) {
          ++at_;
        } else if (!current().is(')')) {
          return expected("`,` or `)`");
        }
      }
      if (statement.targets.empty()) return expected("a factor name");
      ++at_;
    } else if (Status target = parse_target(statement); !target) {
      return std::move(target).error();
    }
    if (!current().is('=')) return expected("`=`");
    ++at_;
    auto value = parse_expression();
    if (!value) return std::move(value).error();
    statement.value = std::move(*value);
    if (current().kind != TokenKind::kNewline) {
      if (current().kind == TokenKind::kName && is_reserved(current().text)) {
        return reserved(current());
      }
      return expected("an operator or the end of the line");
    }
    return statement;
  }

  Status parse_target(Statement& statement) {
    if (current().kind != TokenKind::kName) return expected("a factor name");
    if (is_reserved(current().text)) return reserved(current());
    statement.targets.push_back({current().text, current().offset});
    ++at_;
    return {};
  }

  /// `if c then x else y`, `c ? x : y`, or what binds closer.
  Parsed parse_expression() {
    return nested([this] { return is_word("if") ? parse_if() : parse_conditional(); });
  }

  Parsed parse_if() {
    auto node = make_choice();
    ++at_;
    if (Status part = parse_part(*node); !part) return std::move(part).error();
    if (!is_word("then")) return expected("`then`");
    ++at_;
    if (Status part = parse_part(*node); !part) return std::move(part).error();
    if (!is_word("else")) return expected("`else`");
    ++at_;
    if (Status part = parse_part(*node); !part) return std::move(part).error();
    return bounded(std::move(node));
  }

  Parsed parse_conditional() {
    auto node = make_choice();
    Parsed condition = parse_or();
    if (!condition || !current().is('?')) return condition;
    add_part(*node, std::move(*condition));
    ++at_;
    if (Status part = parse_part(*node); !part) return std::move(part).error();
    if (!current().is(':')) return expected("`:`");
    ++at_;
    if (Status part = parse_part(*node); !part) return std::move(part).error();
    return bounded(std::move(node));
  }

  /// Both are calls of a function.
  [[nodiscard]] ExpressionPointer make_choice() const {
    auto node = make(Expression::Kind::kCall);
    node->name = "if_else";
    return node;
  }
  Status parse_part(Expression& choice) {
    Parsed part = parse_expression();
    if (!part) return std::move(part).error();
    add_part(choice, std::move(*part));
    return {};
  }
  static void add_part(Expression& choice, ExpressionPointer part) {
    choice.depth = std::max(choice.depth, 1 + part->depth);
    const auto offset = part->offset;
    choice.arguments.push_back({{}, offset, std::move(part)});
  }

  Parsed parse_or() {
    constexpr Symbol kSymbols[] = {{"or", Arithmetic::kOr}, {"||", Arithmetic::kOr}};
    return parse_left_associative(kSymbols, [this] { return parse_and(); });
  }
  Parsed parse_and() {
    constexpr Symbol kSymbols[] = {{"and", Arithmetic::kAnd}, {"&&", Arithmetic::kAnd}};
    return parse_left_associative(kSymbols, [this] { return parse_not(); });
  }
  Parsed parse_not() {
    if (!is_word("not")) return parse_comparison();
    return nested(
        [this] { return parse_operator(Arithmetic::kNot, [this] { return parse_not(); }); });
  }

  Parsed parse_comparison() {
    constexpr Symbol kSymbols[] = {{"<", Arithmetic::kLess},    {"<=", Arithmetic::kLessEqual},
                                   {">", Arithmetic::kGreater}, {">=", Arithmetic::kGreaterEqual},
                                   {"==", Arithmetic::kEqual},  {"!=", Arithmetic::kNotEqual}};
    Parsed left = parse_sum();
    const auto symbol = left ? symbol_of(kSymbols) : std::nullopt;
    if (!symbol) return left;
    Parsed compared = parse_right(std::move(*left), *symbol, [this] { return parse_sum(); });
    if (compared && symbol_of(kSymbols)) {
      return source_.error_at(current().offset,
                              "comparisons do not chain; write `a < b and b < c`");
    }
    return compared;
  }

  Parsed parse_sum() {
    constexpr Symbol kSymbols[] = {{"+", Arithmetic::kAdd}, {"-", Arithmetic::kSubtract}};
    return parse_left_associative(kSymbols, [this] { return parse_product(); });
  }
  Parsed parse_product() {
    constexpr Symbol kSymbols[] = {{"*", Arithmetic::kMultiply}, {"/", Arithmetic::kDivide}};
    return parse_left_associative(kSymbols, [this] { return parse_unary(); });
  }

  /// The operation that the current token is, if it is one of these.
  [[nodiscard]] std::optional<Arithmetic> symbol_of(std::span<const Symbol> symbols) const {
    const Token& token = current();
    if (token.kind != TokenKind::kSymbol && token.kind != TokenKind::kName) return std::nullopt;
    const auto found = std::ranges::find(symbols, token.text, &Symbol::text);
    return found == symbols.end() ? std::nullopt : std::optional(found->operation);
  }

  template <class ParseOperand>
  Parsed parse_left_associative(std::span<const Symbol> symbols, ParseOperand parse_operand) {
    Parsed left = parse_operand();
    while (left) {
      const auto symbol = symbol_of(symbols);
      if (!symbol) break;
      left = parse_right(std::move(*left), *symbol, parse_operand);
    }
    return left;
  }

  /// From the symbol on.
  template <class ParseOperand>
  Parsed parse_right(ExpressionPointer left, Arithmetic operation, ParseOperand parse_operand) {
    auto node = make(Expression::Kind::kBinary);
    node->operation = operation;
    ++at_;
    Parsed right = parse_operand();
    if (!right) return right;
    node->left = std::move(left);
    node->right = std::move(*right);
    node->depth = 1 + std::max(node->left->depth, node->right->depth);
    return bounded(std::move(node));
  }

  Parsed parse_unary() {
    return nested([this]() -> Parsed {
      const auto parse_operand = [this] { return parse_unary(); };
      if (current().is('-')) return parse_operator(Arithmetic::kNegate, parse_operand);
      if (current().is('!')) return parse_operator(Arithmetic::kNot, parse_operand);
      if (current().is('+')) return expected("an expression");
      return parse_primary();
    });
  }

  template <class ParseOperand>
  Parsed parse_operator(Arithmetic operation, ParseOperand parse_operand) {
    auto node = make(Expression::Kind::kUnary);
    node->operation = operation;
    ++at_;
    Parsed operand = parse_operand();
    if (!operand) return operand;
    node->left = std::move(*operand);
    node->depth = 1 + node->left->depth;
    return bounded(std::move(node));
  }

  /// One level of recursion more.
  template <class Parse>
  Parsed nested(Parse parse) {
    if (nesting_ == kNestingMax) {
      return source_.error_at(current().offset, "this expression is nested too deeply");
    }
    ++nesting_;
    Parsed parsed = parse();
    --nesting_;
    return parsed;
  }  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): it loses sight of pointers in a variant

  [[nodiscard]] bool is_word(std::string_view word) const {
    return current().kind == TokenKind::kName && current().text == word;
  }

  Parsed parse_primary() {
    const Token& token = current();
    if (token.kind == TokenKind::kNumber) {
      auto node = make(Expression::Kind::kNumber);
      node->number = token.number;
      ++at_;
      return node;
    }
    if (token.is('(')) {
      ++at_;
      Parsed inner = parse_expression();
      if (!inner) return inner;
      if (!current().is(')')) return expected("an operator or `)`");
      ++at_;
      return inner;
    }
    if (token.kind == TokenKind::kQuoted) {
      auto node = make(Expression::Kind::kName);
      node->name = token.text;
      ++at_;
      return node;
    }
    if (token.kind != TokenKind::kName) return expected("an expression");
    if (token.text == "nan") {
      auto node = make(Expression::Kind::kNumber);
      node->number = kMissing;
      ++at_;
      return node;
    }
    if (is_reserved(token.text)) return reserved(token);
    auto node = make(Expression::Kind::kName);
    node->name = token.text;
    ++at_;
    if (!current().is('(')) return node;
    return parse_call(std::move(node));
  }

  Parsed parse_call(ExpressionPointer node) {
    node->kind = Expression::Kind::kCall;
    ++at_;
    while (!current().is(')')) {
      Argument argument;
      argument.offset = current().offset;
      if (current().kind == TokenKind::kName && tokens_[at_ + 1].is('=')) {
        argument.name = current().text;
        at_ += 2;
      } else if (!node->arguments.empty() && !node->arguments.back().name.empty()) {
        return source_.error_at(current().offset,
                                "an argument without a name cannot follow one with a name");
      }
      Parsed value = parse_expression();
      if (!value) return value;
      argument.value = std::move(*value);
      node->depth = std::max(node->depth, 1 + argument.value->depth);
      node->arguments.push_back(std::move(argument));
      if (current().is(',')) {
        ++at_;
        if (current().is(')')) return expected("an argument");
      } else if (!current().is(')')) {
        return expected("`,` or `)`");
      }
    }
    ++at_;
    return bounded(std::move(node));
  }

  [[nodiscard]] ExpressionPointer make(Expression::Kind kind) const {
    auto node = std::make_unique<Expression>();
    node->kind = kind;
    node->offset = current().offset;
    return node;
  }

  Parsed bounded(ExpressionPointer node) const {
    if (node->depth > kTreeDepthMax) {
      return source_.error_at(node->offset, "this expression has more than 500 levels; split it");
    }
    return node;
  }

  const Source& source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
};

}  // namespace

Result<std::vector<Statement>> parse_statements(const Source& source) {
  auto tokens = tokenize(source);
  if (!tokens) return std::move(tokens).error();
  return Parser(source, std::move(*tokens)).run();
}

}  // namespace factorwal::language
