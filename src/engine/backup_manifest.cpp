#include "engine/backup_manifest.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/file.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr std::string_view kFormat = "nozama backup";
constexpr int64_t kVersion = 1;
constexpr size_t kManifestBytesMax = size_t{256} << 20;

json::object to_json(const FileSum& sum) { return {{"bytes", sum.bytes}, {"sha256", sum.sha256}}; }

FileSum sum_from(const json::object& object) { return {object.at("bytes").to_number<uint64_t>(), json::value_to<std::string>(object.at("sha256"))}; }

bool is_plain_name(std::string_view name) { return !name.empty() && !name.starts_with('.') && name.find('/') == std::string_view::npos; }

// Inside of the data directory: a manifest comes from outside, and must not name other places.
bool is_inner_path(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part == ".." || part == "." || part.empty()) return false;
  }
  return true;
}

BackupManifest manifest_from(const json::object& root) {
  BackupManifest manifest;
  manifest.created = json::value_to<std::string>(root.at("created"));
  manifest.program = json::value_to<std::string>(root.at("program"));
  manifest.catalogue_id = json::value_to<std::string>(root.at("catalogue_id"));
  manifest.encoder = json::value_to<std::string>(root.at("encoder"));
  const json::object& database = root.at("database").as_object();
  manifest.database_file = json::value_to<std::string>(database.at("file"));
  manifest.database = sum_from(database);
  manifest.products = database.at("products").to_number<int64_t>();
  manifest.change_seq = database.at("change_seq").to_number<int64_t>();
  const json::object& pictures = root.at("pictures").as_object();
  manifest.pictures = pictures.at("count").to_number<int64_t>();
  manifest.missing = json::value_to<std::vector<std::string>>(pictures.at("missing"));
  for (const json::value& file : root.at("files").as_array()) {
    manifest.files.push_back({json::value_to<std::string>(file.at("path")), sum_from(file.as_object())});
  }
  return manifest;
}

}  // namespace

Result<BackupManifest> read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / BackupManifest::kFileName;
  const auto text = read_text_file(path, kManifestBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound, "no_backup", fmt::format("{} holds no finished backup: it has no {}", folder.string(), BackupManifest::kFileName));
  }
  if (!text) return propagate(text);
  const auto damaged = [&path](std::string_view why) {
    return fail(ErrorCode::kCorrupt, "bad_manifest", fmt::format("{} is damaged ({}); take another backup", path.string(), why));
  };
  try {
    const json::value root = json::parse(*text);
    if (root.at("format").as_string() != kFormat) return damaged("it is of another format");
    if (root.at("version").to_number<int64_t>() > kVersion) {
      return fail(ErrorCode::kUnsupported, "newer_backup", fmt::format("{} was made by a newer Nozama; restore it with that one", path.string()));
    }
    BackupManifest manifest = manifest_from(root.as_object());
    if (!is_plain_name(manifest.database_file)) return damaged("its database's name is no file name");
    for (const BackupManifest::File& file : manifest.files) {
      if (!is_inner_path(file.path)) return damaged("it names a file outside of the data directory");
    }
    return manifest;
  } catch (const std::exception& error) {
    return damaged(error.what());
  }
}

Status write_manifest(const std::filesystem::path& folder, const BackupManifest& manifest) {
  json::object database = to_json(manifest.database);
  database["file"] = manifest.database_file;
  database["products"] = manifest.products;
  database["change_seq"] = manifest.change_seq;
  json::array files;
  for (const BackupManifest::File& file : manifest.files) {
    json::object entry = to_json(file.sum);
    entry["path"] = file.path;
    files.push_back(std::move(entry));
  }
  const json::object root = {{"format", kFormat},
                             {"version", kVersion},
                             {"created", manifest.created},
                             {"program", manifest.program},
                             {"catalogue_id", manifest.catalogue_id},
                             {"encoder", manifest.encoder},
                             {"database", std::move(database)},
                             {"pictures", json::object{{"count", manifest.pictures}, {"missing", json::value_from(manifest.missing)}}},
                             {"files", std::move(files)}};
  return write_file_atomic(folder / BackupManifest::kFileName, as_byte_span(json::serialize(root) + "\n"));
}

}  // namespace nozama
