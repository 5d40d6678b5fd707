#include "targets/refdb/leaderless/leaderless_client.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/client/trouble.h"
#include "targets/refdb/kv/edits.h"

namespace assay::refdb::leaderless {

namespace {

bool is_edit(Fn fn) {
  return fn == Fn::append || fn == Fn::add || fn == Fn::remove || fn == Fn::insert || fn == Fn::erase;
}

}  // namespace

LeaderlessClient::LeaderlessClient(const ClientConfig& config)
    : config_(config),
      settings_(settings_of(config.options)),
      ring_(config.cluster_size, static_cast<PeerId>(settings_.replicas)),
      rng_(Rng(config.seed).fork("leaderless client", config.client_id)),
      connections_(config.cluster_size) {}

void LeaderlessClient::invoke(const Request& request, Nanos timeout, Nanos now) {
  ASSAY_ASSERT(step_ == Step::idle);
  request_ = request;
  deadline_ = now + timeout;
  last_trouble_ = "no node answered";
  may_have_effect_ = false;
  tries_ = 0;
  const bool one_known_mop = request.size() == 1 && (is_edit(request[0].fn) || request[0].fn == Fn::read ||
                                                     request[0].fn == Fn::write || request[0].fn == Fn::cas);
  if (!one_known_mop) {
    step_ = Step::read;
    return complete(Outcome::fail, "the leaderless mode has requests of one read, write, cas or edit only",
                    kNoNode);
  }
  candidates_ = ring_.preference(ring_.group_of(mop().key));
  if (!settings_.sloppy) candidates_.resize(settings_.replicas);
  // The node that this process belongs to, where it holds the key; else any that does.
  const auto own = std::find(candidates_.begin(), candidates_.end(), config_.first_node);
  const auto start = own != candidates_.end() && ring_.holds(*own, ring_.group_of(mop().key))
                         ? static_cast<std::size_t>(own - candidates_.begin())
                         : rng_.below(settings_.replicas);
  std::rotate(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(start),
              candidates_.end());
  asks_own_state_ = own_state_ && mop().fn == Fn::read && candidates_[0] == config_.first_node;
  if (mop().fn == Fn::write) {
    written_ = mop().argument;
    const bool looks_first = coordinates() && settings_.timestamps == Settings::Timestamps::quorum;
    return begin(looks_first ? Step::read : Step::write, now);
  }
  const bool node_changes = settings_.data_types || (mop().fn == Fn::cas && !settings_.client_coordinates);
  begin(mop().fn != Fn::read && node_changes ? Step::write : Step::read, now);
}

void LeaderlessClient::begin(Step step, Nanos now) {
  step_ = step;
  ++number_;
  attempt_ = 0;
  candidate_ = 0;
  coordinates() ? ask_replicas(now) : try_candidate(now);
}

// ---- a node coordinates

void LeaderlessClient::try_candidate(Nanos now) {
  const PeerId node = candidates_[candidate_];
  sent_ = false;
  retry_at_ = kNever;
  attempt_deadline_ = now + config_.attempt_timeout;
  connections_.is_up(node) ? send_request(now) : connections_.open(node);
}

void LeaderlessClient::try_next(Nanos now) {
  if (!asks_own_state_) candidate_ = (candidate_ + 1) % candidates_.size();
  retry_at_ = now + backoff(tries_++, rng_);
  attempt_deadline_ = kNever;
}

void LeaderlessClient::send_request(Nanos now) {
  sent_ = true;
  RequestContext context;
  context.to_replica = asks_own_state_;
  if (const auto found = seen_.find(mop().key); found != seen_.end()) context.seen = found->second;
  Mop asked = mop();
  asked.result = Value();
  if (step_ == Step::read) {
    asked.fn = Fn::read;
    asked.argument = Value();
  } else if (asked.fn != Fn::cas && !settings_.data_types) {
    asked.fn = Fn::write;
    asked.argument = written_;
  }
  // A write that was accepted may take its time; a read can be asked for elsewhere.
  attempt_deadline_ = step_ == Step::read ? now + config_.attempt_timeout : kNever;
  if (step_ == Step::write) may_have_effect_ = true;
  const wire::ClientRequest message{
      config_.client_id, number_, ++attempt_, {asked}, encode_request_context(context)};
  connections_.send(candidates_[candidate_], wire::encode_request(message));
}

void LeaderlessClient::connected(PeerId node, Nanos now) {
  if (!connections_.opened(node) || step_ == Step::idle) return;
  if (coordinates()) return ask_replica(node);
  if (node == candidates_[candidate_] && !sent_ && retry_at_ == kNever) send_request(now);
}

void LeaderlessClient::disconnected(PeerId node, bool never_opened, Nanos now) {
  if (!connections_.lost(node) || step_ == Step::idle) return;
  last_trouble_ = never_opened ? "connection refused" : "connection lost";
  if (coordinates()) {
    asked_.erase(node);
    return;
  }
  if (node != candidates_[candidate_] || retry_at_ != kNever) return;
  if (step_ == Step::write && sent_ && !never_opened) return complete(Outcome::info, last_trouble_, kNoNode);
  if (step_ == Step::write) may_have_effect_ = false;
  try_next(now);
}

void LeaderlessClient::received(PeerId node, std::string_view payload, Nanos now) {
  std::optional<wire::ClientAnswer> answer = wire::decode_answer(payload);
  if (!answer || answer->number != number_ || step_ == Step::idle) return;
  if (coordinates()) return replica_answered(node, *answer, now);
  if (node == candidates_[candidate_] && answer->attempt == attempt_ && retry_at_ == kNever) {
    node_answered(node, std::move(*answer), now);
  }
}

void LeaderlessClient::node_answered(PeerId from, wire::ClientAnswer answer, Nanos now) {
  switch (meaning_of(answer.status)) {
    case Meaning::done: {
      const auto context = decode_answer_context(answer.context);
      if (answer.results.size() != 1 || !context) break;
      if (asks_own_state_) return value_read(context->cell.result(), now, from);
      if (!context->seen.empty()) seen_[mop().key] = context->seen;
      if (step_ == Step::read) return value_read(answer.results[0], now, from);
      return complete(Outcome::ok, {}, from);
    }
    case Meaning::done_without_effect:
    case Meaning::hopeless:
      return complete(Outcome::fail, trouble_text(answer.status), from);
    case Meaning::attempt_refused:
      last_trouble_ = trouble_text(answer.status);
      may_have_effect_ = false;
      return try_next(now);
    case Meaning::attempt_accepted:
    case Meaning::unknown:
      last_trouble_ = "too few replicas answered";
      if (step_ == Step::read) return try_next(now);
      return complete(Outcome::info, last_trouble_, from);
  }
  complete(step_ == Step::read ? Outcome::fail : Outcome::info, "answer without results", from);
}

// What the request makes of it.
void LeaderlessClient::value_read(Value value, Nanos now, PeerId from) {
  if (mop().fn == Fn::read) {
    request_[0].result = std::move(value);
    return complete(Outcome::ok, {}, from);
  }
  if (mop().fn == Fn::write) return begin(Step::write, now);
  if (mop().fn == Fn::cas) {
    if (value != mop().argument.first()) return complete(Outcome::fail, "compare-and-set not met", from);
    written_ = mop().argument.second();
    return begin(Step::write, now);
  }
  const std::optional<Value> changed = edited(mop().fn, value, mop().argument);
  if (!changed) return complete(Outcome::fail, "operation does not fit the value", from);
  written_ = *changed;
  begin(Step::write, now);
}

void LeaderlessClient::complete(Outcome outcome, std::string error, NodeId from) {
  connections_.complete(std::move(request_), outcome, std::move(error), from);
  request_.clear();
  step_ = Step::idle;
  deadline_ = attempt_deadline_ = retry_at_ = ask_again_at_ = kNever;
}

void LeaderlessClient::give_up() {
  const bool unknown = step_ == Step::write && may_have_effect_;
  complete(unknown ? Outcome::info : Outcome::fail,
           (unknown ? "timeout: " : "not accepted: ") + last_trouble_, kNoNode);
}

void LeaderlessClient::tick(Nanos now) {
  if (step_ == Step::idle) return;
  if (now >= deadline_) return give_up();
  if (now >= ask_again_at_) {
    asked_.clear();
    return ask_replicas(now);
  }
  if (now >= retry_at_) return try_candidate(now);
  if (now < attempt_deadline_) return;
  last_trouble_ = sent_ ? "no answer" : "no connection";
  connections_.close(candidates_[candidate_]);
  try_next(now);
}

Nanos LeaderlessClient::next_deadline() const {
  return std::min({deadline_, attempt_deadline_, retry_at_, ask_again_at_});
}

std::vector<ClientAction> LeaderlessClient::take_actions() { return connections_.take_actions(); }

}  // namespace assay::refdb::leaderless
