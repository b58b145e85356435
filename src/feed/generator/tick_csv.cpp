#include "factorwal/feed/generator.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>

#include "feed/generator/tick_generator.h"

namespace factorwal::feed {
namespace {

constexpr std::string_view kHeader =
    "instrument_id,timestamp_ns,last_price,volume,turnover,open_interest,bid_price1,bid_volume1,"
    "ask_price1,ask_volume1\n";
constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

template <class Number>
void append_number(std::string& text, Number value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_row(std::string& text, const TickRow& row) {
  text += row.instrument_id;
  text += ',';
  append_number(text, row.timestamp_ns);
  for (const double value : row.values) {
    text += ',';
    if (value == value) append_number(text, value);
  }
  text += '\n';
}

Status put(std::FILE* out, std::string& text) {
  errno = 0;
  const bool whole = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  const int error = errno;
  text.clear();
  if (whole) return {};
  return Error{Errc::kIo, "cannot write ticks: " + std::generic_category().message(error), error};
}

}  // namespace

Status write_csv(std::FILE* out, const GeneratorOptions& options) {
  Result<std::unique_ptr<TickGenerator>> generator = TickGenerator::make(options);
  if (!generator) return generator.error();
  std::string text(kHeader);
  text.reserve(kChunkBytes + 4096);
  TickRow row;
  while ((*generator)->next(row) == FeedStep::kRow) {
    append_row(text, row);
    if (text.size() < kChunkBytes) continue;
    if (Status written = put(out, text); !written) return written;
  }
  if (Status written = put(out, text); !written) return written;
  if (std::fflush(out) == 0) return {};
  const int error = errno;
  return Error{Errc::kIo, "cannot write ticks: " + std::generic_category().message(error), error};
}

}  // namespace factorwal::feed
