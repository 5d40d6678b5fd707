#include "targets/refdb/single_leader/routing.h"

#include <algorithm>

#include "targets/refdb/single_leader/single_leader_replica.h"

namespace assay::refdb::single_leader {

namespace {
// After so many nodes that are behind, the leader is asked.
constexpr int kBehindMax = 2;
// What a node said of its lag is worth less than this after so long, and it is asked again.
constexpr Nanos kLagKnownFor = kSecond;
}  // namespace

SessionRouter::SessionRouter(const ClientConfig& config, const Settings& settings)
    : config_(config),
      settings_(settings),
      rng_(Rng(config.seed).fork("routing", config.client_id)),
      leaders_(static_cast<std::size_t>(settings.shards), config.first_node),
      fences_(leaders_.size(), 0),
      nodes_(config.cluster_size),
      seen_(leaders_.size()) {}

bool SessionRouter::tracks_positions() const {
  return settings_.read_from == ReadFrom::session_position || settings_.read_from == ReadFrom::min_position ||
         settings_.read_from == ReadFrom::causal;
}

PeerId SessionRouter::first(const Request& request, Nanos now) {
  shard_ = shard_of(request.at(0).key, settings_.shards);
  read_only_ = wire::is_read_only(request);
  behind_ = 0;
  const bool recent = own_write_ >= 0 && now < own_write_ + settings_.own_write_window;
  local_ = read_only_ && settings_.read_from != ReadFrom::leader &&
           !(settings_.read_from == ReadFrom::own_writes && recent);
  if (read_only_ && stays_) {
    local_ = true;
    return config_.first_node;
  }
  if (!read_only_) own_write_ = now;
  return local_ ? local_node(now) : leaders_[shard_];
}

PeerId SessionRouter::local_node(Nanos now) {
  switch (settings_.read_from) {
    case ReadFrom::least_lagged: {
      const PeerId best = least_lagged(now);
      const Node& node = nodes_[best];
      if (node.known && node.lag > settings_.max_lag) {
        local_ = false;
        return leaders_[shard_];
      }
      return best;
    }
    case ReadFrom::sticky:
      return static_cast<PeerId>(Rng(config_.client_id).fork("sticky").below(config_.cluster_size));
    default:
      return drawn_follower();
  }
}

PeerId SessionRouter::drawn_follower() {
  if (config_.cluster_size == 1) return 0;
  const auto draw = static_cast<PeerId>(rng_.below(config_.cluster_size - 1u));
  return draw < leaders_[shard_] ? draw : static_cast<PeerId>(draw + 1);
}

// A follower of which nothing is known, or not for long, is asked first, so that something is.
PeerId SessionRouter::least_lagged(Nanos now) const {
  PeerId best = leaders_[shard_];
  std::int64_t least = INT64_MAX;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    if (peer == leaders_[shard_]) continue;
    const Node& node = nodes_[peer];
    const std::int64_t lag = !node.known || now > node.told + kLagKnownFor ? -1 : node.lag;
    if (lag >= least) continue;
    least = lag;
    best = peer;
  }
  return best;
}

PeerId SessionRouter::next(PeerId tried, Nanos now) {
  nodes_[tried] = {INT64_MAX, now, true};
  if (stays_ && read_only_) return config_.first_node;
  if (!local_) return leaders_[shard_] = node_after(tried);
  if (settings_.read_from == ReadFrom::least_lagged || behind_ > kBehindMax) {
    local_ = false;
    return leaders_[shard_];
  }
  return node_after(tried);
}

std::string SessionRouter::context() const {
  RequestContext context;
  if (settings_.protection == Protection::fencing_token || settings_.votes()) context.fence = fences_[shard_];
  if (local_ && !stays_) {
    const bool waits =
        settings_.read_from == ReadFrom::session_position || settings_.read_from == ReadFrom::causal;
    context.place = waits ? RequestContext::Place::local_waiting : RequestContext::Place::local;
    if (tracks_positions()) context.minimum = at_shard(seen_, shard_);
    if (settings_.read_from == ReadFrom::least_lagged) context.max_lag = settings_.max_lag;
  } else if (local_) {
    context.place = RequestContext::Place::local;
  }
  if (!read_only_ && settings_.read_from == ReadFrom::causal) context.seen = seen_;
  return encode_context(context);
}

void SessionRouter::answered(PeerId by, const wire::ClientAnswer& answer, Nanos now) {
  const std::optional<AnswerContext> context = decode_answer_context(answer.context);
  if (context) {
    nodes_[by] = {context->lag, now, true};
    fences_[shard_] = std::max(fences_[shard_], context->epoch);
  }
  if (answer.status == wire::Status::replica_behind) ++behind_;
  if (answer.status == wire::Status::not_leader && answer.leader && *answer.leader < config_.cluster_size) {
    leaders_[shard_] = *answer.leader;
  }
  if (answer.status != wire::Status::ok || !context) return;
  if (!local_) leaders_[shard_] = by;
  // The seeded bug: only what the session wrote counts as seen.
  const bool bug = read_only_ && std::find(config_.bugs.begin(), config_.bugs.end(),
                                           "reads-move-no-position") != config_.bugs.end();
  if (bug) return;
  seen_[shard_] = std::max(seen_[shard_], context->position);
  if (settings_.read_from == ReadFrom::causal) {
    Positions depends_on = context->depends_on;
    depends_on.resize(std::min(depends_on.size(), seen_.size()));
    merge(seen_, depends_on);
  }
}

}  // namespace assay::refdb::single_leader
