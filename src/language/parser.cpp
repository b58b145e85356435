#include "language/parser.h"

#include <algorithm>
#include <string>
#include <utility>

#include "factorwal/operators/missing.h"
#include "language/lexer.h"

namespace factorwal::language {
namespace {

// Both keep recursion (here, in the compiler and in destructors) far from the stack's end.
constexpr std::size_t kNestingMax = 250;
constexpr std::size_t kTreeDepthMax = 500;

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
    return source_.error_at(
        token.offset,
        message.append(token.text == "factor" || token.text == "let" || token.text == "nan"
                           ? " is a word of the language, not a name"
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
    auto value = parse_sum();
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

  Parsed parse_sum() {
    return parse_left_associative("+-", [this] { return parse_product(); });
  }
  Parsed parse_product() {
    return parse_left_associative("*/", [this] { return parse_unary(); });
  }

  template <class ParseOperand>
  Parsed parse_left_associative(std::string_view symbols, ParseOperand parse_operand) {
    Parsed left = parse_operand();
    while (left && current().kind == TokenKind::kSymbol &&
           symbols.find(current().text[0]) != std::string_view::npos) {
      auto node = make(Expression::Kind::kBinary);
      node->symbol = current().text[0];
      ++at_;
      Parsed right = parse_operand();
      if (!right) return right;
      node->left = std::move(*left);
      node->right = std::move(*right);
      node->depth = 1 + std::max(node->left->depth, node->right->depth);
      left = bounded(std::move(node));
    }
    return left;
  }

  Parsed parse_unary() {
    if (nesting_ == kNestingMax) {
      return source_.error_at(current().offset, "this expression is nested too deeply");
    }
    ++nesting_;
    Parsed parsed = current().is('-')   ? parse_negation()
                    : current().is('+') ? Parsed(expected("an expression"))
                                        : parse_primary();
    --nesting_;
    return parsed;
  }  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): it loses sight of pointers in a variant

  Parsed parse_negation() {
    auto node = make(Expression::Kind::kNegate);
    ++at_;
    Parsed operand = parse_unary();
    if (!operand) return operand;
    node->left = std::move(*operand);
    node->depth = 1 + node->left->depth;
    return bounded(std::move(node));
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
      Parsed inner = parse_sum();
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
      Parsed value = parse_sum();
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
