#include "checkers/transactions/register_history.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "checkers/transactions/write_index.h"

namespace assay::checkers {

namespace {

constexpr std::size_t kKeysMax = std::size_t{1} << 28;
constexpr std::size_t kPrefetchAhead = 12;

// Numbers from 0 in order of appearance. Small non-negative names have a table.
class DenseNumbers {
 public:
  explicit DenseNumbers(Limits& limits) : limits_(limits) {}

  std::uint32_t number(std::int64_t name, bool& fresh) {
    const auto place = static_cast<std::size_t>(name);
    if (static_cast<std::uint64_t>(name) < kDirect && !full_ && place >= direct_.size()) grow(place + 1);
    if (place < direct_.size()) {
      fresh = direct_[place] == kNobody;
      if (fresh) direct_[place] = count_++;
      return direct_[place];
    }
    const auto [found, inserted] = others_.try_emplace(name, count_);
    fresh = inserted;
    if (inserted) ++count_;
    return found->second;
  }
  std::size_t bytes() const { return direct_.capacity() * 4 + others_.size() * kBytesOfNode; }

 private:
  static constexpr std::uint64_t kDirect = std::uint64_t{1} << 22;
  static constexpr std::size_t kBytesOfNode = 64;  // with its places in the table, which grows by doubling

  // Old and new table are held for a moment; where that is too much, the limits are spent, and it stays as it is.
  void grow(std::size_t wanted) {
    const std::size_t size = std::min<std::size_t>(std::max(wanted, direct_.size() * 2), kDirect);
    full_ = !limits_.fits(size * sizeof(std::uint32_t));
    if (!full_) direct_.resize(size, kNobody);
  }

  Limits& limits_;
  bool full_ = false;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> direct_;
  std::unordered_map<std::int64_t, std::uint32_t> others_;
};

// Values as 64 bits, equal where the values are: integers of 63 bits as they are, all others numbered.
class ValueCodes {
 public:
  std::uint64_t code(const Value& value) {
    if (value.is_nil()) return 1;
    if (value.is_integer()) {
      const auto bits = static_cast<std::uint64_t>(value.as_integer());
      if ((bits ^ bits << 1) >> 63 == 0) return bits << 1;
    }
    return others_.try_emplace(value, (others_.size() + 1) << 1 | 1).first->second;
  }
  std::size_t bytes() const { return others_.size() * 48; }

 private:
  struct Hash {
    std::size_t operator()(const Value& value) const { return value.hash(); }
  };
  std::unordered_map<Value, std::uint64_t, Hash> others_;
};

std::string objection(const Operation& op) {
  for (const Mop& mop : op.mops) {
    if (mop.fn == Fn::read || mop.fn == Fn::write) continue;
    const std::string where = "operation " + std::to_string(op.id) + " is of kind ";
    if (mop.fn != Fn::cas) return where + std::string(fn_name(mop.fn)) + ", which registers do not know";
    if (mop.argument.kind() != Value::Kind::pair)
      return where + "cas, but its argument is no pair (expected, desired)";
  }
  return {};
}

}  // namespace

// While building, the two source fields of a mop hold the code of its value.
class RegisterHistoryBuilder {
 public:
  RegisterHistoryBuilder(const History& history, Limits& limits, Charge& charge, RegisterHistory& result)
      : history_(history),
        limits_(limits),
        charge_(charge),
        out_(result),
        index_(result.mops_, index_charge_) {}

  std::string build(const Value& initial) {
    out_ = RegisterHistory();
    out_.history_ = &history_;
    if (limits_.spent() || !limits_.fits(history_.size() * (sizeof(RegisterHistory::Transaction) + 20))) {
      return limits_.why();
    }
    std::string error = collect();
    if (error.empty() && !index_writes()) error = limits_.why();
    if (error.empty() && !resolve(codes_.code(initial))) error = limits_.why();
    if (!error.empty()) return error;
    spread_observation();
    order_sessions();
    note_memory(0);
    return {};
  }

