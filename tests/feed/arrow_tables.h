#pragma once
/// Arrow tables made by hand: arrays, batches and streams of the C data interface.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "factorwal/arrow_c.h"

namespace factorwal::feed {

struct HandColumn {
  std::string name;
  std::string format;
  std::int64_t length = 0;
  std::int64_t null_count = 0;
  std::int64_t offset = 0;
  std::vector<std::string> buffers;  ///< the first: validity; empty if there is none
  std::vector<HandColumn> children;
  std::shared_ptr<HandColumn> dictionary;
};

namespace hand {

template <class T>
void put(std::string& buffer, T value) {
  buffer.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline std::string bits(const std::vector<bool>& set) {
  std::string bytes((set.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | 1 << (i % 8));
  }
  return bytes;
}

/// The validity of a column, which is put in front of its other buffers.
inline void set_nulls(HandColumn& column, const std::vector<bool>& known) {
  for (const bool is_known : known) column.null_count += is_known ? 0 : 1;
  column.length = static_cast<std::int64_t>(known.size());
  column.buffers.insert(column.buffers.begin(), column.null_count == 0 ? "" : bits(known));
}

template <class T>
HandColumn numbers(std::string name, std::string format,
                   const std::vector<std::optional<T>>& values) {
  HandColumn column{std::move(name), std::move(format), 0, 0, 0, {std::string()}, {}, {}};
  std::vector<bool> known;
  for (const auto& value : values) {
    // What is behind a null must not be looked at.
    T garbage;
    std::memset(&garbage, 0x5a, sizeof garbage);
    put(column.buffers[0], value.value_or(garbage));
    known.push_back(value.has_value());
  }
  set_nulls(column, known);
  return column;
}
inline HandColumn doubles(std::string name, const std::vector<std::optional<double>>& values) {
  return numbers<double>(std::move(name), "g", values);
}
inline HandColumn longs(std::string name, std::string format,
                        const std::vector<std::optional<std::int64_t>>& values) {
  return numbers<std::int64_t>(std::move(name), std::move(format), values);
}
inline HandColumn ints(std::string name, std::string format,
                       const std::vector<std::optional<std::int32_t>>& values) {
  return numbers<std::int32_t>(std::move(name), std::move(format), values);
}

inline HandColumn flags(std::string name, const std::vector<std::optional<bool>>& values) {
  HandColumn column{std::move(name), "b", 0, 0, 0, {}, {}, {}};
  std::vector<bool> set;
  std::vector<bool> known;
  for (const auto& value : values) {
    set.push_back(value.value_or(true));
    known.push_back(value.has_value());
  }
  column.buffers.push_back(bits(set));
  set_nulls(column, known);
  return column;
}

inline const std::string kNoText;

/// `format`: u, z (32 bits), U, Z (64 bits), vu, vz (views).
inline HandColumn texts(std::string name, const std::vector<std::optional<std::string>>& values,
                        const std::string& format = "u") {
  HandColumn column{std::move(name), format, 0, 0, 0, {std::string(), std::string()}, {}, {}};
  std::string& places = column.buffers[0];
  std::string& bytes = column.buffers[1];
  std::vector<bool> known;
  const bool large = format == "U" || format == "Z";
  const auto put_offset = [&] {
    if (large) {
      put(places, static_cast<std::int64_t>(bytes.size()));
    } else {
      put(places, static_cast<std::int32_t>(bytes.size()));
    }
  };
  if (format[0] != 'v') put_offset();
  for (const auto& value : values) {
    known.push_back(value.has_value());
    const std::string& text = value ? *value : kNoText;
    if (format[0] != 'v') {
      bytes += text;
      put_offset();
      continue;
    }
    put(places, static_cast<std::int32_t>(text.size()));
    const std::size_t within = text.size() <= 12 ? 12 : 4;
    places.append(text, 0, within);
    places.append(within - std::min(within, text.size()), '\0');
    if (text.size() <= 12) continue;
    put(places, std::int32_t{0});
    put(places, static_cast<std::int32_t>(bytes.size()));
    bytes += text;
  }
  if (format[0] == 'v') {
    std::string sizes;
    put(sizes, static_cast<std::int64_t>(bytes.size()));
    column.buffers.push_back(sizes);
  }
  set_nulls(column, known);
  return column;
}

template <class Place>
HandColumn coded(std::string name, std::string format,
                 const std::vector<std::optional<Place>>& places, HandColumn values) {
  HandColumn column = numbers<Place>(std::move(name), std::move(format), places);
  column.dictionary = std::make_shared<HandColumn>(std::move(values));
  return column;
}

inline HandColumn nothing(std::string name, std::int64_t length) {
  return {std::move(name), "n", length, length, 0, {}, {}, {}};
}

/// The same column, of which the first `count` rows do not belong to the table.
inline HandColumn sliced(HandColumn column, std::int64_t count) {
  column.offset += count;
  column.length -= count;
  return column;
}

inline HandColumn table(std::vector<HandColumn> columns) {
  HandColumn all;
  all.format = "+s";
  all.length = columns.front().length;
  all.buffers = {""};
  all.children = std::move(columns);
  return all;
}

struct ArrayOwner {
  HandColumn column;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
  ArrowArray dictionary{};
};

inline void export_array(const HandColumn& column, ArrowArray& out) {
  auto* owner = new ArrayOwner{column, {}, {}, {}, {}};
  for (std::size_t i = 0; i < owner->column.buffers.size(); ++i) {
    const std::string& buffer = owner->column.buffers[i];
    const bool absent = i == 0 && column.null_count == 0;
    owner->buffers.push_back(absent ? nullptr : static_cast<const void*>(buffer.data()));
  }
  owner->children.resize(column.children.size());
  for (std::size_t i = 0; i < column.children.size(); ++i) {
    export_array(column.children[i], owner->children[i]);
    owner->child_pointers.push_back(&owner->children[i]);
  }
  if (column.dictionary) export_array(*column.dictionary, owner->dictionary);
  out = {};
  out.length = column.length;
  out.null_count = column.null_count;
  out.offset = column.offset;
  out.n_buffers = static_cast<std::int64_t>(owner->buffers.size());
  out.n_children = static_cast<std::int64_t>(owner->children.size());
  out.buffers = owner->buffers.data();
  out.children = owner->child_pointers.data();
  out.dictionary = column.dictionary ? &owner->dictionary : nullptr;
  out.private_data = owner;
  out.release = [](ArrowArray* array) {
    auto* owned = static_cast<ArrayOwner*>(array->private_data);
    for (ArrowArray& child : owned->children) child.release(&child);
    if (owned->dictionary.release != nullptr) owned->dictionary.release(&owned->dictionary);
    delete owned;
    array->release = nullptr;
  };
}

struct SchemaOwner {
  std::string name;
  std::string format;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;
  ArrowSchema dictionary{};
};

inline void export_schema(const HandColumn& column, ArrowSchema& out) {
  auto* owner = new SchemaOwner{column.name, column.format, {}, {}, {}};
  owner->children.resize(column.children.size());
  for (std::size_t i = 0; i < column.children.size(); ++i) {
    export_schema(column.children[i], owner->children[i]);
    owner->child_pointers.push_back(&owner->children[i]);
  }
  if (column.dictionary) export_schema(*column.dictionary, owner->dictionary);
  out = {};
  out.format = owner->format.c_str();
  out.name = owner->name.c_str();
  out.flags = ARROW_FLAG_NULLABLE;
  out.n_children = static_cast<std::int64_t>(owner->children.size());
  out.children = owner->child_pointers.data();
  out.dictionary = column.dictionary ? &owner->dictionary : nullptr;
  out.private_data = owner;
  out.release = [](ArrowSchema* schema) {
    auto* owned = static_cast<SchemaOwner*>(schema->private_data);
    for (ArrowSchema& child : owned->children) child.release(&child);
    if (owned->dictionary.release != nullptr) owned->dictionary.release(&owned->dictionary);
    delete owned;
    schema->release = nullptr;
  };
}

struct StreamOwner {
  std::vector<HandColumn> batches;
  std::size_t next = 0;
  int failure = 0;  ///< behind the last batch
};

/// The batches of one type; behind them the end, or that failure.
inline OwnedArrowStream stream(std::vector<HandColumn> batches, int failure = 0) {
  OwnedArrowStream out(new ArrowArrayStream{});
  out->private_data = new StreamOwner{std::move(batches), 0, failure};
  out->get_schema = [](ArrowArrayStream* self, ArrowSchema* schema) {
    export_schema(static_cast<StreamOwner*>(self->private_data)->batches.front(), *schema);
    return 0;
  };
  out->get_next = [](ArrowArrayStream* self, ArrowArray* array) {
    auto* owner = static_cast<StreamOwner*>(self->private_data);
    *array = {};
    if (owner->next == owner->batches.size()) return owner->failure;
    export_array(owner->batches[owner->next++], *array);
    return 0;
  };
  out->get_last_error = [](ArrowArrayStream*) { return "the disk is gone"; };
  out->release = [](ArrowArrayStream* self) {
    delete static_cast<StreamOwner*>(self->private_data);
    self->release = nullptr;
  };
  return out;
}

}  // namespace hand
}  // namespace factorwal::feed
