#pragma once
/// \file
/// Anything for a message.

#include <string>
#include <string_view>

namespace factorwal::feed {

/// `text` for a message: control bytes and invalid UTF-8 as \xNN, cut after 40 bytes.
[[nodiscard]] std::string printable(std::string_view text);
/// `printable` between double quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace factorwal::feed
