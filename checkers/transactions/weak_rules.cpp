#include "checkers/transactions/weak_rules.h"

#include <algorithm>
#include <array>

namespace assay::checkers {

namespace {

constexpr std::size_t kRulesPerQuestion = 1024;
constexpr std::size_t kFewWrites = 32;  // so many are looked through one by one
constexpr std::size_t kTableMax = std::size_t{1} << 22;

// The keys that a transaction writes, in order, for transactions of many mops.
class LargeWriteSets {
 public:
  explicit LargeWriteSets(const RegisterHistory& history, Limits& limits)
      : history_(history), charge_(limits) {
    for (TransactionId id = 0; id < history.transaction_count(); ++id) {
      const auto mops = history.mops(id);
      if (mops.size() <= kFewWrites || !history.committed(id)) continue;
      ids_.push_back(id);
      begins_.push_back(keys_.size());
      for (const RegisterMop& mop : mops) {
        if (mop.is_last_write()) keys_.push_back(mop.key());
      }
      std::sort(keys_.begin() + static_cast<std::ptrdiff_t>(begins_.back()), keys_.end());
    }
    begins_.push_back(keys_.size());
    charge_.grow(keys_.capacity() * 4 + ids_.capacity() * 12);
  }

  // Calls visit(key) for each key that the transaction writes and of which among(key) holds; `keys` are all
  // keys of which among() holds.
  template <class Among, class Visit>
  void each_common(TransactionId id, const std::vector<KeyId>& keys, Among among, Visit visit) const {
    const auto mops = history_.mops(id);
    if (mops.size() <= kFewWrites || mops.size() <= keys.size()) {
      for (const RegisterMop& mop : mops) {
        if (mop.is_last_write() && among(mop.key())) visit(mop.key());
      }
      return;
    }
    const auto at = static_cast<std::size_t>(std::lower_bound(ids_.begin(), ids_.end(), id) - ids_.begin());
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(begins_[at]);
    const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(begins_[at + 1]);
    for (const KeyId key : keys) {
      if (std::binary_search(begin, end, key)) visit(key);
    }
  }

 private:
  const RegisterHistory& history_;
  Charge charge_;
  std::vector<TransactionId> ids_;
  std::vector<std::size_t> begins_;
  std::vector<KeyId> keys_;
};

// A stamp of kNobody is never that of a transaction.
struct Stamped {
  TransactionId stamp = kNobody;
  TransactionId source = kNobody;
};

class ReadCommitted {
 public:
  ReadCommitted(const RegisterHistory& history, Inference& inference)
      : history_(history), inference_(inference), write_sets_(history, inference.limits) {}

  bool run() {
    const std::size_t bytes = history_.key_count() * sizeof(Later) + history_.transaction_count() * 4;
    if (!inference_.limits.fits(bytes)) return false;
    Charge charge(inference_.limits, bytes);
    later_.resize(history_.key_count());
    seen_.assign(history_.transaction_count(), kNobody);
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      if (id % kRulesPerQuestion == 0 && inference_.limits.spent()) return false;
      if (history_.mops(id).size() > 1 && history_.committed(id)) look_at(id);
    }
    return true;
  }

 private:
  // The sources of a key's reads later in the transaction: the next one, and the next that differs from it.
  struct Later {
    TransactionId stamp = kNobody;
    TransactionId source = kNobody;
    TransactionId other = kNobody;
    bool has_other = false;
  };
  struct Read {
    KeyId key;
    TransactionId source;
    bool first;  // from this source in this transaction
  };

  void look_at(TransactionId id) {
    reads_.clear();
    keys_.clear();
    for (const RegisterMop& mop : history_.mops(id)) {
      if (!reads_outside(mop, id)) continue;
      const bool first = mop.has_source() && seen_[mop.source] != id;
      if (first) seen_[mop.source] = id;
      reads_.push_back({mop.key(), mop.source, first});
    }
    // From the last read to the first: what is in later_ was read after the one at hand.
    for (std::size_t i = reads_.size(); i-- > 0;) {
      const Read& read = reads_[i];
      if (read.first && !keys_.empty()) {
        const auto read_later = [&](KeyId key) { return later_[key].stamp == id; };
        write_sets_.each_common(read.source, keys_, read_later, [&](KeyId key) {
          const Later& later = later_[key];
          if (later.source != read.source) {
            inference_.infer(read.source, later.source, id, key);
          } else if (later.has_other) {
            inference_.infer(read.source, later.other, id, key);
          }
        });
      }
      Later& later = later_[read.key];
      if (later.stamp != id) {
        later = {id, read.source, kNobody, false};
        keys_.push_back(read.key);
      } else if (later.source != read.source) {
        later = {id, read.source, later.source, true};
      }
    }
  }

