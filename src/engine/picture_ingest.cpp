#include "engine/picture_ingest.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "engine/picture_look.h"
#include "engine/picture_reference.h"
#include "engine/workspace.h"
#include "image/decode.h"
#include "media/blob_store.h"
#include "model/encoder.h"

namespace nozama {
namespace {

std::optional<SourceKey> source_key_of(const std::filesystem::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return SourceKey{path.string(), info.st_size, info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000};
}

}  // namespace

PictureJob picture_job(const DraftPicture& picture, const ProductDraft& draft, const std::optional<std::filesystem::path>& folder) {
  PictureJob job{.variant_key = picture.variant_key, .product_id = draft.external_id, .line = draft.line};
  if (is_remote(picture.reference)) {
    job.url = url_of(picture.reference);
  } else if (is_stored(picture.reference)) {
    job.stored = stored_hash(picture.reference);
  } else if (folder) {
    job.path = (*folder / picture.reference).lexically_normal();
  } else {
    job.error = Error{ErrorCode::kInvalidArgument, "bad_picture",
                      fmt::format("'{}' is neither an http or https URL nor nozama:HASH of a picture that the shop has", picture.reference.substr(0, 200))};
  }
  return job;
}

void collect_picture(PictureJob& job, ProductRecord& record, ProductBatch& rows, std::vector<SourceVersion>& versions) {
  if (job.error && !job.known) return;
  if (job.fetched) versions.push_back({job.url, job.record.content_hash, job.version.etag, job.version.last_modified});
  if (job.embedding) rows.embeddings.push_back(std::move(*job.embedding));
  record.pictures.push_back(std::move(job.record));
}

PictureIngest::PictureIngest(Workspace& workspace, Encoder& encoder, std::string encoder_id)
    : workspace_(workspace), encoder_(encoder), encoder_id_(std::move(encoder_id)) {}

Status PictureIngest::look_up_sources(std::vector<PictureJob*>& jobs) {
  std::vector<SourceKey> keys;
  std::vector<PictureJob*> present, remote, stored;
  for (PictureJob* job : jobs) {
    if (!job->stored.empty()) {
      stored.push_back(job);
      continue;
    }
    if (!job->url.empty()) {
      remote.push_back(job);
      continue;
    }
    const auto key = source_key_of(job->path);
    if (!key) {
      job->error = Error{ErrorCode::kNotFound, "picture_missing", fmt::format("there is no picture {}", job->path.string())};
      continue;
    }
    job->source = *key;
    keys.push_back(*key);
    present.push_back(job);
  }
  const auto known = workspace_.catalog().known_sources(keys, encoder_id_);
  if (!known) return propagate(known);
  for (size_t i = 0; i < present.size(); ++i) {
    PictureJob& job = *present[i];
    job.record.variant_key = job.variant_key;
    job.record.source_ref = keys[i].source_ref;
    job.record.source_size = keys[i].size;
    job.record.source_mtime_ms = keys[i].mtime_ms;
    const auto& match = (*known)[i];
    if (!match || !match->embedded) continue;
    job.known = true;
    job.record.content_hash = match->content_hash;
    job.record.width = match->width;
    job.record.height = match->height;
  }
  const Status looked_up = stored.empty() ? Status{} : look_up_stored(stored);
  if (!looked_up) return looked_up;
  return remote.empty() ? Status{} : look_up_remote(remote);
}

Status PictureIngest::look_up_stored(const std::vector<PictureJob*>& jobs) {
  std::vector<std::string> hashes;
  for (const PictureJob* job : jobs) hashes.push_back(job->stored);
  const auto known = workspace_.catalog().known_hashes(hashes, encoder_id_);
  if (!known) return propagate(known);
  for (size_t i = 0; i < jobs.size(); ++i) {
    PictureJob& job = *jobs[i];
    job.record.variant_key = job.variant_key;
    if (!(*known)[i] || !(*known)[i]->embedded) continue;
    job.known = true;
    job.record.content_hash = (*known)[i]->content_hash;
    job.record.width = (*known)[i]->width;
    job.record.height = (*known)[i]->height;
  }
  return {};
}

Status PictureIngest::look_up_remote(const std::vector<PictureJob*>& jobs) {
  std::vector<std::string> urls, hashes;
  for (const PictureJob* job : jobs) urls.push_back(job->url);
  const auto versions = workspace_.catalog().source_versions(urls);
  if (!versions) return propagate(versions);
  for (const auto& version : *versions) hashes.push_back(version ? version->content_hash : "");
  const auto known = workspace_.catalog().known_hashes(hashes, encoder_id_);
  if (!known) return propagate(known);
  for (size_t i = 0; i < jobs.size(); ++i) {
    PictureJob& job = *jobs[i];
    job.record.variant_key = job.variant_key;
    job.record.source_ref = job.url;
    if (!(*known)[i] || !(*known)[i]->embedded) continue;
    job.version = {(*versions)[i]->etag, (*versions)[i]->last_modified};
    job.record.content_hash = (*known)[i]->content_hash;
    job.record.width = (*known)[i]->width;
    job.record.height = (*known)[i]->height;
  }
  return {};
}

void PictureIngest::ingest(PictureJob& job) {
  const Status done = ingest_file(job);
  const std::string name = job.stored.empty() ? job.path.string() : std::string(kStoredPrefix) + job.stored.substr(0, 100);
  if (!done) job.error = Error{done.error().code, done.error().reason, fmt::format("{}: {}", name, done.error().message)};
}

void PictureIngest::ingest_fetched(PictureJob& job, Result<FetchedFile> file) {
  const bool before = !job.record.content_hash.empty();
  Status done;
  if (!file) {
    done = propagate(file);
    job.known = before && (file.error().code == ErrorCode::kUnavailable || file.error().code == ErrorCode::kTimeout);
  } else if (file->not_modified) {
    job.known = true;
  } else {
    job.fetched = true;
    ++fetched_;
    job.version = file->version;
    done = ingest_bytes(job, file->bytes);
  }
  if (!done) job.error = Error{done.error().code, done.error().reason, fmt::format("{}: {}", job.url.substr(0, 500), done.error().message)};
}

Status PictureIngest::ingest_file(PictureJob& job) {
  const auto bytes = job.stored.empty() ? read_file(job.path, kPictureFileBytesMax) : workspace_.pictures().get(job.stored);
  if (!bytes) return propagate(bytes);
  return ingest_bytes(job, *bytes);
}

Status PictureIngest::ingest_bytes(PictureJob& job, std::span<const std::byte> bytes) {
  const auto info = read_image_info(bytes);
  if (!info) return propagate(info);
  job.record.width = info->width;
  job.record.height = info->height;
  job.record.content_hash = content_hash(bytes);
  if (embedded_before(job.record.content_hash)) return {};

  auto read = read_picture(encoder_, bytes, job.record.content_hash);
  if (!read) return propagate(read);
  const Status stored = workspace_.pictures().put_unflushed(job.record.content_hash, bytes);
  if (!stored) return stored;
  job.embedding = std::move(*read);
  ++embedded_;
  const std::lock_guard lock(mutex_);
  embedded_here_.insert(job.record.content_hash);
  return {};
}

bool PictureIngest::embedded_before(const std::string& hash) {
  {
    const std::lock_guard lock(mutex_);
    if (embedded_here_.contains(hash)) return true;
  }
  const auto known = workspace_.catalog().known_hashes({hash}, encoder_id_);
  // When the catalogue cannot be asked, embedding once more is harmless; the commit that follows reports the fault.
  return known && (*known)[0] && (*known)[0]->embedded;
}

}  // namespace nozama
