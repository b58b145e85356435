#include "base/caught_error.h"

#include <cerrno>
#include <new>
#include <system_error>

namespace factorwal {

Error caught_error() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Error{Errc::kIo, "out of memory", ENOMEM};  // short: allocates nothing
  } catch (const std::system_error& error) {           // of the filesystem library, too
    return Error{Errc::kIo, error.what(), error.code().value()};
  }
}

}  // namespace factorwal