  const RegisterHistory& history_;
  Inference& inference_;
  LargeWriteSets write_sets_;
  std::vector<Later> later_;         // by key
  std::vector<TransactionId> seen_;  // by source: the last reader
  std::vector<Read> reads_;
  std::vector<KeyId> keys_;
};

class ReadAtomic {
 public:
  ReadAtomic(const RegisterHistory& history, Inference& inference)
      : history_(history), inference_(inference), write_sets_(history, inference.limits) {}

  bool run() {
    // One table for all sessions lets the history be read in order of operations; where it would be too
    // large, the sessions are read one by one.
    const std::size_t all = history_.session_count() * history_.key_count();
    const bool together = all <= kTableMax;
    const std::size_t table = together ? all : history_.key_count();
    const std::size_t bytes = table * 4 + history_.key_count() * sizeof(Stamped);
    if (!inference_.limits.fits(bytes)) return false;
    Charge charge(inference_.limits, bytes);
    last_write_.assign(table, kNobody);
    sources_.resize(history_.key_count());
    std::size_t done = 0;
    const auto look_at_all = [&](auto&& ids, bool own_part) {
      for (const TransactionId id : ids) {
        if (++done % kRulesPerQuestion == 0 && inference_.limits.spent()) return false;
        if (history_.committed(id)) look_at(id, own_part ? history_.session(id) * history_.key_count() : 0);
      }
      return true;
    };
    if (together) {
      for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
        if (!look_at_all(std::span(&id, 1), true)) return false;
      }
      return true;
    }
    for (SessionId session = 0; session < history_.session_count(); ++session) {
      if (!look_at_all(history_.transactions_of(session), false)) return false;
    }
    return true;
  }

 private:
  void look_at(TransactionId id, std::size_t part) {
    const auto mops = history_.mops(id);
    const SessionId session = history_.session(id);
    if (mops.size() > 1) gather_sources(id);
    for (const RegisterMop& mop : mops) {
      if (!reads_outside(mop, id)) continue;
      const TransactionId own = last_write_[part + mop.key()];
      if (own != kNobody && history_.session(own) == session)
        inference_.infer(own, mop.source, id, mop.key());
    }
    for (const RegisterMop& mop : mops) {
      if (mop.is_last_write()) last_write_[part + mop.key()] = id;
    }
  }

  // Every transaction that was read from, against the sources of all other reads.
  void gather_sources(TransactionId id) {
    keys_.clear();
    distinct_.clear();
    for (const RegisterMop& mop : history_.mops(id)) {
      if (!reads_outside(mop, id)) continue;
      if (sources_[mop.key()].stamp != id) {
        sources_[mop.key()] = {id, mop.source};
        keys_.push_back(mop.key());
      } else if (sources_[mop.key()].source != mop.source) {
        // Not repeatable: each must be before the other.
        if (mop.has_source()) inference_.infer(mop.source, sources_[mop.key()].source, id, mop.key());
      }
      if (mop.has_source()) distinct_.push_back(mop.source);
    }
    std::sort(distinct_.begin(), distinct_.end());
    distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
    if (keys_.size() < 2) return;
    for (const TransactionId source : distinct_) {
      const auto read_here = [&](KeyId key) { return sources_[key].stamp == id; };
      write_sets_.each_common(source, keys_, read_here,
                              [&](KeyId key) { inference_.infer(source, sources_[key].source, id, key); });
    }
  }

  const RegisterHistory& history_;
  Inference& inference_;
  LargeWriteSets write_sets_;
  std::vector<TransactionId> last_write_;  // by key, or by session and key
  std::vector<Stamped> sources_;           // by key, of the transaction at hand
  std::vector<KeyId> keys_;
  std::vector<TransactionId> distinct_;
};

}  // namespace

std::string_view weak_level_name(WeakLevel level) {
  constexpr std::array<std::string_view, 4> kNames = {"read-committed", "read-atomic", "causal",
                                                      "weak-causal"};
  return kNames[static_cast<std::size_t>(level)];
}

bool infer_read_committed(const RegisterHistory& history, Inference& inference) {
  return ReadCommitted(history, inference).run();
}

bool infer_read_atomic(const RegisterHistory& history, Inference& inference) {
  return ReadAtomic(history, inference).run();
}

}  // namespace assay::checkers