 private:
  using Status = RegisterHistory::Status;

  // On a write while building: another transaction wrote the same value.
  static constexpr std::uint32_t kCollides = RegisterMop::kOwnWrite;

  // Keeps the charge in step with what is held; false when the budget is spent.
  bool note_memory(std::size_t temporary) {
    const std::size_t now = out_.bytes() + temporary;
    if (now > noted_) charge_.grow(now - noted_);
    if (now < noted_) charge_.shrink(noted_ - now);
    noted_ = now;
    return !limits_.spent();
  }

  // `alone`: the only mop of its transaction.
  void add_mop(const Mop& mop, MopKind kind, const Value& value, bool alone = false) {
    bool fresh = false;
    const KeyId key = key_numbers_.number(mop.key, fresh);
    if (fresh) {
      out_.keys_.push_back(mop.key);
      last_write_.push_back(kNobody);
    }
    RegisterMop compact(key, kind);
    const std::uint64_t code = codes_.code(value);
    compact.source = static_cast<std::uint32_t>(code >> 32);
    compact.source_mop = static_cast<std::uint32_t>(code);
    if (kind == MopKind::write) {
      all_values_.add(code);
      ++writes_;
    }
    if (alone) {
      out_.mops_.push_back(compact);
      return;
    }
    const MopId own = last_write_[key];
    const bool follows = own != kNobody && own >= out_.first_mops_.back();
    if (kind == MopKind::write) {
      if (follows) out_.mops_[own].set_kind(MopKind::overwritten_write);
      last_write_[key] = static_cast<MopId>(out_.mops_.size());
    } else if (follows) {
      compact.bits_ |= RegisterMop::kOwnWrite;
    }
    out_.mops_.push_back(compact);
  }

