#include "engine/evaluation_photos.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "base/hash.h"
#include "engine/search_session.h"
#include "feeds/csv_parser.h"
#include "image/alter.h"
#include "image/decode.h"
#include "image/encode.h"

namespace nozama {

namespace fs = std::filesystem;

Result<std::vector<PhotoQuery>> read_photo_queries(const fs::path& list) {
  FeedBytes bytes(list);
  CsvParser parser(bytes, ',');
  CsvRow row;
  if (parser.next(row) != CsvParser::Outcome::kRow) return fail(ErrorCode::kInvalidArgument, "empty_feed", list.string() + " cannot be read or is empty");
  const auto column = [&row](std::string_view name) { return static_cast<size_t>(std::find(row.fields.begin(), row.fields.end(), name) - row.fields.begin()); };
  const size_t picture = column("picture"), product = column("product_id"), columns = row.fields.size();
  if (picture == columns || product == columns) {
    return fail(ErrorCode::kInvalidArgument, "missing_column", fmt::format("{}:1: the columns picture and product_id are needed", list.string()));
  }
  std::vector<PhotoQuery> queries;
  for (auto outcome = parser.next(row); outcome != CsvParser::Outcome::kEnd; outcome = parser.next(row)) {
    if (outcome == CsvParser::Outcome::kBadRow || row.fields.size() != columns) {
      return fail(ErrorCode::kInvalidArgument, "bad_row", fmt::format("{}:{}: not a row of {} fields", list.string(), row.line, columns));
    }
    queries.push_back({row.fields[picture], list.parent_path() / row.fields[picture], row.fields[product]});
  }
  if (queries.empty()) return fail(ErrorCode::kInvalidArgument, "empty_feed", list.string() + " has no queries");
  return queries;
}

Result<std::vector<std::vector<float>>> embed_with_copies(const Encoder& encoder, const PhotoQuery& query, int copies, uint64_t seed) {
  const auto bytes = read_file(query.photo, kPictureFileBytesMax);
  if (!bytes) return propagate(bytes);
  StageTimings ignored;
  auto embedding = embed_photo(encoder, *bytes, std::nullopt, ignored);
  if (!embedding) return propagate(embedding, query.photo.string());
  std::vector<std::vector<float>> embeddings = {std::move(*embedding)};
  if (copies == 0) return embeddings;

  // No larger than a phone's screen: turning many megapixels would take longer than everything else.
  const auto decoded = decode_image(*bytes, {}, 1024);
  if (!decoded) return propagate(decoded, query.photo.string());
  const Image image = fit_within(*decoded, 1600);
  const uint64_t own_seed = checksum64(as_byte_span(query.name)) ^ seed;
  for (int copy = 0; copy < copies; ++copy) {
    const Alteration alteration = draw_alteration(own_seed + static_cast<uint64_t>(copy));
    const auto altered = encode_jpeg(alter(image, alteration), alteration.jpeg_quality);
    if (!altered) return propagate(altered, query.photo.string());
    auto of_copy = embed_photo(encoder, *altered, std::nullopt, ignored);
    if (!of_copy) return propagate(of_copy, query.photo.string());
    embeddings.push_back(std::move(*of_copy));
  }
  return embeddings;
}

}  // namespace nozama
