#include "targets/refdb/multi_leader/multi_leader_client.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/client/trouble.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr Nanos kBackoffFirst = 5 * kMillisecond;
constexpr Nanos kBackoffMax = 100 * kMillisecond;

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
      links_(config.cluster_size, Link::down),
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
  attempt_ = 0;
  open_attempts_.clear();
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
  if (links_[to] == Link::up) return send(now);
  if (links_[to] == Link::connecting) return;
  links_[to] = Link::connecting;
  actions_.push_back({ClientAction::Kind::connect, to, {}, {}});
}

// Waits a little longer each time, and never the same as other clients do.
void MultiLeaderClient::try_later(Nanos now) {
  const Nanos wait = std::min(kBackoffFirst << std::min(tries_++, 5u), kBackoffMax);
  retry_at_ = now + rng_.between(wait / 2, wait);
  attempt_deadline_ = kNever;
}

void MultiLeaderClient::send(Nanos now) {
  sent_ = true;
  attempt_deadline_ = now + config_.attempt_timeout;
  open_attempts_.push_back({++attempt_, target()});
  wire::ClientRequest message{config_.client_id, number_, attempt_, request_, {}};
  if (has_context_) message.context = context_of_request();
  actions_.push_back({ClientAction::Kind::send, target(), wire::encode_request(message), {}});
}

void MultiLeaderClient::drop_link(PeerId node) {
  if (links_[node] == Link::down) return;
  links_[node] = Link::down;
  actions_.push_back({ClientAction::Kind::disconnect, node, {}, {}});
  leave_links_of(node);
}

// What was sent on a link that is gone may have arrived all the same.
void MultiLeaderClient::leave_links_of(PeerId node) {
  for (Attempt& open : open_attempts_) {
    if (open.node == node) open.on_open_link = false;
  }
}

void MultiLeaderClient::move_on() {
  if (!moves_ || (!read_only_ && !open_attempts_.empty())) return;
  home_ = static_cast<PeerId>((home_ + 1) % config_.cluster_size);
  write_node_ = home_;
}

void MultiLeaderClient::connected(PeerId node, Nanos now) {
  if (links_[node] != Link::connecting) return;
  links_[node] = Link::up;
  if (busy_ && node == target() && !sent_ && retry_at_ == kNever) send(now);
}

void MultiLeaderClient::disconnected(PeerId node, bool never_opened, Nanos now) {
  if (links_[node] == Link::down) return;
  links_[node] = Link::down;
  if (never_opened) {
    std::erase_if(open_attempts_,
                  [&](const Attempt& open) { return open.node == node && open.on_open_link; });
  }
  leave_links_of(node);
  if (!busy_ || node != target() || retry_at_ != kNever) return;
  last_trouble_ = never_opened ? "connection refused" : "connection lost";
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
  if (meaning == Meaning::attempt_refused || meaning == Meaning::hopeless) {
    std::erase_if(open_attempts_,
                  [&](const Attempt& open) { return open.number == answer.attempt && open.node == node; });
  }
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
      return complete(read_only_ || open_attempts_.empty() ? Outcome::fail : Outcome::info,
                      trouble_text(answer.status), node);
    case Meaning::attempt_refused:
    case Meaning::attempt_accepted:
      break;
  }
  if (node != target() || answer.attempt != attempt_ || retry_at_ != kNever) return;
  last_trouble_ = trouble_text(answer.status);
  if (answer.status == wire::Status::not_leader && answer.leader && *answer.leader < config_.cluster_size &&
      *answer.leader != node && !read_only_) {
    write_node_ = *answer.leader;
    return try_now(now);
  }
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
  ClientAction action;
  action.kind = ClientAction::Kind::complete;
  action.completion.outcome = outcome;
  action.completion.mops = std::move(request_);
  action.completion.error = std::move(error);
  action.completion.node = answered_by;
  actions_.push_back(std::move(action));
  request_.clear();
  busy_ = false;
  deadline_ = attempt_deadline_ = retry_at_ = kNever;
}

void MultiLeaderClient::tick(Nanos now) {
  if (!busy_) return;
  if (now >= deadline_) {
    if (retry_at_ == kNever) drop_link(target());
    const bool nothing_happened = read_only_ || open_attempts_.empty();
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
    move_on();
    try_now(now);
  }
}

Nanos MultiLeaderClient::next_deadline() const { return std::min({deadline_, attempt_deadline_, retry_at_}); }

std::vector<ClientAction> MultiLeaderClient::take_actions() { return std::exchange(actions_, {}); }

}  // namespace assay::refdb::multi_leader
