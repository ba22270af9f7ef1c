#include "engine/picture_ingest.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "engine/picture_look.h"
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

PictureIngest::PictureIngest(Workspace& workspace, Encoder& encoder, std::string encoder_id)
    : workspace_(workspace), encoder_(encoder), encoder_id_(std::move(encoder_id)) {}

Status PictureIngest::look_up_sources(std::vector<PictureJob*>& jobs) {
  std::vector<SourceKey> keys;
  std::vector<PictureJob*> present, remote;
  for (PictureJob* job : jobs) {
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
  return remote.empty() ? Status{} : look_up_remote(remote);
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
  if (!done) job.error = Error{done.error().code, done.error().reason, fmt::format("{}: {}", job.path.string(), done.error().message)};
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
  const auto bytes = read_file(job.path, kPictureFileBytesMax);
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
