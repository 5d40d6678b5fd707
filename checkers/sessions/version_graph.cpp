#include "checkers/sessions/version_graph.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace assay::checkers {

namespace {

constexpr std::size_t kTableMax = std::size_t{1} << 24;
constexpr unsigned kCas = 1u << 7;  // beside the bits of guarantees
constexpr MopId kInitialVersion = kNobody - 1;

// From the version of one mop to that of another, which must be newer.
struct Edge {
  MopId older = kNobody;         // version
  std::uint32_t next = kNobody;  // edge of the same newer version
  MopId earlier = kNobody;       // mops of the session
  MopId later = kNobody;
  unsigned kind = 0;
};

struct Last {
  MopId read = kNobody, write = kNobody;  // mops
};

// Something of each session and key.
template <class Entry>
class SessionTable {
 public:
  SessionTable(const RegisterHistory& history, Charge& charge) : keys_(history.key_count()) {
    const std::size_t all = history.session_count() * keys_;
    if (all > kTableMax) return;
    dense_.resize(all);
    charge.grow(all * sizeof(Entry));
  }
  Entry& of(SessionId session, KeyId key) {
    const std::uint64_t at = session * keys_ + key;
    return dense_.empty() ? sparse_[at] : dense_[at];
  }
  std::size_t sparse_bytes() const { return sparse_.size() * 40; }

 private:
  std::uint64_t keys_;
  std::vector<Entry> dense_;
  std::unordered_map<std::uint64_t, Entry> sparse_;
};

class VersionGraph {
 public:
  VersionGraph(const RegisterHistory& history, unsigned wanted, Limits& limits, VersionResult& result)
      : history_(history),
        wanted_(wanted),
        limits_(limits),
        charge_(limits),
        result_(result),
        odd_(history.key_count(), false) {}

  bool run() {
    if (!look_over()) return false;
    const auto odd = std::count(odd_.begin(), odd_.end(), true);
    result_.keys_looked_at = static_cast<std::uint64_t>(odd);
    if (odd == 0) {
      result_.all_hold = true;
      return true;
    }
    if (!limits_.fits(history_.mop_count() * 5)) return false;
    charge_.grow(history_.mop_count() * 5);
    heads_.assign(history_.mop_count(), kNobody);
    if (!gather_edges()) return false;
    for (unsigned at = 0; at < 4; ++at) {
      const auto guarantee = static_cast<Guarantee>(at);
      if ((wanted_ & bit(guarantee)) != 0 && !find_cycles(bit(guarantee), guarantee)) return false;
    }
    const std::uint64_t alone = total();
    SessionViolations kept = result_.violations;
    if (!find_cycles(kFourGuarantees, Guarantee::session_causal)) return false;
    result_.all_hold = total() == 0 && !seen_at_once_;
    // Together only if asked for, and where none fails alone.
    if (alone > 0 || (wanted_ & bit(Guarantee::session_causal)) == 0) result_.violations = std::move(kept);
    return true;
  }

  // Each version after those that must be older; else in the order of invocation. Requires: all guarantees hold.
  bool make_orders() {
    if (!limits_.fits(history_.mop_count() * 9)) return false;
    charge_.grow(history_.mop_count() * 9);
    result_.orders.resize(history_.key_count());
    std::vector<bool> opened(history_.mop_count(), false), placed(history_.mop_count(), false);
    std::vector<MopId> stack;
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      if (id % kAskEvery == 0 && limits_.spent()) return false;
      if (!history_.committed(id)) continue;
      for (MopId root = history_.first_mop(id); root < history_.first_mop(id + 1); ++root) {
        if (!history_.mop(root).is_last_write()) continue;
        stack.assign(1, root);
        while (!stack.empty()) {
          const MopId at = stack.back();
          if (!opened[at] && !heads_.empty()) {
            for (std::uint32_t edge = heads_[at]; edge != kNobody; edge = edges_[edge].next) {
              if (!opened[edges_[edge].older]) stack.push_back(edges_[edge].older);
            }
          }
          opened[at] = true;
          if (stack.back() != at) continue;
          stack.pop_back();
          if (!placed[at]) result_.orders[history_.mop(at).key()].push_back(transaction_of(at));
          placed[at] = true;
        }
      }
    }
    return true;
  }

