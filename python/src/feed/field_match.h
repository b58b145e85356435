#pragma once
/// The columns of a source beside the fields of an engine.

#include <span>
#include <string>
#include <vector>

#include "factorwal/factor_set.h"
#include "factorwal/feed/stream.h"
#include "factorwal/result.h"

namespace factorwal::python {

/// Puts a source's values where the engine's fields are.
class FieldMatch {
 public:
  /// kInvalidArgument when a factor reads a field that the source lacks; fields that none reads are
  /// missing then, and columns that are no fields are left out, both with a note.
  static Result<FieldMatch> make(const FactorSet& factors, const std::string& factor_text,
                                 const FactorSetOptions& options, const TickSchema& source);

  /// The values of `batch`, `width()` a row; valid until the next call.
  [[nodiscard]] std::span<const double> values(const feed::TickBatch& batch);
  [[nodiscard]] std::size_t width() const noexcept { return columns_.size(); }
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> columns_;  ///< of the source, by field
  std::size_t source_width_ = 0;
  bool same_ = false;
  std::vector<double> rows_;
  std::vector<std::string> notes_;
};

}  // namespace factorwal::python
