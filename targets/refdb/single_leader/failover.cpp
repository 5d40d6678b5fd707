// How a group gets a leader: suspicion, survey, promotion; and how a leader ceases to be one.
#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/single_leader/group.h"

namespace assay::refdb::single_leader {

// Sets the time at which the leader will count as gone. The random part keeps followers from surveying all at once.
void Group::expect_leader() {
  const std::int64_t timeout = settings_.failure_timeout;
  constexpr std::size_t kSamplesMin = 5;
  const std::int64_t jitter = rng_.between(0, timeout / 2);
  const bool phi =
      settings_.detector == Detector::phi && detector_.samples() >= kSamplesMin && leader_.has_value();
  suspect_at_ = phi ? detector_.suspicious_at(settings_.phi_threshold) + jitter / 10
                    : now_.monotonic + timeout + jitter;
}

// To be promised no other leader: a follower keeps to a leader that it has heard not long ago.
bool Group::leader_is_alive() const {
  if (role_ == Role::leader) return accepting();
  if (!leader_ && settings_.protection != Protection::lease) return false;
  const std::int64_t kept =
      settings_.protection == Protection::lease ? settings_.lease : settings_.failure_timeout;
  return now_.monotonic < heard_leader_ + kept;
}

// Epochs of different nodes never coincide, so that two leaders always differ in theirs.
Epoch Group::next_epoch(Epoch after) const {
  const Epoch size = config_.cluster_size;
  const Epoch next = after - after % size + config_.self;
  return next > after ? next : next + size;
}

void Group::begin_survey() {
  if (settings_.votes() && leader_is_alive()) {
    suspect_at_ = heard_leader_ + std::max(settings_.lease, settings_.failure_timeout);
    if (suspect_at_ > now_.monotonic) return;
  }
  if (!suspected_epoch_) {
    if (leader_) ++counters_.suspicions;
    suspected_epoch_ = epoch_;
    suspected_at_ = now_.monotonic;
  }
  role_ = Role::surveyor;
  leader_.reset();
  survey_epoch_ = next_epoch(std::max(epoch_, survey_epoch_));
  // A promise to itself.
  if (settings_.votes()) adopt_epoch(survey_epoch_);
  ++survey_;
  survey_until_ = now_.monotonic + std::min(2 * config_.heartbeat_interval, settings_.failure_timeout / 2);
  survey_answers_.assign(config_.cluster_size, {});
  survey_answers_[config_.self] = {end_of_log(), true, true, was_synchronous_};
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    if (peer == config_.self) continue;
    Message message = message_to(MessageKind::survey, peer);
    message.epoch = survey_epoch_;
    message.position = end_of_log();
    message.round = survey_;
    send_when_persisted(std::move(message));
  }
  if (config_.cluster_size == 1) conclude_survey();
}

void Group::handle_survey(const Message& message) {
  Message answer = message_to(MessageKind::survey_answer, message.from);
  answer.round = message.round;
  answer.position = end_of_log();
  answer.synchronous = was_synchronous_;
  if (!settings_.votes()) {
    // A leader that is asked whether it lives says so.
    if (role_ == Role::leader) return replicate(message.from, Urge::heartbeat);
    answer.epoch = std::max(epoch_, message.epoch);
    return send_when_persisted(std::move(answer));
  }
  if (message.epoch <= epoch_ || leader_is_alive()) {
    answer.refused = true;
    answer.leader_lives = leader_is_alive();
    return send(std::move(answer));
  }
  step_down(message.epoch, std::nullopt);
  answer.epoch = message.epoch;
  send_when_persisted(std::move(answer));
}

void Group::handle_survey_answer(const Message& message) {
  if (role_ != Role::surveyor || message.round != survey_) return;
  if (message.refused && message.epoch > epoch_) survey_epoch_ = std::max(survey_epoch_, message.epoch);
  if (!settings_.votes()) survey_epoch_ = std::max(survey_epoch_, next_epoch(message.epoch - 1));
  SurveyAnswer& answer = survey_answers_[message.from];
  answer = {message.position, true, !message.refused, message.synchronous};
  const bool all = std::all_of(survey_answers_.begin(), survey_answers_.end(),
                               [](const SurveyAnswer& each) { return each.answered; });
  if (all) conclude_survey();
}

void Group::conclude_survey() {
  ASSAY_ASSERT(role_ == Role::surveyor);
  PeerId best = config_.self;
  std::size_t promises = 0;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    const SurveyAnswer& answer = survey_answers_[peer];
    if (!answer.answered) continue;
    if (answer.promised) ++promises;
    const SurveyAnswer& other = survey_answers_[best];
    // The seeded bug: the wrong way round.
    const bool further = bugs_.shortest_log_wins ? answer.end < other.end : answer.end > other.end;
    const bool as_far = answer.end == other.end;
    if (further || (as_far && answer.synchronous && !other.synchronous)) best = peer;
  }
  role_ = Role::follower;
  if (settings_.votes() && promises < majority()) return expect_leader();
  if (best == config_.self) return promote(settings_.votes() ? epoch_ : survey_epoch_);
  send(message_to(MessageKind::take_over, best));
  expect_leader();
}

void Group::handle_take_over(const Message& message) {
  if (role_ != Role::follower || message.epoch < epoch_ || (settings_.votes() && leader_is_alive())) return;
  begin_survey();
}

void Group::promote(Epoch epoch) {
  adopt_epoch(epoch);
  // The seeded bug: what is not known to be acknowledged is thrown away, although it may be.
  if (bugs_.promotion_drops_tail && commit_ < log_.last_index()) {
    log_.truncate(commit_ + 1);
    unpersist_from(commit_ + 1);
    arrivals_.resize(log_.last_index() - state_.applied_index());
  }
  role_ = Role::leader;
  leader_ = config_.self;
  head_.reset();
  since_ = now_.wall;
  ++counters_.promotions;
  if (knew_leader_ && suspected_epoch_) {
    ++counters_.failovers;
    counters_.failover_detection_ns += suspected_at_ - heard_leader_;
    counters_.failover_election_ns += now_.monotonic - suspected_at_;
    failover_from_ = heard_leader_;
  }
  suspected_epoch_.reset();
  knew_leader_ = true;
  for (PeerId peer = 0; peer < config_.cluster_size; ++peer) {
    progress_[peer] = Progress{};
    progress_[peer].next = log_.last_index() + 1;
    // Whoever answered the survey was there; the others are given the same time to show up.
    progress_[peer].heard = now_.monotonic;
  }
  outgoing_.reset();
  round_times_.clear();
  ack_times_.clear();
  acknowledged_ = commit_;
  Entry opening;
  opening.index = opening_ = log_.last_index() + 1;
  opening.term = epoch_;
  append(std::move(opening));
  choose_synchronous();
  begin_round(true);
}

void Group::step_down(Epoch epoch, std::optional<PeerId> leader) {
  if (role_ == Role::leader) {
    ++counters_.stepped_down;
    heard_leader_ = now_.monotonic;
    fail_pending();
  }
  role_ = Role::follower;
  leader_ = leader;
  outgoing_.reset();
  adopt_epoch(epoch);
  detector_.forget_last();
  expect_leader();
}

}  // namespace assay::refdb::single_leader
