#include "feed/files/table_form.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace factorwal::feed {

std::string_view table_form(const std::string& path) {
  std::error_code failed;
  // Opening a named pipe would wait for its writer, and reading it would take bytes away.
  if (path == "-" || !std::filesystem::is_regular_file(path, failed)) return {};
  std::array<char, 8> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), bytes.size());
  const std::string_view start(bytes.data(), static_cast<std::size_t>(file.gcount()));
  if (start.starts_with("PAR1")) return "a Parquet file";
  if (start.starts_with("PARE")) return "an encrypted Parquet file";
  if (start.starts_with("ARROW1")) return "an Arrow file";
  if (start.starts_with("FEA1")) return "a Feather file of version 1";
  return start.starts_with("\xff\xff\xff\xff") ? "an Arrow stream" : std::string_view();
}

}  // namespace factorwal::feed
