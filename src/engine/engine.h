// The product as functions: one use case is one call here, for the HTTP server and the command line alike.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/records.h"
#include "engine/search.h"
#include "engine/suggestions.h"

namespace nozama {

class ProductEdits;
class Workspace;
struct Live;
struct RecallFigures;

struct ShopInfo {
  std::string name;
  std::string currency;
  std::vector<std::string> languages;
  bool sample_data = false;
  std::string notice;
  struct Sample {
    std::string file;  // served under /samples/
    std::string title;
  };
  std::vector<Sample> samples;

  // How this server was started, and what its query log does: what a privacy page has to say.
  bool photo_by_url = false;  // a search may have its photo fetched
  struct Privacy {
    bool searches_logged = false;
    int64_t searches_days = 0, events_days = 0;  // after which they are forgotten; 0 = never
  };
  Privacy privacy;
};

struct HomeShelves {
  std::vector<ProductCard> trending, newest;
  bool trending_by_reviews = false;  // too few shoppers did anything of late: the most reviewed products instead
};

struct EngineStats {
  int64_t products = 0;
  int64_t pictures = 0;
  int64_t indexed_products = 0;
  int64_t change_seq = 0;   // newest in the database
  int64_t applied_seq = 0;  // newest in the index
  int64_t index_bytes = 0;
  std::string encoder_id;
  bool has_head = false;
};

struct EngineOptions {
  int64_t recall_sample_every = 0;  // one search in so many is measured by a RecallMeter; 0 = none
  // For ShopInfo alone: others do what they say.
  bool photo_by_url = false;
  int64_t keep_queries_days = 0, keep_events_days = 0;
};

// Thread-safe after open(). Follows the catalogue's change log on a thread of its own, so that changes
// made by another process (import, train) are searchable here.
class Engine {
 public:
  // Loads the index snapshot and applies what changed since, or rebuilds it from the database.
  static Result<std::unique_ptr<Engine>> open(std::unique_ptr<Workspace> workspace, EngineOptions options = {});
  ~Engine();  // stops following and saves the index snapshot

  // Photo, product or vector → the products that look like it. One decode and one encode a photo.
  Result<SearchAnswer> search(const SearchQuery& query);

  Result<ProductDetails> product(const std::string& external_id, const std::string& lang);
  Result<ListAnswer> products(const ListQuery& query);
  Result<std::vector<SearchHit>> similar(const std::string& external_id, int limit, const std::string& lang);
  // What somebody who has typed so much may look for.
  Result<Suggestions> suggestions(const std::string& text, const std::string& lang);
  Result<std::vector<CategoryNode>> categories(const std::string& lang);

  // A WebP of the picture scaled to at most `width` pixels a side (160, 320, 640 or 1280); made on first request.
  // kNotFound when the catalogue has no such picture.
  Result<std::vector<std::byte>> thumbnail(const std::string& content_hash, int width);

  // One of ShopInfo::samples, as it is stored.
  Result<std::vector<std::byte>> sample_photo(const std::string& file);
  Result<ShopInfo> shop();
  Result<HomeShelves> home_shelves(const std::string& lang);

  // Can photos be answered now? The error says what is missing.
  Status ready();
  Result<EngineStats> stats();
  // What the searches so far have missed.
  RecallFigures recall();

  // Applies every change committed so far before returning; tests and short-lived commands use it.
  Status catch_up();

  ProductEdits& edits();
  Workspace& workspace();
  Live live() const;  // for evaluation

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nozama
