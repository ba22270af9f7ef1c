#include "engine/near_duplicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_set>

#include "base/clock.h"
#include "base/half.h"
#include "catalog/catalog.h"
#include "engine/near_hashes.h"
#include "image/perceptual_hash.h"

namespace nozama {
namespace {

// More neighbours than this have only pictures that show next to nothing; those need no more of them.
constexpr size_t kCandidatesMax = 256;
constexpr size_t kGroupsAtOnce = 2000;

double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
}

bool layouts_agree(const Fingerprint& a, const Fingerprint& b) {
  const auto difference = layout_difference(a.colour_layout, b.colour_layout);
  return difference && difference->colour <= DuplicateThresholds::kColourMax && difference->pattern <= DuplicateThresholds::kPatternMax &&
         difference->contrast <= DuplicateThresholds::kContrastMax && difference->contrast >= 1 / DuplicateThresholds::kContrastMax;
}

// The feed says that they differ, whatever the pictures look like.
bool of_different_variants(const Fingerprint& a, const Fingerprint& b) {
  return a.only_product == b.only_product && a.only_product != ProductId{} && a.only_variant != b.only_variant && a.only_variant != VariantId{} &&
         b.only_variant != VariantId{};
}

// Sets of pictures, by position (union-find with path halving).
class Sets {
 public:
  explicit Sets(size_t count) : parents_(count) { std::iota(parents_.begin(), parents_.end(), size_t{0}); }
  size_t root(size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void unite(size_t i, size_t j) { parents_[std::max(root(i), root(j))] = std::min(root(i), root(j)); }

 private:
  std::vector<size_t> parents_;
};

class Comparison {
 public:
  Comparison(Catalog& catalog, const std::string& encoder_id, const std::vector<Fingerprint>& pictures)
      : catalog_(catalog), encoder_id_(encoder_id), pictures_(pictures), near_(hashes_of(pictures), DuplicateThresholds::kHashBitsMax), sets_(pictures.size()) {
    std::unordered_map<ContentId, size_t> first_of_group;
    for (size_t i = 0; i < pictures.size(); ++i) {
      if (pictures[i].group) sets_.unite(i, first_of_group.try_emplace(*pictures[i].group, i).first->second);
    }
  }

  Status compare(size_t i) {
    std::vector<float> own;
    for (const uint32_t j : near_.near(pictures_[i].perceptual_hash, kCandidatesMax)) {
      const bool other_turn = j > i && !pictures_[j].group;  // j will be compared with i
      if (other_turn || sets_.root(i) == sets_.root(j) || of_different_variants(pictures_[i], pictures_[j]) || !layouts_agree(pictures_[i], pictures_[j]))
        continue;
      if (own.empty()) {
        auto read = embedding_of(i);
        if (!read) return propagate(read);
        own = std::move(*read);
      }
      const auto other = embedding_of(j);
      if (!other) return propagate(other);
      const bool near = hash_distance(pictures_[i].perceptual_hash, pictures_[j].perceptual_hash) <= DuplicateThresholds::kHashBitsNear;
      const double cosine_min = near ? DuplicateThresholds::kCosineMin : DuplicateThresholds::kCosineFarMin;
      if (own.size() == other->size() && cosine(own, *other) >= cosine_min) sets_.unite(i, j);
    }
    return {};
  }

  // What differs from what is stored. Positions are in the order of content ids, so a set's root has the smallest.
  std::vector<DuplicateGroup> changes() {
    std::unordered_map<size_t, ContentId> group_of_root;
    for (size_t i = 0; i < pictures_.size(); ++i) {
      const ContentId candidate = pictures_[i].group.value_or(pictures_[i].content);
      auto& group = group_of_root.try_emplace(sets_.root(i), candidate).first->second;
      group = std::min(group, candidate);
    }
    std::vector<DuplicateGroup> changed;
    for (size_t i = 0; i < pictures_.size(); ++i) {
      const ContentId group = group_of_root.at(sets_.root(i));
      if (pictures_[i].group != group) changed.push_back({pictures_[i].content, group});
    }
    return changed;
  }

 private:
  static std::vector<uint64_t> hashes_of(const std::vector<Fingerprint>& pictures) {
    std::vector<uint64_t> hashes;
    hashes.reserve(pictures.size());
    for (const Fingerprint& picture : pictures) hashes.push_back(picture.perceptual_hash);
    return hashes;
  }

  Result<std::vector<float>> embedding_of(size_t i) {
    const auto halves = catalog_.embedding(encoder_id_, pictures_[i].content);
    if (!halves) return propagate(halves);
    return decode_half(*halves);
  }

