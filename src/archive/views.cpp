#include "archive/views.h"

#include <algorithm>

namespace factorwal::archive {

std::string view_text(const Manifest& manifest) {
  std::string text =
      "-- In DuckDB, started in this directory: .read views.sql\n"
      "-- Columns are matched by name: a factor is missing in files older than itself.\n";
  for (const auto data_set : kDataSets) {
    const auto of_set = [&](const ManifestFile& file) { return file.data_set == data_set; };
    // DuckDB refuses a view of no files.
    if (std::none_of(manifest.files.begin(), manifest.files.end(), of_set)) continue;
    const std::string name(folder_of(data_set));
    text += "CREATE OR REPLACE VIEW " + name + " AS SELECT * FROM read_parquet('" + name +
            "/*/*.parquet', union_by_name = true, hive_partitioning = true);\n";
  }
  return text;
}

}  // namespace factorwal::archive
