#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "bench/cnn_like_vectors.h"
#include "bench/index_bench.h"
#include "bench/npy_file.h"
#include "bench/own_index.h"
#include "bench/peer_process.h"

namespace nozama {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kDimension = 64;

std::vector<float> rows_of(VectorSource& source, size_t count) {
  std::vector<float> rows(count * source.dimension());
  const auto read = source.read(rows);
  EXPECT_EQ(read.value_or(0), count);
  return rows;
}

NearestRows nearest(const BenchVectors& vectors, std::span<const float> rows, std::vector<Workload> workloads) {
  NearestRows truth(vectors.queries, kDimension, std::move(workloads));
  const Labeller labeller(rows.first(std::min<size_t>(rows.size(), 4096 * kDimension)), kDimension);
  std::vector<RowLabels> labels;
  for (size_t i = 0; i < rows.size() / kDimension; ++i) labels.push_back(labeller.label(static_cast<int64_t>(i), rows.subspan(i * kDimension, kDimension)));
  truth.add(0, rows, labels);
  return truth;
}

class VectorFile : public ::testing::Test {
 protected:
  VectorFile() : path_(std::filesystem::temp_directory_path() / ("nozama-bench-test-" + std::to_string(getpid()) + ".npy")) {}
  ~VectorFile() override { std::filesystem::remove(path_); }

  void write(int64_t rows, size_t columns, const std::vector<float>& numbers) {
    auto file = NpyWriter::open(path_, NpyWriter::Number::kFloat32, rows, columns);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write(std::as_bytes(std::span(numbers))));
    ASSERT_TRUE(file->close());
  }
  std::filesystem::path path_;
};

TEST(CnnLikeVectors, EqualSeedsGiveEqualVectorsAndOtherSeedsOthers) {
  const auto once = cnn_like_vectors(kDimension, 100, 10, 5), again = cnn_like_vectors(kDimension, 100, 10, 5),
             other = cnn_like_vectors(kDimension, 100, 10, 6);
  EXPECT_EQ(once.queries, again.queries);
  EXPECT_NE(once.queries, other.queries);
  const auto rows = rows_of(*once.rows, 100);
  EXPECT_EQ(rows, rows_of(*again.rows, 100));
  EXPECT_NE(rows, rows_of(*other.rows, 100));
}

TEST(CnnLikeVectors, MoreRowsBeginWithTheSameOnes) {
  const auto few = cnn_like_vectors(kDimension, 50, 1, 1), many = cnn_like_vectors(kDimension, 200, 1, 1);
  auto rows = rows_of(*many.rows, 200);
  rows.resize(50 * kDimension);
  EXPECT_EQ(rows, rows_of(*few.rows, 50));
}

TEST(CnnLikeVectors, AllHaveLengthOne) {
  const auto vectors = cnn_like_vectors(kDimension, 100, 1, 1);
  const auto rows = rows_of(*vectors.rows, 100);
  for (size_t row = 0; row < 100; ++row) {
    double squares = 0;
    for (size_t j = 0; j < kDimension; ++j) squares += static_cast<double>(rows[row * kDimension + j]) * rows[row * kDimension + j];
    EXPECT_NEAR(squares, 1, 1e-5);
  }
}

