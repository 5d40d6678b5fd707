// Single-decree Paxos over one key whose value changes: each operation is one round of prepare and accept that takes the value
// found and proposes what the operation makes of it (Rystsov, "CASPaxos: Replicated state machines without logs", 2018; Lamport,
// "Paxos made simple", 2001). A compare-and-set over leaderless replicas needs this; a read is a round that changes nothing.
//
// Thread safety: none. The acceptor's state must be durable before an answer leaves the node.
#pragma once

#include <cstddef>
#include <set>

#include "targets/refdb/leaderless/messages.h"

namespace assay::refdb::leaderless {

// What a replica has promised and accepted for one key.
struct Acceptor {
  Ballot promised;
  Ballot accepted;
  Value value;

  // The answer, and whether the state changed.
  bool prepare(const Message& request, Message& answer);
  // `forget_promises` is a seeded bug.
  bool accept(const Message& request, Message& answer, bool forget_promises);

  void write_to(wire::Writer& writer) const;
  static Acceptor read_from(wire::Reader& reader);
};

// One round of one operation at its coordinator.
class Round {
 public:
  Round() = default;
  Round(Ballot ballot, std::size_t majority) : ballot_(ballot), majority_(majority) {}

  const Ballot& ballot() const { return ballot_; }
  enum class State : std::uint8_t { preparing, prepared, accepting, decided, refused };
  State state() const { return state_; }
  // The value found, once prepared.
  const Value& found() const { return found_; }
  // The highest ballot that was seen, for the next round.
  const Ballot& highest() const { return highest_; }

  void promised(PeerId from, const Message& answer);
  void propose() { state_ = State::accepting; }
  void accepted(PeerId from, const Message& answer);

 private:
  bool was_refused(const Message& answer);

  Ballot ballot_;
  std::size_t majority_ = 1;
  State state_ = State::preparing;
  std::set<PeerId> promises_;
  std::set<PeerId> acceptances_;
  Ballot found_ballot_;
  Value found_;
  Ballot highest_;
};

}  // namespace assay::refdb::leaderless
