// The bytes of refdb's messages and rows: little-endian varints (7 bits a byte), fixed 64-bit words, and
// length-prefixed strings. The reader is total: it never reads past the end, and after the first error every
// further read gives zero or nothing and ok() stays false.
//
// Thread safety: none. Ownership: the writer appends to a string of the caller; the reader looks into one, so
// the views it returns live as long as that. Complexity: linear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::refdb::wire {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  void fixed(std::uint64_t value);
  void bytes(std::string_view value);
  void raw(std::string_view value) { out_.append(value); }

 private:
  std::string& out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : rest_(in) {}

  std::uint8_t byte();
  std::uint64_t number();
  std::int64_t signed_number();
  std::uint64_t fixed();
  // An error when longer than `size_max`.
  std::string_view bytes(std::size_t size_max);

  // Marks the input as wrong; for decoders that find a value out of range.
  void fail() {
    ok_ = false;
    rest_ = {};
  }
  bool ok() const { return ok_; }
  // All was read, without an error.
  bool finished() const { return ok_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// Eight bytes, biggest first, so that the order of bytes is the order of numbers; for storage keys.
void append_big_endian(std::string& out, std::uint64_t value);
// Requires: eight bytes.
std::uint64_t read_big_endian(std::string_view bytes);

}  // namespace assay::refdb::wire
