#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/hash.h"
#include "catalog/internal.h"
#include "catalog/slug.h"
#include "catalog/validation.h"

namespace nozama {

namespace {

constexpr size_t kPathDepthMax = 16;
constexpr size_t kNameBytesMax = 512;

// Joins names into one text that no other path can equal: names hold no control characters.
std::string path_key(const std::vector<std::string>& path) {
  std::string key;
  for (const std::string& name : path) key += name + '\x1f';
  return key;
}

// Words that the API gives another meaning.
bool is_reserved_slug(std::string_view slug) { return slug.empty() || slug == "all" || slug == "none"; }

struct CategoryCount {
  int64_t products = 0;
  std::string picture_hash;
};

// Distinct products at or below each category, and a picture of the oldest of them that has one.
Result<std::map<int64_t, CategoryCount>> count_products(sql::Connection& db) {
  std::map<int64_t, CategoryCount> counts;
  sql::Rows rows = sql::query(db,
                              "WITH RECURSIVE above (category_id, ancestor_id) AS ("
                              " SELECT id, id FROM category UNION"
                              " SELECT a.category_id, c.parent_id FROM above a JOIN category c ON c.id = a.ancestor_id WHERE c.parent_id IS NOT NULL),"
                              " counted AS ("
                              " SELECT a.ancestor_id AS id, COUNT(DISTINCT m.product_id) AS products,"
                              "  MIN(CASE WHEN EXISTS (SELECT 1 FROM picture k WHERE k.product_id = m.product_id) THEN m.product_id END) AS sample"
                              " FROM above a JOIN product_category m ON m.category_id = a.category_id GROUP BY a.ancestor_id)"
                              " SELECT id, products, (SELECT c.hash FROM picture k JOIN content c ON c.id = k.content_id"
                              "  WHERE k.product_id = counted.sample ORDER BY k.position LIMIT 1) FROM counted");
  while (rows.next()) counts[rows.integer(0)] = {.products = rows.integer(1), .picture_hash = rows.text(2)};
  if (!rows.ok()) return rows.failure();
  return counts;
}

// Parents before children, siblings in the order they came.
std::vector<CategoryNode> in_tree_order(std::vector<CategoryNode> nodes) {
  std::map<int64_t, std::vector<size_t>> children;
  for (size_t i = 0; i < nodes.size(); ++i) children[nodes[i].parent.value].push_back(i);
  std::vector<CategoryNode> ordered;
  struct Step {
    size_t node;
    int depth;
    std::string parent_slug;
  };
  std::vector<Step> pending;
  const auto push_children = [&](int64_t parent, int depth, const std::string& slug) {
    auto& list = children[parent];
    for (auto it = list.rbegin(); it != list.rend(); ++it) pending.push_back({*it, depth, slug});
    list.clear();  // each once, also in a damaged tree that has a cycle
  };
  push_children(0, 0, "");
  while (!pending.empty()) {
    Step step = std::move(pending.back());
    pending.pop_back();
    CategoryNode& node = ordered.emplace_back(std::move(nodes[step.node]));
    node.depth = step.depth;
    node.parent_slug = std::move(step.parent_slug);
    const int64_t id = node.id.value;
    const std::string slug = node.slug;
    push_children(id, step.depth + 1, slug);
  }
  return ordered;
}

}  // namespace

Status validate_category_path(const std::vector<std::string>& path) {
  if (path.size() > kPathDepthMax) return fail(ErrorCode::kInvalidArgument, "bad_category", fmt::format("a category path has at most {} steps", kPathDepthMax));
  for (const std::string& name : path) {
    if (name.empty() || name.size() > kNameBytesMax || !is_clean_line(name)) {
      return fail(ErrorCode::kInvalidArgument, "bad_category", fmt::format("a category's name is one line of UTF-8 text of 1 to {} bytes", kNameBytesMax));
    }
  }
  return {};
}

Result<CategoryId> CategoryMaker::ensure(const std::vector<std::string>& path) {
  const std::string whole = path_key(path);
  if (const auto found = known_.find(whole); found != known_.end()) return found->second;
  CategoryId parent;
  std::vector<std::string> steps;
  for (const std::string& name : path) {
    steps.push_back(name);
    auto id = find_or_insert(parent, steps);
    if (!id) return id;
    parent = *id;
  }
  known_.emplace(whole, parent);
  return parent;
}

Result<CategoryId> CategoryMaker::find_or_insert(CategoryId parent, const std::vector<std::string>& path) {
  auto found = sql::query_integer(db_, "SELECT id FROM category WHERE COALESCE(parent_id, 0) = ? AND name = ?", parent, path.back());
  if (!found) return propagate(found);
  if (*found) return CategoryId{**found};
  auto slug = free_slug(path);
  if (!slug) return propagate(slug);
  const auto parent_value = parent.value == 0 ? std::nullopt : std::optional(parent.value);
  auto made = sql::query_integer(db_, "INSERT INTO category (parent_id, name, slug) VALUES (?, ?, ?) RETURNING id", parent_value, path.back(), *slug);
  if (!made) return propagate(made, fmt::format("making category {}", *slug));
  return CategoryId{made->value_or(0)};
}

// The name; with the parent's before it when taken; then numbered. A name without Latin letters gets a
// hash of its path, so that a second import elsewhere makes the same address.
Result<std::string> CategoryMaker::free_slug(const std::vector<std::string>& path) {
  std::string slug = slugify(path.back());
  std::vector<std::string> candidates;
  if (!is_reserved_slug(slug)) candidates.push_back(slug);
  if (slug.empty()) {
    slug = "c-" + content_hash(as_byte_span(path_key(path))).substr(0, 8);
    candidates.push_back(slug);
  } else if (path.size() > 1) {
    const std::string parent = slugify(path[path.size() - 2]);
    if (!parent.empty()) candidates.push_back(parent + "-" + slug);
  }
  for (int number = 2;; ++number) {
    for (const std::string& candidate : candidates) {
      auto taken = sql::query_integer(db_, "SELECT id FROM category WHERE slug = ?", candidate);
      if (!taken) return propagate(taken);
      if (!*taken) return candidate;
    }
    candidates = {fmt::format("{}-{}", slug, number)};
  }
}

Result<CategoryId> Catalog::ensure_category(const std::vector<std::string>& path) {
  if (path.empty()) return fail(ErrorCode::kInvalidArgument, "bad_category", "a category path has at least one step");
  if (auto valid = validate_category_path(path); !valid) return propagate(valid);
  return pool_->write([&](sql::Connection& db) { return CategoryMaker(db).ensure(path); });
}

Result<CategoryId> Catalog::category_by_slug(const std::string& slug) {
  return pool_->read([&](sql::Connection& db) -> Result<CategoryId> {
    auto id = sql::query_integer(db, "SELECT id FROM category WHERE slug = ?", slug);
    if (!id) return propagate(id);
    if (!*id) return fail(ErrorCode::kNotFound, "unknown_category", fmt::format("there is no category '{}'", slug));
    return CategoryId{**id};
  });
}

Result<std::vector<CategoryId>> Catalog::category_descendants(CategoryId category) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<CategoryId>> {
    std::vector<CategoryId> ids;
    sql::Rows rows = sql::query(db,
                                "WITH RECURSIVE below (id) AS (SELECT id FROM category WHERE id = ?"
                                " UNION SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id) SELECT id FROM below ORDER BY id",
                                category);
    while (rows.next()) ids.push_back(CategoryId{rows.integer(0)});
    if (!rows.ok()) return rows.failure();
    return ids;
  });
}

