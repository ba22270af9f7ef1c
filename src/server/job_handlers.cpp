// Imports that run in the server, their jobs, and the export.
#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "catalog/catalog.h"
#include "catalog/money.h"
#include "engine/engine.h"
#include "engine/import_jobs.h"
#include "engine/product_export.h"
#include "engine/workspace.h"
#include "server/handlers.h"
#include "server/job_views.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

constexpr int kJobsListed = 100;
constexpr int kErrorsPageMax = 1000, kErrorsPageDefault = 100;
constexpr int64_t kErrorsOffsetMax = 100'000'000;
constexpr size_t kUrlBytesMax = 2048;
constexpr int kEventPauseMs = 500;
constexpr int kSilentPollsMax = 30;  // then a comment keeps the connection open through proxies

Result<JobId> job_id(const Request& request) {
  const std::string& text = request.captures[0];
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc{} && end == text.data() + text.size() && id > 0) return JobId{id};
  return fail(ErrorCode::kNotFound, "unknown_job", "there is no such job");
}

Response job_response(const Result<JobRecord>& job, const Request& request, int status = 200) {
  if (!job) return problem_response(job.error(), request.id);
  Response response = json_response(job_json(*job));
  response.status = status;
  return response;
}

Result<ImportRequest> read_import(const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  ImportRequest import;
  import.full = params.boolean("full").value_or(false);
  import.dry_run = params.boolean("dry_run").value_or(false);
  import.currency = params.text("currency", 3).value_or("USD");
  if (!is_currency_code(import.currency)) params.refuse({ErrorCode::kInvalidArgument, "bad_parameter", "currency is three capital letters, such as EUR"});
  if (const Status valid = params.finish(); !valid) return propagate(valid);
  if (media_type(request.header("content-type")) != "application/json") {
    if (request.body.empty()) return fail(ErrorCode::kInvalidArgument, "empty_feed", "the body is empty; send the feed, or its URL as JSON");
    import.feed = std::as_bytes(std::span(request.body.data(), request.body.size()));
    return import;
  }
  auto fields = RequestParams::from_json(request.body);
  if (!fields) return propagate(fields);
  import.url = fields->text("url", kUrlBytesMax).value_or("");
  if (import.url.empty())
    fields->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "a JSON body names the feed by 'url'; a feed itself has another Content-Type"});
  if (const Status valid = fields->finish(); !valid) return propagate(valid);
  return import;
}

Response post_import(ImportJobs& imports, const Request& request) {
  const auto import = read_import(request);
  if (!import) return problem_response(import.error(), request.id);
  return job_response(imports.start(*import), request, 202);
}

Response control(const Request& request, const std::function<Result<JobRecord>(JobId)>& act) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto id = job_id(request);
  if (!id) return problem_response(id.error(), request.id);
  return job_response(act(*id), request);
}

Response list_jobs(Catalog& catalog, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto jobs = catalog.jobs(kJobsListed);
  if (!jobs) return problem_response(jobs.error(), request.id);
  return json_response(jobs_json(*jobs));
}

Response stream_response(std::string type, std::shared_ptr<BodyStream> stream) {
  Response response;
  response.content_type = std::move(type);
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Accel-Buffering", "no");
  response.body = std::move(stream);
  return response;
}

class ErrorsStream final : public BodyStream {
 public:
  ErrorsStream(Catalog& catalog, JobId id) : catalog_(catalog), id_(id) {}
  Result<StreamPiece> next(const std::stop_token&) override {
    const auto errors = catalog_.job_errors(id_, offset_, kErrorsPageMax);
    if (!errors) return propagate(errors);
    StreamPiece piece{.text = offset_ == 0 ? "line,code,detail\r\n" : "", .last = errors->size() < kErrorsPageMax};
    offset_ += std::ssize(*errors);
    for (const JobError& error : *errors) piece.text += job_error_csv(error);
    return piece;
  }

 private:
  Catalog& catalog_;
  JobId id_;
  int64_t offset_ = 0;
};

