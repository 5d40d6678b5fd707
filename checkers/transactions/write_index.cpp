#include "checkers/transactions/write_index.h"

#include <bit>

namespace assay::checkers {

namespace {

std::uint64_t mix(const RegisterMop& mop) {
  std::uint64_t hash = (code_of(mop) ^ (mop.key() * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
  hash ^= hash >> 32;
  hash *= 0xc4ceb9fe1a85ec53u;
  return hash ^ hash >> 29;
}

}  // namespace

bool WriteIndex::prepare(const std::vector<ValueRange>& by_key, const ValueRange& all, std::size_t writes,
                         Limits& limits) {
  const std::uint64_t room = writes * 2 + 64;
  if (all.others) return prepare_hashed(writes, limits);
  std::uint64_t sum = 0;
  for (const ValueRange& range : by_key) {
    if (!range.empty() && sum <= room) sum += std::min(range.width(), room + 1);
  }
  if (!all.empty() && all.width() <= room) {
    mode_ = Mode::by_value;
    low_ = all.low;
    sum = all.width();
  } else if (sum <= room) {
    mode_ = Mode::by_key;
  } else {
    return prepare_hashed(writes, limits);
  }
  const std::size_t bytes =
      sum * sizeof(MopId) + (mode_ == Mode::by_key ? by_key.size() * sizeof(KeyPart) : 0);
  if (!limits.fits(bytes)) return false;
  charge_.grow(bytes);
  direct_.assign(sum, kNobody);
  if (mode_ != Mode::by_key) return true;
  lows_.reserve(by_key.size());
  std::uint64_t begin = 0;
  for (const ValueRange& range : by_key) {
    const std::uint64_t width = range.empty() ? 0 : range.width();
    lows_.push_back({range.empty() ? 0 : range.low, begin, width});
    begin += width;
  }
  return true;
}

bool WriteIndex::prepare_hashed(std::size_t writes, Limits& limits) {
  charge_.shrink(bytes());
  mode_ = Mode::hashed;
  direct_ = {};
  lows_ = {};
  const std::size_t size = std::bit_ceil(writes + writes / 2 + 8);
  if (!limits.fits(size * sizeof(Slot))) return false;
  charge_.grow(size * sizeof(Slot));
  slots_.assign(size, Slot());
  mask_ = size - 1;
  return true;
}

// Where a table by value has the mop's value, or kNowhere.
std::uint64_t WriteIndex::place(const RegisterMop& mop) const {
  const std::uint64_t code = code_of(mop);
  if ((code & 1) != 0) return kNowhere;
  const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(code) >> 1);
  if (mode_ == Mode::by_value) {
    const std::uint64_t at = value - static_cast<std::uint64_t>(low_);
    return at < direct_.size() ? at : kNowhere;
  }
  const KeyPart& part = lows_[mop.key()];
  const std::uint64_t at = value - static_cast<std::uint64_t>(part.low);
  return at < part.width ? part.begin + at : kNowhere;
}

// The slot of that key and value, or the empty one where it belongs.
std::uint64_t WriteIndex::hashed_place(const RegisterMop& mop) const {
  const std::uint64_t hash = mix(mop);
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
    slot.tag = static_cast<std::uint32_t>(mix(mop) >> 32);
    return &slot.write;
  }
  MopId& write = direct_[place(mop)];
  const bool taken = mode_ == Mode::by_value && write != kNobody && mops_[write].key() != mop.key();
  return taken ? nullptr : &write;
}

MopId WriteIndex::find(const RegisterMop& mop) const {
  if (mode_ == Mode::hashed) return slots_[hashed_place(mop)].write;
  const std::uint64_t at = place(mop);
  if (at == kNowhere) return kNobody;
  const MopId write = direct_[at];
  return write != kNobody && mops_[write].key() == mop.key() ? write : kNobody;
}

void WriteIndex::prefetch(const RegisterMop& mop) const {
  if (mode_ == Mode::hashed) {
    __builtin_prefetch(&slots_[mix(mop) & mask_]);
  } else if (const std::uint64_t at = place(mop); at != kNowhere) {
    __builtin_prefetch(&direct_[at]);
  }
}

}  // namespace assay::checkers
