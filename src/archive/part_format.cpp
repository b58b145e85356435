#include "archive/part_format.h"

#include <cstdlib>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace factorwal::archive {
namespace {

constexpr int kMetadataFormat = 1;
constexpr std::size_t kDigits = 20;
constexpr std::string_view kPrefix = "part-";
constexpr std::string_view kSuffix = ".parquet";

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string encode_metadata(DataSet data_set, const PartMetadata& metadata) {
  nlohmann::json columns = nlohmann::json::array();
  for (const auto& column : metadata.columns) {
    columns.push_back({{"column", column.column},
                       {"name", column.name},
                       {"kind", column.is_factor ? "factor" : "input"}});
  }
  nlohmann::json definitions = nlohmann::json::array();
  for (const auto& definition : metadata.definitions) {
    definitions.push_back({{"first_sequence", definition.first},
                           {"last_sequence", definition.last},
                           {"text", definition.text}});
  }
  return nlohmann::json{{"format", kMetadataFormat},
                        {"data_set", folder_of(data_set)},
                        {"first_sequence", metadata.first},
                        {"last_sequence", metadata.last},
                        {"columns", columns},
                        {"definitions", definitions}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<PartDescription> decode_metadata(const std::string& path, std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("format").get<int>() != kMetadataFormat) {
      return Error{Errc::kUnsupportedVersion,
                   path + ": written by a newer release of factorwal; upgrade to read it"};
    }
    PartDescription description;
    auto& metadata = description.part;
    const auto data_set = data_set_of(json.at("data_set").get<std::string>());
    if (!data_set) return Error{Errc::kCorruption, path + ": metadata: no such data set"};
    description.data_set = *data_set;
    json.at("first_sequence").get_to(metadata.first);
    json.at("last_sequence").get_to(metadata.last);
    for (const auto& column : json.at("columns")) {
      metadata.columns.push_back({column.at("name"), column.at("column"),
                                  column.at("kind").get<std::string>() == "factor"});
    }
    for (const auto& definition : json.at("definitions")) {
      metadata.definitions.push_back(
          {definition.at("first_sequence"), definition.at("last_sequence"), definition.at("text")});
    }
    return description;
  } catch (const nlohmann::json::exception& error) {
    return Error{Errc::kCorruption, path + ": metadata: " + error.what()};
  }
}

std::string part_name(Sequence first, Sequence last) {
  char text[64];
  std::snprintf(text, sizeof text, "part-%020llu-%020llu.parquet",
                static_cast<unsigned long long>(first), static_cast<unsigned long long>(last));
  return text;
}

bool is_part_name(std::string_view name) {
  if (name.size() != kPrefix.size() + 2 * kDigits + 1 + kSuffix.size()) return false;
  const auto first = name.substr(kPrefix.size(), kDigits);
  const auto last = name.substr(kPrefix.size() + kDigits + 1, kDigits);
  return name.starts_with(kPrefix) && name.ends_with(kSuffix) &&
         name[kPrefix.size() + kDigits] == '-' && all_digits(first) && all_digits(last);
}

Sequence first_sequence_of(const std::string& part_name) {
  return std::strtoull(part_name.c_str() + kPrefix.size(), nullptr, 10);
}

}  // namespace factorwal::archive