Response get_errors(Catalog& catalog, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const bool csv = params.choice("format", {"json", "csv"}).value_or("json") == "csv";
  const int64_t offset = params.integer("offset", 0, kErrorsOffsetMax).value_or(0);
  const int limit = static_cast<int>(params.integer("limit", 1, kErrorsPageMax).value_or(kErrorsPageDefault));
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  const auto id = job_id(request);
  if (!id) return problem_response(id.error(), request.id);
  if (const auto job = catalog.job(*id); !job) return problem_response(job.error(), request.id);
  if (csv) {
    Response response = stream_response("text/csv", std::make_shared<ErrorsStream>(catalog, *id));
    response.set_header("Content-Disposition", fmt::format("attachment; filename=\"job-{}-errors.csv\"", id->value));
    return response;
  }
  const auto errors = catalog.job_errors(*id, offset, limit);
  if (!errors) return problem_response(errors.error(), request.id);
  return json_response(job_errors_json(*errors));
}

// Server-sent events: the job whenever it has changed, and its end.
class JobEvents final : public BodyStream {
 public:
  JobEvents(Catalog& catalog, JobId id) : catalog_(catalog), id_(id) {}
  Result<StreamPiece> next(const std::stop_token&) override {
    const auto job = catalog_.job(id_);
    if (!job) return propagate(job);
    const bool over = job->state != JobState::kRunning;
    StreamPiece piece{.text = {}, .pause_ms = kEventPauseMs, .last = over};
    std::string now = job_json(*job);
    if (now != told_ || over) {
      piece.text = fmt::format("event: {}\ndata: {}\n\n", over ? "end" : "progress", now);
      told_ = std::move(now);
      silent_ = 0;
    } else if (++silent_ >= kSilentPollsMax) {
      piece.text = ": still here\n\n";
      silent_ = 0;
    }
    return piece;
  }

 private:
  Catalog& catalog_;
  JobId id_;
  std::string told_;
  int silent_ = 0;
};

Response get_events(Catalog& catalog, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto id = job_id(request);
  if (!id) return problem_response(id.error(), request.id);
  if (const auto job = catalog.job(*id); !job) return problem_response(job.error(), request.id);
  return stream_response("text/event-stream", std::make_shared<JobEvents>(catalog, *id));
}

class ExportStream final : public BodyStream {
 public:
  explicit ExportStream(Catalog& catalog) : products_(catalog) {}
  Result<StreamPiece> next(const std::stop_token&) override {
    auto lines = products_.next();
    if (!lines) return propagate(lines);
    const bool last = lines->empty();
    return StreamPiece{.text = std::move(*lines), .last = last};
  }

 private:
  ProductExport products_;
};

Response get_export(Catalog& catalog, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  return stream_response("application/x-ndjson", std::make_shared<ExportStream>(catalog));
}

Lane on_write_lane(const Request&) { return Lane::kWrite; }

}  // namespace

void add_job_routes(Router& router, Engine& engine, ImportJobs& imports, size_t feed_bytes_max) {
  Catalog& catalog = engine.workspace().catalog();
  const auto add = [&](std::string method, std::string pattern, Handler handler, size_t body_bytes_max = 0) {
    router.add({.method = method,
                .pattern = "/api/v1/" + std::move(pattern),
                .handler = std::move(handler),
                .lane = method == "GET" ? on_catalogue_lane : on_write_lane,
                .scope = Scope::kCatalogue,
                .body_bytes_max = body_bytes_max});
  };
  add("POST", "imports", [&imports](const Request& request) { return post_import(imports, request); }, feed_bytes_max);
  add("GET", "jobs", [&catalog](const Request& request) { return list_jobs(catalog, request); });
  add("GET", "jobs/{id}", [&catalog](const Request& request) { return control(request, [&catalog](JobId id) { return catalog.job(id); }); });
  add("GET", "jobs/{id}/errors", [&catalog](const Request& request) { return get_errors(catalog, request); });
  add("GET", "jobs/{id}/events", [&catalog](const Request& request) { return get_events(catalog, request); });
  add("POST", "jobs/{id}/pause", [&imports](const Request& request) { return control(request, [&imports](JobId id) { return imports.pause(id); }); });
  add("POST", "jobs/{id}/cancel", [&imports](const Request& request) { return control(request, [&imports](JobId id) { return imports.cancel(id); }); });
  add("POST", "jobs/{id}/resume", [&imports](const Request& request) { return control(request, [&imports](JobId id) { return imports.resume(id); }); });
  add("GET", "export", [&catalog](const Request& request) { return get_export(catalog, request); });
}

}  // namespace nozama
