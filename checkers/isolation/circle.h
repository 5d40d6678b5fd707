// A circle of transactions each of which must come before the next one: the links, their words, and the name that the
// literature has for it.
//
// Thread safety: pure functions. Complexity: linear in the circle and the mops of its transactions.
#pragma once

#include <string>
#include <vector>

#include "checkers/isolation/event_graph.h"
#include "harness/core/history.h"

namespace assay::checkers::isolation {

struct Link {
  Txn from = 0;
  Txn to = 0;
  EdgeKind kind = EdgeKind::wr;  // session, real_time, wr, ww or rw
  KeyNumber key = 0;
  std::uint32_t choice = kNone;  // as in Edge
};
using Circle = std::vector<Link>;

// The transactions behind a closed walk of events. Requires: without lines of events for real time.
Circle circle_of(const EventGraph& graph, const std::vector<Edge>& cycle);

// How bad it is comes with the name: of several circles one of which must exist, the mildest is certain.
struct CircleName {
  std::string name;
  int mildness = 0;
};
CircleName name_of(const Circle& circle);

// What the words are about.
struct Names {
  const Problem& problem;
  const History& history;
  const std::vector<Key>& keys;
  bool two_events = false;

  std::string txn(Txn number) const {
    return "transaction " + std::to_string(problem.transactions[number].id);
  }
  std::string key(KeyNumber number) const { return "key " + history.key_name(keys[number]); }
  // What a transaction wrote last to a key, or appended to it.
  std::string written(Txn number, KeyNumber key) const;
  // "transaction 3 read 7 of key 1, which transaction 2 wrote, so 2 comes before 3"
  std::string sentence(const Link& link) const;
};

}  // namespace assay::checkers::isolation
