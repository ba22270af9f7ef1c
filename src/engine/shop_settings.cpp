#include "engine/shop_settings.h"

#include "catalog/catalog.h"
#include "engine/workspace.h"

namespace nozama {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = std::min(text.find(separator, start), text.size());
    if (end > start) parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, char separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? std::string() : std::string(1, separator)) + part;
  return text;
}

}  // namespace

// Samples are lines "file<tab>title": a setting is one text.
Result<ShopInfo> load_shop(Workspace& workspace) {
  ShopInfo shop;
  shop.name = "Nozama";
  shop.languages = {"en"};
  const auto read = [&workspace](const char* key) { return workspace.catalog().setting(key); };
  for (const auto& [key, field] : {std::pair{"shop.name", &shop.name}, {"shop.currency", &shop.currency}, {"shop.notice", &shop.notice}}) {
    const auto value = read(key);
    if (!value) return propagate(value);
    if (*value) *field = **value;
  }
  const auto languages = read("shop.languages");
  const auto sample_data = read("shop.sample_data");
  const auto samples = read("shop.samples");
  if (!languages) return propagate(languages);
  if (!sample_data) return propagate(sample_data);
  if (!samples) return propagate(samples);
  if (*languages) shop.languages = split(**languages, ',');
  shop.sample_data = *sample_data == "yes";
  for (const std::string& line : split(samples->value_or(""), '\n')) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos) shop.samples.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return shop;
}

Status save_shop(Workspace& workspace, const ShopInfo& shop) {
  std::vector<std::string> samples;
  for (const ShopInfo::Sample& sample : shop.samples) samples.push_back(sample.file + '\t' + sample.title);
  const std::pair<const char*, std::string> settings[] = {
      {"shop.name", shop.name},
      {"shop.currency", shop.currency},
      {"shop.notice", shop.notice},
      {"shop.languages", join(shop.languages, ',')},
      {"shop.sample_data", shop.sample_data ? "yes" : "no"},
      {"shop.samples", join(samples, '\n')},
  };
  for (const auto& [key, value] : settings) {
    const Status saved = workspace.catalog().set_setting(key, value);
    if (!saved) return saved;
  }
  return {};
}

}  // namespace nozama
