#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/number.h"
#include "catalog/internal.h"

namespace nozama {

namespace {

constexpr size_t kColoursMax = 8;

bool is_slug(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_hex(std::string_view text) {
  return text.size() == 6 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "red:b03a2e:62"
std::optional<ColourRecord> colour_from_text(std::string_view text) {
  const size_t first = text.find(':');
  if (first == std::string_view::npos || text.size() < first + 9 || text[first + 7] != ':') return std::nullopt;
  const std::string_view name = text.substr(0, first), hex = text.substr(first + 1, 6), digits = text.substr(first + 8);
  const auto hundredths = parse_number<int>(digits);
  if (!is_slug(name) || !is_hex(hex) || !hundredths) return std::nullopt;
  return ColourRecord{.name = std::string(name), .hex = fmt::format("#{}", hex), .share = std::clamp(*hundredths, 0, 100) / 100.0};
}

}  // namespace

std::string colours_to_text(const std::vector<ColourRecord>& colours) {
  std::string text;
  for (const ColourRecord& colour : colours) {
    if (!text.empty()) text += ';';
    text += fmt::format("{}:{}:{}", colour.name, colour.hex.substr(1), std::lround(colour.share * 100));
  }
  return text;
}

std::vector<ColourRecord> colours_from_text(std::string_view text) {
  std::vector<ColourRecord> colours;
  while (!text.empty() && colours.size() < kColoursMax) {
    const std::string_view one = text.substr(0, text.find(';'));
    if (auto colour = colour_from_text(one)) colours.push_back(std::move(*colour));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
  }
  return colours;
}

Result<bool> store_look(sql::Connection& db, ContentId content, const PictureLook& look) {
  const bool sound = look.colours.size() <= kColoursMax && std::ranges::all_of(look.colours, [](const ColourRecord& colour) {
                       return is_slug(colour.name) && colour.hex.starts_with('#') && is_hex(colour.hex.substr(1)) && colour.share >= 0 && colour.share <= 1;
                     });
  if (look.colour_layout.empty()) return fail(ErrorCode::kInvalidArgument, "bad_look", "a look without a colour layout");
  if (!sound) return fail(ErrorCode::kInvalidArgument, "bad_look", "a colour without a slug, a hex value or a share from 0 to 1, or more than 8 colours");
  auto stored = sql::query_integer(db,
                                   "INSERT INTO content_look (content_id, perceptual_hash, colour_layout, colours) VALUES (?, ?, ?, ?)"
                                   " ON CONFLICT (content_id) DO NOTHING RETURNING content_id",
                                   content, std::bit_cast<int64_t>(look.perceptual_hash), look.colour_layout, colours_to_text(look.colours));
  if (!stored) return propagate(stored);
  return stored->has_value();
}

Result<std::vector<Fingerprint>> Catalog::fingerprints() {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<Fingerprint>> {
    std::vector<Fingerprint> all;
    sql::Rows rows = sql::query(db,
                                "SELECT l.content_id, l.perceptual_hash, l.colour_layout, l.duplicate_group,"
                                " CASE WHEN MIN(k.product_id) = MAX(k.product_id) THEN MIN(k.product_id) ELSE 0 END,"
                                " CASE WHEN MIN(COALESCE(k.variant_id, 0)) = MAX(COALESCE(k.variant_id, 0)) THEN COALESCE(MIN(k.variant_id), 0) ELSE 0 END"
                                " FROM content_look l JOIN picture k ON k.content_id = l.content_id"
                                " GROUP BY l.content_id ORDER BY l.content_id");
    while (rows.next()) {
      const auto layout = rows.bytes(2);
      Fingerprint& one = all.emplace_back();
      one.content = ContentId{rows.integer(0)};
      one.perceptual_hash = std::bit_cast<uint64_t>(rows.integer(1));
      one.colour_layout.assign(layout.begin(), layout.end());
      if (!rows.is_null(3)) one.group = ContentId{rows.integer(3)};
      one.only_product = ProductId{rows.integer(4)};
      one.only_variant = VariantId{rows.integer(5)};
    }
    if (!rows.ok()) return rows.failure();
    return all;
  });
}

Result<std::vector<std::byte>> Catalog::embedding(const std::string& encoder_id, ContentId content) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<std::byte>> {
    std::vector<std::byte> halves;
    sql::Rows rows =
        sql::query(db, "SELECT e.vector FROM encoder n JOIN embedding e ON e.encoder_id = n.id AND e.content_id = ? WHERE n.name = ?", content, encoder_id);
    if (rows.next()) {
      const auto bytes = rows.bytes(0);
      halves.assign(bytes.begin(), bytes.end());
    }
    if (!rows.ok()) return rows.failure();
    return halves;
  });
}

Status Catalog::set_duplicate_groups(const std::vector<DuplicateGroup>& groups) {
  return pool_->write([&](sql::Connection& db) -> Status {
    std::unordered_set<int64_t> moved;
    for (const DuplicateGroup& change : groups) {
      auto before = sql::query_integer(db, "SELECT COALESCE(duplicate_group, content_id) FROM content_look WHERE content_id = ?", change.content);
      if (!before) return propagate(before);
      if (!*before) continue;
      if (auto set = sql::execute(db, "UPDATE content_look SET duplicate_group = ? WHERE content_id = ?", change.group, change.content); !set) return set;
      if (**before == change.group.value) continue;
      sql::Rows rows = sql::query(db, "SELECT product_id FROM picture WHERE content_id = ?", change.content);
      while (rows.next()) moved.insert(rows.integer(0));
      if (!rows.ok()) return rows.status();
    }
    return append_changes(db, ChangeKind::kProduct, {moved.begin(), moved.end()});
  });
}

Result<std::vector<DuplicatePicture>> Catalog::near_duplicates() {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<DuplicatePicture>> {
    std::vector<DuplicatePicture> all;
    sql::Rows rows = sql::query(db,
                                "WITH used (grp, content_id, product_id, position, source_ref) AS ("
                                "  SELECT COALESCE(l.duplicate_group, k.content_id), k.content_id, k.product_id, k.position, k.source_ref"
                                "  FROM picture k LEFT JOIN content_look l ON l.content_id = k.content_id)"
                                " SELECT u.grp, u.content_id, p.external_id, c.hash, u.source_ref FROM used u"
                                " JOIN product p ON p.id = u.product_id JOIN content c ON c.id = u.content_id"
                                " WHERE u.grp IN (SELECT grp FROM used GROUP BY grp HAVING COUNT(*) > 1) ORDER BY u.grp, p.id, u.position");
    while (rows.next()) {
      all.push_back({.group = ContentId{rows.integer(0)},
                     .content = ContentId{rows.integer(1)},
                     .product_id = rows.text(2),
                     .content_hash = rows.text(3),
                     .source_ref = rows.text(4)});
    }
    if (!rows.ok()) return rows.failure();
    return all;
  });
}

}  // namespace nozama