 private:
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : result_.violations.count) sum += count;
    return sum;
  }

  // Which keys are odd. As long as a key is not, the newest version that a session knows is the last one.
  bool look_over() {
    Charge charge(limits_);
    SessionTable<MopId> newest(history_, charge);
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      if (id % kAskEvery == 0 && (limits_.spent() || !limits_.fits(newest.sparse_bytes()))) return false;
      if (!history_.committed(id)) continue;
      const SessionId session = history_.session(id);
      for (MopId at = history_.first_mop(id); at < history_.first_mop(id + 1); ++at) {
        const RegisterMop& mop = history_.mop(at);
        const bool read = reads_version(mop, id);
        if (!read && !mop.is_last_write()) continue;
        ++(read ? result_.reads : result_.writes);
        // By mops; the initial version is 0, and before all.
        const MopId version = read ? (mop.has_source() ? mop.source_mop + 1 : 0) : at + 1;
        MopId& known = newest.of(session, mop.key());
        if (version < known + (read ? 0 : 1)) odd_[mop.key()] = true;
        known = std::max(known, version);
      }
    }
    return true;
  }

  // All mops of odd keys in order.
  bool gather_edges() {
    Charge charge(limits_);
    SessionTable<Last> table(history_, charge);
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      if (id % kAskEvery == 0 &&
          (limits_.spent() || !limits_.fits(table.sparse_bytes() + edges_.size() * sizeof(Edge)))) {
        return false;
      }
      if (history_.committed(id)) visit(id, table);
    }
    return true;
  }

  void visit(TransactionId id, SessionTable<Last>& table) {
    MopId expected = kNobody;
    for (MopId at = history_.first_mop(id); at < history_.first_mop(id + 1); ++at) {
      const RegisterMop& mop = history_.mop(at);
      if (!odd_[mop.key()]) continue;
      const bool read = reads_version(mop, id);
      if (!read && !mop.is_last_write()) continue;
      Last& last = table.of(history_.session(id), mop.key());
      if (read) {
        compare(last.write, at, Guarantee::read_your_writes);
        compare(last.read, at, Guarantee::monotonic_reads);
        last.read = expected = at;
        continue;
      }
      compare(last.write, at, Guarantee::monotonic_writes);
      compare(last.read, at, Guarantee::writes_follow_reads);
      // An operation of one step that reads and writes is a compare-and-set, and replaces what it read.
      const bool cas = expected != kNobody && history_.history().at(id).mops.size() == 1;
      if (cas) add(expected, at, kCas);
      last.write = at;
    }
  }

  static bool reads_version(const RegisterMop& mop, TransactionId id) {
    if (mop.is_write() || mop.follows_own_write()) return false;
    return mop.kind() == MopKind::read_initial || (mop.kind() == MopKind::read && mop.source != id);
  }

  MopId version(MopId at) const {
    const RegisterMop& mop = history_.mop(at);
    if (mop.is_write()) return at;
    return mop.has_source() ? mop.source_mop : kInitialVersion;
  }

  void compare(MopId earlier, MopId later, Guarantee guarantee) {
    if (earlier != kNobody) add(earlier, later, bit(guarantee));
  }

  void add(MopId earlier, MopId later, unsigned kind) {
    const MopId older = version(earlier), newer = version(later);
    // A session that reads what it writes later.
    const bool future = older == newer && kind == bit(Guarantee::writes_follow_reads);
    if ((older == newer && !future) || older == kInitialVersion) return;
    if (newer == kInitialVersion || future) {
      report_at_once(earlier, later, kind);
      return;
    }
    const std::uint32_t head = heads_[newer];
    if (head != kNobody && edges_[head].older == older && edges_[head].kind == kind) return;
    if (edges_.size() == edges_.capacity()) charge_.grow((edges_.capacity() + 1) * sizeof(Edge));
    heads_[newer] = static_cast<std::uint32_t>(edges_.size());
    edges_.push_back({older, head, earlier, later, kind});
  }

  TransactionId transaction_of(MopId at) const {
    const auto mops = history_.transaction_count();
    TransactionId low = 0, high = static_cast<TransactionId>(mops);
    while (high - low > 1) {
      const TransactionId middle = low + (high - low) / 2;
      (history_.first_mop(middle) <= at ? low : high) = middle;
    }
    return low;
  }

  SessionViolation violation(Guarantee guarantee, MopId earlier, MopId later) const {
    return {guarantee,
            history_.key(history_.mop(later).key()),
            transaction_of(earlier),
            transaction_of(later),
            {}};
  }

  // No order of versions is needed to see it.
  void report_at_once(MopId earlier, MopId later, unsigned kind) {
    seen_at_once_ = true;
    auto guarantee = static_cast<Guarantee>(std::countr_zero(kind));
    if ((kind & wanted_) == 0) guarantee = Guarantee::session_causal;
    if ((bit(guarantee) & wanted_) == 0) return;
    SessionViolation found = violation(guarantee, earlier, later);
    found.evidence.push_back(transaction_of(version(earlier)));
    result_.violations.add(std::move(found));
  }

  // Depth first along edges of these kinds; each edge that closes a cycle counts as one violation.
  bool find_cycles(unsigned kinds, Guarantee guarantee) {
    enum : std::uint8_t { unseen, open, done };
    std::vector<std::uint8_t> states(history_.mop_count(), unseen);
    struct Frame {
      MopId version;
      std::uint32_t edge;  // the next one to follow
      std::uint32_t taken;
    };
    std::vector<Frame> stack;
    for (MopId root = 0; root < history_.mop_count(); ++root) {
      if (root % kAskEvery == 0 && limits_.spent()) return false;
      if (heads_[root] == kNobody || states[root] != unseen) continue;
      states[root] = open;
      stack.push_back({root, heads_[root], kNobody});
      while (!stack.empty()) {
        Frame& top = stack.back();
        if (top.edge == kNobody) {
          states[top.version] = done;
          stack.pop_back();
          continue;
        }
        const std::uint32_t at = top.edge;
        const Edge& edge = edges_[at];
        top.edge = edge.next;
        if ((edge.kind & (kinds | kCas)) == 0 || states[edge.older] == done) continue;
        top.taken = at;
        if (states[edge.older] == unseen) {
          states[edge.older] = open;
          stack.push_back({edge.older, heads_[edge.older], kNobody});
          continue;
        }
        std::vector<std::uint32_t> cycle;
        for (std::size_t i = stack.size(); i-- > 0;) {
          cycle.push_back(stack[i].taken);
          if (stack[i].version == edge.older) break;
        }
        report_cycle(cycle, kinds, guarantee);
      }
    }
    return true;
  }

  // Any edge of the guarantee will do as the one that is wrong; the others say why.
  void report_cycle(const std::vector<std::uint32_t>& cycle, unsigned kinds, Guarantee guarantee) {
    const auto shown = std::find_if(cycle.begin(), cycle.end(),
                                    [&](std::uint32_t at) { return (edges_[at].kind & kinds) != 0; });
    // Compare-and-sets alone in a circle contradict themselves; that is no matter of sessions.
    if (shown == cycle.end()) return;
    const Edge& edge = edges_[*shown];
    SessionViolation found = violation(guarantee, edge.earlier, edge.later);
    for (const std::uint32_t at : cycle) {
      for (const MopId mop :
           {edges_[at].earlier, edges_[at].later, version(edges_[at].earlier), version(edges_[at].later)}) {
        if (mop < kInitialVersion) found.evidence.push_back(transaction_of(mop));
      }
    }
    result_.violations.add(std::move(found));
  }

  const RegisterHistory& history_;
  unsigned wanted_;
  Limits& limits_;
  Charge charge_;
  VersionResult& result_;
  bool seen_at_once_ = false;
  std::vector<bool> odd_;             // by key
  std::vector<std::uint32_t> heads_;  // by version
  std::vector<Edge> edges_;
};

}  // namespace

bool check_versions(const RegisterHistory& history, unsigned wanted, bool with_orders, Limits& limits,
                    VersionResult& result) {
  VersionGraph graph(history, wanted, limits, result);
  return graph.run() && (!with_orders || !result.all_hold || graph.make_orders());
}

}  // namespace assay::checkers
