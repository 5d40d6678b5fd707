// SHA-256 (FIPS 180-4), to find out whether a file is on a host already, and to name what a page may run. Not for
// secrets.
//
// Thread safety: none per object. Complexity: linear, some 200 MB/s.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  // The 32 bytes of the digest. Requires: called once, last.
  std::string finish();

 private:
  void absorb(const unsigned char* block);

  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> buffer_;
  std::size_t buffered_ = 0;
  std::uint64_t length_bytes_ = 0;
};

// 64 hexadecimal digits.
std::string sha256_of(std::string_view bytes);
// As a content security policy writes it.
std::string sha256_base64(std::string_view bytes);

}  // namespace assay
