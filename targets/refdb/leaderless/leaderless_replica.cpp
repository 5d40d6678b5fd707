#include "targets/refdb/leaderless/leaderless_replica.h"

#include <algorithm>

#include "targets/refdb/leaderless/rows.h"

namespace assay::refdb::leaderless {

namespace {

// A node is told from its earlier lives by a number drawn at its start.
clocks::ActorId new_actor(Rng& rng, PeerId self) { return (rng.next() << 16) | self; }

bool is_supported(const Mop& mop, bool data_types) {
  switch (mop.fn) {
    case Fn::read:
    case Fn::write:
      return true;
    case Fn::cas:
      return mop.argument.kind() == Value::Kind::pair;
    case Fn::add:
    case Fn::remove:
    case Fn::append:
    case Fn::insert:
    case Fn::erase:
      return data_types;  // else clients read, change and write
    default:
      return false;
  }
}

}  // namespace

LeaderlessReplica::LeaderlessReplica(const ReplicaConfig& config, const StorageReader& storage, LocalTime now)
    : config_(config),
      settings_(settings_of(config.options)),
      bugs_(bugs_of(config)),
      ring_(config.cluster_size, static_cast<PeerId>(settings_.replicas)),
      rng_(Rng(config.seed).fork("leaderless")),
      now_(now),
      clock_(settings_.clock_ahead_max),
      actor_(new_actor(rng_, config.self)),
      gossip_(config.self, config.cluster_size,
              static_cast<std::uint64_t>(std::max<std::int64_t>(now.wall, 0)), settings_.suspect_after,
              now.monotonic) {
  for (Group group = 0; group < ring_.nodes(); ++group) {
    if (ring_.holds(config_.self, group)) trees_.emplace(group, MerkleTree());
  }
  load(storage);
  // What an earlier life asked for must not be taken for what this one does.
  next_id_ = rng_.next() >> 1;
  gossip_due_ = now.monotonic + rng_.between(0, settings_.gossip);
  if (settings_.anti_entropy > 0) comparison_due_ = now.monotonic + rng_.between(0, settings_.anti_entropy);
  if (!hints_.empty()) hints_due_ = now.monotonic + settings_.gossip;
}

void LeaderlessReplica::load(const StorageReader& storage) {
  const auto key_of = [](std::string_view row, std::size_t from) {
    return static_cast<Key>(wire::read_big_endian(row.substr(from, 8)));
  };
  storage.scan(kCellPrefix, [&](std::string_view row, std::string_view bytes) {
    wire::Reader reader(bytes);
    const Cell cell = Cell::read_from(reader);
    if (row.size() == kCellPrefix.size() + 8 && reader.finished())
      store(key_of(row, kCellPrefix.size()), cell);
  });
  storage.scan(kHintPrefix, [&](std::string_view row, std::string_view) {
    const std::size_t size = kHintPrefix.size();
    if (row.size() != size + 16) return;
    hints_.emplace(static_cast<PeerId>(wire::read_big_endian(row.substr(size, 8))), key_of(row, size + 8));
  });
  storage.scan(kAcceptorPrefix, [&](std::string_view row, std::string_view bytes) {
    wire::Reader reader(bytes);
    const Acceptor acceptor = Acceptor::read_from(reader);
    if (row.size() == kAcceptorPrefix.size() + 8 && reader.finished()) {
      acceptors_.emplace(key_of(row, kAcceptorPrefix.size()), acceptor);
    }
  });
  dirty_cells_.clear();
  not_on_disk_.clear();
}

void LeaderlessReplica::advance_clock(LocalTime now) {
  now_ = {std::max(now_.monotonic, now.monotonic), now.wall};
}

void LeaderlessReplica::tick(LocalTime now) {
  advance_clock(now);
  tick_pending();
  tick_serial();
  tick_gossip();
  if (now_.monotonic >= hints_due_) deliver_hints();
  if (now_.monotonic >= comparison_due_) start_comparison();
}

std::int64_t LeaderlessReplica::next_deadline() const {
  std::int64_t deadline = std::min({gossip_due_, comparison_due_, hints_due_});
  for (const auto& [id, pending] : pending_) {
    deadline = std::min({deadline, pending.deadline, pending.stand_in_at});
  }
  for (const auto& [id, pending] : serial_)
    deadline = std::min({deadline, pending.deadline, pending.retry_at});
  return deadline;
}

// ---- messages

void LeaderlessReplica::send(PeerId to, Message message) {
  if (to == config_.self) return handle(to, message);
  outbox_.push_back({to, encode_message(message, config_.cluster_id)});
}

void LeaderlessReplica::send_when_persisted(PeerId to, Message message) {
  if (bugs_.ack_before_fsync) return send(to, std::move(message));
  held_.push_back({batch_ + 1, to, std::move(message)});
  held_new_ = true;
}

void LeaderlessReplica::receive(PeerId from, std::string_view payload, LocalTime now) {
  advance_clock(now);
  std::optional<Message> message = counters_.dropped.keep(decode_message(payload, config_.cluster_id));
  if (!message) return;
  if (from >= config_.cluster_size || from == config_.self) {
    ++counters_.dropped.nonsense;
    return;
  }
  gossip_.heard_from(from, now_.monotonic);
  const auto& cells = message->cells;
  if (claims_future(message->cell) || std::any_of(cells.begin(), cells.end(), [&](const auto& entry) {
        return claims_future(entry.second);
      })) {
    ++counters_.dropped.future;
    return;
  }
  handle(from, *message);
}

bool LeaderlessReplica::claims_future(const Cell& cell) const {
  const clocks::HybridTime latest = cell.latest();
  return latest.wall - settings_.clock_ahead_max > now_.wall ||
         latest.counter > clock_.latest().counter + kNumberLeapMax;
}

void LeaderlessReplica::handle(PeerId from, Message& message) {
  switch (message.kind) {
    case MessageKind::put:
      return handle_put(from, message);
    case MessageKind::put_answer:
      hint_acknowledged(message.id);
      return write_acknowledged(message.id, from);
    case MessageKind::get: {
      Message answer;
      answer.kind = MessageKind::get_answer;
      answer.id = message.id;
      answer.key = message.key;
      if (const Cell* cell = cell_of(message.key)) answer.cell = *cell;
      // A reader must not see what a power loss can take back.
      if (not_on_disk_.contains(message.key)) return send_when_persisted(from, std::move(answer));
      return send(from, std::move(answer));
    }
    case MessageKind::get_answer:
      return read_answered(message.id, from, std::move(message.cell));
    case MessageKind::gossip:
      if (!gossip_.hear(message.beats, now_.monotonic)) ++counters_.dropped.nonsense;
      return;
    case MessageKind::tree:
      return compare_trees(from, message);
    case MessageKind::cells:
      return take_cells(from, message);
    case MessageKind::prepare:
    case MessageKind::accept:
      return handle_acceptor(from, message);
    case MessageKind::promise:
    case MessageKind::accepted:
      return handle_proposer(from, message);
  }
}

// ---- clients

void LeaderlessReplica::client_request(ConnectionId connection, std::string_view payload, LocalTime now) {
  advance_clock(now);
  std::optional<wire::ClientRequest> request = wire::decode_request(payload);
  std::optional<RequestContext> context;
  if (request) context = decode_request_context(request->context);
  if (!request) {
    ++counters_.dropped.garbage;
    return;
  }
  const Caller caller{connection, request->number, request->attempt};
  if (!context || request->mops.size() != 1 || !is_supported(request->mops[0], settings_.data_types)) {
    return answer(caller, wire::Status::bad_request);
  }
  const Mop& mop = request->mops[0];
  if (settings_.paxos && context->to_replica) return own_serial_state(caller, mop);
  if (context->to_replica) return act_as_replica(caller, mop, *context);
  if (pending_.size() + serial_.size() >= config_.client_queue_max) {
    ++counters_.overloaded;
    return answer(caller, wire::Status::overloaded);
  }
  if (settings_.paxos) return begin_serial(caller, mop);
  begin(caller, mop, *context);
}

// The client counts votes itself.
void LeaderlessReplica::act_as_replica(const Caller& caller, const Mop& mop, RequestContext& context) {
  if (!holds(mop.key) || (mop.fn != Fn::read && mop.fn != Fn::write))
    return answer(caller, wire::Status::bad_request);
  if (mop.fn == Fn::read) {
    const Cell* cell = cell_of(mop.key);
    if (!not_on_disk_.contains(mop.key)) return answer(caller, wire::Status::ok, {Value()}, cell, true);
    held_replies_.push_back({batch_ + 1, caller, *cell});
    held_new_ = true;
    return;
  }
  if (claims_future(context.cell)) {
    ++counters_.dropped.future;
    return answer(caller, wire::Status::bad_request);
  }
  store(mop.key, context.cell);
  held_replies_.push_back({batch_ + 1, caller, std::nullopt});
  held_new_ = true;
}

void LeaderlessReplica::answer(const Caller& caller, wire::Status status, std::vector<Value> results,
                               const Cell* seen, bool whole) {
  wire::ClientAnswer answer;
  answer.number = caller.number;
  answer.attempt = caller.attempt;
  answer.status = status;
  answer.results = std::move(results);
  if (seen != nullptr) {
    AnswerContext context;
    context.seen = seen->context();
    if (bugs_.vector_forgets_node && !context.seen.empty())
      context.seen.erase(context.seen.entries().rbegin()->first);
    if (whole) context.cell = *seen;
    answer.context = encode_answer_context(context);
  }
  replies_.push_back({caller.connection, wire::encode_answer(answer)});
}

// ---- state and storage

const Cell* LeaderlessReplica::cell_of(Key key) const {
  const auto found = cells_.find(key);
  return found == cells_.end() ? nullptr : &found->second;
}

void LeaderlessReplica::changed(Key key) {
  dirty_cells_.insert(key);
  not_on_disk_[key] = batch_ + 1;
}

// Whether that changed anything.
bool LeaderlessReplica::store(Key key, const Cell& incoming) {
  Cell& cell = cells_[key];
  const std::uint64_t before = cell.empty() ? 0 : cell.digest();
  cell.merge(incoming);
  if (!settings_.siblings) cell.keep_latest();
  clock_.observe(cell.latest());
  const std::uint64_t after = cell.digest();
  if (after == before) return false;
  changed(key);
  const Group group = ring_.group_of(key);
  if (const auto tree = trees_.find(group); tree != trees_.end()) {
    tree->second.change(key, before, after);
    leaves_[group][MerkleTree::leaf_of(key)].insert(key);
  }
  return true;
}

void LeaderlessReplica::persisted(std::uint64_t batch, LocalTime now) {
  advance_clock(now);
  release(batch);
}

void LeaderlessReplica::release(std::uint64_t batch) {
  std::erase_if(not_on_disk_, [&](const auto& entry) { return entry.second <= batch; });
  while (!held_.empty() && held_.front().batch <= batch) {
    HeldAnswer held = std::move(held_.front());
    held_.pop_front();
    send(held.to, std::move(held.message));
  }
  while (!held_replies_.empty() && held_replies_.front().batch <= batch) {
    const HeldReply& held = held_replies_.front();
    answer(held.caller, wire::Status::ok, {Value()}, held.cell ? &*held.cell : nullptr, true);
    held_replies_.pop_front();
  }
}

Effects LeaderlessReplica::take_effects() {
  Effects effects;
  const auto row_of = [](const auto& item) {
    std::string bytes;
    wire::Writer writer(bytes);
    item.write_to(writer);
    return bytes;
  };
  for (const Key key : dirty_cells_) {
    const auto found = cells_.find(key);
    effects.writes.push_back({key_row(kCellPrefix, key),
                              found == cells_.end() ? std::optional<std::string>() : row_of(found->second)});
  }
  for (const Key key : dirty_acceptors_) {
    effects.writes.push_back({key_row(kAcceptorPrefix, key), row_of(acceptors_[key])});
  }
  for (const Hint& hint : dirty_hints_) {
    effects.writes.push_back({hint_row(hint.first, hint.second),
                              hints_.contains(hint) ? std::optional<std::string>("") : std::nullopt});
  }
  if (!effects.writes.empty() || held_new_) {
    effects.batch = ++batch_;
    effects.must_sync = settings_.sync && !bugs_.ack_before_fsync;
    if (!effects.has_writes()) effects.must_sync = true;  // answers wait for a batch, so there has to be one
  }
  dirty_cells_.clear();
  dirty_acceptors_.clear();
  dirty_hints_.clear();
  held_new_ = false;
  effects.messages = std::exchange(outbox_, {});
  effects.replies = std::exchange(replies_, {});
  return effects;
}

ReplicaStatus LeaderlessReplica::status() const {
  ReplicaStatus status;
  status.role = "replica";
  const Counters& c = counters_;
  std::int64_t tombstones = 0, siblings = 0;
  for (const auto& [key, cell] : cells_) {
    tombstones += cell.result().is_nil();
    siblings += cell.versions().size() > 1;
  }
  status.counters = {
      {"reads_coordinated", c.reads},
      {"writes_coordinated", c.writes},
      {"unavailable", c.unavailable},
      {"timeouts", c.timeouts},
      {"overloaded", c.overloaded},
      {"read_repairs", c.repairs},
      {"hints_stored", c.hints_stored},
      {"hints_delivered", c.hints_delivered},
      {"hints_kept", static_cast<std::int64_t>(hints_.size())},
      {"tree_comparisons", c.tree_comparisons},
      {"tree_hashes_sent", c.tree_hashes_sent},
      {"tree_cells_sent", c.tree_cells_sent},
      {"sibling_reads", c.sibling_reads},
      {"paxos_rounds", c.paxos_rounds},
      {"paxos_refused", c.paxos_refused},
      {"suspected_nodes", gossip_.suspected(now_.monotonic)},
      {"keys", static_cast<std::int64_t>(cells_.size())},
      {"tombstones", tombstones},
      {"keys_with_siblings", siblings},
  };
  counters_.dropped.add_to(status.counters);
  return status;
}

}  // namespace assay::refdb::leaderless
