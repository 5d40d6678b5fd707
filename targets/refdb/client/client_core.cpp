#include "targets/refdb/client/client_core.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "harness/core/rng.h"
#include "targets/refdb/client/connections.h"
#include "targets/refdb/client/open_attempts.h"
#include "targets/refdb/client/trouble.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb {

struct ClientCore::State {
  State(const ClientConfig& config_in, bool stays_on_node)
      : config(config_in),
        stay_on_node(stays_on_node),
        rng(Rng(config_in.seed).fork("client", config_in.client_id)),
        connections(config_in.cluster_size),
        leader(config_in.first_node) {}

  bool stays() const { return stay_on_node && read_only; }
  bool any_node_will_do() const { return router != nullptr ? router->any_node_will_do() : stays(); }
  PeerId next_node(Nanos now) const {
    if (router != nullptr) return router->next(node, now);
    return stays() ? config.first_node : static_cast<PeerId>((node + 1) % config.cluster_size);
  }

  void try_node(PeerId to, Nanos now);
  void try_later(PeerId to, Nanos now);
  void send(Nanos now);
  void drop_link(PeerId which);
  void answered(PeerId from, const wire::ClientAnswer& answer, Nanos now);
  void refused(PeerId from, const wire::ClientAnswer& answer, Nanos now);
  void complete(Outcome outcome, std::string error, NodeId answered_by);
  void give_up();

  ClientConfig config;
  bool stay_on_node;
  bool own_state = false;  // of the node, whatever the mode would do with reads
  Router* router = nullptr;
  Rng rng;
  Connections connections;
  PeerId leader;  // where the last write or linearizable read was answered, or first_node
  std::uint64_t number = 0;

  bool busy = false;
  bool read_only = false;
  Request request;
  PeerId node = 0;  // tried now
  bool sent = false;
  OpenAttempts attempts;
  Nanos deadline = kNever;
  Nanos attempt_deadline = kNever;
  Nanos retry_at = kNever;
  PeerId retry_node = 0;
  unsigned tries_without_answer = 0;
  std::string last_trouble;
};

ClientCore::ClientCore(const ClientConfig& config, bool stay_on_node)
    : state_(std::make_unique<State>(config, stay_on_node)) {
  ASSAY_ASSERT(config.cluster_size > 0 && config.first_node < config.cluster_size);
}
ClientCore::ClientCore(const ClientConfig& config, Router& router) : ClientCore(config) {
  state_->router = &router;
}
ClientCore::~ClientCore() = default;
ClientCore::ClientCore(ClientCore&&) noexcept = default;
ClientCore& ClientCore::operator=(ClientCore&&) noexcept = default;

void ClientCore::invoke(const Request& request, Nanos timeout, Nanos now) {
  State& s = *state_;
  ASSAY_ASSERT(!s.busy);
  s.busy = true;
  s.request = request;
  s.read_only = wire::is_read_only(request);
  ++s.number;
  s.attempts.reset();
  s.deadline = now + timeout;
  s.tries_without_answer = 0;
  s.last_trouble = "no node answered";
  if (s.router != nullptr) return s.try_node(s.router->first(request, now), now);
  s.try_node(s.stays() ? s.config.first_node : s.leader, now);
}

void ClientCore::State::try_node(PeerId to, Nanos now) {
  node = to;
  sent = false;
  retry_at = kNever;
  attempt_deadline = now + config.attempt_timeout;
  if (connections.is_up(to)) return send(now);
  connections.open(to);
}

void ClientCore::State::try_later(PeerId to, Nanos now) {
  retry_node = to;
  retry_at = now + backoff(tries_without_answer++, rng);
  attempt_deadline = kNever;
}

void ClientCore::State::send(Nanos now) {
  sent = true;
  attempt_deadline = now + config.attempt_timeout;
  wire::ClientRequest message{config.client_id, number, attempts.begin(node), request, {}};
  if (own_state && read_only) message.context = wire::kOwnState;
  if (router != nullptr) message.context = router->context();
  connections.send(node, wire::encode_request(message));
}

void ClientCore::State::drop_link(PeerId which) {
  if (connections.close(which)) attempts.connection_gone(which, false);
}

void ClientCore::connected(PeerId node, Nanos now) {
  State& s = *state_;
  if (s.connections.opened(node) && s.busy && node == s.node && !s.sent && s.retry_at == kNever) s.send(now);
}

