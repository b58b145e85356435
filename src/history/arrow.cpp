#include "factorwal/arrow.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <deque>
#include <limits>

#include "base/caught_error.h"
#include "factorwal/record.h"
#include "history/arrow_node.h"
#include "wal/reading/corruption.h"

namespace factorwal {
namespace history {
namespace {

constexpr auto kMapItemsMax = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());

/// A batch that became arrays, and what these need beside it.
struct Exported {
  ColumnBatch batch;
  // Elements stay where they are.
  std::deque<std::vector<std::uint64_t>> bitmaps;
  std::deque<std::vector<std::int32_t>> offsets;
  std::deque<std::string> texts;
};

std::unique_ptr<SchemaNode> make_type(std::string name, std::string format,
                                      std::int64_t flags = 0) {
  auto node = std::make_unique<SchemaNode>();
  node->name = std::move(name);
  node->format = std::move(format);
  node->flags = flags;
  return node;
}

/// Arrays of a batch, which it lets live as long as any of them.
class Exporter {
 public:
  explicit Exporter(ColumnBatch& batch)
      : out_(std::make_shared<Exported>()), batch_(batch), rows_(batch.row_count()) {
    array_ = new_node(rows_, 1);
    schema_ = make_type("", "+s");
  }

  void add_all() {
    add_ids("instrument_id", batch_.instrument_ids, batch_.instruments);
    const bool has_factor =
        batch_.data_set == DataSet::kUpdates || batch_.data_set == DataSet::kVectors;
    if (has_factor) add_ids("factor_id", batch_.factor_ids, batch_.factors);
    add(times(), make_type("timestamp", "tsn:UTC", ARROW_FLAG_NULLABLE));
    if (batch_.has_sequences) add(plain(batch_.sequences), make_type("sequence", "L"));
    switch (batch_.data_set) {
      case DataSet::kTicks:
        for (auto& column : batch_.columns) {
          add(numbers(column.values), make_type(column.name, "g", ARROW_FLAG_NULLABLE));
        }
        break;
      case DataSet::kUpdates:
        add(numbers(batch_.values), make_type("value", "g", ARROW_FLAG_NULLABLE));
        break;
      case DataSet::kVectors: add_lists(); break;
      case DataSet::kSnapshots:
        add(plain(batch_.checkpoint_ids), make_type("checkpoint_id", "L"));
        add_maps();
        break;
    }
  }

  /// The batch goes into the arrays: its vectors keep their memory when they are moved.
  void put(ArrowArray& array, ArrowSchema& schema) {
    put_schema(std::move(schema_), schema);
    put_array(std::move(array_), array);
    out_->batch = std::move(batch_);
  }

 private:
  using Node = std::unique_ptr<ArrayNode>;

  Node new_node(std::size_t length, std::int64_t buffers) {
    auto node = std::make_unique<ArrayNode>();
    node->owner = out_;
    node->length = static_cast<std::int64_t>(length);
    node->buffer_count = buffers;
    return node;
  }
  void add(Node array, std::unique_ptr<SchemaNode> type) {
    array_->children.push_back(std::move(array));
    schema_->children.push_back(std::move(type));
  }
  template <class T>
  Node plain(const std::vector<T>& values) {
    auto node = new_node(values.size(), 2);
    node->buffers[1] = values.empty() ? &kNothing : static_cast<const void*>(values.data());
    return node;
  }

  /// Marks those that are there, if any is missing.
  template <class T, class Missing>
  Node nullable(const std::vector<T>& values, Missing missing) {
    auto node = plain(values);
    const auto nulls = std::ranges::count_if(values, missing);
    if (nulls == 0) return node;
    constexpr std::size_t kBits = 64;
    auto& bitmap = out_->bitmaps.emplace_back((values.size() + kBits - 1) / kBits);
    for (std::size_t i = 0; i < values.size(); ++i) {
      bitmap[i / kBits] |= std::uint64_t{!missing(values[i])} << (i % kBits);
    }
    node->null_count = nulls;
    node->buffers[0] = bitmap.data();
    return node;
  }
  Node numbers(const std::vector<double>& values) {
    return nullable(values, [](double value) { return std::isnan(value); });
  }
  Node times() {
    return nullable(batch_.timestamps, [](TimestampNs time) { return time == kNoTimestamp; });
  }

