// The checker "long-fork": no two reads see two writes in opposite orders (Jepsen's checker of that name).
// Parallel snapshot isolation allows it, snapshot isolation and everything stronger does not (Sovran, Power,
// Aguilera and Li, "Transactional storage for geo-replicated systems", SOSP 2011, section 3).
//
// Each key is written at most once and holds nothing before. A transaction that read key x written and key y
// unwritten saw the write of x before that of y; one that read them the other way round saw the opposite.
// Every pair of keys of every read is looked at; reads of the same keys that found the same are looked at
// once.
//
// Complexity: linear in the pairs of keys of distinct reads. Memory: 32 bytes for each such pair.
#include <algorithm>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {};

constexpr OpId kNobody = UINT32_MAX;

struct Written {
  Value value;
  OpId by = kNobody;      // the write that did not fail
  OpId failed = kNobody;  // one that did
};

class LongFork {
 public:
  LongFork(const History& history, const Budget& budget)
      : history_(history),
        report_("long-fork", "snapshot isolation", budget, {"long-fork", "aborted-read", "phantom-read"}) {}

  CheckResult run() {
    if (!report_.reserve(history_.size() * 64)) return stopped(0);
    for (const Operation op : history_.operations()) {
      if (report_.spent(op.mops.size())) return stopped(op.id);
      if (std::string problem = collect(op); !problem.empty()) {
        return report_.nothing_to_judge("The history cannot be judged: " + problem + ".");
      }
    }
    std::uint64_t reads = 0;
    for (const Operation op : history_.operations()) {
      if (report_.spent()) return stopped(op.id);
      if (op.outcome != Outcome::ok) continue;
      seen_.clear();
      unseen_.clear();
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::read) look(op, mop);
      }
      reads += seen_.size() + unseen_.size() > 1 ? 1 : 0;
      if (!pair_up(op)) return stopped(op.id);
    }
    report_.fact("reads", reads);
    report_.fact("keys", keys_.size());
    report_.fact("orders", orders_.size());
    if (reads == 0)
      return report_.nothing_to_judge("No transaction read two keys or more, so nothing was tested.");
    if (orders_.size() == 0) {
      return report_.nothing_to_judge(
          "No read found one key written and another one not, so nothing was tested.");
    }
    return report_.valid("All " + counted(reads, "read") + " saw the writes in the same order.");
  }

 private:
  CheckResult stopped(OpId at) { return report_.stopped(counted(at, "operation")); }

  std::uint32_t key_id(Key key) {
    const std::uint32_t id = keys_.add(key);
    if (id == written_.size()) written_.emplace_back();
    return id;
  }

  std::string collect(const Operation& op) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read) continue;
      if (mop.fn != Fn::write) return "operation " + std::to_string(op.id) + " is neither a read nor a write";
      Written& written = written_[key_id(mop.key)];
      if (op.outcome == Outcome::fail) {
        written.failed = op.id;
        continue;
      }
      if (written.by != kNobody) return "key " + history_.key_name(mop.key) + " is written more than once";
      written.by = op.id;
      written.value = mop.argument;
    }
    return {};
  }

  void look(const Operation& op, const Mop& mop) {
    const std::uint32_t key = key_id(mop.key);
    const Written& written = written_[key];
    if (mop.result.is_nil()) {
      unseen_.push_back(key);
    } else if (written.by != kNobody && written.value == mop.result &&
               history_.at(written.by).invoked <= op.completed) {
      // What it wrote itself it sees in any case.
      if (written.by != op.id) seen_.push_back(key);
    } else {
      phantom(op, mop, written);
    }
  }

  static std::uint64_t pair_of(std::uint32_t first, std::uint32_t second) {
    return (std::uint64_t{first} << 32) | second;
  }

  // Every pair of a key seen and one not: an order of the two writes.
  bool pair_up(const Operation& op) {
    for (const std::uint32_t first : seen_) {
      if (report_.spent(unseen_.size() + 1)) return false;
      if (!report_.limits().fits(unseen_.size() * kBytesPerOrder)) return false;
      for (const std::uint32_t second : unseen_) {
        const std::size_t before = orders_.size();
        orders_.add(pair_of(first, second));
        if (orders_.size() == before) continue;
        report_.limits().charge(kBytesPerOrder);
        shown_by_.push_back(op.id);
        const std::uint32_t opposite = orders_.find(pair_of(second, first));
        if (opposite != DenseIds<std::uint64_t>::kNone) fork(shown_by_[opposite], op.id, second, first);
      }
    }
    return true;
  }

  // `one` saw the write of `x` and not that of `y`, `other` the opposite.
  void fork(OpId one, OpId other, std::uint32_t x, std::uint32_t y) {
    if (!report_.found("long-fork")) return;
    const std::string name_x = history_.key_name(keys_[x]), name_y = history_.key_name(keys_[y]);
    const auto saw = [&](OpId id, const std::string& seen, const std::string& unseen) {
      return naming(history_.at(id), "transaction") + " found key " + seen + " written and key " + unseen +
             " not: for it " + seen + " was written first.";
    };
    report_.accuse({"long-fork",
                    "keys " + name_x + ", " + name_y,
                    "Two reads saw the writes of keys " + name_x + " and " + name_y + " in opposite orders.",
                    {"Keys " + name_x + " and " + name_y + " are each written once, by " +
                         naming(history_.at(written_[x].by), "write") + " and " +
                         naming(history_.at(written_[y].by), "write") + ".",
                     saw(one, name_x, name_y), saw(other, name_y, name_x),
                     "No single order of the two writes explains both."},
                    {written_[x].by, written_[y].by, one, other}});
  }

  void phantom(const Operation& op, const Mop& mop, const Written& written) {
    const bool aborted = written.failed != kNobody;
    const char* const anomaly = aborted ? "aborted-read" : "phantom-read";
    if (!report_.found(anomaly)) return;
    std::vector<OpId> witness{op.id};
    if (aborted) witness.push_back(written.failed);
    report_.accuse({anomaly,
                    "key " + history_.key_name(mop.key),
                    "A read found " + mop.result.to_string() + ", which " +
                        (aborted ? "a failed write" : "nobody") + " had written.",
                    {naming(op, "transaction") + " read key " + history_.key_name(mop.key) + " = " +
                         mop.result.to_string() + ".",
                     aborted ? naming(history_.at(written.failed), "write") + " of that key failed."
                             : std::string("No write of that value was invoked before it returned.")},
                    std::move(witness)});
  }

  static constexpr std::size_t kBytesPerOrder = DenseIds<std::uint64_t>::kBytesEach + sizeof(OpId);

  const History& history_;
  Report report_;
  DenseIds<Key> keys_;
  std::vector<Written> written_;
  std::vector<std::uint32_t> seen_;
  std::vector<std::uint32_t> unseen_;
  DenseIds<std::uint64_t> orders_;
  std::vector<OpId> shown_by_;
};

CheckResult check_long_fork(const Settings&, const History& history, const Budget& budget) {
  return LongFork(history, budget).run();
}

std::unique_ptr<Checker> make_long_fork(const CheckerOptions& options, std::string& error) {
  return checker_of(OptionReader("long-fork", options), Settings(), check_long_fork, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  if (!shape.only(Fn::read, Fn::write) || shape.transactions == 0)
    return "needs keys that are written once, and transactions that read several of them";
  return {};
}

}  // namespace

extern const CheckerPlugin long_fork_plugin;
const CheckerPlugin long_fork_plugin = {"long-fork", "no two reads see two writes in opposite orders",
                                        make_long_fork, unsuited};

}  // namespace assay::checkers
