// What somebody reads who made a mistake in a factor file.

#include <gtest/gtest.h>

#include "factorwal/factor_set.h"
#include "support/series.h"

namespace factorwal {
namespace {

std::string error_of(std::string_view text, const TickSchema& schema = TickSchema::bars()) {
  const auto set = FactorSet::parse(text, schema, "my.factors");
  return set ? "(accepted)" : set.error().message;
}

/// The message without origin, source line and caret.
std::string message_of(std::string_view text) {
  std::string error = error_of(text);
  error = error.substr(0, error.find('\n'));
  return error.substr(std::min(error.size(), error.find(": ") + 2));
}

TEST(LanguageErrors, ShowFileLineColumnSourceAndCaret) {
  EXPECT_EQ(
      error_of("# means\nfactor fast = ts_mean(close, 5)\nfactor slow = ts_maen(close, 20)\n"),
      "my.factors:3:15: no function `ts_maen` (did you mean `ts_mean`?)\n"
      "    factor slow = ts_maen(close, 20)\n"
      "                  ^");
}

TEST(LanguageErrors, CountColumnsInCharactersAndKeepTabs) {
  EXPECT_EQ(error_of("factor 价 =\tclsoe"),
            "my.factors:1:12: no field `clsoe` in the ticks (did you mean `close`?); "
            "fields: open, high, low, close, volume\n"
            "    factor 价 =\tclsoe\n"
            "              \t^");
}

struct Case {
  const char* text;
  const char* message;
};

TEST(LanguageErrors, SayWhatIsWrong) {
  const Case cases[] = {
      {"factor a = ts_mean(close, 0)",
       "`d` of ts_mean must be a whole number of ticks from 1 to 1000000, not 0"},
      {"factor a = ts_mean(close, 2.5)",
       "`d` of ts_mean must be a whole number of ticks from 1 to 1000000, not 2.5"},
      {"factor a = ts_mean(close, volume)", "`d` of ts_mean must be a constant number"},
      {"factor a = ts_mean(close, nan)",
       "`d` of ts_mean must be a whole number of ticks from 1 to 1000000, not nan"},
      {"factor a = ts_mean(close)", "`d` is missing: ts_mean(x, d, minp=d)"},
      {"factor a = ts_mean(close, 5, 6, 7)", "too many arguments: ts_mean(x, d, minp=d)"},
      {"factor a = ts_mean(close, 5, minp=6)",
       "ts_mean(x, d, minp=d): minp must be between 1 and 5, not 6"},
      {"factor a = ts_std(close, 5, dof=0)",
       "no argument `dof` (did you mean `ddof`?): ts_std(x, d, ddof=1, minp=d)"},
      {"factor a = ts_std(close, 5, 1, ddof=0)", "`ddof` is given twice"},
      {"factor a = ts_std(close, d=5, 1)",
       "an argument without a name cannot follow one with a name"},
      {"factor a = ts_std(close, 1)",
       "ts_std(x, d, ddof=1, minp=d): window must be 2 or more when ddof is 1"},
      {"factor a = macd(close, 26, 12, 9)",
       "macd(x, fast=12, slow=26, signal=9): fast must be smaller than slow, but is 26 against 12"},
      {"factor a = macd(close)",
       "this gives 3 values; name them: factor (line, signal, hist) = ..."},
      {"factor (a, b, c, d) = macd(close)", "4 names for 3 values (line, signal, hist)"},
      {"factor (a, b) = ema(close, 5)", "2 names for 1 value"},
      {"factor a = macd(close) + 1",
       "`macd` gives 3 values (line, signal, hist); name the one you want in a statement of its "
       "own: factor (line, signal, hist) = ..."},
      {"factor (_, _) = macd(close)", "every value is skipped; name at least one"},
      {"factor a = close\nfactor a = open", "there is a factor `a` already"},
      {"factor (a, a) = macd(close)", "there is a factor `a` already"},
      {"factor a = ts_mean", "`ts_mean` is a function; call it: ts_mean(...)"},
      {"factor a = wma(close, 5)", "`wma` is not in this release"},
      {"factor a = min(close, 5)", "`min` is not in this release (over a window it is `ts_min`)"},
      {"factor a = atr(high, 5)",
       "atr(high, low, close, n=14): give all of high, low, close, or none"},
      {"factor a = queue_imbalance()",
       "no field `bid_volume` in the ticks; "
       "fields: open, high, low, close, volume"},
      {"let r close", "expected `=`, found `close`"},
      {"let let = close", "`let` is a word of the language, not a name"},
      {"let r = 1\nlet r = 2", "there is a let `r` already"},
      {"let r = 1\nfactor r = 2", "there is a let `r` already"},
      {"factor r = 1\nlet r = 2", "there is a factor `r` already"},
      {"let close = open", "`close` is a field of the ticks; name the let otherwise"},
      {"let a = macd(close)", "this gives 3 values; name them: let (line, signal, hist) = ..."},
      {"let (_, _) = macd(close)", "every value is skipped; name at least one"},
      {"factor a = r\nlet r = close",
       "no field `r` in the ticks; fields: open, high, low, close, volume"},
      {"factor a = `close", "this backtick is never closed"},
      {"factor a = `close\n`", "this backtick is never closed"},
      {"factor a = ``", "there is no name between these backticks"},
      {"factor a = `Adj Close`",
       "no field `Adj Close` in the ticks; fields: open, high, low, close, volume"},
      {"factor a = `ema`(close, 5)", "expected an operator or the end of the line, found `(`"},
      {"factor `a` = close", "expected a factor name, found `a`"},
      {"def z(x, n) = x", "`def` is not in this release"},
      {"factor a = close on trades", "`on` is not in this release"},
      {"factor let = close", "`let` is a word of the language, not a name"},
      {"factor nan = close", "`nan` is a word of the language, not a name"},
      {"factor a = close and", "expected an expression, found the end of the line"},
      {"factor a = and close", "`and` is a word of the language, not a name"},
      {"factor a = close & open", "write `and` or `&&`"},
      {"factor a = close | open", "write `or` or `||`"},
      {"factor a = low < close < high", "comparisons do not chain; write `a < b and b < c`"},
      {"factor a = close == not open", "`not` is a word of the language, not a name"},
      {"factor a = close > open ? 1", "expected `:`, found the end of the line"},
      {"factor a = if close > open else 1", "expected `then`, found `else`"},
      {"factor a = if close > open then 1", "expected `else`, found the end of the line"},
      {"factor a = 1 : 2", "expected an operator or the end of the line, found `:`"},
      {"factor a = if_else()", "if_else(condition, x, y): give all of condition, x, y"},
      {"factor a = if_else(close > open, 1)",
       "if_else(condition, x, y): give all of condition, x, y"},
      {"factor a = macd(close) > 1",
       "`macd` gives 3 values (line, signal, hist); name the one you want in a statement of its "
       "own: factor (line, signal, hist) = ..."},
      {"factor a = ts_mean(close, 500ms)",
       "windows in units of time are not in this release; give a number of ticks"},
      {"factor a = close ** 2", "powers (`**`) are not in this release"},
      {"factor a = close@far",
       "values of other instruments (`close@name`) are not in this release"},
      {"factor a = $close", "write field names without `$`"},
      {"factor a = ts_mean(close，5)",
       "the character `，` is not part of the language; write the plain `,`"},
      {"factor a = ts_mean(close, 5，6)",
       "the character `，` is not part of the language; write the plain `,`"},
      {"factor a = ts_mean(close, 5", "this `(` is never closed"},
      {"factor a = (close +\nfactor b = open", "this `(` is never closed"},
      {"factor a = close)", "this `)` closes nothing"},
      {"factor a = close close", "expected an operator or the end of the line, found `close`"},
      {"factor a = close +", "expected an expression, found the end of the line"},
      {"factor a = + close", "expected an expression, found `+`"},
      {"factor a = ()", "expected an expression, found `)`"},
      {"factor a = ema(close,)", "expected an argument, found `)`"},
      {"factor a", "expected `=`, found the end of the line"},
      {"factor = close", "expected a factor name, found `=`"},
      {"factor () = close", "expected a factor name, found `)`"},
      {"close", "a statement reads `factor NAME = ...`"},
      {"= close", "expected `factor NAME = ...`, found `=`"},
      {"factor a = 1e999", "this number is out of range; magnitudes go up to 1e300"},
      {"factor a = 1.2.3", "a number has one decimal point"},
      {"factor a = 5close", "a number cannot be followed by a letter"},
      {"factor a = \"close\"", "`\"` is not part of the language"},
      {"factor a = close\xff", "this byte is not valid UTF-8"},
  };
  for (const Case& test : cases) EXPECT_EQ(message_of(test.text), test.message) << test.text;
}

TEST(LanguageErrors, RefuseNulBytesAndNamesThatAreTooLong) {
  EXPECT_EQ(message_of(std::string_view("factor a = close\0", 17)),
            "a NUL byte is not part of the language");
  std::string text("factor ");
  text.append(256, 'x').append(" = close");
  EXPECT_EQ(message_of(text), "this name is longer than 255 bytes");
  text.assign("factor ").append(255, 'x').append(" = close");
  EXPECT_EQ(error_of(text), "(accepted)");
}

TEST(LanguageErrors, RefuseNestingBeforeTheStackEnds) {
  const auto around = [](std::string_view left, std::string_view right, int count) {
    std::string text("factor a = ");
    for (int i = 0; i < count; ++i) text.append(left);
    text.append("close");
    for (int i = 0; i < count; ++i) text.append(right);
    return text;
  };
  EXPECT_EQ(error_of(around("(", ")", 150)), "(accepted)");
  EXPECT_EQ(message_of(around("(", ")", 100000)), "brackets are nested deeper than 200 levels");
  for (const std::string_view operation : {"-", "!", "not ", "if 1 then 1 else ", "1 ? 1 : "}) {
    EXPECT_EQ(message_of(around(operation, "", 20000)), "this expression is nested too deeply")
        << operation;
  }
  EXPECT_EQ(error_of(around("close+", "", 400)), "(accepted)");
  EXPECT_EQ(message_of(around("close+", "", 100000)),
            "this expression has more than 500 levels; split it");
  EXPECT_EQ(message_of(around("ema(", ",3)", 100000)),
            "brackets are nested deeper than 200 levels");
}

TEST(LanguageErrors, ShowOnlyTheSurroundingsOfAMistakeInALongLine) {
  std::string text("factor a = ");
  for (int i = 0; i < 300; ++i) text.append("close * ");
  text.append("clsoe");
  const std::string error = error_of(text);
  EXPECT_LT(error.size(), 500u);
  EXPECT_NE(error.find("clsoe"), std::string::npos);
}

TEST(Parser, SurvivesArbitraryBytes) {
  test::Random random(2024);
  const std::string_view words[] = {
      "factor ", "a",    " = ", "close", "ts_mean", "(",    ")",   ",",   "5",
      "-",       "*",    "\n",  "nan",   "ddof=",   "macd", "1e9", "#",   "/",
      "，",      "\xff", "_",   "atr",   "open",    "+",    ".",   "let "};
  std::size_t accepted_count = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = random.below(2) == 0 ? "factor a = " : "";
    const std::size_t length = random.below(24);
    for (std::size_t i = 0; i < length; ++i) {
      if (random.below(8) == 0) {
        text += static_cast<char>(random.next());
      } else {
        text += words[random.below(std::size(words))];
      }
    }
    const auto set = FactorSet::parse(text, TickSchema::bars());
    if (!set) {
      EXPECT_FALSE(set.error().message.empty());
      continue;
    }
    ++accepted_count;
    const auto again = FactorSet::parse(set->canonical_text(), TickSchema::bars());
    ASSERT_TRUE(again) << text << "\n" << again.error().message;
    EXPECT_EQ(again->canonical_text(), set->canonical_text());
    EXPECT_EQ(again->describe_graph(), set->describe_graph()) << text;
  }
  EXPECT_GT(accepted_count, 100u);
}

}  // namespace
}  // namespace factorwal