  Node places(const std::vector<std::uint32_t>& at, const Dictionary& ids) {
    auto node = plain(at);
    node->dictionary = texts(ids);
    return node;
  }
  Node texts(const Dictionary& ids) {
    const auto count = ids ? ids->size() : 0;
    auto& offsets = out_->offsets.emplace_back(count + 1);
    auto& bytes = out_->texts.emplace_back();
    for (std::size_t i = 0; i < count; ++i) {
      bytes += (*ids)[i];
      offsets[i + 1] = static_cast<std::int32_t>(bytes.size());
    }
    auto node = new_node(count, 3);
    node->buffers[1] = offsets.data();
    node->buffers[2] = bytes.data();
    return node;
  }
  static std::unique_ptr<SchemaNode> id_type(std::string name) {
    auto type = make_type(std::move(name), "i");
    type->dictionary = make_type("", "u");
    return type;
  }
  void add_ids(const char* name, const Dictionary& ids, const std::vector<std::uint32_t>& at) {
    add(places(at, ids), id_type(name));
  }

  void add_lists() {
    auto lists = new_node(rows_, 2);
    lists->buffers[1] = batch_.offsets.data();
    lists->children.push_back(numbers(batch_.values));
    auto type = make_type("values", "+L");
    type->children.push_back(make_type("item", "g", ARROW_FLAG_NULLABLE));
    add(std::move(lists), std::move(type));
  }
  void add_maps() {
    auto& offsets = out_->offsets.emplace_back();
    for (const auto offset : batch_.offsets) offsets.push_back(static_cast<std::int32_t>(offset));
    auto entries = new_node(batch_.values.size(), 1);
    entries->children.push_back(places(batch_.factors, batch_.factor_ids));
    entries->children.push_back(numbers(batch_.values));
    auto maps = new_node(rows_, 2);
    maps->buffers[1] = offsets.data();
    maps->children.push_back(std::move(entries));
    auto entry = make_type("entries", "+s");
    entry->children.push_back(id_type("key"));
    entry->children.push_back(make_type("value", "g", ARROW_FLAG_NULLABLE));
    auto type = make_type("values", "+m");
    type->children.push_back(std::move(entry));
    add(std::move(maps), std::move(type));
  }

  static constexpr std::uint64_t kNothing = 0;
  std::shared_ptr<Exported> out_;
  ColumnBatch& batch_;
  std::size_t rows_;
  Node array_;
  std::unique_ptr<SchemaNode> schema_;
};

Error refusal(std::string what) {
  return Error{Errc::kInvalidArgument, "column batch: " + std::move(what), 0};
}

Status check_places(const std::vector<std::uint32_t>& places, const Dictionary& ids,
                    const char* what) {
  if (places.empty()) return {};
  if (!ids || std::ranges::max(places) >= ids->size()) {
    return refusal(std::string("a place in ") + what + " leads beyond its dictionary");
  }
  std::size_t bytes = 0;
  for (const auto& id : *ids) bytes += id.size();
  if (bytes > kMapItemsMax) return refusal(std::string("the texts of ") + what + " exceed 2 GiB");
  return {};
}

bool lengths_agree(const ColumnBatch& batch) {
  const auto rows = batch.row_count();
  if (batch.instruments.size() != rows || batch.timestamps.size() != rows) return false;
  if (batch.sequences.size() != (batch.has_sequences ? rows : 0)) return false;
  switch (batch.data_set) {
    case DataSet::kTicks:
      return std::ranges::all_of(batch.columns,
                                 [&](const auto& column) { return column.values.size() == rows; });
    case DataSet::kUpdates: return batch.factors.size() == rows && batch.values.size() == rows;
    case DataSet::kVectors:
      if (batch.factors.size() != rows) return false;
      break;
    case DataSet::kSnapshots:
      if (batch.checkpoint_ids.size() != rows || batch.factors.size() != batch.values.size()) {
        return false;
      }
      break;
  }
  return batch.offsets.size() == rows + 1 && batch.offsets.front() == 0 &&
         batch.offsets.back() == batch.values.size() && std::ranges::is_sorted(batch.offsets);
}

Status check(const ColumnBatch& batch) {
  if (!lengths_agree(batch)) return refusal("its columns differ in length");
  if (batch.data_set == DataSet::kSnapshots && batch.values.size() > kMapItemsMax) {
    return refusal("its maps have more than 2^31 items");
  }
  if (auto done = check_places(batch.instruments, batch.instrument_ids, "instruments"); !done) {
    return done;
  }
  return check_places(batch.factors, batch.factor_ids, "factors");
}

}  // namespace

/// Batches behind an ArrowArrayStream.
class StreamSource {
 public:
  explicit StreamSource(std::unique_ptr<BatchStream> batches) : batches_(std::move(batches)) {}

