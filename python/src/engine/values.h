#pragma once
/// The factor values of a tick, as `process` gives them.

#include <nanobind/nanobind.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "factorwal/types.h"

namespace factorwal::python {

/// What all Values of an engine share.
struct FactorNames {
  std::vector<std::string> names;
  nanobind::dict places;  ///< name to place
};

/// One object an engine, overwritten by each tick: its memory stays where it is, so that arrays
/// over it remain valid and show the latest tick.
class Values {
 public:
  explicit Values(std::shared_ptr<const FactorNames> names)
      : names_(std::move(names)),
        values_(names_->names.size()),
        shape_(static_cast<Py_ssize_t>(values_.size())) {}

  void set(std::span<const double> values, TimestampNs timestamp_ns, Ticket ticket) {
    std::ranges::copy(values, values_.begin());
    timestamp_ns_ = timestamp_ns;
    ticket_ = ticket;
  }
  [[nodiscard]] const FactorNames& names() const noexcept { return *names_; }
  [[nodiscard]] const std::vector<double>& values() const noexcept { return values_; }
  [[nodiscard]] TimestampNs timestamp_ns() const noexcept { return timestamp_ns_; }
  [[nodiscard]] Ticket ticket() const noexcept { return ticket_; }
  /// For the buffer protocol.
  [[nodiscard]] double* data() noexcept { return values_.data(); }
  [[nodiscard]] Py_ssize_t* shape() noexcept { return &shape_; }

 private:
  std::shared_ptr<const FactorNames> names_;
  std::vector<double> values_;
  Py_ssize_t shape_;
  TimestampNs timestamp_ns_ = 0;
  Ticket ticket_;
};

}  // namespace factorwal::python
