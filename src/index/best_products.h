// The k best products of a search. Internal to the index.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/ids.h"

namespace nozama {

struct Hit {
  double similarity = 0, score = 0;
  ProductId product;
  PictureId picture;
  uint32_t slot = 0;
  uint32_t partition = 0;  // number
};

// One hit a product, its best row (of equal ones the lowest picture id); equal scores by ascending product id.
class BestProducts {
 public:
  BestProducts(size_t k, double score_min);

  // A row with a lower score cannot enter any more.
  double threshold() const { return threshold_; }
  // `alone`: the product has no other row.
  void add(const Hit& hit, bool alone);
  std::vector<Hit> take() &&;

 private:
  size_t k_;
  bool sorted_;  // `hits_` is kept in order; otherwise it holds everything, and is sorted at the end
  double threshold_;
  std::vector<Hit> hits_;
};

}  // namespace nozama
