#include "engine/training.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "base/file.h"
#include "base/half.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "engine/attribute_training.h"
#include "engine/category_examples.h"
#include "engine/category_levels.h"
#include "engine/engine.h"
#include "engine/identity_space.h"
#include "engine/search_session.h"
#include "engine/serving_model.h"
#include "engine/workspace.h"
#include "train/projection.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

CategoryNode node(int64_t id, int64_t parent, const std::string& slug, int depth) {
  return {.id = CategoryId{id}, .parent = CategoryId{parent}, .slug = slug, .name = slug, .depth = depth};
}

// Home (1) with chairs (2), stools (3) and rugs (4); garden (5) alone.
std::vector<CategoryNode> small_shop() {
  return {node(1, 0, "home", 0), node(2, 1, "chairs", 1), node(3, 1, "stools", 1), node(4, 1, "rugs", 1), node(5, 0, "garden", 0)};
}

void add_picture(TrainingPictures& pictures, int64_t product, int64_t category, std::vector<float> embedding, int64_t variant = 0) {
  pictures.data.dim = embedding.size();
  pictures.data.append(embedding, 0, product);
  pictures.variants.push_back(variant);
  pictures.categories.push_back(category);
  pictures.colours.emplace_back();
  pictures.brands.emplace_back();
}

// One picture a product; `categories[i]` is that of product i + 1.
TrainingPictures pictures_in(const std::vector<int64_t>& categories) {
  TrainingPictures pictures;
  for (size_t i = 0; i < categories.size(); ++i) add_picture(pictures, static_cast<int64_t>(i + 1), categories[i], {1, static_cast<float>(i)});
  return pictures;
}

// features: B3 B8
TEST(CategoryExamples, ACategoryOfOneProductIsTaughtAsTheOneAboveIt) {
  const CategoryExamples examples = category_examples(pictures_in({2, 2, 3, 4, 0, 5}), small_shop());
  EXPECT_THAT(examples.classes, ElementsAre(2, 1));
  EXPECT_THAT(examples.backed_off, UnorderedElementsAre(BackedOffCategory{3, 1}, BackedOffCategory{4, 1}));
  EXPECT_THAT(examples.data.labels, ElementsAre(0, 0, 1, 1));  // neither the picture without a category nor the garden's only one
  EXPECT_EQ(examples.tree.of_class[1], 0U);
  ASSERT_EQ(examples.notes.size(), 2U);
  EXPECT_THAT(examples.notes[0], HasSubstr("2 categories have one product only; they are taught"));
  EXPECT_THAT(examples.notes[1], HasSubstr("1 categories have one product only; they are not learned"));
}

TEST(CategoryExamples, OneProductThatIsAloneUpToTheRootIsLeftOut) {
  const CategoryExamples examples = category_examples(pictures_in({2, 5, 5}), small_shop());
  EXPECT_THAT(examples.classes, ElementsAre(5));
  EXPECT_TRUE(examples.backed_off.empty());
}

TEST(CategoryExamples, ACatalogueWithoutCategoriesGivesNone) {
  EXPECT_TRUE(category_examples(pictures_in({0, 0, 0}), {}).classes.empty());
  EXPECT_TRUE(category_examples(TrainingPictures{}, small_shop()).classes.empty());
}

TEST(CategoryLevels, TheMostSpecificCategoryThatIsSureEnoughIsNamed) {
  const std::vector<CategoryProbability> probabilities = {{CategoryId{2}, 0.5}, {CategoryId{3}, 0.4}, {CategoryId{5}, 0.1}};
  EXPECT_EQ(most_specific_category(small_shop(), probabilities, 0.8)->slug, "home");
  EXPECT_NEAR(most_specific_category(small_shop(), probabilities, 0.8)->probability, 0.9, 1e-12);
  EXPECT_FALSE(most_specific_category(small_shop(), probabilities, 0.95));
  const std::vector<CategoryProbability> gone = {{CategoryId{99}, 1.0}};  // a category that no longer exists
  EXPECT_FALSE(most_specific_category(small_shop(), gone, 0.8));
}

