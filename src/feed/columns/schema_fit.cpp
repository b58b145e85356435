#include "feed/columns/column_guess.h"
#include "feed/columns/column_layout.h"

namespace factorwal::feed {

Result<std::vector<std::size_t>> fit_to_schema(const ColumnLayout& layout, const TickSchema& schema,
                                               const std::string& file, FeedReport& report) {
  std::vector<std::size_t> columns(schema.size(), kNoColumn);
  std::vector<std::string> extra;
  for (const FieldColumn& known : layout.fields) {
    const std::optional<FieldHandle> handle = schema.find(known.field);
    if (handle) {
      columns[handle->index] = known.column;
    } else {
      extra.push_back(known.field);
    }
  }
  std::vector<std::string> absent;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == kNoColumn) absent.push_back(schema.names()[i]);
  }
  if (absent.size() == schema.size()) {
    return Error{Errc::kInvalidArgument, file + ": has none of the first file's fields (" +
                                             quoted_list(schema.names()) + "); its own are " +
                                             quoted_list(extra)};
  }
  if (!absent.empty()) {
    report.note(file, "fields that the first file has and this one lacks are missing values: " +
                          quoted_list(absent));
  }
  if (!extra.empty()) {
    report.note(file, "columns left out, not in the first file: " + quoted_list(extra));
  }
  return columns;
}

}  // namespace factorwal::feed
