#include "checkers/transactions/write_index.h"

#include <bit>

namespace assay::checkers {

bool WriteIndex::prepare(const ValueRange& all, std::size_t keys, std::size_t writes, Limits& limits) {
  const std::uint64_t room = writes * 2 + 64;
  if (all.others || all.empty()) return prepare_hashed(writes, limits);
  std::uint64_t size = all.width();
  if (size <= room) {
    mode_ = Mode::by_value;
    low_ = all.low;
  } else {
    if (!limits.fits(keys * (sizeof(KeyPart) + sizeof(ValueRange)))) return false;
    size = divide_by_key(keys, room);
    if (size > room) return prepare_hashed(writes, limits);
    mode_ = Mode::by_key;
  }
  if (!limits.fits(size * sizeof(MopId))) return false;
  direct_.assign(size, kNobody);
  charge_.grow(bytes());
  return true;
}

// Gives each key a part of the table; returns its size, or more than there is room for.
std::uint64_t WriteIndex::divide_by_key(std::size_t keys, std::uint64_t room) {
  std::vector<ValueRange> ranges(keys);
  for (const RegisterMop& mop : mops_) {
    if (mop.is_write()) ranges[mop.key()].add(code_of(mop));
  }
  parts_.reserve(keys);
  std::uint64_t begin = 0;
  for (const ValueRange& range : ranges) {
    const std::uint64_t width = range.empty() ? 0 : range.width();
    if (width > room || begin + width > room) {
      parts_ = {};
      return room + 1;
    }
    parts_.push_back({range.empty() ? 0 : range.low, begin, width});
    begin += width;
  }
  return begin;
}

bool WriteIndex::prepare_hashed(std::size_t writes, Limits& limits) {
  charge_.shrink(bytes());
  mode_ = Mode::hashed;
  direct_ = {};
  parts_ = {};
  const std::size_t size = std::bit_ceil(writes + writes / 2 + 8);
  if (!limits.fits(size * sizeof(Slot))) return false;
  charge_.grow(size * sizeof(Slot));
  slots_.assign(size, Slot());
  mask_ = size - 1;
  return true;
}

// The slot of that key and value, or the empty one where it belongs.
std::uint64_t WriteIndex::hashed_place(const RegisterMop& mop) const {
  const std::uint64_t hash = hash_of(mop);
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const Slot& slot = slots_[at];
    if (slot.write == kNobody) return at;
    if (slot.tag != tag) continue;
    const RegisterMop& there = mops_[slot.write];
    if (there.key() == mop.key() && code_of(there) == code_of(mop)) return at;
  }
}

MopId* WriteIndex::slot(const RegisterMop& mop) {
  if (mode_ == Mode::hashed) {
    Slot& slot = slots_[hashed_place(mop)];
    slot.tag = static_cast<std::uint32_t>(hash_of(mop) >> 32);
    return &slot.write;
  }
  MopId& write = direct_[place(mop)];
  const bool taken = mode_ == Mode::by_value && write != kNobody && mops_[write].key() != mop.key();
  return taken ? nullptr : &write;
}

}  // namespace assay::checkers