  int schema(ArrowSchema& out) {
    ArrowArray rows{};
    const auto done = export_batch(batches_->no_rows(), rows, out);
    if (!done) return fail(done.error());
    rows.release(&rows);
    return 0;
  }
  int next(ArrowArray& out) {
    out = {};
    ColumnBatch batch;
    if (!batches_->next(batch)) {
      return batches_->status() ? end() : fail(batches_->status().error());
    }
    ArrowSchema type{};
    const auto done = export_batch(std::move(batch), out, type);
    if (!done) return fail(done.error());
    type.release(&type);
    return 0;
  }
  int fail(const Error& error) noexcept try {
    text_ = error.message;
    switch (error.code) {
      case Errc::kInvalidArgument:
      case Errc::kClosed: return EINVAL;
      default: return error.errno_value == ENOMEM ? ENOMEM : EIO;
    }
  } catch (...) {
    return ENOMEM;
  }
  [[nodiscard]] const char* text() const noexcept {
    return text_.empty() ? nullptr : text_.c_str();
  }

 private:
  /// A consumer has no other way to learn that rows are missing.
  int end() {
    const auto* damage = wal::first_corrupt(batches_->findings());
    return damage == nullptr ? 0 : fail(wal::corruption_error(*damage));
  }

  std::unique_ptr<BatchStream> batches_;
  std::string text_;
};

namespace {

StreamSource& source_of(ArrowArrayStream* stream) {
  return *static_cast<StreamSource*>(stream->private_data);
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  try {
    return source_of(stream).schema(*out);
  } catch (...) {
    return ENOMEM;
  }
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  try {
    return source_of(stream).next(*out);
  } catch (...) {
    return ENOMEM;
  }
}

const char* get_last_error(ArrowArrayStream* stream) { return source_of(stream).text(); }

void release_stream(ArrowArrayStream* stream) {
  delete &source_of(stream);
  stream->release = nullptr;
}

}  // namespace
}  // namespace history

Status export_batch(ColumnBatch&& batch, ArrowArray& array, ArrowSchema& schema) try {
  array = {};
  schema = {};
  if (auto done = history::check(batch); !done) return done;
  history::Exporter exporter(batch);
  exporter.add_all();
  exporter.put(array, schema);
  return {};
} catch (...) {
  if (schema.release != nullptr) schema.release(&schema);
  if (array.release != nullptr) array.release(&array);
  return caught_error();
}

void export_stream(History&& history, ArrowArrayStream& stream) {
  export_stream(std::make_unique<History>(std::move(history)), stream);
}

void export_stream(std::unique_ptr<BatchStream> batches, ArrowArrayStream& stream) {
  auto source = std::make_unique<history::StreamSource>(std::move(batches));
  stream = {history::get_schema, history::get_next, history::get_last_error,
            history::release_stream, source.release()};
}

}  // namespace factorwal