void ClientCore::disconnected(PeerId node, bool never_opened, Nanos now) {
  State& s = *state_;
  if (!s.connections.lost(node)) return;
  s.attempts.connection_gone(node, never_opened);
  if (!s.busy || node != s.node || s.retry_at != kNever) return;
  s.last_trouble = never_opened ? "connection refused" : "connection lost";
  s.try_later(s.next_node(now), now);
}

void ClientCore::received(PeerId node, std::string_view payload, Nanos now) {
  State& s = *state_;
  const std::optional<wire::ClientAnswer> answer = wire::decode_answer(payload);
  if (!answer) {
    // Whatever speaks there, it is no node of this version.
    s.drop_link(node);
    if (!s.busy || node != s.node || s.retry_at != kNever) return;
    s.last_trouble = "answer that is no message of this protocol";
    return s.try_later(s.next_node(now), now);
  }
  if (s.busy && answer->number == s.number) s.answered(node, *answer, now);
}

void ClientCore::State::answered(PeerId from, const wire::ClientAnswer& answer, Nanos now) {
  if (router != nullptr) router->answered(from, answer, now);
  const Meaning meaning = meaning_of(answer.status);
  if (meaning == Meaning::attempt_refused || meaning == Meaning::hopeless)
    attempts.refused(from, answer.attempt);
  switch (meaning) {
    case Meaning::done:
      if (answer.results.size() != request.size())
        return complete(Outcome::info, "answer without results", from);
      for (std::size_t i = 0; i < request.size(); ++i) request[i].result = answer.results[i];
      return complete(Outcome::ok, {}, from);
    case Meaning::done_without_effect:
      return complete(Outcome::fail, trouble_text(answer.status), from);
    case Meaning::unknown:
      return complete(read_only ? Outcome::fail : Outcome::info, trouble_text(answer.status), from);
    case Meaning::hopeless:
      return complete(read_only || attempts.none() ? Outcome::fail : Outcome::info,
                      trouble_text(answer.status), from);
    case Meaning::attempt_refused:
    case Meaning::attempt_accepted:
      return refused(from, answer, now);
  }
}

// Goes on elsewhere, if this is about the attempt that is waited for.
void ClientCore::State::refused(PeerId from, const wire::ClientAnswer& answer, Nanos now) {
  if (from != node || answer.attempt != attempts.last() || retry_at != kNever) return;
  last_trouble = trouble_text(answer.status);
  if (answer.status == wire::Status::overloaded) return try_later(from, now);
  const bool hinted = answer.leader && *answer.leader < config.cluster_size && *answer.leader != from;
  // A replica that is behind says so at once; another may not be.
  if (router != nullptr && answer.status == wire::Status::replica_behind && tries_without_answer++ < 3) {
    return try_node(next_node(now), now);
  }
  if (any_node_will_do() || !hinted) return try_later(next_node(now), now);
  // Nodes may send a client round in circles while they elect a leader.
  if (tries_without_answer++ < 2) return try_node(*answer.leader, now);
  try_later(*answer.leader, now);
}

void ClientCore::State::complete(Outcome outcome, std::string error, NodeId answered_by) {
  connections.complete(std::move(request), outcome, std::move(error), answered_by);
  if (answered_by != kNoNode && !stays()) leader = static_cast<PeerId>(answered_by);
  request.clear();
  busy = false;
  deadline = attempt_deadline = retry_at = kNever;
}

void ClientCore::State::give_up() {
  if (!stays()) leader = static_cast<PeerId>((node + 1) % config.cluster_size);
  if (read_only) return complete(Outcome::fail, "read did not complete: " + last_trouble, kNoNode);
  if (attempts.none()) return complete(Outcome::fail, "not accepted: " + last_trouble, kNoNode);
  complete(Outcome::info, "timeout: " + last_trouble, kNoNode);
}

void ClientCore::tick(Nanos now) {
  State& s = *state_;
  if (!s.busy) return;
  if (now >= s.deadline) {
    // A link that did not answer is not worth keeping.
    if (s.retry_at == kNever) s.drop_link(s.node);
    return s.give_up();
  }
  if (now >= s.retry_at) return s.try_node(s.retry_node, now);
  if (now >= s.attempt_deadline) {
    s.last_trouble = s.sent ? "no answer" : "no connection";
    s.drop_link(s.node);
    s.try_node(s.next_node(now), now);
  }
}

Nanos ClientCore::next_deadline() const {
  return std::min({state_->deadline, state_->attempt_deadline, state_->retry_at});
}

void ClientCore::stay_on_node() { state_->stay_on_node = state_->own_state = true; }

std::vector<ClientAction> ClientCore::take_actions() { return state_->connections.take_actions(); }

}  // namespace assay::refdb