// Two variants or more a product, so that identities are variants; `pairs` of the products show each variant twice.
TrainingPictures varied_pictures(size_t products, size_t first_paired, size_t paired, size_t dim = 24) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  TrainingPictures pictures;
  for (size_t p = 0; p < products; ++p) {
    std::vector<float> centre(dim);
    for (float& value : centre) value = 1 + 0.3F * normal(random);
    for (size_t k = 0; k < (p >= first_paired && p < first_paired + paired ? 2U : 1U); ++k) {
      std::vector<float> picture = centre;
      // The second half of the numbers differs from picture to picture and means nothing.
      for (size_t j = dim / 2; j < dim; ++j) picture[j] += 1.5F * normal(random);
      add_picture(pictures, static_cast<int64_t>(p), 1, picture, static_cast<int64_t>(p));
      pictures.colours.back() = p % 2 == 0 ? "red" : "blue";
    }
  }
  return pictures;
}

// features: B3
TEST(IdentitySpace, IsLearnedWhereProductsWithSeveralPicturesTeachItAndFindMore) {
  const TrainingPictures pictures = varied_pictures(600, 0, 600);
  const Projection pca = fit_pca(pictures.data.features, 24, 16);
  const auto space = learn_identity_space(pictures, pca, {}, {});
  ASSERT_TRUE(space) << space.error().message;
  EXPECT_EQ(space->identities, 600);
  EXPECT_TRUE(space->projection) << space->reason;
  EXPECT_GT(space->mean_average_precision, space->mean_average_precision_pca + 0.05);
}

TEST(IdentitySpace, NeedsAHundredIdentitiesWithSeveralPictures) {
  const TrainingPictures pictures = varied_pictures(300, 0, 99);
  const auto space = learn_identity_space(pictures, fit_pca(pictures.data.features, 24, 16), {}, {});
  ASSERT_TRUE(space);
  EXPECT_FALSE(space->projection);
  EXPECT_THAT(space->reason, HasSubstr("99 products or variants"));
}

TEST(IdentitySpace, OfALargeCatalogueTheProductsThatTeachAreTakenWhereverTheyAre) {
  // The first 500 pictures hold no product with several; what teaches stands at the end.
  const TrainingPictures pictures = varied_pictures(800, 650, 150);
  IdentitySpaceOptions options;
  options.pictures_max = 500;
  const auto space = learn_identity_space(pictures, fit_pca(pictures.data.features, 24, 16), options, {});
  ASSERT_TRUE(space) << space.error().message;
  EXPECT_EQ(space->identities, 150);
  EXPECT_NEAR(static_cast<double>(space->pictures), 500, 2);
}

TEST(IdentitySpace, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const TrainingPictures pictures = varied_pictures(200, 0, 200);
  const auto space = learn_identity_space(pictures, fit_pca(pictures.data.features, 24, 16), {}, stop.get_token());
  ASSERT_FALSE(space);
  EXPECT_EQ(space.error().code, ErrorCode::kCancelled);
}

// Attributes as the catalogue states them, without one: value_of(product) for each product.
StatedAttributes stated(const TrainingPictures& pictures, const std::string& name, const std::function<std::string(int64_t)>& value_of) {
  StatedAttributes attributes;
  for (size_t i = 0; i < pictures.data.rows(); ++i) {
    attributes[name].add(pictures.data.groups[i], 0, value_of(pictures.data.groups[i]), AttributeTrainingOptions{}.distinct_max);
  }
  return attributes;
}

// Products whose first number tells whether they are even.
TrainingPictures coloured_pictures(size_t products) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  TrainingPictures pictures;
  for (size_t p = 0; p < products; ++p)
    add_picture(pictures, static_cast<int64_t>(p), 1, {(p % 2 == 0 ? 1.0F : -1.0F) + 0.2F * normal(random), 1 + 0.1F * normal(random), normal(random)});
  return pictures;
}

