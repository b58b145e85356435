#include "table_opener.h"

#include "factorwal/table_source.h"

namespace factorwal::tool {

feed::OpenTable table_opener() { return open_table; }

}  // namespace factorwal::tool
