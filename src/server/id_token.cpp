#include "server/id_token.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <optional>

#include "base/base64.h"
#include "base/secret.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr size_t kTokenSizeMax = 16 << 10;
constexpr int kRsaBitsMin = 2048;
constexpr size_t kCoordinateBytes = 32;
constexpr int64_t kDriftSeconds = 120;

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

std::unexpected<Error> bad_token(std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "bad_id_token", fmt::format("the provider's ID token {}", why));
}

const unsigned char* as_unsigned(const std::string& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  json::value value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<int64_t> seconds_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto seconds = value->to_number<int64_t>(error);
  return error ? std::nullopt : std::optional(seconds);
}

Key make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) return nullptr;
  return Key(key);
}

Key rsa_key(const json::object& jwk) {
  const auto modulus = decode_base64url(text_of(jwk, "n")), exponent = decode_base64url(text_of(jwk, "e"));
  if (!modulus || !exponent || modulus->size() > 1024 || exponent->size() > 8) return nullptr;
  const Number n(BN_bin2bn(as_unsigned(*modulus), static_cast<int>(modulus->size()), nullptr));
  const Number e(BN_bin2bn(as_unsigned(*exponent), static_cast<int>(exponent->size()), nullptr));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || BN_num_bits(n.get()) < kRsaBitsMin) return nullptr;
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return make_key("RSA", builder.get());
}

Key ec_key(const json::object& jwk) {
  const auto x = decode_base64url(text_of(jwk, "x")), y = decode_base64url(text_of(jwk, "y"));
  if (text_of(jwk, "crv") != "P-256" || !x || !y || x->size() != kCoordinateBytes || y->size() != kCoordinateBytes) return nullptr;
  const std::string point = "\x04" + *x + *y;  // uncompressed, SEC 1
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return make_key("EC", builder.get());
}

// A JWT has the two numbers side by side; OpenSSL wants them in DER.
std::string der_signature(const std::string& raw) {
  if (raw.size() != 2 * kCoordinateBytes) return "";
  const Signature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(as_unsigned(raw), kCoordinateBytes, nullptr),
                 BN_bin2bn(as_unsigned(raw) + kCoordinateBytes, kCoordinateBytes, nullptr));
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(bytes);
  return der;
}

bool is_signed_by(EVP_PKEY* key, std::string_view text, const std::string& signature) {
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), as_unsigned(signature), signature.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

// By the key's kind, never by what the token says alone: a public key must not become a secret of HMAC.
Status check_signature(const json::object& header, std::string_view keys, std::string_view text, const std::string& signature) {
  const std::string algorithm = text_of(header, "alg"), name = text_of(header, "kid");
  const std::string type = algorithm == "RS256" ? "RSA" : algorithm == "ES256" ? "EC" : "";
  if (type.empty()) return bad_token("is not signed by RS256 or ES256");
  const auto document = parse_object(keys);
  const json::value* list = document ? document->if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return bad_token("cannot be checked: the provider's keys are unreadable");
  bool found = false;
  for (const json::value& each : list->get_array()) {
    if (!each.is_object()) continue;
    const json::object& jwk = each.get_object();
    if (text_of(jwk, "kty") != type || text_of(jwk, "kid") != name || (jwk.contains("use") && text_of(jwk, "use") != "sig")) continue;
    found = true;
    const Key key = type == "RSA" ? rsa_key(jwk) : ec_key(jwk);
    if (key && is_signed_by(key.get(), text, type == "RSA" ? signature : der_signature(signature))) return {};
  }
  if (!found) return fail(ErrorCode::kInvalidArgument, "unknown_signing_key", "the provider's ID token is signed by a key that the provider does not publish");
  return bad_token("has a wrong signature");
}

bool names_audience(const json::object& claims, const std::string& client_id) {
  const json::value* audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  if (audience->is_string()) return audience->get_string() == client_id;
  if (!audience->is_array()) return false;
  const auto& list = audience->get_array();
  const bool named = std::ranges::any_of(list, [&](const json::value& each) { return each.is_string() && each.get_string() == client_id; });
  // OpenID Connect Core 3.1.3.7: with several audiences, the one it was issued to must be us.
  return named && (list.size() == 1 || text_of(claims, "azp") == client_id);
}

Status check_claims(const json::object& claims, const IdTokenRules& rules) {
  if (text_of(claims, "iss") != rules.issuer) return bad_token("is of another issuer");
  if (!names_audience(claims, rules.client_id)) return bad_token("is for another client");
  const auto expires = seconds_of(claims, "exp"), issued = seconds_of(claims, "iat");
  if (!expires || *expires + kDriftSeconds <= rules.now_s) return bad_token("has expired");
  if (!issued || *issued - kDriftSeconds > rules.now_s) return bad_token("was issued in the future");
  if (rules.nonce.empty() || !equal_secrets(text_of(claims, "nonce"), rules.nonce)) return bad_token("answers another sign-in");
  if (text_of(claims, "sub").empty()) return bad_token("names nobody");
  return {};
}

bool is_true(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  return value != nullptr && ((value->is_bool() && value->get_bool()) || (value->is_string() && value->get_string() == "true"));  // some providers send text
}

}  // namespace

Result<IdClaims> verify_id_token(std::string_view token, std::string_view keys, const IdTokenRules& rules) {
  const size_t first = token.find('.'), last = token.rfind('.');
  if (token.size() > kTokenSizeMax || first == std::string_view::npos || first == last) return bad_token("is no signed token");
  const auto header = decode_base64url(token.substr(0, first)), payload = decode_base64url(token.substr(first + 1, last - first - 1));
  const auto signature = decode_base64url(token.substr(last + 1));
  const auto head = header ? parse_object(*header) : std::nullopt;
  const auto claims = payload ? parse_object(*payload) : std::nullopt;
  if (!head || !claims || !signature) return bad_token("is unreadable");
  if (head->contains("crit")) return bad_token("demands what we do not know");
  if (const Status valid = check_signature(*head, keys, token.substr(0, last), *signature); !valid) return propagate(valid);
  if (const Status valid = check_claims(*claims, rules); !valid) return propagate(valid);
  return IdClaims{.subject = text_of(*claims, "sub"), .email = text_of(*claims, "email"), .email_verified = is_true(*claims, "email_verified")};
}

}  // namespace nozama
