#include "checkers/isolation/problem.h"

#include <algorithm>

#include "harness/core/assert.h"

namespace assay::checkers::isolation {

namespace {

// Lists of a part: shown writers of each key that are kept, as far as a kept read shows them. `renamed` maps old to new.
class PartOfLists {
 public:
  PartOfLists(const Problem& whole, const std::vector<Txn>& renamed) : whole_(whole), renamed_(renamed) {
    if (whole.shown.empty()) return;
    shown_until_.assign(whole.keys, 0);
    place_.assign(whole.writes.size(), 0);
    for (KeyNumber key = 0; key < whole.keys; ++key) {
      const auto shown = whole.shown_of(key);
      for (std::uint32_t at = 0; at < shown.size(); ++at) place_[whole.write_of(shown[at], key)] = at + 1;
    }
  }

  bool is_list(KeyNumber key) const { return !whole_.shown_of(key).empty(); }

  // The last kept writer at or before the one that was read.
  Txn kept_writer(const Problem::Read& read) {
    if (read.writer == kInitial) return kInitial;
    const auto shown = whole_.shown_of(read.key);
    std::uint32_t place = place_[whole_.write_of(read.writer, read.key)];
    shown_until_[read.key] = std::max(shown_until_[read.key], place);
    for (; place > 0; --place) {
      if (renamed_[shown[place - 1]] != kNone) return renamed_[shown[place - 1]];
    }
    return kInitial;
  }

  void write(Problem& part) const {
    if (shown_until_.empty()) return;
    for (KeyNumber key = 0; key < whole_.keys; ++key) {
      const auto shown = whole_.shown_of(key);
      for (std::size_t at = 0; at < shown_until_[key]; ++at) {
        if (renamed_[shown[at]] != kNone) part.shown.push_back(renamed_[shown[at]]);
      }
      part.shown_begin.push_back(static_cast<std::uint32_t>(part.shown.size()));
    }
  }

 private:
  const Problem& whole_;
  const std::vector<Txn>& renamed_;
  std::vector<std::uint32_t> place_;  // of each write in its list, from 1; 0 for one that no read shows
  std::vector<std::uint32_t> shown_until_;
};

}  // namespace

std::size_t Problem::bytes() const {
  return transactions.capacity() * sizeof(Transaction) + reads.capacity() * sizeof(Read) +
         (read_begin.capacity() + write_begin.capacity() + writes.capacity() + shown_begin.capacity() +
          shown.capacity()) *
             sizeof(std::uint32_t);
}

std::uint32_t Problem::write_of(Txn txn, KeyNumber key) const {
  std::uint32_t at = write_begin[txn];
  while (at < write_begin[txn + 1] && writes[at] != key) ++at;
  ASSAY_ASSERT(at < write_begin[txn + 1]);
  return at;
}

void Problem::finish(const Transaction& transaction) {
  transactions.push_back(transaction);
  read_begin.push_back(static_cast<std::uint32_t>(reads.size()));
  write_begin.push_back(static_cast<std::uint32_t>(writes.size()));
}

Problem part_of(const Problem& problem, std::span<const Txn> kept) {
  std::vector<Txn> renamed(problem.size(), kNone);
  for (std::size_t i = 0; i < kept.size(); ++i) renamed[kept[i]] = static_cast<Txn>(i);
  PartOfLists lists(problem, renamed);
  Problem part;
  part.keys = problem.keys;
  for (const Txn txn : kept) {
    for (const Problem::Read& read : problem.reads_of(txn)) {
      if (lists.is_list(read.key)) {
        part.reads.push_back({read.key, lists.kept_writer(read)});
      } else if (read.writer == kInitial || renamed[read.writer] != kNone) {
        part.reads.push_back({read.key, read.writer == kInitial ? kInitial : renamed[read.writer]});
      }
    }
    for (const KeyNumber key : problem.writes_of(txn)) part.writes.push_back(key);
    part.finish(problem.transactions[txn]);
  }
  lists.write(part);
  return part;
}

}  // namespace assay::checkers::isolation
