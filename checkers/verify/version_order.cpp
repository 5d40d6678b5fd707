// An order of the versions of each key, for session-causal: nothing that a process reads or writes goes back in it.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

namespace {

class Verifier {
 public:
  Verifier(const History& history, Value initial) : history_(history), initial_(std::move(initial)) {}

  std::string refute(const Certificate& certificate) {
    for (const Certificate::Object& object : certificate.objects) {
      for (const OpId id : object.order) {
        const std::string wrong = rank(id, object.key);
        if (!wrong.empty()) return wrong;
      }
    }
    for (const Operation op : history_.operations()) {
      if (op.outcome == Outcome::fail) continue;
      const std::string wrong = follow(op);
      if (!wrong.empty()) return complain(op.id, wrong);
    }
    return {};
  }

 private:
  using Version = std::pair<Key, Value>;

  std::string rank(OpId id, Key key) {
    if (id >= history_.size()) return complain(id, "is not in the history");
    const Operation op = history_.at(id);
    if (op.outcome == Outcome::fail) return complain(id, "failed, yet is said to have happened");
    const std::map<Key, Value> last = last_writes(op);
    const auto found = last.find(key);
    if (found == last.end()) return complain(id, "does not write the key");
    const std::size_t rank = ++newest_[key];
    if (!ranks_.emplace(std::pair(id, key), rank).second) return complain(id, "occurs twice");
    if (!versions_.emplace(Version(key, found->second), std::pair(rank, id)).second)
      twice_.insert({key, found->second});
    return {};
  }

  // One process: nothing older than what it has seen or made.
  std::string follow(const Operation& op) {
    std::map<Key, Value> own;
    const std::map<Key, Value> last = last_writes(op);
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read && !writes(mop)) return "is not one of registers";
      // An operation of unknown outcome that nobody saw says nothing.
      if (op.outcome == Outcome::info && !took_effect(op.id, last)) return {};
      const std::pair<ProcessId, Key> session{op.process, mop.key};
      if (reads(op, mop) && !own.contains(mop.key)) {
        const Value value = read_by(mop);
        const auto found = versions_.find({mop.key, value});
        if (found == versions_.end() && value != initial_) return "reads what is not in the order";
        if (twice_.contains({mop.key, value})) return "reads what was written twice";
        const auto [rank, writer] =
            found == versions_.end() ? std::pair(std::size_t{0}, op.id + 1) : found->second;
        if (rank < seen_[session]) return "reads something older than its process knows";
        if (writer == op.id) return "reads what it writes itself later";
        seen_[session] = rank;
      }
      if (writes(mop)) own[mop.key] = written(mop);
    }
    for (const auto& version : last) {
      const auto found = ranks_.find({op.id, version.first});
      if (found == ranks_.end()) return "wrote what is not in the order";
      std::size_t& seen = seen_[{op.process, version.first}];
      if (found->second <= seen) return "writes something that is no newer than what its process knows";
      seen = found->second;
    }
    return {};
  }

  bool took_effect(OpId id, const std::map<Key, Value>& last) const {
    return std::any_of(last.begin(), last.end(), [&](const Version& version) {
      return ranks_.contains({id, version.first});
    });
  }

  const History& history_;
  Value initial_;
  std::map<Key, std::size_t> newest_;
  std::map<std::pair<OpId, Key>, std::size_t> ranks_;
  std::map<Version, std::pair<std::size_t, OpId>> versions_;  // rank and writer
  std::set<Version> twice_;
  std::map<std::pair<ProcessId, Key>, std::size_t> seen_;
};

}  // namespace

std::string refute_version_order(const History& history, const Certificate& certificate) {
  Value initial;
  if (!initial_value(certificate, initial)) return kNoInitial;
  return Verifier(history, initial).refute(certificate);
}

}  // namespace assay::checkers
