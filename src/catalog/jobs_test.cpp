#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class JobCatalog : public CatalogContract {
 protected:
  JobStart start(const std::string& source, const std::string& owner, int64_t lease_ms = 60'000) {
    return {.kind = "import", .source = source, .owner = owner, .lease_ms = lease_ms};
  }
  JobProgress progress(const JobRecord& job) {
    JobProgress report;
    report.id = job.id;
    report.owner = job.owner;
    return report;
  }
  // Of a process that is known to have ended.
  static std::string dead_owner() {
    int pipes[2];
    EXPECT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
      const std::string owner = make_lease_owner();
      const ssize_t written = write(pipes[1], owner.data(), owner.size());
      _exit(written == static_cast<ssize_t>(owner.size()) ? 0 : 1);
    }
    std::string owner(300, '\0');
    const ssize_t size = read(pipes[0], owner.data(), owner.size());
    owner.resize(size > 0 ? static_cast<size_t>(size) : 0);
    close(pipes[0]);
    close(pipes[1]);
    waitpid(child, nullptr, 0);
    return owner;
  }
};
NOZAMA_ON_EVERY_STORE(JobCatalog);

TEST_P(JobCatalog, OnlyOneProcessRunsAKind) {
  auto first = catalog_->begin_job(start("feed.csv", make_lease_owner()));
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->resumed);
  auto second = catalog_->begin_job(start("other.csv", make_lease_owner()));
  EXPECT_EQ(second.error().reason, "job_running");
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(catalog_->begin_job({.kind = "train", .source = "", .owner = make_lease_owner()})) << "another kind may run";
  ASSERT_TRUE(catalog_->finish_job(first->id, first->owner, JobState::kDone, "done"));
  EXPECT_TRUE(catalog_->begin_job(start("other.csv", make_lease_owner())));
}

// features: G4
TEST_P(JobCatalog, AKilledImportResumesAtOnceWhereItStopped) {
  auto first = catalog_->begin_job(start("feed.csv", dead_owner()));
  ASSERT_TRUE(first);
  ProductBatch batch = sample_batch({"a", "b"});
  batch.products.push_back(ProductRecord{});
  batch.products.back().source_line = 17;
  batch.progress = progress(*first);
  batch.progress->counters.done = 3;
  batch.progress->cursor = "line 18";
  ASSERT_TRUE(catalog_->upsert(batch));
  auto again = catalog_->begin_job(start("feed.csv", make_lease_owner()));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->resumed);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->cursor, "line 18");
  EXPECT_EQ(again->counters.created, 2);
  EXPECT_EQ(again->counters.failed, 1);
  auto errors = catalog_->job_errors(first->id, 0, 10);
  ASSERT_EQ(errors->size(), 1U);
  EXPECT_EQ(errors->front().line, 17);
  EXPECT_EQ(errors->front().reason, "missing_id");
}

TEST_P(JobCatalog, AnotherSourceStartsAnewAndADoneJobIsNotResumed) {
  auto first = catalog_->begin_job(start("a.csv", make_lease_owner()));
  ASSERT_TRUE(catalog_->finish_job(first->id, first->owner, JobState::kInterrupted, "Ctrl-C"));
  auto other = catalog_->begin_job(start("b.csv", make_lease_owner()));
  EXPECT_FALSE(other->resumed);
  ASSERT_TRUE(catalog_->finish_job(other->id, other->owner, JobState::kDone, ""));
  auto resumed = catalog_->begin_job(start("a.csv", make_lease_owner()));
  EXPECT_TRUE(resumed->resumed);
  ASSERT_TRUE(catalog_->finish_job(resumed->id, resumed->owner, JobState::kDone, ""));
  EXPECT_FALSE(catalog_->begin_job(start("a.csv", make_lease_owner()))->resumed);
}

TEST_P(JobCatalog, AnExpiredLeaseIsTakenAndTheOldOwnerRefused) {
  auto silent = catalog_->begin_job(start("feed.csv", "elsewhere:pid:[1]:1:1:ab", -1));
  ASSERT_TRUE(silent);
  auto taken = catalog_->begin_job(start("feed.csv", make_lease_owner()));
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(catalog_->report_job(progress(*silent)).error().reason, "lease_lost");
  EXPECT_EQ(catalog_->finish_job(silent->id, silent->owner, JobState::kDone, "").error().reason, "lease_lost");
  ProductBatch batch = sample_batch({"a"});
  batch.progress = progress(*silent);
  EXPECT_EQ(catalog_->upsert(batch).error().reason, "lease_lost");
  EXPECT_EQ(catalog_->stats()->products, 0) << "nothing of a batch without the lease is stored";
  EXPECT_TRUE(catalog_->report_job(progress(*taken)));
}

TEST_P(JobCatalog, AnUnknownMachinesLeaseHoldsUntilItExpires) {
  ASSERT_TRUE(catalog_->begin_job(start("feed.csv", "elsewhere:pid:[1]:1:1:ab")));
  EXPECT_EQ(catalog_->begin_job(start("feed.csv", make_lease_owner())).error().reason, "job_running");
}

TEST_P(JobCatalog, ReportsAndErrorsAreKept) {
  auto job = catalog_->begin_job(start("feed.csv", make_lease_owner()));
  JobProgress report = progress(*job);
  report.counters = {.done = 5, .total = 10, .created = 1, .updated = 2, .unchanged = 3, .deleted = 4, .failed = 5, .pictures_read = 6, .pictures_embedded = 7};
  report.errors = {{.line = 3, .reason = "bad_price", .message = "price: 'abc'"}, {.line = 9, .reason = "broken_picture", .message = "x.jpg"}};
  ASSERT_TRUE(catalog_->report_job(report));
  ASSERT_TRUE(catalog_->finish_job(job->id, job->owner, JobState::kFailed, "the disk is full"));
  reopen();
  auto read = catalog_->job(job->id);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->counters, report.counters);
  EXPECT_EQ(read->state, JobState::kFailed);
  EXPECT_EQ(job_state_name(read->state), "failed");
  EXPECT_EQ(read->message, "the disk is full");
  auto errors = catalog_->job_errors(job->id, 1, 10);
  ASSERT_EQ(errors->size(), 1U);
  EXPECT_EQ(errors->front().line, 9);
  EXPECT_EQ(catalog_->jobs(10)->size(), 1U);
  EXPECT_EQ(catalog_->job(JobId{99}).error().reason, "unknown_job");
}

TEST(LeaseOwner, KnowsTheLivingFromTheDead) {
  EXPECT_TRUE(lease_owner_may_live(make_lease_owner()));
  EXPECT_NE(make_lease_owner(), make_lease_owner());
  EXPECT_TRUE(lease_owner_may_live("")) << "what cannot be judged is left to the lease's end";
  EXPECT_TRUE(lease_owner_may_live("other-host:x:1:1:1"));
  std::string reused = make_lease_owner();  // the same pid, but started at another time
  const size_t random = reused.rfind(':');
  const size_t began = reused.rfind(':', random - 1);
  reused.replace(began + 1, random - began - 1, "1");
  EXPECT_FALSE(lease_owner_may_live(reused));
}

}  // namespace
}  // namespace nozama
