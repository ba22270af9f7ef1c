#include "base/secret.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(Secret, RandomOnesDifferAndAreNotWhatIsStored) {
  const std::string secret = random_secret("nzk_");
  EXPECT_EQ(secret.size(), 4U + 64);
  EXPECT_NE(secret, random_secret("nzk_"));
  EXPECT_EQ(secret_hash(secret), secret_hash(secret));
  EXPECT_EQ(secret_hash(secret).find(secret.substr(4)), std::string::npos);
}

TEST(Secret, DerivedOnesDifferByPurposeAndBySecret) {
  EXPECT_EQ(derived_secret("a", "csrf"), derived_secret("a", "csrf"));
  EXPECT_NE(derived_secret("a", "csrf"), derived_secret("a", "other"));
  EXPECT_NE(derived_secret("a", "csrf"), derived_secret("b", "csrf"));
  EXPECT_TRUE(equal_secrets("same", "same"));
  EXPECT_FALSE(equal_secrets("same", "sane"));
  EXPECT_FALSE(equal_secrets("same", "sam"));
}

TEST(Secret, APasswordIsStoredAsArgon2idWithItsOwnSaltAndKnownAgain) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$"));
  EXPECT_NE(*hash, *hash_password("correct horse"));
  EXPECT_TRUE(password_matches("correct horse", *hash));
  EXPECT_FALSE(password_matches("correct horsf", *hash));
  EXPECT_FALSE(password_matches("correct horse", ""));
  EXPECT_FALSE(password_matches("correct horse", "no hash"));
}

}  // namespace
}  // namespace nozama
