#include "server/id_token.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

#include "base/base64.h"

namespace nozama {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
Key new_rsa_key(unsigned bits = 2048) { return {EVP_RSA_gen(bits), &EVP_PKEY_free}; }
Key new_ec_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

std::string number(EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* value = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key, name, &value), 1);
  std::string bytes(static_cast<size_t>(size > 0 ? size : BN_num_bytes(value)), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_free(value);
  return encode_base64url(bytes);
}

std::string jwk(EVP_PKEY* key, const std::string& name) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    return fmt::format(R"({{"kty":"RSA","use":"sig","kid":"{}","n":"{}","e":"{}"}})", name, number(key, OSSL_PKEY_PARAM_RSA_N),
                       number(key, OSSL_PKEY_PARAM_RSA_E));
  }
  return fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"{}","x":"{}","y":"{}"}})", name, number(key, OSSL_PKEY_PARAM_EC_PUB_X, 32),
                     number(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
}

std::string jwks(const std::string& keys) { return R"({"keys":[)" + keys + "]}"; }

std::string sign(EVP_PKEY* key, const std::string& text) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EXPECT_EQ(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key), 1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  EVP_DigestSign(context, nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  EVP_MD_CTX_free(context);
  signature.resize(size);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(signature.size()));
  std::string raw(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(raw.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
  ECDSA_SIG_free(pair);
  return raw;
}

constexpr int64_t kNow = 1'800'000'000;
const IdTokenRules kRules{.issuer = "https://id.example", .client_id = "shop", .nonce = "n0nce", .now_s = kNow};

std::string claims_with(const std::string& changed = "") {
  return fmt::format(
      R"({{"iss":"https://id.example","aud":"shop","sub":"7","nonce":"n0nce","email":"ana@mail.example","email_verified":true,"iat":{},"exp":{}{}}})", kNow - 5,
      kNow + 300, changed);
}

std::string token_of(EVP_PKEY* key, const std::string& claims, const std::string& algorithm, const std::string& name = "k1") {
  const std::string text = encode_base64url(fmt::format(R"({{"alg":"{}","kid":"{}"}})", algorithm, name)) + "." + encode_base64url(claims);
  return text + "." + encode_base64url(sign(key, text));
}

std::string reason(const Result<IdClaims>& claims) { return claims ? "accepted" : claims.error().reason; }

class IdToken : public testing::Test {
 protected:
  Key rsa_ = new_rsa_key(), ec_ = new_ec_key();
  std::string keys_ = jwks(jwk(rsa_.get(), "k1") + "," + jwk(ec_.get(), "k2"));
};

// features: I5
TEST_F(IdToken, OfTheProviderIsAcceptedByEitherAlgorithm) {
  for (const std::string& token : {token_of(rsa_.get(), claims_with(), "RS256"), token_of(ec_.get(), claims_with(), "ES256", "k2")}) {
    const auto claims = verify_id_token(token, keys_, kRules);
    ASSERT_TRUE(claims) << claims.error().message;
    EXPECT_EQ(claims->subject, "7");
    EXPECT_EQ(claims->email, "ana@mail.example");
    EXPECT_TRUE(claims->email_verified);
  }
}

TEST_F(IdToken, WithoutASignatureIsRefused) {
  for (const char* algorithm : {"none", "None", "", "HS256", "RS512", "PS256"}) {
    const std::string text = encode_base64url(fmt::format(R"({{"alg":"{}","kid":"k1"}})", algorithm)) + "." + encode_base64url(claims_with());
    EXPECT_EQ(reason(verify_id_token(text + ".", keys_, kRules)), "bad_id_token") << algorithm;
    EXPECT_EQ(reason(verify_id_token(text + "." + encode_base64url(sign(rsa_.get(), text)), keys_, kRules)), "bad_id_token") << algorithm;
  }
}

TEST_F(IdToken, OfAnotherKeyOrKindOfKeyIsRefused) {
  const Key other = new_rsa_key();
  EXPECT_EQ(reason(verify_id_token(token_of(other.get(), claims_with(), "RS256"), keys_, kRules)), "bad_id_token");
  EXPECT_EQ(reason(verify_id_token(token_of(other.get(), claims_with(), "RS256", "k9"), keys_, kRules)), "unknown_signing_key");
  EXPECT_EQ(reason(verify_id_token(token_of(rsa_.get(), claims_with(), "ES256", "k2"), keys_, kRules)), "bad_id_token");
  const Key weak = new_rsa_key(1024);
  EXPECT_EQ(reason(verify_id_token(token_of(weak.get(), claims_with(), "RS256"), jwks(jwk(weak.get(), "k1")), kRules)), "bad_id_token");
}

TEST_F(IdToken, ChangedByAByteIsRefused) {
  const std::string token = token_of(ec_.get(), claims_with(), "ES256", "k2");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(reason(verify_id_token(changed, keys_, kRules)), "accepted") << i;
  }
}

TEST_F(IdToken, ForSomebodyElseOrAnotherTimeIsRefused) {
  // Of members given twice the last one counts.
  for (const char* changed : {R"(,"iss":"https://evil.example")", R"(,"aud":"another shop")", R"(,"aud":["shop","another"])", R"(,"aud":[])", R"(,"aud":7)",
                              R"(,"nonce":"other")", R"(,"nonce":null)", R"(,"exp":1799999000)", R"(,"exp":"never")", R"(,"iat":1800000500)", R"(,"sub":"")"})
    EXPECT_EQ(reason(verify_id_token(token_of(rsa_.get(), claims_with(changed), "RS256"), keys_, kRules)), "bad_id_token") << changed;
  EXPECT_EQ(reason(verify_id_token(token_of(rsa_.get(), claims_with(R"(,"aud":["shop","another"],"azp":"shop")"), "RS256"), keys_, kRules)), "accepted");
  IdTokenRules without_nonce = kRules;
  without_nonce.nonce = "";
  EXPECT_EQ(reason(verify_id_token(token_of(rsa_.get(), claims_with(R"(,"nonce":"")"), "RS256"), keys_, without_nonce)), "bad_id_token");
}

TEST_F(IdToken, AnUnverifiedAddressStaysOne) {
  EXPECT_FALSE(verify_id_token(token_of(rsa_.get(), claims_with(R"(,"email_verified":false)"), "RS256"), keys_, kRules)->email_verified);
  EXPECT_FALSE(verify_id_token(token_of(rsa_.get(), claims_with(R"(,"email_verified":1)"), "RS256"), keys_, kRules)->email_verified);
}

TEST_F(IdToken, RubbishIsRefused) {
  const std::string good = token_of(rsa_.get(), claims_with(), "RS256");
  for (const std::string& token : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), good + "." + good, std::string(100'000, 'a'),
                                   std::string("e30.e30."), std::string("W10.W10.aa"), good.substr(0, good.rfind('.'))})
    EXPECT_EQ(reason(verify_id_token(token, keys_, kRules)), "bad_id_token") << token.substr(0, 30);
  for (const char* keys : {"", "[]", "{}", R"({"keys":7})", R"({"keys":[7,null,{"kty":"RSA","kid":"k1","n":"!","e":"AQAB"}]})"})
    EXPECT_NE(reason(verify_id_token(good, keys, kRules)), "accepted") << keys;
}

}  // namespace
}  // namespace nozama