  Catalog& catalog_;
  const std::string& encoder_id_;
  const std::vector<Fingerprint>& pictures_;
  NearHashes near_;
  Sets sets_;
};

// Fills the report from the pictures of one group.
void count_group(std::span<const DuplicatePicture> group, DuplicateReport& report) {
  std::map<std::string, std::unordered_set<int64_t>> contents_of;  // by product
  for (const DuplicatePicture& picture : group) contents_of[picture.product_id].insert(picture.content.value);
  if (contents_of.size() == 1) {
    // The same file at several variants is meant; another file of the same picture is not.
    report.repeated += std::ssize(contents_of.begin()->second) - 1;
    return;
  }
  ++report.groups;
  report.products += std::ssize(contents_of);
  DuplicateReport::Example example;
  for (const auto& [product, contents] : contents_of) example.product_ids.push_back(product);
  example.picture_hash = group.front().content_hash;
  report.examples.push_back(std::move(example));
}

}  // namespace

Status update_duplicate_groups(Catalog& catalog, const std::string& encoder_id, DuplicateReport& report, const std::stop_token& stop) {
  const Stopwatch watch;
  const auto pictures = catalog.fingerprints();
  if (!pictures) return propagate(pictures);
  const auto is_new = [](const Fingerprint& picture) { return !picture.group; };
  const auto fresh = std::ranges::count_if(*pictures, is_new);
  if (fresh == 0) return {};
  Comparison comparison(catalog, encoder_id, *pictures);
  for (size_t i = 0; i < pictures->size(); ++i) {
    if (stop.stop_requested()) return {};
    if (!is_new((*pictures)[i])) continue;
    if (auto compared = comparison.compare(i); !compared) return propagate(compared, "comparing pictures");
  }
  const auto changes = comparison.changes();
  for (size_t from = 0; from < changes.size(); from += kGroupsAtOnce) {
    const auto first = changes.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = changes.begin() + static_cast<std::ptrdiff_t>(std::min(changes.size(), from + kGroupsAtOnce));
    if (auto stored = catalog.set_duplicate_groups({first, last}); !stored) return propagate(stored, "storing groups of near-duplicates");
  }
  report.compared = fresh;
  report.seconds = watch.elapsed_ms() / 1000;
  return {};
}

Result<DuplicateReport> report_duplicates(Catalog& catalog, size_t examples_max) {
  const auto pictures = catalog.near_duplicates();
  if (!pictures) return propagate(pictures);
  DuplicateReport report;
  for (size_t from = 0; from < pictures->size();) {
    size_t to = from;
    while (to < pictures->size() && (*pictures)[to].group == (*pictures)[from].group) ++to;
    count_group(std::span(*pictures).subspan(from, to - from), report);
    from = to;
  }
  std::ranges::stable_sort(report.examples, std::greater{}, [](const DuplicateReport::Example& example) { return example.product_ids.size(); });
  if (report.examples.size() > examples_max) report.examples.resize(examples_max);
  return report;
}

Result<DuplicateReport> refresh_duplicates(Catalog& catalog, const std::stop_token& stop) {
  const auto serving = catalog.serving();
  if (!serving) return propagate(serving);
  DuplicateReport updated;
  if (auto done = update_duplicate_groups(catalog, serving->encoder_id, updated, stop); !done) return propagate(done);
  auto report = report_duplicates(catalog);
  if (!report) return report;
  report->compared = updated.compared;
  report->seconds = updated.seconds;
  return report;
}

std::string describe(const DuplicateReport& report) {
  constexpr size_t kShownMax = 4;
  std::vector<std::string> parts;
  if (report.groups > 0) {
    const auto& ids = report.examples.front().product_ids;
    const std::vector<std::string> shown(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), kShownMax)));
    parts.push_back(fmt::format("{} near-identical pictures are each shared by several products ({} in all), such as {}{}; a search shows the best of them",
                                report.groups, report.products, fmt::join(shown, ", "), ids.size() > kShownMax ? ", …" : ""));
  }
  if (report.repeated > 0) parts.push_back(fmt::format("{} pictures repeat another one of the same product", report.repeated));
  return fmt::format("{}", fmt::join(parts, "; "));
}

Collapsed collapse_duplicates(std::vector<Neighbour>& hits) {
  Collapsed collapsed;
  std::unordered_map<ContentId, ProductId> shown;
  std::erase_if(hits, [&](const Neighbour& hit) {
    if (hit.duplicate_group == ContentId{}) return false;
    const auto [first, is_first] = shown.try_emplace(hit.duplicate_group, hit.product);
    if (!is_first) collapsed[first->second].push_back(hit.product);
    return !is_first;
  });
  return collapsed;
}

Status name_duplicates(Catalog& catalog, const Collapsed& collapsed, std::vector<SearchHit>& results) {
  if (collapsed.empty()) return {};
  for (SearchHit& result : results) {
    const auto others = collapsed.find(result.product.id);
    if (others == collapsed.end()) continue;
    const auto names = catalog.external_ids(others->second);
    if (!names) return propagate(names);
    result.duplicates = *names;
  }
  return {};
}

}  // namespace nozama
