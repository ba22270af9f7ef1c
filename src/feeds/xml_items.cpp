#include "feeds/xml_items.h"

#include <array>

namespace nozama {
namespace {

constexpr std::array<std::string_view, 2> kNames = {"item", "entry"};

bool ends_name(char c) { return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// "<item>", "<item id=…": the name when the text begins such an element.
std::string_view item_name(std::string_view text) {
  for (const std::string_view name : kNames) {
    if (text.size() > name.size() + 1 && text.substr(1).starts_with(name) && ends_name(text[name.size() + 1])) return name;
  }
  return {};
}

}  // namespace

void XmlItems::keep(int c) {
  if (keeping_ && text_.size() <= FeedPiece::kBytesMax) text_ += static_cast<char>(c);
}

// Keeps what is read. False when the feed ends before `end`.
bool XmlItems::read_past(std::string_view end) {
  std::string last;
  while (last != end) {
    const int c = bytes_.get();
    if (c < 0) return false;
    keep(c);
    last += static_cast<char>(c);
    if (last.size() > end.size()) last.erase(0, 1);
  }
  return true;
}

bool XmlItems::skip_to_item() {
  constexpr size_t kLongestStart = 9;  // "<![CDATA["
  while (bytes_.peek() >= 0) {
    if (bytes_.peek() != '<') {
      bytes_.get();
      continue;
    }
    const std::string_view ahead = bytes_.look_ahead(kLongestStart);
    if (ahead.starts_with("<!--")) {
      if (!read_past("-->")) return false;
    } else if (ahead.starts_with("<![CDATA[")) {
      if (!read_past("]]>")) return false;
    } else if (const std::string_view name = item_name(ahead); !name.empty()) {
      name_ = name;
      return true;
    } else {
      bytes_.get();
    }
  }
  return false;
}

std::optional<FeedPiece> XmlItems::next() {
  keeping_ = false;
  if (!skip_to_item()) return std::nullopt;
  FeedPiece item{.line = bytes_.line()};
  text_.clear();
  keeping_ = true;
  const std::string end = "</" + name_;
  bool whole = false;
  while (!whole && bytes_.peek() >= 0) {
    const std::string_view ahead = bytes_.peek() == '<' ? bytes_.look_ahead(9) : std::string_view();
    if (ahead.starts_with("<![CDATA[")) {
      if (!read_past("]]>")) break;
    } else if (ahead.starts_with("<!--")) {
      if (!read_past("-->")) break;
    } else if (ahead.starts_with(end) && ahead.size() > end.size() && ends_name(ahead[end.size()])) {
      whole = read_past(">");
    } else {
      keep(bytes_.get());
    }
  }
  if (text_.size() > FeedPiece::kBytesMax) {
    item.error = too_long_piece();
  } else if (!whole) {
    item.error = cut_piece();
  } else {
    item.set_text(std::move(text_));
  }
  return item;
}

}  // namespace nozama
