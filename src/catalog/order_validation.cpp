#include "catalog/order_validation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/hash.h"
#include "catalog/validation.h"

namespace nozama {

namespace {

std::unexpected<Error> bad(std::string_view field, std::string_view rule) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("bad_{}", field), fmt::format("{}: {}", field, rule));
}

enum class Presence { kNeeded, kOptional };

struct Field {
  std::string_view name;
  const std::string& value;
  size_t bytes_max;
  Presence presence;
};

bool is_blank(std::string_view text) { return text.find_first_not_of(' ') == std::string_view::npos; }

Status validate_field(const Field& field) {
  if (field.value.size() > field.bytes_max) return bad(field.name, fmt::format("longer than {} bytes", field.bytes_max));
  if (!is_clean_line(field.value)) return bad(field.name, "must be one line of UTF-8 text");
  if (field.presence == Presence::kNeeded && is_blank(field.value)) return bad(field.name, "is needed");
  return {};
}

// Only what no address can do without: whether it works, its first letter shows.
bool is_email(std::string_view text) {
  const size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find_first_of(" ,;<>\"") == std::string_view::npos && text.find('@') == at;
}

bool is_country_code(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Status validate_contact(const OrderContact& contact) {
  const Field fields[] = {
      {"name", contact.name, 200, Presence::kNeeded},         {"email", contact.email, 254, Presence::kNeeded},
      {"phone", contact.phone, 40, Presence::kOptional},      {"street", contact.street, 200, Presence::kNeeded},
      {"street2", contact.street2, 200, Presence::kOptional}, {"postal_code", contact.postal_code, 20, Presence::kOptional},
      {"city", contact.city, 200, Presence::kNeeded},         {"region", contact.region, 200, Presence::kOptional},
  };
  for (const Field& field : fields) {
    if (auto valid = validate_field(field); !valid) return valid;
  }
  if (!is_email(contact.email)) return bad("email", "must be an e-mail address, as in ada@example.org");
  if (!is_country_code(contact.country)) return bad("country", "two capital letters (ISO 3166-1), as in DE");
  return {};
}

bool is_idempotency_key(std::string_view key) {
  return key.size() >= 16 && key.size() <= 100 &&
         std::ranges::all_of(key, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

}  // namespace

Status validate(const OrderRequest& request) {
  if (!is_idempotency_key(request.idempotency_key)) {
    return fail(ErrorCode::kInvalidArgument, "bad_idempotency_key",
                "the header Idempotency-Key is needed: 16 to 100 letters, digits, '-' or '_', another one for each order, as a random UUID is");
  }
  if (auto valid = validate(request.cart); !valid) return valid;
  if (auto valid = validate_contact(request.contact); !valid) return valid;
  constexpr size_t kNoteBytesMax = 2000;
  if (request.note.size() > kNoteBytesMax || !is_clean_text(request.note))
    return bad("note", fmt::format("must be UTF-8 text of at most {} bytes", kNoteBytesMax));
  return {};
}

std::string digest(const OrderRequest& request) {
  std::string bytes;
  // Lengths before texts, so that no two requests write the same bytes.
  const auto add = [&](std::string_view text) { bytes += fmt::format("{}:{}", text.size(), text); };
  const OrderContact& contact = request.contact;
  for (const std::string* text : {&request.cart.currency, &request.cart.lang, &contact.name, &contact.email, &contact.phone, &contact.street, &contact.street2,
                                  &contact.postal_code, &contact.city, &contact.region, &contact.country, &request.note}) {
    add(*text);
  }
  for (const CartLine& line : request.cart.lines) {
    add(line.product_id);
    add(line.variant_key);
    bytes += fmt::format("{};{};", line.quantity, line.price_minor);
  }
  bytes += fmt::format("account {}", request.account.value);
  return content_hash(as_byte_span(bytes));
}

}  // namespace nozama
