// The client as the coordinator: it asks all replicas of the key and counts.
#include "targets/refdb/client/trouble.h"
#include "targets/refdb/leaderless/leaderless_client.h"

namespace assay::refdb::leaderless {

namespace {
constexpr Nanos kAskAgainAfter = 100 * kMillisecond;
}

void LeaderlessClient::ask_replicas(Nanos now) {
  ask_again_at_ = now + kAskAgainAfter;
  if (attempt_ == 0) {
    attempt_ = 1;
    asked_.clear();
    acknowledged_.clear();
    repairing_ = false;
    if (step_ == Step::read) read_.emplace(settings_.read_quorum, !settings_.siblings);
    if (step_ == Step::write) cell_ = cell_to_write(now);
  }
  for (const PeerId node : candidates_)
    connections_.is_up(node) ? ask_replica(node) : connections_.open(node);
}

// A write is named by the session that makes it: the number of a request is used once.
Cell LeaderlessClient::cell_to_write(Nanos now) {
  Cell cell;
  Version version;
  version.value = written_;
  if (read_) clock_.observe(read_->merged().latest());
  version.time = clock_.tick(settings_.timestamps == Settings::Timestamps::quorum ? 0 : now);
  clocks::VersionVector context;
  if (settings_.siblings) context = seen_[mop().key];
  context.raise(config_.client_id, number_ - 1);
  cell.write(config_.client_id, context, std::move(version));
  if (settings_.siblings) seen_[mop().key] = cell.context();
  return cell;
}

void LeaderlessClient::ask_replica(PeerId node) {
  const bool waits = step_ == Step::write || repairing_;
  if (waits ? acknowledged_.contains(node) : read_ && read_->has_answered(node)) return;
  if (!asked_.insert(node).second) return;
  RequestContext context;
  context.to_replica = true;
  Mop asked;
  asked.key = mop().key;
  if (waits) {
    asked.fn = Fn::write;
    context.cell = repairing_ ? read_->merged() : cell_;
    may_have_effect_ = may_have_effect_ || step_ == Step::write;
  }
  // Attempts tell reads (1) from repairs (2) of one request.
  const wire::ClientRequest message{
      config_.client_id, number_, repairing_ ? 2u : 1u, {asked}, encode_request_context(context)};
  connections_.send(node, wire::encode_request(message));
}

void LeaderlessClient::replica_answered(PeerId from, const wire::ClientAnswer& answer, Nanos now) {
  if (meaning_of(answer.status) != Meaning::done) {
    last_trouble_ = trouble_text(answer.status);
    return;
  }
  if (answer.attempt != (repairing_ ? 2u : 1u)) return;
  if (step_ == Step::write || repairing_) {
    acknowledged_.insert(from);
    if (repairing_) read_->repaired(from);
    if (repairing_ && read_->holders() >= settings_.write_quorum) {
      return value_read(read_->merged().result(), now, from);
    }
    if (step_ == Step::write && acknowledged_.size() >= settings_.write_quorum)
      complete(Outcome::ok, {}, from);
    return;
  }
  const auto context = decode_answer_context(answer.context);
  if (!context || read_->has_answered(from)) return;
  read_->answered(from, context->cell);
  if (read_->enough()) read_enough(now);
}

void LeaderlessClient::read_enough(Nanos now) {
  if (settings_.siblings) seen_[mop().key] = read_->merged().context();
  const bool mends = settings_.repair != Settings::Repair::none && mop().fn == Fn::read;
  const bool first =
      settings_.repair == Settings::Repair::before && read_->holders() < settings_.write_quorum;
  if (mends && first) {
    repairing_ = true;
    asked_.clear();
    for (const PeerId node : candidates_) {
      if (connections_.is_up(node)) ask_replica(node);
    }
    return;
  }
  if (mends && settings_.repair == Settings::Repair::after) {
    repairing_ = true;
    asked_.clear();
    for (const PeerId node : read_->behind()) {
      if (connections_.is_up(node)) ask_replica(node);
    }
    repairing_ = false;
  }
  value_read(read_->merged().result(), now, candidates_[0]);
}

}  // namespace assay::refdb::leaderless
