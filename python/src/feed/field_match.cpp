#include "feed/field_match.h"

#include <limits>

namespace factorwal::python {
namespace {

std::string join(std::span<const std::string> names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Whether the factors mean the same without these fields. A name that the ticks lack may still
/// compile (`mid` is made of bid and ask then), as something else.
bool unread(const FactorSet& factors, const std::string& text, const FactorSetOptions& options,
            const TickSchema& source) {
  std::vector<std::string> there;
  for (const auto& name : factors.schema().names()) {
    if (source.find(name)) there.push_back(name);
  }
  const auto schema = TickSchema::make(there);
  if (!schema) return false;
  const auto without = FactorSet::parse(text, *schema, "<factors>", options);
  return without && without->canonical_text() == factors.canonical_text();
}

}  // namespace

Result<FieldMatch> FieldMatch::make(const FactorSet& factors, const std::string& factor_text,
                                    const FactorSetOptions& options, const TickSchema& source) {
  FieldMatch match;
  std::vector<std::string> lacking;
  const auto& fields = factors.schema();
  for (const auto& name : fields.names()) {
    const auto found = source.find(name);
    match.columns_.push_back(found ? found->index : kNone);
    if (!found) lacking.push_back(name);
  }
  match.source_width_ = source.size();
  match.same_ = fields == source;
  if (!lacking.empty()) {
    if (!unread(factors, factor_text, options, source)) {
      return Error{Errc::kInvalidArgument,
                   "the ticks have no column for " + join(lacking) +
                       ", of which a factor reads at least one; their columns are " +
                       join(source.names()) + "; map={\"" + lacking.front() +
                       "\": \"COLUMN\"} names another",
                   0};
    }
    match.notes_.push_back("no column for the fields " + join(lacking) +
                           ", which no factor reads: they are missing");
  }
  std::vector<std::string> unknown;
  for (const auto& name : source.names()) {
    if (!fields.find(name)) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    match.notes_.push_back("the columns " + join(unknown) + " are no fields of this engine (" +
                           join(fields.names()) +
                           "), and left out; fields=[...] of a new engine names others");
  }
  return match;
}

std::span<const double> FieldMatch::values(const feed::TickBatch& batch) {
  if (same_) return batch.values;
  rows_.resize(batch.size() * width());
  for (std::size_t row = 0; row < batch.size(); ++row) {
    for (std::size_t field = 0; field < width(); ++field) {
      rows_[row * width() + field] = columns_[field] == kNone
                                         ? std::numeric_limits<double>::quiet_NaN()
                                         : batch.values[row * source_width_ + columns_[field]];
    }
  }
  return rows_;
}

}  // namespace factorwal::python
