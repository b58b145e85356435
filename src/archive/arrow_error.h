#pragma once
/// What Arrow reports, and throws, as our Error.

#include <arrow/status.h>
#include <parquet/exception.h>

#include <cerrno>
#include <new>
#include <string>

#include "factorwal/result.h"

namespace factorwal::archive {

/// Runs `body`, which gives a Status. What Parquet throws has the code `code`.
template <class Body>
Status guarded(const std::string& path, Errc code, Body&& body) {
  try {
    return body();
  } catch (const parquet::ParquetException& error) {
    return Error{code, path + ": " + error.what()};
  } catch (const std::bad_alloc&) {
    return Error{Errc::kIo, path + ": no memory", ENOMEM};
  } catch (const std::exception& error) {
    return Error{code, path + ": " + error.what()};
  }
}

}  // namespace factorwal::archive
