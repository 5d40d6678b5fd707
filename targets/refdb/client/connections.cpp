#include "targets/refdb/client/connections.h"

#include <algorithm>

namespace assay::refdb {

namespace {

constexpr Nanos kBackoffFirst = 5 * kMillisecond;
constexpr Nanos kBackoffMax = 100 * kMillisecond;
constexpr unsigned kDoublingsMax = 5;

}  // namespace

void Connections::open(PeerId node) {
  if (states_[node] != State::down) return;
  states_[node] = State::opening;
  act(ClientAction::Kind::connect, node);
}

bool Connections::close(PeerId node) {
  if (!lost(node)) return false;
  act(ClientAction::Kind::disconnect, node);
  return true;
}

bool Connections::opened(PeerId node) {
  if (states_[node] != State::opening) return false;
  states_[node] = State::up;
  return true;
}

bool Connections::lost(PeerId node) { return std::exchange(states_[node], State::down) != State::down; }

void Connections::complete(Request mops, Outcome outcome, std::string error, NodeId answered_by) {
  ClientAction action;
  action.kind = ClientAction::Kind::complete;
  action.completion.outcome = outcome;
  action.completion.mops = std::move(mops);
  action.completion.error = std::move(error);
  action.completion.node = answered_by;
  actions_.push_back(std::move(action));
}

Nanos backoff(unsigned tries, Rng& rng) {
  const Nanos wait = std::min(kBackoffFirst << std::min(tries, kDoublingsMax), kBackoffMax);
  return rng.between(wait / 2, wait);
}

}  // namespace assay::refdb