AttributeReport report_of(const TrainingPictures& pictures, const std::function<std::string(int64_t)>& value_of, AttributeTrainingOptions options = {}) {
  const auto trained = train_attributes(stated(pictures, "colour", value_of), pictures, options, nullptr, {});
  EXPECT_TRUE(trained) << trained.error().message;
  EXPECT_EQ(trained->heads.size(), trained->reports.at(0).serves ? 1U : 0U);
  return trained->reports.at(0);
}

// features: B9
TEST(AttributeTraining, AnAttributeThatPicturesTellServes) {
  const TrainingPictures pictures = coloured_pictures(120);
  const auto trained = train_attributes(stated(pictures, "colour", [](int64_t p) { return p % 2 == 0 ? "red" : "blue"; }), pictures, {}, nullptr, {});
  ASSERT_TRUE(trained) << trained.error().message;
  ASSERT_EQ(trained->heads.size(), 1U);
  EXPECT_GT(trained->reports[0].accuracy, 0.95);
  EXPECT_DOUBLE_EQ(trained->reports[0].majority_accuracy, 0.5);
  ServingModel model;
  model.attribute_heads = trained->heads;
  const auto guesses = guess_attributes(model, std::vector<float>{1, 1, 0});
  ASSERT_EQ(guesses.size(), 1U);
  EXPECT_EQ(guesses[0].value, "red");
  EXPECT_GT(guesses[0].probability, 0.5);
}

TEST(AttributeTraining, AnAttributeThatPicturesDoNotTellIsNotServed) {
  const AttributeReport report = report_of(coloured_pictures(200), [](int64_t p) { return p / 2 % 2 == 0 ? "oak" : "pine"; });
  EXPECT_FALSE(report.serves);
  EXPECT_THAT(report.reason, HasSubstr("pictures do not tell it"));
}

TEST(AttributeTraining, OneValueOrTooFewProductsOfASecondTeachNothing) {
  EXPECT_THAT(report_of(coloured_pictures(60), [](int64_t) { return "red"; }).reason, HasSubstr("two values with 10 products"));
  const AttributeReport rare = report_of(coloured_pictures(60), [](int64_t p) { return p < 9 ? "blue" : "red"; });
  EXPECT_FALSE(rare.serves);
  EXPECT_EQ(rare.values, 1);
}

