#pragma once
/// What a message of the feed proposes to a user, as he would copy it.

#include <string>
#include <string_view>
#include <vector>

namespace factorwal::test {

/// Every set of options that `message` proposes, each as a piece of a command line, e.g.
/// `--map 'last_price=Trade Price' --instrument A`. Options named without a value
/// (`--header gives the names`) are questions, and no proposals.
inline std::vector<std::string> proposals_in(std::string_view message) {
  constexpr std::string_view kFlags[] = {"--decimal-comma", "--thousands", "--take-last-line",
                                         "--on-bad-row skip"};
  constexpr std::string_view kWithValue[] = {"--map ", "--instrument ", "--time-format ",
                                             "--skip-lines ", "--header "};
  const auto value_at = [&](std::size_t at, std::string_view option) -> std::string_view {
    const std::string_view rest = message.substr(at);
    if (rest.starts_with('\'')) return rest.substr(0, rest.find('\'', 1) + 1);
    std::string_view value = rest.substr(0, rest.find_first_of(" \n"));
    while (!value.empty() &&
           std::string_view(";,.)").find(value.back()) != std::string_view::npos) {
      value.remove_suffix(1);
    }
    const bool pairs = value.find('=') != std::string_view::npos &&
                       value.find("=COLUMN") == std::string_view::npos;
    if (option == "--map ") return pairs ? value : std::string_view{};
    for (const std::string_view word : {"gives", "says", "is", "and", "or"}) {
      if (value == word) return {};
    }
    return value;
  };
  std::vector<std::string> found;
  std::size_t end_of_last = 0;
  for (std::size_t at = message.find("--"); at != std::string_view::npos;
       at = message.find("--", at + 2)) {
    std::string piece;
    for (const std::string_view flag : kFlags) {
      if (message.substr(at).starts_with(flag)) piece = flag;
    }
    for (const std::string_view option : kWithValue) {
      if (!message.substr(at).starts_with(option)) continue;
      const std::string_view value = value_at(at + option.size(), option);
      if (!value.empty()) piece = std::string(option) + std::string(value);
    }
    if (piece.empty()) continue;
    const std::size_t end = at + piece.size();
    if (!found.empty() && at == end_of_last + 1) {
      found.back() += " " + piece;
    } else {
      found.push_back(piece);
    }
    end_of_last = end;
    at = end - 2;
  }
  return found;
}

}  // namespace factorwal::test
