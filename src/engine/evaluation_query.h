// One question of an evaluation, and what became of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/ids.h"
#include "recommend/gate.h"
#include "train/retrieval_metrics.h"

namespace nozama {

struct EvaluationQuery {
  std::string name;             // the photo as the list names it ("#2": its second altered copy), or a picture of the catalogue
  std::string product_id;       // the shop's own id
  std::filesystem::path photo;  // empty for pictures of the catalogue
  PictureId picture;            // of the catalogue; {0} for photos
  ProductId product;
  CategoryId category;
  std::vector<float> embedding;

  // A picture of the catalogue is looked up without itself: its product is found by its other pictures.
  bool own_picture = false, altered = false;
  std::vector<std::vector<float>> other_pictures;  // of the product, projected; empty = the product cannot be found

  std::vector<CategoryProbability> probabilities;  // most probable first, from a head that has not seen the product; empty = no head
};

// rank 0 = not found
struct GateOutcome {
  int64_t rank = 0;
  double search_ms = 0;
};

struct QueryOutcome {
  std::string name, product_id;
  std::filesystem::path photo;
  PictureId picture;
  ProductId product;
  ProductId first_found;  // {0} = nothing
  CategoryId category;
  bool findable = true;  // is there anything of its product to be found?
  bool altered = false;
  GateOutcome soft, none, hard;
  RankedRelevance by_category;  // the first 30 results as served

  bool has_guess = false;
  CategoryId guess;
  double confidence = 0;
  bool among_first_3 = false;
  bool refused = false;  // by the default min_score
};

}  // namespace nozama
