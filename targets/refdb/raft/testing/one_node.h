// One Raft node of three or five, number 0, that a test feeds by hand; its disk answers at once.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/raft/raft.h"
#include "targets/refdb/raft/settings.h"

namespace assay::refdb::raft::testing {

inline constexpr std::int64_t kLong = 700'000'000;      // more than any election timeout
inline constexpr std::int64_t kHeartbeat = 60'000'000;  // a little more than one

class OneNode {
 public:
  explicit OneNode(std::vector<Term> log_terms = {}, Term term = 0, PeerId size = 3,
                   const std::string& read_mode = "read-index", std::vector<std::string> bugs = {})
      : raft(config(size, read_mode, std::move(bugs)), stored(log_terms, term), 0, {}) {}

  static ReplicaConfig config(PeerId size, const std::string& read_mode, std::vector<std::string> bugs) {
    ReplicaConfig config;
    config.cluster_size = size;
    config.options = Options(option_specs(), {{"reads", Value::text(read_mode)}});
    config.bugs = std::move(bugs);
    return config;
  }
  static StoredState stored(const std::vector<Term>& terms, Term term) {
    StoredState state;
    state.hard_state.term = term;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      state.entries.push_back({i + 1, terms[i], EntryKind::empty, nullptr});
    }
    return state;
  }
  LocalTime clock() const { return {now, now}; }
  void step(Message message) { raft.step(std::move(message), clock()); }
  // Ready, persisted at once, and what that released.
  std::vector<Message> sent() {
    Ready ready = raft.take_ready();
    last = ready;
    raft.persisted(ready.batch, clock());
    std::vector<Message> messages = std::move(ready.messages);
    Ready after = raft.take_ready();
    raft.persisted(after.batch, clock());
    for (Message& message : after.messages) messages.push_back(std::move(message));
    committed.insert(committed.end(), last.committed.begin(), last.committed.end());
    committed.insert(committed.end(), after.committed.begin(), after.committed.end());
    reads.insert(reads.end(), last.reads.begin(), last.reads.end());
    reads.insert(reads.end(), after.reads.begin(), after.reads.end());
    return messages;
  }
  std::vector<Message> sent(MessageKind kind) {
    std::vector<Message> messages = sent();
    std::erase_if(messages, [&](const Message& message) { return message.kind != kind; });
    return messages;
  }
  void time_out() {
    now += kLong;
    raft.tick(clock());
  }
  Message from(PeerId peer, MessageKind kind, Term term) const {
    Message message;
    message.kind = kind;
    message.from = peer;
    message.term = term;
    return message;
  }
  Message vote_request(PeerId peer, Term term, Index index, Term log_term,
                       MessageKind kind = MessageKind::vote_request) const {
    Message message = from(peer, kind, term);
    message.index = index;
    message.log_term = log_term;
    return message;
  }
  Message append(Term term, Index before, Term before_term, std::vector<Term> terms, Index commit = 0) const {
    Message message = from(1, MessageKind::append, term);
    message.index = before;
    message.log_term = before_term;
    message.commit = commit;
    for (const Term each : terms) message.entries.push_back({++before, each, EntryKind::empty, nullptr});
    return message;
  }
  Message matched(PeerId peer, Index index) const {
    Message message = from(peer, MessageKind::append_answer, raft.term());
    message.index = index;
    return message;
  }
  // Through pre-vote and vote, with the votes of node 1 (and 2 of five).
  void lead() {
    time_out();
    sent();
    for (PeerId peer = 1; peer <= raft_peers_needed; ++peer) {
      step(from(peer, MessageKind::pre_vote_answer, raft.term() + 1));
      if (raft.role() == Role::candidate) break;
    }
    sent();
    for (PeerId peer = 1; peer <= raft_peers_needed; ++peer) {
      step(from(peer, MessageKind::vote_answer, raft.term()));
    }
    ASSERT_EQ(raft.role(), Role::leader);
  }

  std::int64_t now = 0;
  PeerId raft_peers_needed = 1;
  Raft raft;
  Ready last;
  std::vector<Entry> committed;
  std::vector<ReadState> reads;
};

}  // namespace assay::refdb::raft::testing
