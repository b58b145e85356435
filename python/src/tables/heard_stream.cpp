#include "tables/heard_stream.h"

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "base/gil.h"
#include "base/read_aside.h"

namespace nb = nanobind;

namespace factorwal::python {
namespace {

/// A handler has raised.
struct Interrupted {};

/// A `get_next`, done.
struct Batch {
  int code = 0;
  std::string error;
  ArrowArray array{};

  Batch() = default;
  Batch(Batch&& other) noexcept
      : code(other.code),
        error(std::move(other.error)),
        array(std::exchange(other.array, ArrowArray{})) {}
  Batch(const Batch&) = delete;
  Batch& operator=(Batch&&) = delete;
  [[nodiscard]] bool goes_on() const noexcept { return code == 0 && array.release != nullptr; }
  ~Batch() {
    if (array.release != nullptr) array.release(&array);
  }
};

struct Heard {
  std::shared_ptr<ArrowArrayStream> inner;  // also of what is read aside
  ReadAside<Batch> slow;
  StreamPace pace;
  bool interrupted = false;
  std::string error;
};

Heard& heard_of(ArrowArrayStream* stream) { return *static_cast<Heard*>(stream->private_data); }

const char* error_of(ArrowArrayStream& stream) {
  const char* const error = stream.get_last_error(&stream);
  return error == nullptr ? "" : error;
}

Batch read(ArrowArrayStream& stream) {
  Batch batch;
  batch.code = stream.get_next(&stream, &batch.array);
  if (batch.code != 0) batch.error = error_of(stream);
  return batch;
}

int raise_kept(void* kept) {
  const std::unique_ptr<nb::python_error> raised(static_cast<nb::python_error*>(kept));
  raised->restore();
  return -1;
}

/// Lets handlers run. What one raises waits until Python runs again: the reader, who is asked to
/// stop, would put an exception of its own in its place.
void look() {
  if (PyErr_CheckSignals() == 0) return;
  auto kept = std::make_unique<nb::python_error>();
  if (Py_AddPendingCall(raise_kept, kept.get()) == 0) (void)kept.release();
  throw Interrupted{};
}

/// Readers may hold the GIL or not; the main thread can always have it.
Batch read_and_hear(Heard& heard) {
  const WithGil held;
  look();
  if (heard.pace == StreamPace::kQuick) return read(*heard.inner);
  return heard.slow.next(look);
}

bool in_main_thread() { return ::gettid() == ::getpid() && Py_IsInitialized() != 0; }

Batch next_of(Heard& heard) {
  if (heard.slow.ready()) return heard.slow.take();
  return in_main_thread() ? read_and_hear(heard) : read(*heard.inner);
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  auto& inner = *heard_of(stream).inner;
  return inner.get_schema(&inner, out);
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  auto& heard = heard_of(stream);
  *out = {};
  try {
    if (heard.interrupted) throw Interrupted{};
    auto batch = next_of(heard);
    *out = std::exchange(batch.array, ArrowArray{});
    heard.error = std::move(batch.error);
    return batch.code;
  } catch (const Interrupted&) {
    heard.interrupted = true;  // what is read aside is lost
    heard.error = "interrupted by a signal";
    return ECANCELED;
  } catch (...) {
    return ENOMEM;
  }
}

const char* get_last_error(ArrowArrayStream* stream) {
  auto& heard = heard_of(stream);
  return heard.error.empty() ? heard.inner->get_last_error(heard.inner.get()) : heard.error.c_str();
}

void release_stream(ArrowArrayStream* stream) {
  delete &heard_of(stream);
  stream->release = nullptr;
}

}  // namespace

OwnedArrowStream hear_signals(OwnedArrowStream stream, StreamPace pace) {
  const std::shared_ptr<ArrowArrayStream> inner = std::move(stream);
  auto heard = std::make_unique<Heard>(
      Heard{inner, ReadAside<Batch>([inner] { return read(*inner); }), pace, false, {}});
  OwnedArrowStream made(new ArrowArrayStream{});
  *made = {get_schema, get_next, get_last_error, release_stream, heard.release()};
  return made;
}

}  // namespace factorwal::python
