// Requests of clients: who may answer what, and when.
#include <algorithm>
#include <utility>

#include "harness/core/time.h"
#include "targets/refdb/single_leader/functions.h"
#include "targets/refdb/single_leader/group.h"

namespace assay::refdb::single_leader {

namespace {
// A read that waits for a position is sent elsewhere after that.
constexpr std::int64_t kWaitMax = 200 * kMillisecond;
}  // namespace

void Group::request(const Caller& caller, wire::ClientRequest request, const RequestContext& context,
                    LocalTime now) {
  now_ = now;
  if (role_ == Role::leader && settings_.fences() && context.fence > epoch_) {
    // Somebody has met a later leader: this one's time is over, whether it has heard of that or not.
    ++counters_.fenced_requests;
    step_down(epoch_, std::nullopt);
  }
  const bool reads = wire::is_read_only(request.mops);
  if (reads && context.place != RequestContext::Place::leader) {
    return request_local_read(caller, std::move(request.mops), context);
  }
  if (role_ != Role::leader) return answer(caller, wire::Status::not_leader);
  if (!accepting()) {
    ++counters_.not_accepting;
    return answer(caller, wire::Status::not_leader);
  }
  if (in_flight() >= config_.client_queue_max) return answer(caller, wire::Status::overloaded);
  if (reads) return request_leader_read(caller, std::move(request.mops));
  request_write(caller, request, context);
}

void Group::request_write(const Caller& caller, const wire::ClientRequest& request,
                          const RequestContext& context) {
  const std::string_view known = state_.answered(request.client, request.number);
  if (!known.empty()) return answer_body(caller, known, applied_position());
  wire::ClientRequest logged = request;
  const std::int64_t time = next_time();
  if (settings_.log_format != LogFormat::statement) work_out(logged.mops);
  work_out_past(logged.mops, time);
  Entry entry;
  entry.index = log_.last_index() + 1;
  entry.term = epoch_;
  entry.kind = EntryKind::command;
  std::string content = wire::encode_command(logged);
  if (settings_.log_format == LogFormat::wal) content = rows_of(entry.index, content);
  entry.data = std::make_shared<const std::string>(
      write_record(settings_.shards > 1 ? context.seen : Positions{}, time, content));
  pending_writes_.push_back({entry.index, request.client, caller});
  append(std::move(entry));
}

void Group::request_leader_read(const Caller& caller, std::vector<Mop> mops) {
  const bool asks_majority = settings_.protection == Protection::quorum;
  if (asks_majority) wants_round_ = true;
  pending_reads_.push_back({asks_majority ? round_ + 1 : 0, caller, std::move(mops)});
  finish_reads();
}

// The seeded bug: one less will do.
bool Group::position_reached(const RequestContext& context) const {
  Position here = applied_position();
  if (bugs_.token_off_by_one) ++here.lsn;
  return context.minimum <= here;
}

void Group::request_local_read(const Caller& caller, std::vector<Mop> mops, const RequestContext& context) {
  if (context.max_lag >= 0 && lag() > context.max_lag) {
    ++counters_.reads_behind;
    return answer(caller, wire::Status::replica_behind);
  }
  if (position_reached(context)) return answer_local_read(caller, mops);
  if (context.place == RequestContext::Place::local || in_flight() >= config_.client_queue_max) {
    ++counters_.reads_behind;
    return answer(caller, wire::Status::replica_behind);
  }
  ++counters_.reads_waited;
  waiting_reads_.push_back({now_.monotonic + kWaitMax, caller, std::move(mops), context});
}

void Group::answer_local_read(const Caller& caller, const std::vector<Mop>& mops) {
  ++counters_.local_reads;
  counters_.lag_sum_ns += lag();
  answer_body(caller, state_.read(mops), applied_position());
}

void Group::finish_reads() {
  while (role_ == Role::leader && !pending_reads_.empty() && commit_ >= opening_ &&
         pending_reads_.front().round <= majority_round()) {
    const PendingRead read = std::move(pending_reads_.front());
    pending_reads_.pop_front();
    if (settings_.protection == Protection::lease && !lease_holds()) {
      ++counters_.not_accepting;
      answer(read.caller, wire::Status::not_leader);
    } else {
      answer_body(read.caller, state_.read(read.mops), applied_position());
    }
  }
  for (std::size_t waiting = waiting_reads_.size(); waiting > 0; --waiting) {
    WaitingRead read = std::move(waiting_reads_.front());
    waiting_reads_.pop_front();
    if (position_reached(read.context)) {
      answer_local_read(read.caller, read.mops);
    } else if (now_.monotonic >= read.until) {
      ++counters_.reads_behind;
      answer(read.caller, wire::Status::replica_behind);
    } else {
      waiting_reads_.push_back(std::move(read));
    }
  }
}

void Group::fail_pending() {
  for (const PendingWrite& write : pending_writes_) answer(write.caller, wire::Status::unsure);
  for (const PendingRead& read : pending_reads_) answer(read.caller, wire::Status::not_leader);
  pending_writes_.clear();
  pending_reads_.clear();
}

void Group::answer(const Caller& caller, wire::Status status) {
  wire::ClientAnswer body;
  body.status = status;
  body.leader = leader_;
  answer_body(caller, wire::encode_answer_body(body), applied_position());
}

void Group::answer_body(const Caller& caller, std::string_view body, Position position) {
  AnswerContext context;
  context.epoch = epoch_;
  context.position = position;
  context.lag = lag();
  context.depends_on = depends_on_;
  replies_.push_back(
      {caller.connection, wire::encode_answer(caller.number, caller.attempt, body, encode_context(context))});
}

}  // namespace assay::refdb::single_leader
