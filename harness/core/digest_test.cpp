// Base64 and SHA-256 as their standards have them.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "harness/core/base64.h"
#include "harness/core/sha256.h"

namespace assay {
namespace {

TEST(Base64, IsThatOfTheStandard) {
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_of("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_of("foob"), "Zm9vYg==");
  for (const char* text : {"", "f", "fo", "foo", "\xFF\x80"}) EXPECT_EQ(from_base64(base64_of(text)), text);
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Z===", "Zm9v*A==", "=AAA"})
    EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
}

// FIPS 180-4's examples, and lengths around the padding's limits.
TEST(Sha256, KnownSums) {
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheSameSum) {
  const std::string text(200, 'x');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.update(std::string_view(text).substr(0, cut));
    hash.update(std::string_view(text).substr(cut));
    Sha256 whole;
    whole.update(text);
    ASSERT_EQ(hash.finish(), whole.finish()) << cut;
  }
}

TEST(Sha256, InBase64) {
  EXPECT_EQ(sha256_base64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(sha256_base64("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

}  // namespace
}  // namespace assay
