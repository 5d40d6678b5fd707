// Orders in which operations take effect one after the other: for linearizable (an order for each object, which share no
// keys), sequential, serializable, strong-session-serializable and strict-serializable (one order of everything), k-atomic
// (linearizable where each read finds one of the last k values; option "k") and delta-atomic (linearizable when reads
// are put back by so many nanoseconds; option "delta").
//
// Every operation named is of the history and did not fail; every ok operation is named; replayed on the model (option
// "model", replay.h; "initial": what every key holds at first), each is legal where it stands; and where the claim, or for
// transactions its option "order" = none | session | real-time, says so, the order is that of each process, or none
// returned before one in front of it was invoked.
#include <map>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/replay.h"
#include "checkers/verify/sequence.h"

namespace assay::checkers {

namespace {

// Null where the model is unknown.
std::unique_ptr<Replay> make_replay(const History& history, const Certificate& certificate,
                                    const Value& initial) {
  const std::string model = option_of(certificate, "model", "kv");
  if (certificate.claim == "k-atomic") return make_recent(initial, number_of(certificate, "k").value_or(1));
  if (model == "kv" || model == "register" || model == "cas-register" || model == "append-list")
    return make_store(initial, history);
  if (model == "mutex" || model == "fenced-mutex") return make_lock(model == "fenced-mutex");
  if (model == "counter") return make_counter(initial);
  if (model == "unordered-queue") return make_bag();
  if (model == "set") return make_set();
  return make_queue(model);
}

}  // namespace

std::string refute_order(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"initial", "model", "order", "k", "delta"});
  if (!wrong.empty()) return wrong;
  const std::string& claim = certificate.claim;
  const std::string kept = option_of(certificate, "order", "none");
  if (kept != "none" && kept != "session" && kept != "real-time") return "Its order is none that is known.";
  Value initial;
  if (!initial_value(certificate, initial)) return kNoInitial;
  const bool by_object = claim == "linearizable" || claim == "k-atomic" || claim == "delta-atomic";
  if (!by_object && certificate.objects.size() != 1) return "It has not one order of everything.";
  const Nanos delta = claim == "delta-atomic" ? number_of(certificate, "delta").value_or(0) : 0;
  Sequence sequence(history,
                    claim == "sequential" || claim == "strong-session-serializable" || kept == "session",
                    by_object || claim == "strict-serializable" || kept == "real-time", delta);
  std::map<Key, std::size_t> owner;
  for (std::size_t number = 0; number < certificate.objects.size(); ++number) {
    const auto replay = make_replay(history, certificate, initial);
    if (replay == nullptr) return "It is about a model that nothing here can replay.";
    sequence.begin_object();
    for (const OpId id : certificate.objects[number].order) {
      wrong = sequence.begin(id);
      if (!wrong.empty()) return wrong;
      const Operation op = history.at(id);
      if (!replay->apply(op)) return complain(id, "is not legal where it stands");
      wrong = sequence.end(op);
      if (!wrong.empty()) return wrong;
      for (const Mop& mop : op.mops) {
        if (owner.try_emplace(mop.key, number).first->second != number)
          return complain(id, "is in the wrong object");
      }
    }
  }
  return sequence.finish();
}

}  // namespace assay::checkers
