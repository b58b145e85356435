#include "history/arrow_node.h"

namespace factorwal::history {
namespace {

/// What an ArrowArray or ArrowSchema (`T`) has behind it: a node, and the structures of the nodes
/// below it. A consumer may take a child out: its `release` is null then.
template <class T, class Node>
struct Private {
  std::unique_ptr<Node> node;
  std::vector<T> children;
  std::vector<T*> child_places;
  T dictionary{};
};

template <class T, class Node>
void release(T* released) {
  auto* inner = static_cast<Private<T, Node>*>(released->private_data);
  for (auto& child : inner->children) {
    if (child.release != nullptr) child.release(&child);
  }
  if (inner->dictionary.release != nullptr) inner->dictionary.release(&inner->dictionary);
  delete inner;
  released->release = nullptr;
}

/// All memory is taken before the first structure is filled, so that a refusal leaves nothing.
template <class T, class Node>
std::unique_ptr<Private<T, Node>> hold(std::unique_ptr<Node> node) {
  auto inner = std::make_unique<Private<T, Node>>();
  inner->children.resize(node->children.size());
  for (auto& child : inner->children) inner->child_places.push_back(&child);
  inner->node = std::move(node);
  return inner;
}

template <class T, class Node, class Fill>
void put(std::unique_ptr<Node> node, T& out, Fill fill) {
  out = {};
  auto inner = hold<T, Node>(std::move(node));
  auto& own = *inner->node;
  out.n_children = static_cast<std::int64_t>(inner->children.size());
  out.children = inner->child_places.empty() ? nullptr : inner->child_places.data();
  out.dictionary = own.dictionary ? &inner->dictionary : nullptr;
  fill(own, out);
  out.private_data = inner.get();
  out.release = release<T, Node>;
  auto& filled = *inner.release();
  for (std::size_t i = 0; i < filled.children.size(); ++i) {
    put(std::move(own.children[i]), filled.children[i], fill);
  }
  if (own.dictionary) put(std::move(own.dictionary), filled.dictionary, fill);
}

void fill_array(ArrayNode& node, ArrowArray& array) {
  array.length = node.length;
  array.null_count = node.null_count;
  array.n_buffers = node.buffer_count;
  array.buffers = node.buffers.data();
}

void fill_schema(SchemaNode& node, ArrowSchema& schema) {
  schema.format = node.format.c_str();
  schema.name = node.name.c_str();
  schema.flags = node.flags;
}

}  // namespace

void put_array(std::unique_ptr<ArrayNode> node, ArrowArray& array) {
  put(std::move(node), array, fill_array);
}

void put_schema(std::unique_ptr<SchemaNode> node, ArrowSchema& schema) {
  put(std::move(node), schema, fill_schema);
}

}  // namespace factorwal::history
