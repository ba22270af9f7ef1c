#include "media/s3_blob_store.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/worker_pool.h"
#include "net/retry.h"

namespace nozama {
namespace {

using Bytes = std::vector<std::byte>;
using Query = std::vector<std::pair<std::string, std::string>>;

constexpr size_t kObjectBytesMax = size_t{1} << 30;
constexpr size_t kPartBytes = size_t{8} << 20;  // what is longer goes in parts; Amazon's least is 5 MiB
constexpr long kTimeoutMs = 120'000;
constexpr size_t kUploads = 8, kUploadsWaitingMax = 32;

// The text of the first such element: enough for the few answers that are read, whose values have no markup.
std::string xml_text(std::string_view xml, std::string_view element) {
  const std::string opening = fmt::format("<{}>", element);
  const size_t begin = xml.find(opening);
  if (begin == std::string_view::npos) return {};
  const size_t end = xml.find('<', begin + opening.size());
  return end == std::string_view::npos ? std::string() : std::string(xml.substr(begin + opening.size(), end - begin - opening.size()));
}

std::string without_entities(std::string text) {
  for (const auto& [entity, character] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}) {
    for (size_t at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1)) text.replace(at, std::string_view(entity).size(), character);
  }
  return text;
}

class S3BlobStore final : public BlobStore {
 public:
  S3BlobStore(S3Location location, S3Credentials credentials)
      : location_(std::move(location)), credentials_(std::move(credentials)), uploads_({.threads = kUploads, .queue_length_max = kUploadsWaitingMax}) {
    const size_t host = location_.endpoint.find("://") + 3;
    scheme_ = location_.endpoint.substr(0, host);
    host_ = location_.endpoint.substr(host);
    if (location_.virtual_host) host_ = fmt::format("{}.{}", location_.bucket, host_);
  }

  Status put(const std::string& key, std::span<const std::byte> bytes) override {
    const Status checked = check_blob_key(key);
    if (!checked) return checked;
    const auto there = is_stored(key);
    if (!there) return propagate(there);
    if (*there) return {};
    return bytes.size() > kPartBytes ? put_in_parts(key, bytes) : put_whole(key, bytes);
  }

  Status put_unflushed(const std::string& key, std::span<const std::byte> bytes) override;
  Status flush() override;
  Result<Bytes> get(const std::string& key) const override;
  Result<bool> exists(const std::string& key) const override;
  Status remove(const std::string& key) override;
  Status for_each_key(const std::function<Status(const std::string&)>& callback) const override;

 private:
  Result<HttpResponse> send(const std::string& method, const std::string& key, const Query& query = {}, std::span<const std::byte> body = {}) const {
    return send_to(method, "/" + location_.prefix + key, query, body);
  }
  Result<HttpResponse> send_to(const std::string& method, const std::string& path, const Query& query, std::span<const std::byte> body) const;
  Result<bool> is_stored(const std::string& key) const;
  Error error_of(const HttpResponse& answer, const std::string& key) const;
  Status put_whole(const std::string& key, std::span<const std::byte> bytes);
  Status put_in_parts(const std::string& key, std::span<const std::byte> bytes);
  Result<std::string> send_parts(const std::string& key, const std::string& upload, std::span<const std::byte> bytes);
  std::shared_ptr<const Bytes> pending(const std::string& key) const;

  S3Location location_;
  S3Credentials credentials_;
  std::string scheme_, host_;
  mutable HttpClient client_;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Bytes>> pending_;  // shared with the upload under way and with readers
  std::optional<Error> upload_error_;                            // the first one since the last flush()
  WorkerPool uploads_;                                           // last: its threads end before what they use
};

Result<HttpResponse> S3BlobStore::send_to(const std::string& method, const std::string& path, const Query& query, std::span<const std::byte> body) const {
  S3Request request{.method = method, .host = host_, .path = path, .query = query, .payload_sha256 = sha256_hex(body)};
  if (!location_.virtual_host) request.path = "/" + location_.bucket + request.path;
  return send_with_retries(client_, {}, [&]() -> Result<HttpRequest> {
    HttpRequest http{.method = method, .url = scheme_ + host_ + uri_encode(request.path, true) + query_text(request), .body = body};
    http.headers = sign_s3_request(request, credentials_, location_.region, unix_time_ms());  // anew: a signature is good for minutes
    http.response_bytes_max = kObjectBytesMax;
    http.timeout_ms = kTimeoutMs;
    return http;
  });
}

Error S3BlobStore::error_of(const HttpResponse& answer, const std::string& key) const {
  const std::string code = xml_text(as_text(answer.body), "Code");
  const std::string what = fmt::format("{} answers {} {}", location_.endpoint, answer.status, code);
  if (code == "NoSuchBucket") return {ErrorCode::kNotFound, "no_bucket", fmt::format("{}: there is no bucket {}; make it first", what, location_.bucket)};
  if (answer.status == 404) return {ErrorCode::kNotFound, "unknown_picture", "there is no picture " + key};
  if (answer.status == 401 || answer.status == 403) {
    return {ErrorCode::kUnavailable, "s3_denied",
            fmt::format("{}: the key needs to read, write, delete and list in bucket {}, and this machine's clock to be right", what, location_.bucket)};
  }
  if (answer.status >= 500 || answer.status == 429) return {ErrorCode::kUnavailable, "s3_unavailable", what};
  return {ErrorCode::kUnavailable, "s3_refused", fmt::format("{}: check the endpoint, region and style of s3://{}", what, location_.bucket)};
}