Result<std::vector<std::string>> Catalog::category_path(CategoryId category) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<std::string>> {
    std::vector<std::string> names;
    for (std::optional<int64_t> id = category.value; id && names.size() < kPathDepthMax;) {
      sql::Rows rows = sql::query(db, "SELECT name, parent_id FROM category WHERE id = ?", *id);
      if (!rows.next()) {
        if (!rows.ok()) return rows.failure();
        return fail(ErrorCode::kNotFound, "unknown_category", fmt::format("there is no category {}", category.value));
      }
      names.push_back(rows.text(0));
      id = rows.optional_integer(1);
    }
    std::ranges::reverse(names);
    return names;
  });
}

Status Catalog::set_category_names(CategoryId category, const std::vector<LocalizedName>& names) {
  for (const LocalizedName& name : names) {
    if (auto valid = validate_category_path({name.name}); !valid) return valid;
  }
  return pool_->write([&](sql::Connection& db) -> Status {
    auto exists = sql::query_integer(db, "SELECT id FROM category WHERE id = ?", category);
    if (!exists) return propagate(exists);
    if (!*exists) return fail(ErrorCode::kNotFound, "unknown_category", fmt::format("there is no category {}", category.value));
    for (const LocalizedName& name : names) {
      auto set = sql::execute(db,
                              "INSERT INTO category_text (category_id, lang, name) VALUES (?, ?, ?)"
                              " ON CONFLICT (category_id, lang) DO UPDATE SET name = excluded.name",
                              category, normalized_lang(name.lang), name.name);
      if (!set) return set;
    }
    return {};
  });
}

Result<std::vector<CategoryNode>> Catalog::categories(const std::string& lang) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<CategoryNode>> {
    auto counts = count_products(db);
    if (!counts) return propagate(counts);
    const std::string wanted = normalized_lang(lang);
    std::vector<CategoryNode> nodes;
    sql::Rows rows = sql::query(db,
                                "SELECT id, COALESCE(parent_id, 0), slug, COALESCE("
                                "(SELECT t.name FROM category_text t WHERE t.category_id = category.id AND t.lang = ?),"
                                "(SELECT t.name FROM category_text t WHERE t.category_id = category.id AND t.lang = ?), name)"
                                " FROM category ORDER BY 4, id",
                                wanted, base_lang(wanted));
    while (rows.next()) {
      CategoryNode& node = nodes.emplace_back();
      node.id = CategoryId{rows.integer(0)};
      node.parent = CategoryId{rows.integer(1)};
      node.slug = rows.text(2);
      node.name = rows.text(3);
      if (const auto count = counts->find(node.id.value); count != counts->end()) {
        node.product_count = count->second.products;
        node.picture_hash = count->second.picture_hash;
      }
    }
    if (!rows.ok()) return rows.failure();
    return in_tree_order(std::move(nodes));
  });
}

}  // namespace nozama
