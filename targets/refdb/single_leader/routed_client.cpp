#include "targets/refdb/single_leader/routed_client.h"

#include <algorithm>
#include <utility>

#include "targets/refdb/single_leader/single_leader_replica.h"

namespace assay::refdb::single_leader {

RoutedClient::RoutedClient(const ClientConfig& config)
    : settings_(settings_of(config.options)),
      router_(config, settings_),
      core_(config, router_),
      caches_(settings_.cache_ttl > 0) {}

void RoutedClient::stay_on_node() {
  router_.stay_on_node();
  caches_ = false;
}

void RoutedClient::invoke(const Request& request, Nanos timeout, Nanos now) {
  request_ = request;
  deadline_ = now + timeout;
  if (answer_from_cache(now)) return;
  parts_.clear();
  std::vector<std::size_t> part_of_shard(static_cast<std::size_t>(settings_.shards), SIZE_MAX);
  for (std::size_t i = 0; i < request_.size(); ++i) {
    std::size_t& part = part_of_shard[shard_of(request_[i].key, settings_.shards)];
    if (part == SIZE_MAX) {
      part = parts_.size();
      parts_.emplace_back();
    }
    parts_[part].push_back(i);
  }
  part_ = 0;
  begin_part(now);
}

void RoutedClient::begin_part(Nanos now) {
  Request mops;
  for (const std::size_t i : parts_[part_]) mops.push_back(request_[i]);
  core_.invoke(mops, std::max<Nanos>(deadline_ - now, 1), now);
  take_in(now);
}

void RoutedClient::disconnected(PeerId node, bool never_opened, Nanos now) {
  core_.disconnected(node, never_opened, now);
  take_in(now);
}

void RoutedClient::received(PeerId node, std::string_view payload, Nanos now) {
  core_.received(node, payload, now);
  take_in(now);
}

void RoutedClient::tick(Nanos now) {
  core_.tick(now);
  take_in(now);
}

// A finished part is followed by the next; the rest of what the core wants done is passed on.
void RoutedClient::take_in(Nanos now) {
  for (ClientAction& action : core_.take_actions()) {
    if (action.kind != ClientAction::Kind::complete) {
      actions_.push_back(std::move(action));
      continue;
    }
    Completion& part = action.completion;
    if (part.outcome == Outcome::ok) {
      for (std::size_t i = 0; i < parts_[part_].size(); ++i)
        request_[parts_[part_][i]].result = part.mops[i].result;
      fill_cache(part.mops, now);
      if (++part_ < parts_.size()) {
        begin_part(now);
        continue;
      }
    } else if (part_ > 0 && !wire::is_read_only(request_)) {
      // Earlier parts have happened.
      part.outcome = Outcome::info;
    }
    part.mops = std::move(request_);
    finish(std::move(part));
  }
}

void RoutedClient::finish(Completion completion) {
  ClientAction action;
  action.kind = ClientAction::Kind::complete;
  action.completion = std::move(completion);
  request_.clear();
  actions_.push_back(std::move(action));
}

std::vector<ClientAction> RoutedClient::take_actions() {
  for (ClientAction& action : core_.take_actions()) actions_.push_back(std::move(action));
  return std::exchange(actions_, {});
}

bool RoutedClient::answer_from_cache(Nanos now) {
  if (!caches_ || !wire::is_read_only(request_)) return false;
  for (Mop& mop : request_) {
    const auto found = cache_.find(mop.key);
    if (found == cache_.end() || now >= found->second.until) return false;
    const Position seen = at_shard(router_.seen(), shard_of(mop.key, settings_.shards));
    if (settings_.cache_by_position && found->second.position != seen) return false;
    mop.result = found->second.value;
  }
  Completion completion;
  completion.outcome = Outcome::ok;
  completion.mops = std::move(request_);
  finish(std::move(completion));
  return true;
}

void RoutedClient::fill_cache(const Request& mops, Nanos now) {
  if (!caches_) return;
  for (const Mop& mop : mops) {
    if (mop.fn != Fn::read) continue;
    cache_[mop.key] = {mop.result, now + settings_.cache_ttl,
                       at_shard(router_.seen(), shard_of(mop.key, settings_.shards))};
  }
}

}  // namespace assay::refdb::single_leader
