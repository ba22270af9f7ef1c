#include "bench/kept_index.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "bench/cnn_like_vectors.h"
#include "bench/own_index.h"

namespace nozama {
namespace {

constexpr size_t kDimension = 64, kQueries = 20;
constexpr int64_t kRows = 2000;

class KeptIndex : public ::testing::Test {
 protected:
  KeptIndex() : folder_(std::filesystem::temp_directory_path() / ("nozama-kept-test-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~KeptIndex() override { std::filesystem::remove_all(folder_); }

  void keep() const {
    const auto vectors = cnn_like_vectors(kDimension, kRows, kQueries, 1);
    std::vector<float> rows(kRows * kDimension);
    ASSERT_TRUE(vectors.rows->read(rows));
    const std::vector<RowLabels> labels(kRows);
    NearestRows truth(vectors.queries, kDimension, {Workload{}});
    truth.add(0, rows, labels);
    OwnIndex own(kDimension);
    ASSERT_TRUE(own.add(0, rows, labels));
    ASSERT_TRUE(own.reopen(index_path(folder_)));
    ASSERT_TRUE(write_queries(folder_, vectors.queries, kDimension, truth.ids(0)));
    Measurement made;
    made.data = "made \"here\"";
    made.rows = kRows;
    made.dimension = kDimension;
    made.build_cpu_s = 1.5;
    ASSERT_TRUE(write_about(folder_, made));
  }
  ErrorCode refused() const {
    const auto measured = measure_kept(folder_, 1, {});
    EXPECT_FALSE(measured);
    return measured ? ErrorCode::kInternal : measured.error().code;
  }
  void cut(const char* name) const { std::filesystem::resize_file(folder_ / name, std::filesystem::file_size(folder_ / name) - 4); }

  std::filesystem::path folder_;
};

TEST_F(KeptIndex, IsMeasuredAgainstTheAnswersThatWereKeptWithIt) {
  keep();
  const auto measured = measure_kept(folder_, 2, {});
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_EQ(measured->engine, "nozama-opened");
  EXPECT_EQ(measured->data, "made \"here\"");
  EXPECT_EQ(measured->rows, kRows);
  EXPECT_DOUBLE_EQ(measured->build_cpu_s, 1.5);
  EXPECT_GT(measured->recall, 0.99);
  EXPECT_GT(measured->times.qps, 0);
  EXPECT_EQ(measured->index_bytes, static_cast<double>(std::filesystem::file_size(index_path(folder_))));
  ASSERT_TRUE(measured->opened);
  EXPECT_GT(measured->opened->cold.first_answer_s, 0);
  EXPECT_GT(measured->opened->warm.cached, 0.5);
  EXPECT_GT(measured->opened->cold.times.p99_us, 0);
}

TEST_F(KeptIndex, OtherAnswersAreAnotherRecall) {
  keep();
  const std::vector<int32_t> wrong(kQueries * kNeighbours, -1);
  ASSERT_TRUE(write_queries(folder_, cnn_like_vectors(kDimension, 1, kQueries, 1).queries, kDimension, wrong));
  const auto measured = measure_kept(folder_, 1, {});
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->recall, 0);
}

TEST_F(KeptIndex, ThatIsNotThereOrIsDamagedIsRefused) {
  EXPECT_EQ(refused(), ErrorCode::kNotFound);
  for (const char* name : {"about.json", "truth.npy", "queries.npy", "index.nzi"}) {
    keep();
    cut(name);
    EXPECT_EQ(refused(), ErrorCode::kCorrupt) << name;
  }
  keep();
  ASSERT_TRUE(write_queries(folder_, cnn_like_vectors(kDimension, 1, kQueries, 1).queries, kDimension, std::vector<int32_t>(kNeighbours)));
  EXPECT_EQ(refused(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace nozama
