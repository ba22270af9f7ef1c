// Nearest neighbours with labels: how many of those found are of the query's kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "train/dataset.h"

namespace nozama {

// Of one query: whether each of its nearest rows is relevant, best first, and how many relevant rows there are to find.
struct RankedRelevance {
  std::vector<bool> relevant;
  int64_t relevant_total = 0;
};

// Relevant ones among the first k, divided by k, or by the number found where that is smaller. 0 for none found.
double precision_at(const RankedRelevance& query, size_t k);
// Share of the relevant rows that is among the first k. 0 where there are none.
double recall_at(const RankedRelevance& query, size_t k);
// Sum of the precision at each relevant place among the first k, divided by min(k, relevant_total): 1 exactly when every
// place that could hold a relevant row does (as in the field's AP@k; Jégou et al., TPAMI 2011, cut at k). 0 where there are none.
double average_precision_at(const RankedRelevance& query, size_t k);

struct NearestOptions {
  size_t k = 30;
  bool skip_own_group = false;  // a query's own group (product, picture) is not looked at
  size_t threads = 2;
};

// The k rows of `gallery` with the greatest inner product for each row of `queries`, best first, equal ones by position.
// Rows are compared as they are: scale them to length 1 for the cosine. Exact. gallery.dim == queries.dim.
std::vector<std::vector<size_t>> nearest_rows(const Dataset& gallery, const Dataset& queries, const NearestOptions& options = {});

// Relevant = of the same label. What `nearest_rows` skipped does not count as there to find.
std::vector<RankedRelevance> relevance_by_label(const Dataset& gallery, const Dataset& queries, const NearestOptions& options = {});

}  // namespace nozama
