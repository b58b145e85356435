#include "archive/manifest.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "archive/days.h"
#include "archive/hash.h"

namespace factorwal::archive {
namespace {

using nlohmann::json;

constexpr int kManifestFormat = 1;

std::string hex(std::uint64_t number) {
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

std::uint64_t from_hex(const json& text) {
  return std::strtoull(text.get<std::string>().c_str(), nullptr, 16);
}

std::string dumped(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

std::string checksum_of(const json& archive) {
  const auto text = dumped(archive, -1);
  return hex(hash_of(std::as_bytes(std::span(text))));
}

json to_json(const ManifestFile& file) {
  const auto& summary = file.summary;
  return {{"path", file.path()},
          {"data_set", folder_of(file.data_set)},
          {"day", file.day},
          {"first_sequence", file.first},
          {"last_sequence", file.last},
          {"rows", summary.rows},
          {"bytes", summary.bytes},
          {"xxh3", hex(summary.hash)},
          {"footer_xxh3", hex(summary.footer_hash)},
          {"time_min", summary.time_min},
          {"time_max", summary.time_max},
          {"sequence_min", summary.sequence_min},
          {"sequence_max", summary.sequence_max}};
}

ManifestFile file_of(const json& value) {
  ManifestFile file;
  file.data_set = data_set_of(value.at("data_set").get<std::string>()).value();
  value.at("day").get_to(file.day);
  value.at("first_sequence").get_to(file.first);
  value.at("last_sequence").get_to(file.last);
  auto& summary = file.summary;
  value.at("rows").get_to(summary.rows);
  value.at("bytes").get_to(summary.bytes);
  summary.hash = from_hex(value.at("xxh3"));
  summary.footer_hash = from_hex(value.at("footer_xxh3"));
  value.at("time_min").get_to(summary.time_min);
  value.at("time_max").get_to(summary.time_max);
  value.at("sequence_min").get_to(summary.sequence_min);
  value.at("sequence_max").get_to(summary.sequence_max);
  return file;
}

Manifest manifest_of(const json& archive) {
  Manifest manifest;
  archive.at("log_identity").get_to(manifest.log);
  archive.at("first_sequence").get_to(manifest.first);
  archive.at("archived_sequence").get_to(manifest.archived);
  archive.at("sound_sequence").get_to(manifest.sound);
  archive.at("days").get_to(manifest.days);
  for (const auto& column : archive.at("columns")) {
    manifest.columns.push_back(
        {column.at("name"), column.at("column"), column.at("kind").get<std::string>() == "factor"});
  }
  for (const auto& file : archive.at("files")) manifest.files.push_back(file_of(file));
  if (const auto found = archive.find("compaction"); found != archive.end())
    manifest.compaction = Compaction{file_of(*found)};
  return manifest;
}

Result<bool> holds_parts(Storage& storage, const std::string& directory) {
  for (const auto data_set : kDataSets) {
    auto folder = directory + "/";
    folder += folder_of(data_set);
    const auto days = storage.list(folder);
    if (!days) return days.error();
    for (const auto& day : *days) {
      if (!is_day_name(day)) continue;
      auto path = folder;
      path.append("/").append(day);
      const auto names = storage.list(path);
      if (!names) return names.error();
      if (std::any_of(names->begin(), names->end(), is_part_name)) return true;
    }
  }
  return false;
}

}  // namespace

std::string day_directory(DataSet data_set, std::int32_t day) {
  return std::string(folder_of(data_set)) + "/day=" + day_text(day);
}

std::string ManifestFile::path() const {
  return day_directory(data_set, day) + "/" + part_name(first, last);
}

void Manifest::apply_compaction() {
  if (!compaction) return;
  const auto made = compaction->file;
  std::erase_if(files, [&](const ManifestFile& file) {
    return file.data_set == made.data_set && file.day == made.day;
  });
  files.push_back(made);
  compaction.reset();
}

std::string encode_manifest(const Manifest& manifest) {
  json columns = json::array();
  for (const auto& column : manifest.columns) {
    columns.push_back({{"name", column.name},
                       {"column", column.column},
                       {"kind", column.is_factor ? "factor" : "input"}});
  }
  json files = json::array();
  for (const auto& file : manifest.files) files.push_back(to_json(file));
  json archive{{"log_identity", manifest.log},
               {"first_sequence", manifest.first},
               {"archived_sequence", manifest.archived},
               {"sound_sequence", manifest.sound},
               {"days", manifest.days},
               {"columns", columns},
               {"files", files}};
  if (manifest.compaction) archive["compaction"] = to_json(manifest.compaction->file);
  const json whole{
      {"format", kManifestFormat}, {"checksum", checksum_of(archive)}, {"archive", archive}};
  return dumped(whole, 1) + "\n";
}

Result<Manifest> decode_manifest(const std::string& path, std::string_view text) {
  try {
    const auto whole = json::parse(text);
    if (whole.at("format").get<int>() != kManifestFormat) {
      return Error{Errc::kUnsupportedVersion,
                   path + ": written by a newer release of factorwal; upgrade to read it"};
    }
    const auto& archive = whole.at("archive");
    if (whole.at("checksum").get<std::string>() != checksum_of(archive))
      return Error{Errc::kCorruption, path + ": its checksum does not hold"};
    return manifest_of(archive);
  } catch (const std::exception& error) {
    return Error{Errc::kCorruption, path + ": " + error.what()};
  }
}

Result<Manifest> read_manifest(Storage& storage, const std::string& directory) {
  const auto path = directory + "/" + kManifestName;
  auto text = read_whole(storage, path);
  if (!text && text.error().code == Errc::kNotFound) {
    const auto parts = holds_parts(storage, directory);
    if (!parts) return parts.error();
    if (!*parts) return text.error();
    // The first commit writes a manifest before its parts: if these are of one, it is there now.
    text = read_whole(storage, path);
    if (!text && text.error().code == Errc::kNotFound) {
      return Error{Errc::kCorruption,
                   path +
                       ": is missing beside parts: restore it, or move the archive away and "
                       "archive anew"};
    }
  }
  if (!text) return text.error();
  return decode_manifest(path, *text);
}

Status write_manifest(Storage& storage, const std::string& directory, const Manifest& manifest) {
  return replace_whole(storage, directory + "/" + kScratchName + "/" + kManifestName, directory,
                       kManifestName, encode_manifest(manifest));
}

}  // namespace factorwal::archive
