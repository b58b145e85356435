#include "wal/reading/corruption.h"

#include <algorithm>

namespace factorwal::wal {

const Finding* first_corrupt(std::span<const Finding> findings) noexcept {
  const auto it = std::find_if(findings.begin(), findings.end(),
                               [](const Finding& f) { return f.damage == Damage::kCorrupt; });
  return it == findings.end() ? nullptr : &*it;
}

void add_new_findings(std::vector<Finding>& findings, std::span<const Finding> more) {
  for (const auto& finding : more) {
    const bool known = std::ranges::any_of(findings, [&](const Finding& other) {
      return other.file == finding.file && other.offset == finding.offset;
    });
    if (!known) findings.push_back(finding);
  }
}

Error corruption_error(const Finding& finding, std::string_view advice) {
  std::string message = finding.what;
  if (!finding.file.empty()) {
    message = finding.file + ", offset " + std::to_string(finding.offset) + ": " + message;
  }
  if (finding.first_sequence != 0) {
    message += " (records from " + std::to_string(finding.first_sequence);
    if (finding.last_sequence != 0) message += " to " + std::to_string(finding.last_sequence);
    message += ")";
  }
  message += advice;
  return Error{Errc::kCorruption, std::move(message), 0};
}

Error located(const Error& error, std::string_view file, std::uint64_t offset) {
  return {error.code,
          std::string(file) + ", offset " + std::to_string(offset) + ": " + error.message,
          error.errno_value};
}

}  // namespace factorwal::wal

namespace factorwal {

void add_new_findings(std::vector<Finding>& all, std::span<const Finding> more) {
  for (const auto& finding : more) {
    const auto same = [&](const Finding& other) {
      return other.file == finding.file && other.offset == finding.offset &&
             other.what == finding.what;
    };
    if (std::ranges::none_of(all, same)) all.push_back(finding);
  }
}

}  // namespace factorwal
