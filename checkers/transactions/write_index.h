// Finds the write of a key and value while a register history is built. Integers that lie close together, per
// key or in the whole history as counters make them, have a table by value, in which neighbours in time are
// neighbours in memory; anything else is hashed.
//
// Thread safety: none. Memory: 4 to 8 bytes a write by value, 12 to 24 hashed. Complexity: constant,
// expected.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/transactions/register_history.h"

namespace assay::checkers {

// Between which integers the values written to a key lie, or those of all keys; others say that some is no
// integer.
struct ValueRange {
  std::int64_t low = std::numeric_limits<std::int64_t>::max();
  std::int64_t high = std::numeric_limits<std::int64_t>::min();
  bool others = false;

  void add(std::uint64_t code) {
    if ((code & 1) != 0) {
      others = true;
      return;
    }
    const std::int64_t value = static_cast<std::int64_t>(code) >> 1;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  bool empty() const { return low > high; }
  // Of a range that is not empty; codes have 63 bits, so it does not overflow.
  std::uint64_t width() const {
    return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  }
};

// While building, the source fields of a mop hold the code of its value: twice the integer, or an odd number.
inline std::uint64_t code_of(const RegisterMop& mop) {
  return std::uint64_t{mop.source} << 32 | mop.source_mop;
}

inline std::uint64_t hash_of(const RegisterMop& mop) {
  std::uint64_t hash = (code_of(mop) ^ (mop.key() * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
  hash ^= hash >> 32;
  hash *= 0xc4ceb9fe1a85ec53u;
  return hash ^ hash >> 29;
}

class WriteIndex {
 public:
  // The mops must stay where they are. `writes` of them are writes.
  WriteIndex(const std::vector<RegisterMop>& mops, Charge& charge) : mops_(mops), charge_(charge) {}

  // Chooses a table; false when it does not fit the budget.
  bool prepare(const ValueRange& all, std::size_t keys, std::size_t writes, Limits& limits);
  // To a table that any values fit into; what was in it is lost. False when it does not fit.
  bool prepare_hashed(std::size_t writes, Limits& limits);

  // The slot of a write; it holds kNobody or an earlier write. Null when another key took it, which only
  // hashing solves.
  MopId* slot(const RegisterMop& mop);
  // The write that a read returned, or kNobody.
  MopId find(const RegisterMop& mop) const;
  bool hashed() const { return mode_ == Mode::hashed; }
  // Asks for the memory that find() or slot() will need, and that of the write which find() will look at.
  void prefetch(const RegisterMop& mop) const;
  void prefetch_write(const RegisterMop& mop) const;
  std::size_t bytes() const { return direct_.size() * 4 + slots_.size() * sizeof(Slot) + parts_.size() * 24; }

 private:
  enum class Mode : std::uint8_t { by_key, by_value, hashed };
  struct Slot {
    std::uint32_t tag = 0;
    MopId write = kNobody;
  };
  struct KeyPart {
    std::int64_t low = 0;
    std::uint64_t begin = 0, width = 0;
  };
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  std::uint64_t place(const RegisterMop& mop) const;
  std::uint64_t divide_by_key(std::size_t keys, std::uint64_t room);
  std::uint64_t hashed_place(const RegisterMop& mop) const;

  const std::vector<RegisterMop>& mops_;
  Charge& charge_;
  Mode mode_ = Mode::hashed;
  std::vector<MopId> direct_;
  std::vector<KeyPart> parts_;
  std::int64_t low_ = 0;
  std::vector<Slot> slots_;
  std::uint64_t mask_ = 0;
};

// Where a table by value has the mop's value, or kNowhere.
inline std::uint64_t WriteIndex::place(const RegisterMop& mop) const {
  const std::uint64_t code = code_of(mop);
  if ((code & 1) != 0) return kNowhere;
  const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(code) >> 1);
  if (mode_ == Mode::by_value) {
    const std::uint64_t at = value - static_cast<std::uint64_t>(low_);
    return at < direct_.size() ? at : kNowhere;
  }
  const KeyPart& part = parts_[mop.key()];
  const std::uint64_t at = value - static_cast<std::uint64_t>(part.low);
  return at < part.width ? part.begin + at : kNowhere;
}

inline MopId WriteIndex::find(const RegisterMop& mop) const {
  if (mode_ == Mode::hashed) return slots_[hashed_place(mop)].write;
  const std::uint64_t at = place(mop);
  if (at == kNowhere) return kNobody;
  const MopId write = direct_[at];
  return write != kNobody && mops_[write].key() == mop.key() ? write : kNobody;
}

inline void WriteIndex::prefetch(const RegisterMop& mop) const {
  if (mode_ == Mode::hashed) {
    __builtin_prefetch(&slots_[hash_of(mop) & mask_]);
  } else if (const std::uint64_t at = place(mop); at != kNowhere) {
    __builtin_prefetch(&direct_[at]);
  }
}

inline void WriteIndex::prefetch_write(const RegisterMop& mop) const {
  if (mode_ == Mode::hashed || mop.is_write()) return;
  const std::uint64_t at = place(mop);
  if (at != kNowhere && direct_[at] != kNobody) __builtin_prefetch(&mops_[direct_[at]]);
}

}  // namespace assay::checkers
