#include "server/languages.h"

#include <algorithm>

#include "server/http.h"

namespace nozama {
namespace {

// "de-AT" asks for German too.
double language_quality(std::string_view accept_language, const std::string& language) {
  double best = 0;
  while (!accept_language.empty()) {
    const size_t end = std::min(accept_language.find(','), accept_language.size());
    std::string entry(accept_language.substr(0, end));
    accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    if (const size_t region = entry.find('-'); region < entry.find(';')) entry.erase(region, std::min(entry.find(';'), entry.size()) - region);
    best = std::max(best, accept_quality(entry, language));
  }
  return best;
}

}  // namespace

std::string preferred_language(const std::vector<std::string>& languages, std::string_view accept_language) {
  if (languages.empty()) return "en";
  return *std::ranges::max_element(languages, {}, [&](const std::string& lang) { return language_quality(accept_language, lang); });
}

}  // namespace nozama
