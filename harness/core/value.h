// A value read from or written to a database: nothing, a boolean, an integer, a text, a list, or a pair (the
// argument of a compare-and-set). 16 bytes; integers, booleans and pairs of small integers are stored inside,
// texts and lists in a shared immutable block.
//
// Thread safety: values are immutable; copies of one value may be used and dropped by different threads.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/assert.h"

namespace assay {

class Value {
 public:
  enum class Kind : std::uint8_t { nil, boolean, integer, text, list, pair };

  Value() noexcept = default;
  Value(std::int64_t number) noexcept : kind_(Kind::integer) {
    payload_.integer = number;
  }  // NOLINT: a literal is one
  static Value boolean(bool flag) noexcept;
  static Value text(std::string_view characters);
  static Value list(std::vector<Value> elements);
  // (expected, desired) of a compare-and-set.
  static Value pair(const Value& first, const Value& second);

  Value(const Value& other) noexcept : kind_(other.kind_), small_(other.small_), payload_(other.payload_) {
    retain();
  }
  Value(Value&& other) noexcept : kind_(other.kind_), small_(other.small_), payload_(other.payload_) {
    other.kind_ = Kind::nil;
    other.payload_.integer = 0;
  }
  Value& operator=(const Value& other) noexcept {
    other.retain();  // first, for the case that other is this
    release();
    kind_ = other.kind_;
    small_ = other.small_;
    payload_ = other.payload_;
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    if (this == &other) return *this;
    release();
    kind_ = other.kind_;
    small_ = other.small_;
    payload_ = other.payload_;
    other.kind_ = Kind::nil;
    other.payload_.integer = 0;
    return *this;
  }
  ~Value() { release(); }

  Kind kind() const noexcept { return kind_; }
  bool is_nil() const noexcept { return kind_ == Kind::nil; }
  bool is_integer() const noexcept { return kind_ == Kind::integer; }

  // Each requires the matching kind.
  std::int64_t as_integer() const {
    ASSAY_ASSERT(kind_ == Kind::integer);
    return payload_.integer;
  }
  bool as_boolean() const;
  std::string_view as_text() const;
  std::span<const Value> as_list() const;
  Value first() const;
  Value second() const;

  friend bool operator==(const Value& a, const Value& b);
  // A total order: by kind, then by content.
  friend std::strong_ordering operator<=>(const Value& a, const Value& b);

  // Stable across runs and compilers.
  std::uint64_t hash() const;

  // For people: nil, true, 7, "abc", [1 2 3], (1 -> 2).
  std::string to_string() const;

 private:
  struct Block;
  union Payload {
    std::int64_t integer = 0;
    Block* block;
  };

  bool is_block() const noexcept {
    return kind_ == Kind::text || kind_ == Kind::list || (kind_ == Kind::pair && small_ == kPairInBlock);
  }
  // Most values are no blocks, and copying them is copying 16 bytes.
  void retain() const noexcept {
    if (is_block()) retain_block();
  }
  void release() noexcept {
    if (is_block()) release_block();
  }
  void retain_block() const noexcept;
  void release_block() noexcept;

  // A pair of integers that fit keeps `first` in small_ and `second` in payload_; any other pair is a block.
  static constexpr std::int32_t kPairInBlock = INT32_MIN;

  Kind kind_ = Kind::nil;
  std::int32_t small_ = 0;
  Payload payload_;
};

static_assert(sizeof(Value) == 16);

}  // namespace assay
