#pragma once
/// Arrays and types of the Arrow C data interface that own what they point to.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "factorwal/arrow.h"

namespace factorwal::history {

/// An array on its way into an ArrowArray. Whatever its buffers point into lives in `owner`.
struct ArrayNode {
  std::shared_ptr<const void> owner;
  std::array<const void*, 3> buffers{};
  std::int64_t buffer_count = 0;
  std::int64_t length = 0;
  std::int64_t null_count = 0;
  std::vector<std::unique_ptr<ArrayNode>> children;
  std::unique_ptr<ArrayNode> dictionary;
};

struct SchemaNode {
  std::string format;
  std::string name;
  std::int64_t flags = 0;
  std::vector<std::unique_ptr<SchemaNode>> children;
  std::unique_ptr<SchemaNode> dictionary;
};

void put_array(std::unique_ptr<ArrayNode> node, ArrowArray& array);
void put_schema(std::unique_ptr<SchemaNode> node, ArrowSchema& schema);

}  // namespace factorwal::history
