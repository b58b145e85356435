#include "reading/record_text.h"

#include <cmath>

#include "reading/json_writer.h"
#include "reading/text.h"
#include "reading/time_text.h"

namespace factorwal::tool {
namespace {

void append_values(std::string& out, const std::vector<std::string>& names,
                   std::span<const double> values) {
  for (std::size_t i = 0; i < values.size() && i < names.size(); ++i) {
    out += ' ' + printable(names[i]) + '=';
    out += std::isnan(values[i]) ? "nan" : readable_number(values[i]);
  }
}

void write_values(JsonWriter& json, std::string_view key, const std::vector<std::string>& names,
                  std::span<const double> values) {
  json.key(key).begin_object();
  for (std::size_t i = 0; i < values.size() && i < names.size(); ++i) {
    json.member(names[i], values[i]);
  }
  json.end_object();
}

bool has_instrument(RecordType type) {
  return type != RecordType::kTime && type != RecordType::kPosition;
}

}  // namespace

void append_record(std::string& out, const LogRecord& record) {
  out += record.sequence > 0 ? std::to_string(record.sequence) : "-";
  out += ' ';
  out += to_string(record.type);
  if (has_instrument(record.type)) out += ' ' + printable(record.instrument_id);
  if (record.type != RecordType::kPosition && record.timestamp_ns != kNoTimestamp) {
    out += ' ' + iso_time(record.timestamp_ns);
  }
  switch (record.type) {
    case RecordType::kUpdate:
      out += ' ' + printable(record.factor_id) + '=';
      out += std::isnan(record.value) ? "nan" : readable_number(record.value);
      break;
    case RecordType::kVectorUpdate:
      out += ' ' + printable(record.factor_id) + '=';
      append_json_array(out, record.values);
      break;
    case RecordType::kSnapshot:
      out += " checkpoint " + std::to_string(record.checkpoint_id);
      for (const auto& item : record.factors) {
        out += ' ' + printable(item.factor_id) + '=' + readable_number(item.value);
      }
      break;
    case RecordType::kTick:
      out += " #" + tick_number(record.tick_number);
      append_values(out, record.layout->fields, record.fields);
      out += " ->";
      append_values(out, record.layout->factors, record.values);
      if (!record.position.empty()) out += " position " + to_hex(record.position);
      break;
    case RecordType::kPosition: out += ' ' + to_hex(record.position); break;
    case RecordType::kOperatorState:
      out += " #" + tick_number(record.tick_number) + ' ' + counted(record.state.size(), "byte");
      break;
    case RecordType::kTime: break;
  }
}

void write_record(std::string& out, const LogRecord& record) {
  JsonWriter json(out);
  json.begin_object().member("kind", "record").member("type", to_string(record.type));
  if (record.sequence > 0) json.member("sequence", record.sequence);
  if (has_instrument(record.type)) json.member("instrument_id", record.instrument_id);
  if (record.type != RecordType::kPosition && record.timestamp_ns != kNoTimestamp) {
    json.member("timestamp_ns", record.timestamp_ns);
  }
  switch (record.type) {
    case RecordType::kUpdate:
      json.member("factor_id", record.factor_id).member("value", record.value);
      break;
    case RecordType::kVectorUpdate:
      json.member("factor_id", record.factor_id).member("values", record.values);
      break;
    case RecordType::kSnapshot:
      json.member("checkpoint_id", record.checkpoint_id).key("factors").begin_object();
      for (const auto& item : record.factors) json.member(item.factor_id, item.value);
      json.end_object();
      break;
    case RecordType::kTick:
      json.member("ordinal", record.tick_number.ordinal)
          .member("counted", record.tick_number.counted);
      write_values(json, "fields", record.layout->fields, record.fields);
      write_values(json, "factors", record.layout->factors, record.values);
      if (!record.position.empty()) json.member("position", to_hex(record.position));
      break;
    case RecordType::kPosition: json.member("position", to_hex(record.position)); break;
    case RecordType::kOperatorState:
      json.member("ordinal", record.tick_number.ordinal)
          .member("counted", record.tick_number.counted)
          .member("state_bytes", record.state.size())
          .member("state", to_hex(record.state));
      break;
    case RecordType::kTime: break;
  }
  json.end_object();
}

}  // namespace factorwal::tool
