#include "tables/table_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <deque>
#include <new>
#include <utility>

namespace factorwal::python {
namespace {

/// What a structure of the interface points to. A consumer may move children out of their parent:
/// each keeps for itself what it needs.
template <class Struct>
struct Owned {
  std::shared_ptr<const void> owner;
  std::string name;
  std::array<const void*, 3> buffers{};
  std::deque<Struct> children;
  std::vector<Struct*> places;
  Struct dictionary{};
};

template <class Struct>
void release(Struct* one) {
  auto* const owned = static_cast<Owned<Struct>*>(one->private_data);
  for (auto& child : owned->children) {
    if (child.release != nullptr) child.release(&child);
  }
  if (owned->dictionary.release != nullptr) owned->dictionary.release(&owned->dictionary);
  delete owned;
  one->release = nullptr;
}

/// A structure on its way: whoever releases it meanwhile releases all that it has by then.
template <class Struct>
class Building {
 public:
  explicit Building(Struct& into) : into_(into), owned_(new Owned<Struct>) {
    into_ = {};
    into_.private_data = owned_;
    into_.release = release<Struct>;
  }

  [[nodiscard]] Owned<Struct>& owned() noexcept { return *owned_; }
  [[nodiscard]] Struct& add_child() {
    owned_->children.emplace_back();
    owned_->places.push_back(&owned_->children.back());
    into_.n_children = static_cast<std::int64_t>(owned_->places.size());
    into_.children = owned_->places.data();
    return owned_->children.back();
  }
  [[nodiscard]] Struct& set_dictionary() noexcept {
    into_.dictionary = &owned_->dictionary;
    return owned_->dictionary;
  }

 private:
  Struct& into_;
  Owned<Struct>* owned_;
};

Building<ArrowSchema> make_type(ArrowSchema& into, std::string name, const char* format,
                                std::int64_t flags = 0) {
  Building<ArrowSchema> type(into);
  type.owned().name = std::move(name);
  into.name = type.owned().name.c_str();
  into.format = format;
  into.flags = flags;
  return type;
}

void make_schema(const std::vector<std::string>& columns, ArrowSchema& schema) {
  auto table = make_type(schema, "", "+s");
  auto ids = make_type(table.add_child(), columns[0], "i");
  make_type(ids.set_dictionary(), "", "u");
  make_type(table.add_child(), columns[1], "tsn:UTC", ARROW_FLAG_NULLABLE);
  for (std::size_t i = 2; i < columns.size(); ++i) {
    make_type(table.add_child(), columns[i], "g", ARROW_FLAG_NULLABLE);
  }
}

Building<ArrowArray> make_array(ArrowArray& into, std::shared_ptr<const void> owner,
                                std::size_t length, std::vector<const void*> buffers) {
  Building<ArrowArray> array(into);
  std::ranges::copy(buffers, array.owned().buffers.begin());
  array.owned().owner = std::move(owner);
  into.length = static_cast<std::int64_t>(length);
  into.n_buffers = static_cast<std::int64_t>(buffers.size());
  into.buffers = array.owned().buffers.data();
  return array;
}

/// Texts one behind the other.
struct Texts {
  std::vector<std::int32_t> offsets{0};
  std::string bytes;
};

void make_texts(const std::vector<std::string>& ids, ArrowArray& into) {
  auto texts = std::make_shared<Texts>();
  for (const auto& id : ids) {
    texts->bytes += id;
    texts->offsets.push_back(static_cast<std::int32_t>(texts->bytes.size()));
  }
  make_array(into, texts, ids.size(), {nullptr, texts->offsets.data(), texts->bytes.data()});
}

struct Numbers {
  std::shared_ptr<const TableChunk> chunk;
  std::vector<std::uint64_t> present;  ///< a bit a row; empty where none is missing
};

void make_numbers(const std::shared_ptr<const TableChunk>& chunk, std::size_t column,
                  ArrowArray& into) {
  const auto numbers = std::make_shared<Numbers>();
  numbers->chunk = chunk;
  const double* const values = chunk->values(column);
  std::int64_t missing = 0;
  for (std::size_t i = 0; i < chunk->size(); ++i) missing += std::isnan(values[i]) ? 1 : 0;
  const void* present = nullptr;
  if (missing > 0) {
    numbers->present.resize((chunk->size() + 63) / 64);
    for (std::size_t i = 0; i < chunk->size(); ++i) {
      numbers->present[i / 64] |= std::uint64_t{!std::isnan(values[i])} << (i % 64);
    }
    present = numbers->present.data();
  }
  make_array(into, numbers, chunk->size(), {present, values});
  into.null_count = missing;
}

void make_rows(const std::shared_ptr<const TableChunk>& chunk, ArrowArray& rows) {
  auto table = make_array(rows, chunk, chunk->size(), {nullptr});
  auto ids = make_array(table.add_child(), chunk, chunk->size(), {nullptr, chunk->instruments()});
  make_texts(*chunk->ids(), ids.set_dictionary());
  make_array(table.add_child(), chunk, chunk->size(), {nullptr, chunk->times()});
  for (std::size_t i = 0; i < chunk->width(); ++i) make_numbers(chunk, i, table.add_child());
}

struct Chunks {
  std::vector<std::string> columns;
  std::vector<std::shared_ptr<const TableChunk>> chunks;
  std::size_t at = 0;
};

Chunks& chunks_of(ArrowArrayStream* stream) { return *static_cast<Chunks*>(stream->private_data); }

/// Nothing but memory can be lacking.
template <class Struct, class Make>
int make_whole(Struct* out, Make make) noexcept {
  *out = {};
  try {
    make();
    return 0;
  } catch (...) {
    if (out->release != nullptr) out->release(out);
    return ENOMEM;
  }
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  return make_whole(out, [&] { make_schema(chunks_of(stream).columns, *out); });
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  auto& all = chunks_of(stream);
  while (all.at < all.chunks.size() && all.chunks[all.at]->size() == 0) ++all.at;
  return make_whole(out, [&] {
    if (all.at < all.chunks.size()) make_rows(all.chunks[all.at++], *out);
  });
}

const char* get_last_error(ArrowArrayStream* /*stream*/) { return nullptr; }

void release_stream(ArrowArrayStream* stream) {
  delete &chunks_of(stream);
  stream->release = nullptr;
}

}  // namespace

OwnedArrowStream stream_of(const Table& table) {
  auto chunks = std::make_unique<Chunks>(Chunks{table.columns, table.chunks});
  OwnedArrowStream stream(new ArrowArrayStream{});
  *stream = {get_schema, get_next, get_last_error, release_stream, chunks.release()};
  return stream;
}

}  // namespace factorwal::python