TEST(CnnLikeVectors, TheirLocalDimensionIsThatOfPhotographs) {
  const auto vectors = cnn_like_vectors(256, 10'000, 100, 1);
  std::vector<float> rows(10'000 * 256);
  ASSERT_TRUE(vectors.rows->read(rows));
  NearestRows truth(vectors.queries, 256, {Workload{}});
  truth.add(0, rows, std::vector<RowLabels>(10'000));
  EXPECT_GT(truth.local_dimension(), 8);
  EXPECT_LT(truth.local_dimension(), 22);
}

TEST(NearestRows, AreThoseOfAFullSort) {
  const auto vectors = cnn_like_vectors(kDimension, 500, 3, 1);
  const auto rows = rows_of(*vectors.rows, 500);
  const auto truth = nearest(vectors, rows, {Workload{}});
  for (size_t query = 0; query < 3; ++query) {
    std::vector<std::pair<double, int32_t>> all;
    for (size_t row = 0; row < 500; ++row) {
      double score = 0;
      for (size_t j = 0; j < kDimension; ++j) score += static_cast<double>(rows[row * kDimension + j]) * vectors.queries[query * kDimension + j];
      all.push_back({-score, static_cast<int32_t>(row)});
    }
    std::ranges::sort(all);
    for (size_t i = 0; i < kNeighbours; ++i) EXPECT_EQ(truth.ids(0)[query * kNeighbours + i], all[i].second);
  }
}

TEST(NearestRows, RecallCountsWhatWasFound) {
  const auto vectors = cnn_like_vectors(kDimension, 500, 4, 1);
  const auto rows = rows_of(*vectors.rows, 500);
  const auto truth = nearest(vectors, rows, {Workload{}});
  auto found = truth.ids(0);
  EXPECT_EQ(truth.recall(0, found), 1);
  for (size_t i = 0; i < 2 * kNeighbours; ++i) found[i] = -1;
  EXPECT_EQ(truth.recall(0, found), 0.5);
}

TEST(NearestRows, UnderAFilterAreThoseThatPass) {
  const auto vectors = cnn_like_vectors(kDimension, 2000, 4, 1);
  const auto rows = rows_of(*vectors.rows, 2000);
  const auto truth = nearest(vectors, rows, {{0.005, FilterKind::kRandom}, {0.5, FilterKind::kCluster}});
  const auto few = truth.ids(0);
  EXPECT_GT(std::ranges::count(few, -1), 0) << "ten rows or so pass";
  EXPECT_NE(few[0], -1);
  EXPECT_THAT(truth.ids(1), Each(testing::Ge(0)));
}

TEST(RowLabels, PassTheShareTheyShould) {
  const auto vectors = cnn_like_vectors(kDimension, 5000, 1, 1);
  const auto rows = rows_of(*vectors.rows, 5000);
  const Labeller labeller(std::span<const float>{rows}.first(4096 * kDimension), kDimension);
  for (const FilterKind kind : {FilterKind::kRandom, FilterKind::kCluster}) {
    size_t passing = 0;
    for (size_t i = 0; i < 5000; ++i) passing += labeller.label(static_cast<int64_t>(i), std::span(rows).subspan(i * kDimension, kDimension)).of(kind) < 0.1F;
    EXPECT_NEAR(static_cast<double>(passing) / 5000, 0.1, 0.03) << filter_kind_name(kind);
  }
}

TEST(OwnIndexBench, FindsTheTrueNeighbours) {
  const auto vectors = cnn_like_vectors(kDimension, 3000, 20, 1);
  const auto rows = rows_of(*vectors.rows, 3000);
  const Workload some{0.2, FilterKind::kCluster};
  const auto truth = nearest(vectors, rows, {Workload{}, some});
  const Labeller labeller(std::span<const float>{rows}, kDimension);
  std::vector<RowLabels> labels;
  for (size_t i = 0; i < 3000; ++i) labels.push_back(labeller.label(static_cast<int64_t>(i), std::span(rows).subspan(i * kDimension, kDimension)));
  OwnIndex own(kDimension);
  ASSERT_TRUE(own.add(0, rows, labels));
  Rounds rounds;
  const auto found = own.round(vectors.queries, {}, rounds);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_GT(truth.recall(0, *found), 0.99);
  const auto exact = own.round(vectors.queries, {{}, true}, rounds);
  ASSERT_TRUE(exact);
  EXPECT_GT(truth.recall(0, *exact), 0.999);
}

TEST(Rounds, EachQueryCountsWithItsMedian) {
  Rounds rounds;
  rounds.add({10, 100}, 1);
  rounds.add({10, 200}, 2);
  rounds.add({9000, 300}, 3);
  const QueryTimes times = rounds.summary();
  EXPECT_DOUBLE_EQ(times.p99_us, 200);
  EXPECT_DOUBLE_EQ(times.qps, 1e6 / 105);
  EXPECT_DOUBLE_EQ(times.cpu_us, 2);
}

TEST_F(VectorFile, RoundTrips) {
  std::vector<float> numbers;
  std::mt19937 random(1);
  for (int i = 0; i < 100 * 8; ++i) numbers.push_back(static_cast<float>(random() % 1000) + 1);
  write(100, 8, numbers);
  auto vectors = npy_vectors({path_, 8, 90, 10, 1});
  ASSERT_TRUE(vectors) << vectors.error().message;
  std::vector<float> rows(90 * 8);
  ASSERT_EQ(vectors->rows->read(rows).value_or(0), 90U);
  EXPECT_EQ(vectors->rows->read(rows).value_or(1), 0U);
  // Rows and queries together are the file's vectors, at length 1.
  std::vector<float> firsts;
  for (size_t i = 0; i < 90; ++i) firsts.push_back(rows[i * 8]);
  for (size_t i = 0; i < 10; ++i) firsts.push_back(vectors->queries[i * 8]);
  std::vector<float> expected;
  for (size_t i = 0; i < 100; ++i) {
    std::vector<float> row(numbers.begin() + static_cast<ptrdiff_t>(i * 8), numbers.begin() + static_cast<ptrdiff_t>(i * 8 + 8));
    ASSERT_TRUE(normalise(row));
    expected.push_back(row[0]);
  }
  std::ranges::sort(firsts);
  std::ranges::sort(expected);
  EXPECT_EQ(firsts, expected);
}

TEST_F(VectorFile, RowsCanBeWrittenInAnyOrder) {
  auto file = NpyWriter::open(path_, NpyWriter::Number::kFloat32, 2, 8);
  ASSERT_TRUE(file);
  const std::vector<float> first(8, 1), second{2, 0, 0, 0, 0, 0, 0, 0};
  ASSERT_TRUE(file->write_row(1, second));
  ASSERT_TRUE(file->write_row(0, first));
  ASSERT_TRUE(file->close());
  const auto vectors = npy_vectors({path_, 8, 1, 1, 1, true});
  ASSERT_TRUE(vectors);
  EXPECT_FLOAT_EQ(vectors->queries[1], 1 / std::sqrt(8.0F));
}

TEST_F(VectorFile, IsProjectedWhenItHasMoreNumbers) {
  const auto made = cnn_like_vectors(kDimension, 5000, 1, 1);
  write(5000, kDimension, rows_of(*made.rows, 5000));
  const auto vectors = npy_vectors({path_, 32, 4000, 10, 1});
  ASSERT_TRUE(vectors) << vectors.error().message;
  EXPECT_EQ(vectors->rows->dimension(), 32U);
  EXPECT_EQ(vectors->queries.size(), 320U);
}

TEST_F(VectorFile, ThatIsShortIsDamagedAndAZeroVectorIsNamed) {
  write(100, 8, std::vector<float>(50 * 8, 1));
  const auto vectors = npy_vectors({path_, 8, 90, 1, 1, true});
  ASSERT_TRUE(vectors);
  std::vector<float> rows(90 * 8);
  EXPECT_EQ(vectors->rows->read(rows).error().code, ErrorCode::kCorrupt);
  std::vector<float> numbers(100 * 8, 1);
  std::fill_n(numbers.begin() + 40, 8, 0.0F);
  write(100, 8, numbers);
  EXPECT_THAT(npy_vectors({path_, 8, 90, 1, 1, true})->rows->read(rows).error().message, HasSubstr("row 5"));
}

TEST_F(VectorFile, ThatDoesNotFitTheRequestIsRefused) {
  write(100, 8, std::vector<float>(100 * 8, 1));
  EXPECT_EQ(npy_vectors({path_, 8, 100, 1, 1}).error().reason, "too_few_vectors");
  EXPECT_EQ(npy_vectors({path_, 12, 10, 1, 1}).error().reason, "bad_dim");
  EXPECT_EQ(npy_vectors({path_ / "none", 8, 10, 1, 1}).error().code, ErrorCode::kNotFound);
}

TEST(NpyHeader, IsReadOrRefusedAtEveryLength) {
  const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 34), }\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size());
  bytes += '\0';
  bytes += text;
  const auto shape = parse_npy_header(bytes);
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->rows, 12);
  EXPECT_EQ(shape->columns, 34U);
  EXPECT_EQ(shape->data_offset, bytes.size());
  for (size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(parse_npy_header(bytes.substr(0, length))) << length;
}

TEST(NpyHeader, OtherNumbersOrdersAndShapesAreRefused) {
  const auto header = [](std::string text) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(text.size());
    bytes += '\0';
    return parse_npy_header(bytes + text);
  };
  EXPECT_FALSE(header("{'descr': '<f8', 'fortran_order': False, 'shape': (12, 34), }"));
  EXPECT_FALSE(header("{'descr': '<f4', 'fortran_order': True, 'shape': (12, 34), }"));
  EXPECT_FALSE(header("{'descr': '<f4', 'fortran_order': False, 'shape': (12,), }"));
  EXPECT_FALSE(header("{'descr': '<f4', 'fortran_order': False, 'shape': (12, 34, 5), }"));
  EXPECT_FALSE(header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 34), }"));
  EXPECT_FALSE(header("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999999, 34), }"));
}