  void add_operation(const Operation& op) {
    bool fresh = false;
    const SessionId session = session_numbers_.number(op.process, fresh);
    if (fresh) {
      out_.processes_.push_back(op.process);
      session_sizes_.push_back(0);
    }
    const Status status = op.outcome == Outcome::ok     ? Status::ok
                          : op.outcome == Outcome::fail ? Status::aborted
                                                        : Status::unobserved_info;
    out_.transactions_.push_back(
        {session << RegisterHistory::kSessionShift | static_cast<std::uint32_t>(status),
         session_sizes_[session]++});
    const std::size_t before = writes_;
    const bool alone = op.mops.size() == 1;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::write) {
        add_mop(mop, MopKind::write, mop.argument, alone);
      } else if (mop.fn == Fn::cas) {
        if (status != Status::aborted) add_mop(mop, MopKind::read, mop.argument.first());
        add_mop(mop, MopKind::write, mop.argument.second());
      } else if (status == Status::ok) {
        add_mop(mop, MopKind::read, mop.result, alone);
      }
    }
    if (status == Status::ok) {
      ++out_.ok_transactions_;
      out_.ok_writes_ += writes_ - before;
      out_.ok_reads_ += out_.mops_.size() - out_.first_mops_.back() - (writes_ - before);
    }
    out_.first_mops_.push_back(static_cast<MopId>(out_.mops_.size()));
  }

  // First pass: sessions, transactions and mops, with values for sources.
  std::string collect() {
    out_.transactions_.reserve(history_.size());
    out_.first_mops_.reserve(history_.size() + 1);
    out_.mops_.reserve(history_.size());
    out_.first_mops_.push_back(0);
    std::size_t next_look = 0;
    for (const Operation op : history_.operations()) {
      std::string error = objection(op);
      if (!error.empty()) return error;
      if (out_.mops_.size() + 2 * op.mops.size() >= kNobody)
        return "it has more than 4 billion reads and writes";
      // A vector that grows holds both its copies for a moment.
      if (out_.mops_.size() + 2 * op.mops.size() > out_.mops_.capacity() && !grow_mops(2 * op.mops.size()))
        return limits_.why();
      add_operation(op);
      if (out_.mops_.size() < next_look) continue;
      next_look = out_.mops_.size() + kAskEvery;
      if (!note_memory(temporary_bytes())) return limits_.why();
    }
    if (out_.keys_.size() >= kKeysMax) return "it has more than 268 million keys";
    return note_memory(temporary_bytes()) ? std::string() : limits_.why();
  }

  bool grow_mops(std::size_t more) {
    const std::size_t wanted = std::max(out_.mops_.capacity() * 2, out_.mops_.size() + more);
    if (!limits_.fits(wanted * sizeof(RegisterMop))) return false;
    const Charge both(limits_, wanted * sizeof(RegisterMop));
    out_.mops_.reserve(wanted);
    return true;
  }

  std::size_t temporary_bytes() const {
    return last_write_.capacity() * 4 + key_numbers_.bytes() + session_numbers_.bytes() + codes_.bytes() +
           session_sizes_.capacity() * 4;
  }

  void prefetch(MopId id) const {
    if (id < out_.mops_.size()) index_.prefetch(out_.mops_[id]);
  }

  bool aborted(TransactionId id) const { return out_.status(id) == RegisterHistory::Status::aborted; }

  // Second pass: where each value of each key was written.
  bool index_writes() {
    if (!index_.prepare(all_values_, out_.keys_.size(), writes_, limits_)) return false;
    bool fits = true;
    if (!index_all(fits)) return false;
    if (fits) return true;
    return index_.prepare_hashed(writes_, limits_) && index_all(fits);
  }

  // `fits` is false when the index asks to be hashed.
  bool index_all(bool& fits) {
    fits = true;
    for (TransactionId id = 0; id < out_.transactions_.size(); ++id) {
      for (MopId at = out_.first_mops_[id]; at < out_.first_mops_[id + 1]; ++at) {
        if (!out_.mops_[at].is_write()) continue;
        fits = index_write(id, at);
        if (!fits) return true;
      }
      if (id % kAskEvery == 0 && !note_memory(temporary_bytes())) return false;
    }
    return note_memory(temporary_bytes());
  }

  // A failed write gives way to any other of the same value. Within one transaction the last one counts.
  bool index_write(TransactionId id, MopId at) {
    prefetch(at + kPrefetchAhead);
    MopId* const slot = index_.slot(out_.mops_[at]);
    if (slot == nullptr) return false;
    if (*slot == kNobody || owner(*slot, id) == id) {
      *slot = at;
    } else if (!aborted(id)) {
      if (aborted(owner(*slot, id))) {
        *slot = at;
      } else {
        out_.mops_[*slot].bits_ |= kCollides;
      }
    }
    return true;
  }

  // The transaction of a mop, which is often the one given.
  TransactionId owner(MopId at, TransactionId guess) const {
    if (at >= out_.first_mops_[guess] && at < out_.first_mops_[guess + 1]) return guess;
    const auto after = std::upper_bound(out_.first_mops_.begin(), out_.first_mops_.end(), at);
    return static_cast<TransactionId>(after - out_.first_mops_.begin() - 1);
  }

  // Third pass: the source of every read. A table by value needs no values any more, so its writes hold their
  // owner; else a table of its own says it.
  bool resolve(std::uint64_t initial) {
    if (index_.hashed()) {
      if (!limits_.fits(out_.mops_.size() * sizeof(TransactionId))) return false;
      owners_.resize(out_.mops_.size());
      for (TransactionId id = 0; id < out_.transactions_.size(); ++id) {
        std::fill(owners_.begin() + out_.first_mops_[id], owners_.begin() + out_.first_mops_[id + 1], id);
      }
    } else {
      own_writes();
    }
    for (TransactionId id = 0; id < out_.transactions_.size(); ++id) {
      for (MopId at = out_.first_mops_[id]; at < out_.first_mops_[id + 1]; ++at) {
        prefetch(at + kPrefetchAhead);
        if (at + kPrefetchAhead / 2 < out_.mops_.size())
          index_.prefetch_write(out_.mops_[at + kPrefetchAhead / 2]);
        if (out_.mops_[at].is_read()) resolve_read(id, at, initial);
      }
      if (id % kAskEvery == 0 && !note_memory(temporary_bytes() + owners_.size() * 4)) return false;
    }
    if (index_.hashed()) own_writes();
    for (RegisterMop& mop : out_.mops_) {
      if (mop.is_write()) mop.bits_ &= ~kCollides;
    }
    return true;
  }

  TransactionId owner_of(MopId write) const {
    return index_.hashed() ? owners_[write] : out_.mops_[write].source;
  }

  void resolve_read(TransactionId id, MopId at, std::uint64_t initial) {
    RegisterMop& mop = out_.mops_[at];
    const bool of_initial = code_of(mop) == initial;
    const MopId write = mop.follows_own_write() ? own_write_of(id, at) : index_.find(mop);
    bool found = write != kNobody;
    // The initial value needs no failed write for an explanation, and no later one of the same transaction.
    if (found && of_initial) {
      const bool own_and_later = owner_of(write) == id && !mop.follows_own_write();
      // Where others wrote it, too, theirs explains the read as well as the initial value does.
      if (own_and_later) note_initial_of_others(id, at, write);
      found = !aborted(owner_of(write)) && !own_and_later;
    }
    if (found && !(owner_of(write) == id && mop.follows_own_write()))
      note_collision(id, at, write, of_initial);
    if (!found) {
      mop.set_kind(of_initial ? MopKind::read_initial : MopKind::read_nobody);
      mop.source = mop.source_mop = kNobody;
      return;
    }
    mop.source = owner_of(write);
    mop.source_mop = write;
    if (mop.source == id) return;
    if (out_.status(id) == Status::ok) observe(mop.source);
    if (aborted(mop.source)) {
      mop.set_kind(MopKind::read_aborted);
    } else if (!out_.mops_[write].is_last_write()) {
      mop.set_kind(MopKind::read_intermediate);
    }
  }

  // For a read that follows a write of its own: that write where the value is the same. The index knows only one of several writes of
  // a value.
  MopId own_write_of(TransactionId id, MopId at) const {
    const RegisterMop& mop = out_.mops_[at];
    MopId own = at;
    while (!(out_.mops_[own].is_write() && out_.mops_[own].key() == mop.key())) --own;
    const MopId write = index_.find(mop);
    return write != own && value_at(id, own) == value_at(id, at) ? own : write;
  }

  // What was read or written, from the history: compare-and-sets count twice here.
  Value value_at(TransactionId id, MopId wanted) const {
    MopId at = out_.first_mops_[id];
    const Operation op = history_.at(id);
    for (const Mop& mop : op.mops) {
      const bool reads = mop.fn == Fn::cas || (mop.fn == Fn::read && op.outcome == Outcome::ok);
      if (reads && at++ == wanted) return mop.fn == Fn::cas ? mop.argument.first() : mop.result;
      if (mop.fn != Fn::read && at++ == wanted)
        return mop.fn == Fn::cas ? mop.argument.second() : mop.argument;
    }
    return {};
  }

  void note_collision(TransactionId reader, MopId at, MopId write, bool of_initial) {
    const bool collides = (out_.mops_[write].bits_ & kCollides) != 0;
    if (out_.collision_ || (!of_initial && !collides)) return;
    const RegisterMop wanted = out_.mops_[at];
    out_.collision_ = {reader, owner_of(write), kNobody, out_.keys_[wanted.key()]};
    if (of_initial) return;
    // Values are gone: the other write is looked up in the history.
    const Value value = value_at(reader, at);
    for (const Operation op : history_.operations()) {
      if (op.id == owner_of(write) || op.outcome == Outcome::fail) continue;
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::read || mop.key != out_.keys_[wanted.key()]) continue;
        if ((mop.fn == Fn::cas ? mop.argument.second() : mop.argument) == value)
          out_.collision_->second = op.id;
      }
      if (out_.collision_->second != kNobody) return;
    }
  }

  // The initial value, which the reader itself writes only later.
  void note_initial_of_others(TransactionId reader, MopId at, MopId write) {
    if (out_.collision_) return;
    note_collision(reader, at, write, false);
    if (out_.collision_) out_.collision_->first = std::exchange(out_.collision_->second, kNobody);
  }

  void own_writes() {
    for (TransactionId id = 0; id < out_.transactions_.size(); ++id) {
      for (MopId at = out_.first_mops_[id]; at < out_.first_mops_[id + 1]; ++at) {
        RegisterMop& mop = out_.mops_[at];
        if (!mop.is_write()) continue;
        mop.source = id;
        mop.source_mop = at;
      }
    }
  }

  void observe(TransactionId source) {
    if (out_.status(source) != Status::unobserved_info) return;
    out_.transactions_[source].bits |= static_cast<std::uint32_t>(Status::observed_info);
    observed_.push_back(source);
  }

  // Info transactions from which somebody committed read are committed, and so on from their
  // compare-and-sets.
  void spread_observation() {
    while (!observed_.empty()) {
      const TransactionId reader = observed_.back();
      observed_.pop_back();
      for (const RegisterMop& mop : out_.mops(reader)) {
        if (mop.is_read() && mop.has_source() && mop.source != reader) observe(mop.source);
      }
    }
  }

  void order_sessions() {
    out_.session_begin_.assign(out_.processes_.size() + 1, 0);
    std::partial_sum(session_sizes_.begin(), session_sizes_.end(), out_.session_begin_.begin() + 1);
    out_.by_session_.resize(out_.transactions_.size());
    for (TransactionId id = 0; id < out_.transactions_.size(); ++id) {
      out_.by_session_[out_.session_begin_[out_.session(id)] + out_.position(id)] = id;
    }
  }

  const History& history_;
  Limits& limits_;
  Charge& charge_;
  Charge index_charge_{limits_};
  RegisterHistory& out_;
  std::size_t noted_ = 0;
  std::size_t writes_ = 0;
  DenseNumbers key_numbers_{limits_};
  DenseNumbers session_numbers_{limits_};
  ValueCodes codes_;
  std::vector<MopId> last_write_;  // by key, so far
  std::vector<std::uint32_t> session_sizes_;
  ValueRange all_values_;
  WriteIndex index_;
  std::vector<TransactionId> owners_;    // by mop
  std::vector<TransactionId> observed_;  // info transactions whose own reads are not looked at yet
};

std::string RegisterHistory::ambiguous() const {
  if (!collision_) return {};
  const std::string key = "key " + history_->key_name(collision_->key);
  const std::string reader = "operation " + std::to_string(collision_->reader);
  const std::string first = "operation " + std::to_string(collision_->first);
  if (collision_->second == kNobody) {
    return "what " + reader + " read of " + key + " is the initial value, and " + first + " wrote it too";
  }
  return "what " + reader + " read of " + key + " was written both by " + first + " and by operation " +
         std::to_string(collision_->second);
}

std::size_t RegisterHistory::bytes() const {
  return mops_.capacity() * sizeof(RegisterMop) + transactions_.capacity() * sizeof(Transaction) +
         first_mops_.capacity() * sizeof(MopId) + by_session_.capacity() * sizeof(TransactionId) +
         session_begin_.capacity() * 4 + processes_.capacity() * sizeof(ProcessId) +
         keys_.capacity() * sizeof(Key);
}

std::string build_register_history(const History& history, const Value& initial, Limits& limits,
                                   Charge& charge, RegisterHistory& result) {
  return RegisterHistoryBuilder(history, limits, charge, result).build(initial);
}

}  // namespace assay::checkers
