// What every store has to keep among processes: turns, one state for a reader, sudden death.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class SharedStore : public StoreContract {
 protected:
  std::unique_ptr<Catalog> open_or_die() {
    auto opened = store_->open({.create = true});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
};
NOZAMA_ON_EVERY_STORE(SharedStore);

TEST_P(SharedStore, AMissingCatalogueNamesTheRemedy) {
  const auto opened = store_->open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(opened.error().reason, "no_catalogue");
  EXPECT_THAT(opened.error().message, HasSubstr("nozama import"));
}

TEST_P(SharedStore, ALongWriteOfAnotherProcessIsBusyAndReadersGoOn) {
  open_or_die();
  auto catalog = store_->open({.busy_timeout_ms = 20});
  ASSERT_TRUE(catalog);
  auto other = store_->connect(sql::Access::kWrite);
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->begin(sql::Access::kWrite));
  const auto refused = (*catalog)->upsert(sample_batch({"a"}));
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  EXPECT_EQ(refused.error().reason, "database_locked");
  EXPECT_TRUE((*catalog)->product_ids({"a"})) << "readers never wait";
  (*other)->roll_back();
  EXPECT_TRUE((*catalog)->upsert(sample_batch({"a"})));
}

// A child writes batches of ten products and says after each commit how many are acknowledged.
[[noreturn]] void write_until_killed(Store& store, int acknowledged) {
  auto catalog = store.open({.create = true});
  if (!catalog) _exit(1);
  for (int batch = 0;; ++batch) {
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i) ids.push_back("p" + std::to_string(batch * 10 + i));
    if (!(*catalog)->upsert(sample_batch(ids))) _exit(2);
    if (write(acknowledged, "x", 1) != 1) _exit(3);
  }
}

// features: G4
TEST_P(SharedStore, KillAtAnyMomentLosesNothingAcknowledgedAndLeavesNoHalfBatch) {
  for (int round = 0; round < 12; ++round) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipes[0]);
      write_until_killed(*store_, pipes[1]);
    }
    close(pipes[1]);
    // The first rounds die while the file is made, the later ones amid the commits.
    int64_t acknowledged = 0;
    char byte = 0;
    while (acknowledged < round - 3 && read(pipes[0], &byte, 1) == 1) ++acknowledged;
    std::this_thread::sleep_for(std::chrono::milliseconds(3 * (round % 4)));
    kill(child, SIGKILL);
    while (read(pipes[0], &byte, 1) == 1) ++acknowledged;
    close(pipes[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child stopped by itself with " << WEXITSTATUS(status);
    auto catalog = store_->open({.create = true});
    ASSERT_TRUE(catalog) << catalog.error().message;
    const auto stats = (*catalog)->stats();
    EXPECT_GE(stats->products, 10 * acknowledged) << "round " << round;
    EXPECT_EQ(stats->products % 10, 0);
    EXPECT_EQ(stats->embeddings, 2 * stats->products);
    EXPECT_EQ(stats->change_seq, stats->products) << "written again in each round, yet changed once";
    EXPECT_THAT(*(*catalog)->check(), IsEmpty());
  }
}

TEST_P(SharedStore, SeveralProcessesCreateAndWriteOneCatalogue) {
  std::vector<pid_t> children;
  for (int process = 0; process < 3; ++process) {
    const pid_t child = fork();
    if (child == 0) {
      auto catalog = store_->open({.create = true});
      if (!catalog) _exit(1);
      for (int i = 0; i < 15; ++i) {
        if (!(*catalog)->upsert(sample_batch({"p" + std::to_string(process) + "-" + std::to_string(i)}))) _exit(2);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  auto catalog = store_->open({});
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ((*catalog)->stats()->products, 45);
  EXPECT_EQ(*(*catalog)->current_seq(), 45);
}

TEST_P(SharedStore, AChangeOfOneProcessIsSeenByAnother) {
  auto serve = open_or_die();
  auto import = open_or_die();
  ASSERT_TRUE(import->upsert(sample_batch({"a"})));
  EXPECT_EQ(*serve->current_seq(), 1);
  EXPECT_TRUE(serve->product("a", "en"));
}

TEST_P(SharedStore, AFeedReadsOneStateWhileOthersWrite) {
  auto catalog = open_or_die();
  ASSERT_TRUE(catalog->upsert(sample_batch({"a", "b"})));
  int rows = 0;
  auto seq = catalog->for_each_indexable("encoder-a", [&](const IndexRow&) -> Status {
    if (rows++ == 0) return status_of(catalog->upsert(sample_batch({"c"})));
    return {};
  });
  ASSERT_TRUE(seq) << seq.error().message;
  EXPECT_EQ(*seq, 2) << "the rows are those of the state the feed began with";
  EXPECT_EQ(rows, 4);
  EXPECT_EQ(*catalog->current_seq(), 3);
}

}  // namespace
}  // namespace nozama