TEST(PeerNames, AFamilyStandsForItsEngines) {
  EXPECT_THAT(engines_of({"usearch", "hnswlib"}, false).value(), ElementsAre("usearch-f32", "usearch-bf16", "usearch-i8", "hnswlib"));
  EXPECT_THAT(engines_of({"faiss-hnsw"}, false).value(), ElementsAre("faiss-hnsw"));
  EXPECT_THAT(engines_of({"scann", "hnswlib"}, true).value(), ElementsAre("hnswlib")) << "scann has no filter";
  EXPECT_EQ(engines_of({"milvus"}, false).error().reason, "unknown_peer");
}

TEST(PeerProcess, APythonThatIsNotThereIsAMissingPeer) {
  auto peer = PeerProcess::start("hnswlib", {"/nonexistent/python", std::filesystem::temp_directory_path(), 1, {Workload{}}, false, 0, {}});
  ASSERT_TRUE(peer);
  EXPECT_EQ((*peer)->prepare([](std::string_view) {}).error().reason, "peer_missing");
}

TEST(PeerProcess, OneThatDiesOrTalksNonsenseFails) {
  for (const char* program : {"/bin/false", "/bin/echo"}) {
    auto peer = PeerProcess::start("hnswlib", {program, std::filesystem::temp_directory_path(), 1, {Workload{}}, false, 0, {}});
    ASSERT_TRUE(peer);
    EXPECT_EQ((*peer)->prepare([](std::string_view) {}).error().reason, "peer_failed") << program;
  }
}

