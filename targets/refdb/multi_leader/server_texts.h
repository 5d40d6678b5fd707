// Texts that are edited by operational transformation through the hub of a star (option text=ot). The hub gives the edits of each
// text one order; every other node applies its clients' edits at once, has one of them under way to the hub, and transforms
// what comes from others (targets/refdb/text/shared_text.h). Messages may be lost, doubled and reordered: an author's edits are
// numbered, the hub takes each once, and a hello says which revisions a node has, so that the hub sends the rest again.
//
// The hub forgets edits that every node has, many at a time, and keeps the text that they came to. A node whose data was lost
// gets that as one edit.
//
// Rows of storage: "t/" key, the author's side; "h/" key revision, the hub's history; "b/" key, what it forgot: how many edits,
// their text, and the number of each author's last one.
//
// Thread safety: none. Errors: edits that do not fit, or come from the future, are counted and dropped. Complexity: an edit costs
// a transformation for every revision that its author had not seen.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/multi_leader/messages.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

class ServerTexts {
 public:
  // Messages to send once everything so far is stored: to one node, or (no node) to all others.
  struct Outgoing {
    std::optional<PeerId> to;
    Message message;
  };

  ServerTexts(PeerId self, PeerId hub, PeerId nodes, bool forgets_early)
      : self_(self), hub_(hub), nodes_(nodes), forgets_early_(forgets_early) {}
  // Who this node is as an author: before anything else.
  void set_actor(clocks::ActorId actor) { actor_ = actor; }
  void load(const StorageReader& storage);

  bool knows(Key key) const { return servers_.contains(key) || authors_.contains(key); }
  std::string text(Key key) const;
  // A client's edit of text(key), which fits it.
  void edit(Key key, const text::TextOperation& edit, std::vector<Outgoing>& out);

  // At the hub: an author's edit, and what a node says that it has.
  void receive(SubmittedEdit edit, std::vector<Outgoing>& out);
  void heard(PeerId from, const std::map<Key, std::uint64_t>& revisions, std::vector<Outgoing>& out);
  // Elsewhere: edits in the hub's order. What is told to the hub must be stored.
  void receive(const OrderedEdits& edits, std::vector<Outgoing>& out);
  std::map<Key, std::uint64_t> revisions() const;
  // What is under way, once more.
  void send_again(std::vector<Outgoing>& out) const;

  bool has_writes() const {
    return !changed_authors_.empty() || !unwritten_.empty() || !changed_bases_.empty();
  }
  void take_writes(Effects& effects);

  std::int64_t ordered() const { return ordered_; }
  std::int64_t dropped() const { return dropped_; }
  std::int64_t forgotten() const { return forgotten_; }

 private:
  struct Served {
    text::TextServer server;
    std::deque<OrderedEdit> history;                 // of what the server has not forgotten
    std::map<std::uint64_t, std::uint64_t> last_of;  // author -> number
    std::map<PeerId, std::uint64_t> stored_by;       // node -> revision, as it said last
  };
  struct Authored {
    text::TextAuthor author;
    std::uint64_t number = 0;  // of the edit under way, or of the last one
  };

  void order(Key key, OrderedEdit edit, std::uint64_t revision, std::vector<Outgoing>& out);
  void load_bases(const StorageReader& storage);
  void forget(Key key, Served& served);
  // Edits that a node lacks which has so many.
  static OrderedEdits missing(Key key, const Served& served, std::uint64_t has);
  Outgoing submission(Key key, const Authored& mine, const text::TextAuthor::Submission& sent) const;

  PeerId self_;
  PeerId hub_;
  PeerId nodes_;
  bool forgets_early_;  // a seeded bug
  clocks::ActorId actor_ = 0;
  std::map<Key, Served> servers_;
  std::map<Key, Authored> authors_;
  std::set<Key> changed_authors_;
  std::vector<std::pair<Key, std::uint64_t>> unwritten_;
  std::set<Key> changed_bases_;
  std::vector<std::pair<std::string, std::string>> forgotten_rows_;
  std::int64_t ordered_ = 0;
  std::int64_t dropped_ = 0;
  std::int64_t forgotten_ = 0;
};

}  // namespace assay::refdb::multi_leader
