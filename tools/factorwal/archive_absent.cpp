/// `factorwal archive` in a build without Apache Arrow.

#include "archive.h"
#include "terminal.h"

namespace factorwal::tool {

ExitCode run_archive(const ArchiveCommandOptions&) {
  return report({Errc::kNotFound,
                 "this factorwal was built without the archive: `scripts/setup archive` brings "
                 "Apache Arrow, then configure and build again",
                 0});
}

}  // namespace factorwal::tool
