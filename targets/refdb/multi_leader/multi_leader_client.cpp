#include "targets/refdb/multi_leader/multi_leader_client.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/client/trouble.h"

namespace assay::refdb::multi_leader {

namespace {

bool flag_of(const ClientConfig& config, std::string_view name) {
  return !config.options.facts().empty() && config.options.flag(name);
}

// Sessions carry what they have seen, and where there are siblings, which of them they have read.
bool wants_context(const ClientConfig& config) {
  if (config.options.facts().empty()) return false;
  const std::string_view resolver = config.options.text("resolver");
  return config.options.flag("session") || resolver == "siblings" || resolver == "merge";
}

}  // namespace

MultiLeaderClient::MultiLeaderClient(const ClientConfig& config)
    : config_(config),
      moves_(flag_of(config, "client-moves")),
      has_context_(wants_context(config)),
      rng_(Rng(config.seed).fork("client", config.client_id)),
      connections_(config.cluster_size),
      home_(config.first_node),
      write_node_(config.first_node) {
  ASSAY_ASSERT(config.cluster_size > 0 && config.first_node < config.cluster_size);
}

void MultiLeaderClient::invoke(const Request& request, Nanos timeout, Nanos now) {
  ASSAY_ASSERT(!busy_);
  busy_ = true;
  request_ = request;
  read_only_ = wire::is_read_only(request);
  ++number_;
  attempts_.reset();
  deadline_ = now + timeout;
  tries_ = 0;
  last_trouble_ = "no node answered";
  try_now(now);
}

void MultiLeaderClient::try_now(Nanos now) {
  const PeerId to = target();
  sent_ = false;
  retry_at_ = kNever;
  attempt_deadline_ = now + config_.attempt_timeout;
  if (connections_.is_up(to)) return send(now);
  connections_.open(to);
}

void MultiLeaderClient::try_later(Nanos now) {
  retry_at_ = now + backoff(tries_++, rng_);
  attempt_deadline_ = kNever;
}

void MultiLeaderClient::send(Nanos now) {
  sent_ = true;
  attempt_deadline_ = now + config_.attempt_timeout;
  wire::ClientRequest message{config_.client_id, number_, attempts_.begin(target()), request_, {}};
  if (has_context_) message.context = context_of_request();
  connections_.send(target(), wire::encode_request(message));
}

void MultiLeaderClient::drop_link(PeerId node) {
  if (connections_.close(node)) attempts_.connection_gone(node, false);
}

// Who was said to accept writes may no longer do so. A write that may have been accepted there stays there.
void MultiLeaderClient::forget_advice() {
  if (write_node_ != home_ && attempts_.none()) write_node_ = home_;
}

void MultiLeaderClient::move_on() {
  if (!moves_ || (!read_only_ && !attempts_.none())) return;
  home_ = static_cast<PeerId>((home_ + 1) % config_.cluster_size);
  write_node_ = home_;
}

void MultiLeaderClient::connected(PeerId node, Nanos now) {
  if (connections_.opened(node) && busy_ && node == target() && !sent_ && retry_at_ == kNever) send(now);
}

void MultiLeaderClient::disconnected(PeerId node, bool never_opened, Nanos now) {
  if (!connections_.lost(node)) return;
  attempts_.connection_gone(node, never_opened);
  if (!busy_ || node != target() || retry_at_ != kNever) return;
  last_trouble_ = never_opened ? "connection refused" : "connection lost";
  forget_advice();
  move_on();
  try_later(now);
}

void MultiLeaderClient::received(PeerId node, std::string_view payload, Nanos now) {
  const std::optional<wire::ClientAnswer> answer = wire::decode_answer(payload);
  if (!answer) {
    drop_link(node);
    if (!busy_ || node != target() || retry_at_ != kNever) return;
    last_trouble_ = "answer that is no message of this protocol";
    return try_later(now);
  }
  if (busy_ && answer->number == number_) answered(node, *answer, now);
}

void MultiLeaderClient::answered(PeerId node, const wire::ClientAnswer& answer, Nanos now) {
  const Meaning meaning = meaning_of(answer.status);
  if (meaning == Meaning::attempt_refused || meaning == Meaning::hopeless)
    attempts_.refused(node, answer.attempt);
  switch (meaning) {
    case Meaning::done:
      if (answer.results.size() != request_.size())
        return complete(Outcome::info, "answer without results", node);
      for (std::size_t i = 0; i < request_.size(); ++i) request_[i].result = answer.results[i];
      remember(answer.context);
      return complete(Outcome::ok, {}, node);
    case Meaning::done_without_effect:
      remember(answer.context);
      return complete(Outcome::fail, trouble_text(answer.status), node);
    case Meaning::unknown:
      return complete(read_only_ ? Outcome::fail : Outcome::info, trouble_text(answer.status), node);
    case Meaning::hopeless:
      return complete(read_only_ || attempts_.none() ? Outcome::fail : Outcome::info,
                      trouble_text(answer.status), node);
    case Meaning::attempt_refused:
    case Meaning::attempt_accepted:
      break;
  }
  if (node != target() || answer.attempt != attempts_.last() || retry_at_ != kNever) return;
  last_trouble_ = trouble_text(answer.status);
  if (answer.status == wire::Status::not_leader && answer.leader && *answer.leader < config_.cluster_size &&
      *answer.leader != node && !read_only_) {
    write_node_ = *answer.leader;
    return try_now(now);
  }
  if (answer.status == wire::Status::not_leader) forget_advice();
  try_later(now);
}

// Of the keys that the request writes.
std::string MultiLeaderClient::context_of_request() const {
  SessionContext context;
  context.seen = seen_.seen;
  for (const Mop& mop : request_) {
    const auto found = seen_.versions.find(mop.key);
    if (mop.fn != Fn::read && found != seen_.versions.end()) context.versions.insert(*found);
  }
  return context.bytes();
}

void MultiLeaderClient::remember(std::string_view context) {
  if (!has_context_ || context.empty()) return;
  wire::Reader reader(context);
  SessionContext heard = SessionContext::read(reader);
  seen_.seen.merge(heard.seen);
  for (auto& [key, dots] : heard.versions) seen_.versions[key] = std::move(dots);
}

void MultiLeaderClient::complete(Outcome outcome, std::string error, NodeId answered_by) {
  connections_.complete(std::move(request_), outcome, std::move(error), answered_by);
  request_.clear();
  busy_ = false;
  if (outcome != Outcome::ok) write_node_ = home_;
  deadline_ = attempt_deadline_ = retry_at_ = kNever;
}

void MultiLeaderClient::tick(Nanos now) {
  if (!busy_) return;
  if (now >= deadline_) {
    if (retry_at_ == kNever) drop_link(target());
    const bool nothing_happened = read_only_ || attempts_.none();
    move_on();
    return complete(nothing_happened ? Outcome::fail : Outcome::info,
                    (read_only_         ? "read did not complete: "
                     : nothing_happened ? "not accepted: "
                                        : "timeout: ") +
                        last_trouble_,
                    kNoNode);
  }
  if (now >= retry_at_) return try_now(now);
  if (now >= attempt_deadline_) {
    last_trouble_ = sent_ ? "no answer" : "no connection";
    drop_link(target());
    forget_advice();
    move_on();
    try_now(now);
  }
}

Nanos MultiLeaderClient::next_deadline() const { return std::min({deadline_, attempt_deadline_, retry_at_}); }

std::vector<ClientAction> MultiLeaderClient::take_actions() { return connections_.take_actions(); }

}  // namespace assay::refdb::multi_leader
