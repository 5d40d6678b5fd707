#include "harness/core/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "harness/core/base64.h"

namespace assay {
namespace {

// The first 32 bits of the fractional parts of the square roots of the first 8 primes, and of the cube roots
// of the first 64 (FIPS 180-4, sections 5.3.3 and 4.2.2), computed with integers.
struct Constants {
  std::array<std::uint32_t, 8> start;
  std::array<std::uint32_t, 64> round;
};

// The largest r with r^power <= number * 2^(32 * power): its low 32 bits are the fraction.
std::uint32_t root_fraction(unsigned number, int power) {
  using Wide = unsigned __int128;
  Wide low = 0;
  Wide high = Wide{1} << 37;
  while (high - low > 1) {
    const Wide middle = (low + high) / 2;
    // middle^3 < 2^111 fits.
    const Wide product = power == 2 ? middle * middle : middle * middle * middle;
    if (product <= (Wide{number} << (32 * power))) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return static_cast<std::uint32_t>(low);
}

Constants make_constants() {
  Constants constants;
  std::size_t count = 0;
  for (unsigned candidate = 2; count < 64; ++candidate) {
    bool prime = true;
    for (unsigned divisor = 2; divisor * divisor <= candidate; ++divisor) prime &= candidate % divisor != 0;
    if (!prime) continue;
    if (count < 8) constants.start[count] = root_fraction(candidate, 2);
    constants.round[count++] = root_fraction(candidate, 3);
  }
  return constants;
}

const Constants& constants() {
  static const Constants table = make_constants();
  return table;
}

}  // namespace

Sha256::Sha256() : state_(constants().start), buffer_{} {}

void Sha256::absorb(const unsigned char* block) {
  std::array<std::uint32_t, 64> words;
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned char* bytes = block + 4 * i;
    words[i] = std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
               std::uint32_t{bytes[3]};
  }
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t a = words[i - 15];
    const std::uint32_t b = words[i - 2];
    words[i] = words[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3)) + words[i - 7] +
               (std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10));
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t first = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                ((e & f) ^ (~e & g)) + constants().round[i] + words[i];
    const std::uint32_t second =
        (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const std::array<std::uint32_t, 8> sums = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += sums[i];
}

void Sha256::update(std::string_view bytes) {
  length_bytes_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), buffer_.size() - buffered_);
    std::memcpy(buffer_.data() + buffered_, bytes.data(), taken);
    buffered_ += taken;
    bytes.remove_prefix(taken);
    if (buffered_ == buffer_.size()) {
      absorb(buffer_.data());
      buffered_ = 0;
    }
  }
}

std::string Sha256::finish() {
  const std::uint64_t bits = length_bytes_ * 8;
  update(std::string_view("\x80", 1));
  while (buffered_ != 56) update(std::string_view("\0", 1));
  std::string length;
  for (int shift = 56; shift >= 0; shift -= 8) length += static_cast<char>(bits >> shift & 255);
  update(length);
  std::string digest;
  for (const std::uint32_t word : state_) {
    for (int shift = 24; shift >= 0; shift -= 8) digest += static_cast<char>(word >> shift & 255);
  }
  return digest;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  std::string text;
  for (const char byte : hash.finish()) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string sha256_base64(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return base64_of(hash.finish());
}

}  // namespace assay