TEST_F(VectorFile, APeerThatHangsIsEndedOnRequest) {
  const auto folder = path_.parent_path() / ("nozama-bench-test-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "peers.py") << "exec sleep 600\n";
  std::stop_source stop;
  stop.request_stop();
  auto peer = PeerProcess::start("hnswlib", {"/bin/sh", folder, 1, {Workload{}}, false, 0, stop.get_token()});
  ASSERT_TRUE(peer);
  EXPECT_EQ((*peer)->prepare([](std::string_view) {}).error().code, ErrorCode::kCancelled);
  peer->reset();
  std::filesystem::remove_all(folder);
}

TEST_F(VectorFile, APeerThatIsNotReadyInTimeIsLeftOut) {
  const auto folder = path_.parent_path() / ("nozama-bench-slow-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "peers.py") << "exec sleep 600\n";
  auto peer = PeerProcess::start("hnswlib", {"/bin/sh", folder, 1, {Workload{}}, false, 0.05, {}});
  ASSERT_TRUE(peer);
  EXPECT_EQ((*peer)->prepare([](std::string_view) {}).error().reason, "peer_slow");
  peer->reset();
  std::filesystem::remove_all(folder);
}

TEST(IndexBench, RefusesWhatCannotBeRun) {
  IndexBenchOptions options;
  options.rows = {10};
  EXPECT_EQ(check(options).error().reason, "bad_rows");
  options = {};
  options.dimension = 66;
  EXPECT_EQ(check(options).error().reason, "bad_dim");
  options = {};
  options.filter_pass = {0};
  EXPECT_EQ(check(options).error().reason, "bad_filter_pass");
  options = {};
  options.keep = "folder";
  EXPECT_EQ(check(options).error().reason, "bad_keep");
}

}  // namespace
}  // namespace nozama
