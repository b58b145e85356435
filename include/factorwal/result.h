#pragma once
/// \file
/// How functions that touch the disk or check input report failure: a value or an Error.
/// Member names are those of `std::expected`, so that a later C++23 alias touches this file only.
/// A function that returns a Result or Status does not throw what memory or the system refuses: no
/// memory is kIo with ENOMEM, no thread kIo with EAGAIN. What a callback or an operator of yours
/// throws goes through.

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "factorwal/export.h"

namespace factorwal {

/// Each code asks for a different reaction of the caller.
enum class Errc : std::uint8_t {
  kInvalidArgument = 1,     ///< mend the call or the input
  kNotFound = 2,            ///< the named thing does not exist
  kIo = 3,                  ///< the operating system refused; `errno_value` says why
  kCorruption = 4,          ///< stored bytes are not what was written
  kUnsupportedVersion = 5,  ///< written by a newer release; upgrade
  kLocked = 6,              ///< another process (or engine) owns the directory
  kPoisoned = 7,            ///< an earlier write or sync failed; reopen to recover
  kClosed = 8,              ///< used after close
  kTimeout = 9,             ///< not done yet; try again
  kAlreadyExists = 10,      ///< would overwrite what is there
  kFull = 11,               ///< the channel is full and the configuration says to refuse
  kForked = 12,             ///< used in a child process; open a new one there
  kDegraded = 13,           ///< storage fails and is tried again; mend the cause, or go on at risk
};

/// The stable lower-case name of a code, e.g. "corruption".
[[nodiscard]] FACTORWAL_EXPORT std::string_view to_string(Errc code) noexcept;

/// What failed, on what object, and what to do.
struct Error {
  Errc code = Errc::kInvalidArgument;
  std::string message;
  int errno_value = 0;
};

/// Access to the value of a Result that holds an error is a bug of the caller and aborts.
[[noreturn]] FACTORWAL_EXPORT void abort_bad_result_access(const Error& error) noexcept;

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: as expected
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Aborts when this holds an error. Not [[nodiscard]]: `f().value();` says "this must work".
  T& value() & {
    require_value();
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    require_value();
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    require_value();
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  /// Requires: no value.
  [[nodiscard]] const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  [[nodiscard]] Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

 private:
  void require_value() const {
    if (!has_value()) abort_bad_result_access(*std::get_if<1>(&state_));
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT: as expected

  [[nodiscard]] bool has_value() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  /// Aborts when this holds an error.
  void value() const {
    if (!ok_) abort_bad_result_access(error_);
  }
  /// Requires: no value.
  [[nodiscard]] const Error& error() const& noexcept { return error_; }
  [[nodiscard]] Error&& error() && noexcept { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};

/// Success, or what went wrong.
using Status = Result<void>;

}  // namespace factorwal