Status S3BlobStore::put_whole(const std::string& key, std::span<const std::byte> bytes) {
  const auto answer = send("PUT", key, {}, bytes);
  if (!answer) return propagate(answer);
  if (answer->status == 200) return {};
  return std::unexpected(error_of(*answer, key));
}

// The body of CompleteMultipartUpload.
Result<std::string> S3BlobStore::send_parts(const std::string& key, const std::string& upload, std::span<const std::byte> bytes) {
  std::string complete = "<CompleteMultipartUpload>";
  for (size_t number = 1; !bytes.empty(); ++number) {
    const auto part = bytes.first(std::min(bytes.size(), kPartBytes));
    bytes = bytes.subspan(part.size());
    const auto answer = send("PUT", key, {{"partNumber", std::to_string(number)}, {"uploadId", upload}}, part);
    if (!answer) return propagate(answer);
    if (answer->status != 200) return std::unexpected(error_of(*answer, key));
    complete += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number, answer->header("etag"));
  }
  return complete + "</CompleteMultipartUpload>";
}

Status S3BlobStore::put_in_parts(const std::string& key, std::span<const std::byte> bytes) {
  const auto begun = send("POST", key, {{"uploads", ""}});
  if (!begun) return propagate(begun);
  const std::string upload = xml_text(as_text(begun->body), "UploadId");
  if (begun->status != 200 || upload.empty()) return std::unexpected(error_of(*begun, key));
  const auto complete = send_parts(key, upload, bytes);
  Status done;
  if (!complete) {
    done = propagate(complete);
  } else if (const auto ended = send("POST", key, {{"uploadId", upload}}, as_byte_span(*complete)); !ended) {
    done = propagate(ended);
  } else if (ended->status != 200 || as_text(ended->body).find("<Error>") != std::string_view::npos) {  // an error may come with 200
    done = std::unexpected(error_of(*ended, key));
  }
  if (!done) (void)send("DELETE", key, {{"uploadId", upload}});  // else its parts would be kept, and paid for
  return done;
}

Status S3BlobStore::put_unflushed(const std::string& key, std::span<const std::byte> bytes) {
  const Status checked = check_blob_key(key);
  if (!checked) return checked;
  const auto copy = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  {
    const std::lock_guard lock(mutex_);
    if (!pending_.emplace(key, copy).second) return {};
  }
  uploads_.submit([this, key, copy] {
    const Status done = put(key, *copy);
    const std::lock_guard lock(mutex_);
    if (!done && !upload_error_) upload_error_ = done.error();
    pending_.erase(key);
  });
  return {};
}

Status S3BlobStore::flush() {
  uploads_.wait_idle();
  const std::lock_guard lock(mutex_);
  if (!upload_error_) return {};
  Error error = *std::exchange(upload_error_, std::nullopt);
  return std::unexpected(std::move(error));
}

std::shared_ptr<const Bytes> S3BlobStore::pending(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = pending_.find(key);
  return found == pending_.end() ? nullptr : found->second;
}

Result<Bytes> S3BlobStore::get(const std::string& key) const {
  const Status checked = check_blob_key(key);
  if (!checked) return propagate(checked);
  if (const auto bytes = pending(key)) return *bytes;
  auto answer = send("GET", key);
  if (!answer) return propagate(answer);
  if (answer->status == 200) return std::move(answer->body);
  return std::unexpected(error_of(*answer, key));
}

Result<bool> S3BlobStore::exists(const std::string& key) const {
  const Status checked = check_blob_key(key);
  if (!checked) return propagate(checked);
  return pending(key) ? true : is_stored(key);
}

Result<bool> S3BlobStore::is_stored(const std::string& key) const {
  const auto answer = send("HEAD", key);
  if (!answer) return propagate(answer);
  if (answer->status == 200 || answer->status == 404) return answer->status == 200;
  return std::unexpected(error_of(*answer, key));
}

Status S3BlobStore::remove(const std::string& key) {
  const Status checked = check_blob_key(key);
  if (!checked) return checked;
  if (pending(key)) uploads_.wait_idle();
  const auto answer = send("DELETE", key);
  if (!answer) return propagate(answer);
  if (answer->status == 204 || answer->status == 200 || answer->status == 404) return {};
  return std::unexpected(error_of(*answer, key));
}

// ListObjectsV2, a page after the other.
Status S3BlobStore::for_each_key(const std::function<Status(const std::string&)>& callback) const {
  std::string last;
  for (bool more = true; more;) {
    Query query = {{"list-type", "2"}, {"max-keys", "1000"}, {"prefix", location_.prefix}};
    if (!last.empty()) query.emplace_back("start-after", last);
    const auto answer = send_to("GET", "/", query, {});
    if (!answer) return propagate(answer);
    if (answer->status != 200) return std::unexpected(error_of(*answer, "(list)"));
    const std::string_view page = as_text(answer->body);
    const std::string before = last;
    for (size_t at = page.find("<Key>"); at != std::string_view::npos; at = page.find("<Key>", at + 1)) {
      last = without_entities(xml_text(page.substr(at), "Key"));
      const std::string key = last.substr(std::min(last.size(), location_.prefix.size()));
      if (!last.starts_with(location_.prefix) || !check_blob_key(key)) continue;
      if (const Status done = callback(key); !done) return done;
    }
    more = xml_text(page, "IsTruncated") == "true" && last != before;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<BlobStore>> open_s3_blob_store(S3Location location, S3Credentials credentials) {
  auto store = std::make_unique<S3BlobStore>(std::move(location), std::move(credentials));
  const auto asked = store->get("nozama-is-there");
  if (!asked && asked.error().reason != "unknown_picture") return propagate(asked, "the bucket of the pictures");
  return store;
}

}  // namespace nozama