TEST(AttributeTraining, OfTenThousandValuesTheCommonestAreLearned) {
  const TrainingPictures pictures = coloured_pictures(10'200);
  AttributeTrainingOptions options;
  options.values_max = 2;
  const AttributeReport report = report_of(pictures, [](int64_t p) { return p < 200 ? (p % 2 == 0 ? "red" : "blue") : fmt::format("batch {}", p); }, options);
  EXPECT_EQ(report.values, 2);
  EXPECT_EQ(report.products, 200);
  EXPECT_TRUE(report.serves) << report.reason;
  options.distinct_max = 10'000;
  StatedAttribute text;
  for (int64_t p = 0; p < 10'200; ++p) text.add(p, 0, fmt::format("batch {}", p), options.distinct_max);
  EXPECT_TRUE(text.too_many());
  EXPECT_TRUE(text.values().empty());
  const auto trained = train_attributes({{"serial", text}}, pictures, options, nullptr, {});
  ASSERT_TRUE(trained);
  EXPECT_THAT(trained->reports[0].reason, HasSubstr("text, not a choice"));
}

TEST(AttributeTraining, AVariantsValueGoesBeforeItsProducts) {
  StatedAttribute colour;
  colour.add(1, 0, "red", 10);
  colour.add(1, 7, "blue", 10);
  colour.add(1, 7, "green", 10);  // the first counts
  EXPECT_EQ(colour.values()[*colour.value_of(1, 7)], "blue");
  EXPECT_EQ(colour.values()[*colour.value_of(1, 8)], "red");
  EXPECT_FALSE(colour.value_of(2, 0));
}

TEST(AttributeTraining, ManyPicturesAreThinnedByWholeProductsAndItStopsWhenAsked) {
  AttributeTrainingOptions options;
  options.pictures_max = 100;
  const auto parity = [](int64_t p) { return p % 2 == 0 ? "red" : "blue"; };
  EXPECT_NEAR(static_cast<double>(report_of(coloured_pictures(1000), parity, options).pictures), 100, 2);
  std::stop_source stop;
  stop.request_stop();
  const TrainingPictures pictures = coloured_pictures(60);
  const auto stopped = train_attributes(stated(pictures, "colour", parity), pictures, {}, nullptr, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

TEST(AttributeTraining, TheSelectionIsAllNoneOrNames) {
  EXPECT_TRUE(parse_attribute_selection("all")->all);
  EXPECT_TRUE(parse_attribute_selection("none")->names.empty());
  EXPECT_THAT(parse_attribute_selection("colour,brand")->names, ElementsAre("colour", "brand"));
  for (const char* wrong : {"", ",", "colour,", ",colour", "a,,b"}) EXPECT_EQ(parse_attribute_selection(wrong).error().reason, "bad_attributes") << wrong;
}

// A shop whose pictures are numbers: the embeddings of the real encoder's shape are made up, nothing is encoded.
class TrainedShop : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("nozama_training_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    auto opened = Workspace::open(options());
    ASSERT_TRUE(opened) << opened.error().message;
    workspace_ = std::move(*opened);
  }
  void TearDown() override {
    workspace_.reset();
    fs::remove_all(folder_);
  }

  WorkspaceOptions options() const {
    WorkspaceOptions options;
    options.data_dir = folder_;
    options.models_dir = fs::path(NOZAMA_SOURCE_DIR) / "build/models";
    options.create = true;
    return options;
  }

  struct Made {
    std::string id;
    std::vector<std::string> path;
    size_t look = 0;  // products of one look are alike
    std::vector<Attribute> attributes = {};
  };

  void put(const std::vector<Made>& products) {
    const auto encoder = workspace_->serving_encoder();
    ASSERT_TRUE(encoder) << encoder.error().message;
    const auto dim = static_cast<size_t>(encoder->encoder->info().embedding_dim);
    ProductBatch batch;
    batch.encoder_id = encoder->id;
    std::mt19937 random(9);
    std::uniform_real_distribution<float> uniform(0, 0.3F);
    for (const Made& made : products) {
      ProductRecord record;
      record.external_id = made.id;
      record.texts = {{.lang = "en", .title = made.id, .description = ""}};
      record.category_path = made.path;
      record.attributes = made.attributes;
      const std::string hash = content_hash(as_byte_span(made.id));
      record.pictures = {{.content_hash = hash, .width = 10, .height = 10, .source_ref = "/" + made.id}};
      std::vector<float> embedding(dim);
      for (float& value : embedding) value = uniform(random);
      for (size_t i = 0; i < 20; ++i) embedding[(20 * made.look + i) % dim] += 1;
      batch.products.push_back(record);
      batch.embeddings.push_back({.content_hash = hash, .half_bytes = encode_half(embedding), .look = std::nullopt});
    }
    ASSERT_TRUE(workspace_->catalog().upsert(batch));
  }

  // Ten chairs, ten stools, one rug and one lamp at home, ten pots in the garden. Chairs are of oak, everything else of clay.
  void put_shop() {
    std::vector<Made> products;
    const auto add = [&products](const std::string& name, size_t count, std::vector<std::string> path, size_t look) {
      for (size_t i = 0; i < count; ++i)
        products.push_back({fmt::format("{}-{}", name, i), path, look, {{"material", look == 0 ? "oak" : "clay"}, {"made_in", "Ulm"}}});
    };
    add("chair", 10, {"Home", "Chairs"}, 0);
    add("stool", 10, {"Home", "Stools"}, 1);
    add("rug", 1, {"Home", "Rugs"}, 2);
    add("lamp", 1, {"Home", "Lamps"}, 3);
    add("pot", 10, {"Garden", "Pots"}, 4);
    put(products);
  }

  TrainingReport train(const TrainingOptions& options = {}) {
    auto report = train_catalogue(*workspace_, options, nullptr, {});
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(TrainingReport{});
  }

  fs::path folder_;
  std::unique_ptr<Workspace> workspace_;
};

// features: B3 B8 B9
TEST_F(TrainedShop, LearnsTheTreeBacksOffReportsLevelsConfusionAndAttributesAndServesThem) {
  put_shop();
  const TrainingReport report = train({.attributes = "material,made_in"});
  EXPECT_EQ(report.categories, 4);  // chairs, stools, pots, and home for what has one product
  EXPECT_THAT(report.category_slugs, UnorderedElementsAre("chairs", "stools", "home", "pots"));
  ASSERT_EQ(report.levels.size(), 2U);
  EXPECT_EQ(report.levels[0].categories, 2U);
  EXPECT_GE(report.levels[0].accuracy, report.levels[1].accuracy);
  EXPECT_DOUBLE_EQ(report.levels[1].accuracy, report.accuracy);
  int64_t counted = 0;
  for (const ConfusionCell& cell : report.confusion) counted += cell.predictions;
  EXPECT_EQ(counted, report.pictures);
  ASSERT_EQ(report.attributes.size(), 2U);
  EXPECT_FALSE(report.attributes[0].serves);  // made_in: one value
  EXPECT_TRUE(report.attributes[1].serves) << report.attributes[1].reason;

  auto opened = Workspace::open(options());
  ASSERT_TRUE(opened);
  const auto engine = Engine::open(std::move(*opened));
  ASSERT_TRUE(engine);
  SearchQuery query;
  query.subject = ProductSubject{"chair-3"};
  query.min_score = 0;
  const auto answer = (*engine)->search(query);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_TRUE(answer->category);
  EXPECT_THAT(answer->category->slug, testing::AnyOf("chairs", "home"));
  ASSERT_EQ(answer->attributes.size(), 1U);
  EXPECT_EQ(answer->attributes[0].value, "oak");
  // What was taught as its parent is found as ever.
  query.subject = ProductSubject{"rug-0"};
  query.min_score = std::nullopt;
  query.limit = 30;
  const auto near_rug = (*engine)->search(query);
  ASSERT_TRUE(near_rug);
  query.subject = VectorSubject{near_rug->vector};
  const auto rug = (*engine)->search(query);
  ASSERT_TRUE(rug);
  ASSERT_FALSE(rug->results.empty());
  EXPECT_EQ(rug->results[0].product.external_id, "rug-0");
}

TEST_F(TrainedShop, AskingForOtherAttributesTrainsAgainAndTheChoiceIsKept) {
  put_shop();
  train({.attributes = "none"});
  EXPECT_TRUE(train().up_to_date);
  EXPECT_FALSE(train({.attributes = "material"}).up_to_date);
  EXPECT_TRUE(train({.attributes = "material"}).up_to_date);
  EXPECT_EQ(train({.force = true}).attributes.size(), 1U);  // as chosen the last time
}

TEST_F(TrainedShop, AnAttributeThatNoProductHasIsAMistakeThatNamesWhatThereIs) {
  put_shop();
  const auto refused = train_catalogue(*workspace_, {.attributes = "materiel"}, nullptr, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "unknown_attribute");
  EXPECT_THAT(refused.error().message, HasSubstr("made_in, material"));
  EXPECT_FALSE(workspace_->catalog().serving()->head);
  EXPECT_EQ(train_catalogue(*workspace_, {.attributes = "a,,b"}, nullptr, {}).error().reason, "bad_attributes");
}

TEST_F(TrainedShop, AllPicturesInOneCategoryOrInNoneAreRefusedWithARemedy) {
  put({{"a", {"Home"}}, {"b", {"Home"}}, {"c", {}}});
  const auto one = train_catalogue(*workspace_, {}, nullptr, {});
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().reason, "one_class");
  EXPECT_THAT(one.error().message, HasSubstr("at least two categories"));
}

TEST_F(TrainedShop, ACatalogueWithoutCategoriesIsRefused) {
  put({{"a", {}}, {"b", {}}, {"c", {}}});
  EXPECT_EQ(train_catalogue(*workspace_, {}, nullptr, {}).error().reason, "one_class");
}

}  // namespace
}  // namespace nozama
