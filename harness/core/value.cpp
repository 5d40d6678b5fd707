#include "harness/core/value.h"

#include <utility>

#include "harness/core/assert.h"
#include "harness/core/rng.h"

namespace assay {

struct Value::Block {
  std::atomic<std::uint32_t> references{1};
  std::string characters;
  std::vector<Value> elements;
};

Value Value::boolean(bool flag) noexcept {
  Value value;
  value.kind_ = Kind::boolean;
  value.payload_.integer = flag ? 1 : 0;
  return value;
}

Value Value::text(std::string_view characters) {
  Value value;
  value.payload_.block = new Block;
  value.kind_ = Kind::text;
  value.payload_.block->characters = characters;
  return value;
}

Value Value::list(std::vector<Value> elements) {
  Value value;
  value.payload_.block = new Block;
  value.kind_ = Kind::list;
  value.payload_.block->elements = std::move(elements);
  return value;
}

Value Value::pair(const Value& first, const Value& second) {
  Value value;
  if (first.is_integer() && second.is_integer() && first.as_integer() > INT32_MIN &&
      first.as_integer() <= INT32_MAX) {
    value.kind_ = Kind::pair;
    value.small_ = static_cast<std::int32_t>(first.as_integer());
    value.payload_.integer = second.as_integer();
    return value;
  }
  value.payload_.block = new Block;
  value.kind_ = Kind::pair;
  value.small_ = kPairInBlock;
  value.payload_.block->elements = {first, second};
  return value;
}

void Value::retain_block() const noexcept {
  payload_.block->references.fetch_add(1, std::memory_order_relaxed);
}

void Value::release_block() noexcept {
  if (payload_.block->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete payload_.block;
}

bool Value::as_boolean() const {
  ASSAY_ASSERT(kind_ == Kind::boolean);
  return payload_.integer != 0;
}

std::string_view Value::as_text() const {
  ASSAY_ASSERT(kind_ == Kind::text);
  return payload_.block->characters;
}

std::span<const Value> Value::as_list() const {
  ASSAY_ASSERT(kind_ == Kind::list);
  return payload_.block->elements;
}

Value Value::first() const {
  ASSAY_ASSERT(kind_ == Kind::pair);
  return is_block() ? payload_.block->elements[0] : Value(small_);
}

Value Value::second() const {
  ASSAY_ASSERT(kind_ == Kind::pair);
  return is_block() ? payload_.block->elements[1] : Value(payload_.integer);
}

bool operator==(const Value& a, const Value& b) { return (a <=> b) == std::strong_ordering::equal; }

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return a.kind_ <=> b.kind_;
  switch (a.kind_) {
    case Value::Kind::nil:
      return std::strong_ordering::equal;
    case Value::Kind::boolean:
    case Value::Kind::integer:
      return a.payload_.integer <=> b.payload_.integer;
    case Value::Kind::text:
      return a.as_text().compare(b.as_text()) <=> 0;
    case Value::Kind::pair:
      if (const auto order = a.first() <=> b.first(); order != 0) return order;
      return a.second() <=> b.second();
    case Value::Kind::list:
      break;
  }
  const auto left = a.as_list();
  const auto right = b.as_list();
  for (std::size_t i = 0; i < left.size() && i < right.size(); ++i) {
    if (const auto order = left[i] <=> right[i]; order != 0) return order;
  }
  return left.size() <=> right.size();
}

std::uint64_t Value::hash() const {
  const auto mix = [](std::uint64_t h, std::uint64_t x) {
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
  };
  std::uint64_t h = mix(0x51ed270b, static_cast<std::uint64_t>(kind_));
  switch (kind_) {
    case Kind::nil:
      return h;
    case Kind::boolean:
    case Kind::integer:
      return mix(h, static_cast<std::uint64_t>(payload_.integer));
    case Kind::text:
      return mix(h, stable_hash(as_text()));
    case Kind::pair:
      return mix(mix(h, first().hash()), second().hash());
    case Kind::list:
      break;
  }
  for (const Value& element : as_list()) h = mix(h, element.hash());
  return h;
}

std::string Value::to_string() const {
  switch (kind_) {
    case Kind::nil:
      return "nil";
    case Kind::boolean:
      return as_boolean() ? "true" : "false";
    case Kind::integer:
      return std::to_string(payload_.integer);
    case Kind::text:
      return '"' + std::string(as_text()) + '"';
    case Kind::pair:
      return "(" + first().to_string() + " -> " + second().to_string() + ")";
    case Kind::list:
      break;
  }
  std::string out = "[";
  for (const Value& element : as_list()) {
    if (out.size() > 1) out += ' ';
    out += element.to_string();
  }
  return out + "]";
}

}  // namespace assay
