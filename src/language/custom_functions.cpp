#include "language/custom_functions.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "language/function_table.h"
#include "language/lexer.h"
#include "language/printing.h"

namespace factorwal::language {
namespace {

constexpr std::size_t kNoteBytesMax = std::size_t{4} << 10;

}  // namespace

Status check_custom_functions(std::span<const CustomFunction> functions) {
  std::vector<std::string_view> seen;
  for (const CustomFunction& function : functions) {
    std::string message("custom function ");
    message.append(quoted(function.name));
    if (!is_plain_name(function.name)) {
      return Error{Errc::kInvalidArgument, message.append(" is not a plain word")};
    }
    if (find_function(function.name) ||
        std::find(seen.begin(), seen.end(), function.name) != seen.end()) {
      return Error{Errc::kAlreadyExists, message.append(" has the name of another function")};
    }
    if (function.note.size() > kNoteBytesMax ||
        function.note.find_first_of("\r\n") != std::string::npos) {
      return Error{Errc::kInvalidArgument,
                   message.append(": its note is longer than one line of 4 KiB")};
    }
    if (!function.make) {
      return Error{Errc::kInvalidArgument, message.append(" has no `make`")};
    }
    seen.push_back(function.name);
  }
  return {};
}

}  // namespace factorwal::language
