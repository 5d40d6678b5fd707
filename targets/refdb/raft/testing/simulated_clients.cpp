// The clients of the simulation: closed loops of reads, writes and compare-and-sets over a few registers.
#include <algorithm>
#include <utility>

#include "targets/refdb/raft/testing/simulation.h"

namespace assay::refdb::raft::testing {

// A new process id in the slot of one that does not know what became of its last request.
void Simulation::start_client(std::size_t index) {
  ClientProcess& client = clients_[index];
  for (PeerId node = 0; node < client.links.size(); ++node) connections_.erase(client.links[node]);
  ClientConfig config;
  config.client_id = next_client_id_++;
  config.cluster_size = options_.nodes;
  config.first_node = static_cast<PeerId>(config.client_id % options_.nodes);
  config.seed = options_.seed;
  client.core = std::make_unique<ClientCore>(config, options_.reads == "local");
  client.links.assign(options_.nodes, 0);
  client.busy = false;
  client.last_seen = Value();
  ++client.timer;
  at(now_ + rng_.between(0, 2 * options_.think_time), [this, index] { invoke_next(index); });
}

void Simulation::invoke_next(std::size_t index) {
  if (clients_stopped_) return;
  ClientProcess& client = clients_[index];
  Mop mop;
  mop.key = static_cast<Key>(rng_.below(static_cast<std::uint64_t>(options_.keys)));
  switch (rng_.below(3)) {
    case 0:
      mop.fn = Fn::read;
      break;
    case 1:
      mop.fn = Fn::write;
      mop.argument = Value(next_value_++);
      break;
    default:
      // From what was read last, on the key it was read from: often met.
      mop.fn = client.last_seen.is_nil() ? Fn::read : Fn::cas;
      if (mop.fn == Fn::cas) {
        mop.key = client.last_seen.first().as_integer();
        mop.argument = Value::pair(client.last_seen.second(), Value(next_value_++));
      }
  }
  client.busy = true;
  client.recorded = history_.size();
  history_.push_back({Outcome::info, now_, kNever, mop});
  client.core->invoke({mop}, options_.operation_timeout, now_);
  carry_out(index);
}

void Simulation::carry_out(std::size_t index) {
  ClientProcess& client = clients_[index];
  for (ClientAction& action : client.core->take_actions()) {
    switch (action.kind) {
      case ClientAction::Kind::connect:
        connect(index, action.node);
        break;
      case ClientAction::Kind::disconnect:
        connections_.erase(client.links[action.node]);
        client.links[action.node] = 0;
        break;
      case ClientAction::Kind::send:
        send_request(index, action.node, std::move(action.payload));
        break;
      case ClientAction::Kind::complete: {
        RecordedOperation& recorded = history_[client.recorded];
        recorded.outcome = action.completion.outcome;
        recorded.completed = recorded.outcome == Outcome::info ? kNever : now_;
        recorded.mop = action.completion.mops.at(0);
        client.busy = false;
        if (recorded.outcome == Outcome::info) return start_client(index);
        if (recorded.outcome == Outcome::ok && recorded.mop.fn == Fn::read) {
          client.last_seen = recorded.mop.result.is_nil()
                                 ? Value()
                                 : Value::pair(Value(recorded.mop.key), recorded.mop.result);
        }
        at(now_ + rng_.between(0, 2 * options_.think_time), [this, index, id = client.timer] {
          (void)id;
          if (!clients_[index].busy) invoke_next(index);
        });
        break;
      }
    }
  }
  plan_client_tick(index);
}

void Simulation::plan_client_tick(std::size_t index) {
  ClientProcess& client = clients_[index];
  const Nanos deadline = client.core->next_deadline();
  const std::uint64_t timer = ++client.timer;
  if (deadline == kNever) return;
  at(deadline, [this, index, timer] {
    if (clients_[index].timer != timer) return;
    clients_[index].core->tick(now_);
    carry_out(index);
  });
}

void Simulation::connect(std::size_t index, PeerId node) {
  const std::uint64_t number = next_connection_++;
  clients_[index].links[node] = number;
  at(now_ + rng_.between(options_.delay_min, options_.delay_max), [this, index, node, number] {
    ClientProcess& client = clients_[index];
    if (client.links[node] != number) return;
    if (is_up(node)) {
      connections_[number] = {index, node};
      client.core->connected(node, now_);
    } else {
      client.links[node] = 0;
      client.core->disconnected(node, true, now_);
    }
    carry_out(index);
  });
}

void Simulation::send_request(std::size_t index, PeerId node, std::string payload) {
  const std::uint64_t number = clients_[index].links[node];
  at(now_ + rng_.between(options_.delay_min, options_.delay_max),
     [this, node, number, life = nodes_[node].life, bytes = std::move(payload)] {
       deliver(node, life, [number, bytes](RaftReplica& replica, LocalTime now) {
         replica.client_request(number, bytes, now);
       });
     });
}

void Simulation::send_reply(PeerId from, ClientReply reply) {
  const auto found = connections_.find(reply.connection);
  if (found == connections_.end()) return;
  const std::size_t index = found->second.first;
  at(now_ + rng_.between(options_.delay_min, options_.delay_max),
     [this, index, from, number = reply.connection, payload = std::move(reply.payload)] {
       ClientProcess& client = clients_[index];
       if (client.links[from] != number) return;
       client.core->received(from, payload, now_);
       carry_out(index);
     });
}

}  // namespace assay::refdb::raft::testing
