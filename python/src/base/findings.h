#pragma once
/// Findings as Python has them: dictionaries.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <span>

#include "factorwal/finding.h"

namespace factorwal::python {

[[nodiscard]] inline nanobind::list list_findings(std::span<const Finding> findings) {
  nanobind::list all;
  for (const auto& finding : findings) {
    nanobind::dict one;
    one["damage"] = std::string(to_string(finding.damage));
    one["file"] = finding.file;
    one["offset"] = finding.offset;
    one["bytes"] = finding.bytes;
    one["first_sequence"] = finding.first_sequence;
    one["last_sequence"] = finding.last_sequence;
    one["what"] = finding.what;
    all.append(one);
  }
  return all;
}

}  // namespace factorwal::python
