#pragma once
/// Writes JSON as it goes, so that memory stays flat however much there is to say.

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reading/text.h"

namespace factorwal::tool {

/// Calls must nest as JSON does. `out` must outlive the writer.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }

  JsonWriter& key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
    fresh_ = true;
    return *this;
  }
  JsonWriter& value(std::string_view text) {
    comma();
    append_json_string(out_, text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double number) {
    comma();
    append_json_number(out_, number);
    return *this;
  }
  template <std::integral Number>
  JsonWriter& value(Number number) {
    comma();
    if constexpr (std::same_as<Number, bool>) {
      out_ += number ? "true" : "false";
    } else if constexpr (std::unsigned_integral<Number>) {
      append_number(out_, std::uint64_t{number});
    } else {
      append_number(out_, std::int64_t{number});
    }
    return *this;
  }
  JsonWriter& value(std::span<const double> numbers) {
    comma();
    append_json_array(out_, numbers);
    return *this;
  }
  /// JSON that is made already.
  JsonWriter& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }
  JsonWriter& null() {
    comma();
    out_ += "null";
    return *this;
  }
  template <class Value>
  JsonWriter& member(std::string_view name, const Value& content) {
    key(name);
    return value(content);
  }

 private:
  void comma() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }
  JsonWriter& begin(char bracket) {
    comma();
    out_ += bracket;
    fresh_ = true;
    return *this;
  }
  JsonWriter& end(char bracket) {
    out_ += bracket;
    fresh_ = false;
    return *this;
  }

  std::string& out_;
  bool fresh_ = true;  // nothing to separate from
};

}  // namespace factorwal::tool
