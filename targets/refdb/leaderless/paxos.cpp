#include "targets/refdb/leaderless/paxos.h"

#include <algorithm>

#include "targets/refdb/wire/values.h"

namespace assay::refdb::leaderless {

bool Acceptor::prepare(const Message& request, Message& answer) {
  answer.kind = MessageKind::promise;
  answer.refused = request.ballot < promised;
  if (!answer.refused) promised = request.ballot;
  answer.ballot = promised;
  answer.accepted_ballot = accepted;
  answer.value = value;
  return !answer.refused;
}

bool Acceptor::accept(const Message& request, Message& answer, bool forget_promises) {
  answer.kind = MessageKind::accepted;
  answer.refused = request.ballot < promised && !forget_promises;
  if (!answer.refused) {
    promised = std::max(promised, request.ballot);
    accepted = request.ballot;
    value = request.value;
  }
  answer.ballot = answer.refused ? promised : request.ballot;
  return !answer.refused;
}

void Acceptor::write_to(wire::Writer& writer) const {
  write_ballot(writer, promised);
  write_ballot(writer, accepted);
  wire::write_value(writer, value);
}

Acceptor Acceptor::read_from(wire::Reader& reader) {
  Acceptor acceptor;
  acceptor.promised = read_ballot(reader);
  acceptor.accepted = read_ballot(reader);
  acceptor.value = wire::read_value(reader);
  return acceptor;
}

bool Round::was_refused(const Message& answer) {
  highest_ = std::max(highest_, answer.ballot);
  if (!answer.refused || answer.ballot < ballot_) return false;
  if (state_ != State::decided) state_ = State::refused;
  return true;
}

void Round::promised(PeerId from, const Message& answer) {
  if (state_ != State::preparing || was_refused(answer) || answer.ballot != ballot_) return;
  if (found_ballot_ < answer.accepted_ballot) {
    found_ballot_ = answer.accepted_ballot;
    found_ = answer.value;
  }
  promises_.insert(from);
  if (promises_.size() >= majority_) state_ = State::prepared;
}

void Round::accepted(PeerId from, const Message& answer) {
  if (state_ != State::accepting || was_refused(answer) || answer.ballot != ballot_) return;
  acceptances_.insert(from);
  if (acceptances_.size() >= majority_) state_ = State::decided;
}

}  // namespace assay::refdb::leaderless
