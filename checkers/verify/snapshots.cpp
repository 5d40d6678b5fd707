// Snapshot isolation: one order in which each transaction occurs twice, for its start and for its commit. Each reads at its
// start what is committed, and its own writes; none commits over what another has committed since it started; and with
// option "order" = session | real-time none starts before what was in front of it in its process, or had returned before it
// was invoked, has committed.
#include <map>
#include <utility>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/sequence.h"
#include "checkers/verify/store.h"

namespace assay::checkers {

namespace {

// When a transaction began, and what it leaves in the keys that it changes.
struct Running {
  std::uint64_t began = 0;
  std::map<Key, Cell> changes;
};

// Replays a transaction on what is committed, and takes its changes back.
bool start(const Operation& op, Store& committed, Running& running) {
  for (const Mop& mop : op.mops) {
    if (mop.fn != Fn::read && mop.fn != Fn::scan) running.changes.try_emplace(mop.key, committed.at(mop.key));
  }
  const bool legal = committed.apply(op);
  for (auto& [key, cell] : running.changes) std::swap(cell, committed.at(key));
  return legal;
}

}  // namespace

std::string refute_snapshots(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"initial", "order"});
  if (!wrong.empty()) return wrong;
  const std::string kept = option_of(certificate, "order", "none");
  if (kept != "none" && kept != "session" && kept != "real-time") return "Its order is none that is known.";
  Value initial;
  if (!initial_value(certificate, initial)) return kNoInitial;
  if (certificate.objects.size() != 1) return "It has not one order of everything.";
  Sequence sequence(history, kept == "session", kept == "real-time");
  Store committed(initial, history);
  std::map<OpId, Running> all;
  std::map<Key, std::uint64_t> changed;  // when a key was last committed
  std::uint64_t now = 0;
  for (const OpId id : certificate.objects.front().order) {
    ++now;
    if (!all.contains(id)) {
      if (sequence.has_begun(id)) return complain(id, "occurs three times");
      wrong = sequence.begin(id);
      if (!wrong.empty()) return wrong;
      all[id].began = now;
      if (!start(history.at(id), committed, all[id]))
        return complain(id, "reads what its snapshot does not have");
      continue;
    }
    for (auto& [key, cell] : all[id].changes) {
      if (changed[key] > all[id].began)
        return complain(id, "overwrites what another committed since it started");
      changed[key] = now;
      std::swap(committed.at(key), cell);
    }
    all.erase(id);
    wrong = sequence.end(history.at(id));
    if (!wrong.empty()) return wrong;
  }
  return sequence.finish();
}

}  // namespace assay::checkers
