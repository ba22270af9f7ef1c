#include "engine/picture_workers.h"

#include <algorithm>
#include <memory>

#include "engine/workspace.h"

namespace nozama {
namespace {

constexpr size_t kPicturesPerTask = 4;  // one at a time, waking and sleeping would cost a few per cent

}  // namespace

PictureWorkers::PictureWorkers(Workspace& workspace, PictureIngest& ingest, const std::stop_token& stop)
    : ingest_(ingest), stop_(stop), pool_({.threads = workspace.threads(), .queue_length_max = workspace.threads()}), fetches_(workspace.fetcher(), {}, stop) {}

void PictureWorkers::start_fetch(PictureJob& job, std::latch& pending) {
  fetches_.submit(job.url, job.version, [this, &job, &pending](Result<FetchedFile> file) {
    auto shared = std::make_shared<Result<FetchedFile>>(std::move(file));
    pool_.submit([this, &job, &pending, shared] {
      ingest_.ingest_fetched(job, std::move(*shared));
      pending.count_down();
    });
  });
}

void PictureWorkers::start(std::vector<PictureJob*> jobs, std::latch& pending) {
  const auto files = std::stable_partition(jobs.begin(), jobs.end(), [](const PictureJob* job) { return !job->url.empty(); });
  for (auto job = jobs.begin(); job != files; ++job) start_fetch(**job, pending);
  jobs.erase(jobs.begin(), files);
  for (size_t first = 0; first < jobs.size(); first += kPicturesPerTask) {
    const std::vector<PictureJob*> some(jobs.begin() + static_cast<std::ptrdiff_t>(first),
                                        jobs.begin() + static_cast<std::ptrdiff_t>(std::min(jobs.size(), first + kPicturesPerTask)));
    pool_.submit([this, some, &pending] {
      for (PictureJob* job : some) {
        if (!stop_.stop_requested()) ingest_.ingest(*job);
      }
      pending.count_down(std::ssize(some));
    });
  }
}

}  // namespace nozama
