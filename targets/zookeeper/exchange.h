// One request as a series of calls, and what ZooKeeper's answers prove.
//
//   read            the data of the key's node, or the names of its children; after a sync where asked for
//   write           a set of the data, whatever its version; the node is made if there is none
//   add and remove of texts (sets)      a child each, so that no two of them are in each other's way
//   enqueue         a child that the server gives a number
//   dequeue         the child with the least number is read and erased; when another one was faster, the next one; none is left: nil
//   acquire         an ephemeral child that the server gives a number; the least one holds the lock, and its czxid is the fencing token.
//                   Somebody else holds it: the own child is erased again. The lock is free when its holder's session ends. An argument
//                   of the request, a token under which the lock was seen, changes nothing
//   release         the child with the least number is erased if its czxid is the token
//   anything else (cas, append, add of whole numbers, fence, transactions, reads of several keys):
//                   each key is read with its version, what they become is computed here, and one commit (multi) sets that and
//                   checks the versions of the others. Another one was faster: sync, and all of it again, kAttemptsMax times at most
//
// Which answers prove what (docs/history.md, "outcomes"): calls.h has the errors that are given before anything is done: fail. Any
// other error is info if the call, or one before it, could have changed something, else fail.
//
// Thread safety: none; pure, no input or output.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/client.h"
#include "targets/zookeeper/calls.h"

namespace assay::zookeeper {

inline constexpr int kAttemptsMax = 20;

struct ExchangeOptions {
  bool sync_reads = true;
  bool sync_dequeues = true;
};

class Exchange {
 public:
  using Next = std::variant<Call, Completion>;

  Exchange(Request request, ExchangeOptions options);

  // The first call, or what became of a request that ZooKeeper, as it is used here, can't do.
  Next begin();
  // The next call, or what became of the request. Requires: the last of these was a call, and this is its answer.
  Next next(const Answer& answer);

 private:
  enum class Step : std::uint8_t {
    sync,      // then after_sync_
    read,      // of one key
    members,   // the children of one key
    holder,    // of a lock, to read or to release
    put,       // a write that does not look
    make,      // the node of that write
    parent,    // of what could not be made; then after_parent_
    add,       // an element
    remove,    // an element
    enqueue,   // an element
    queued,    // the children of a queue
    take,      // the element with the least number
    drop,      // it is erased
    want,      // a child of a lock
    wanted,    // the children of a lock
    withdraw,  // the own child
    let_go,    // of the lock
    look,      // at the next key
    commit,
  };
  struct Seen {
    bool there = false;
    std::int32_t version = 0;
    Value value;
  };

  Next ask(Step step, Call call);
  Next repeat();
  Next failed(const std::string& why) const;
  Next trouble(const Answer& answer) const;
  Next done() const;
  Next synced(Step then);
  Next make_parent(Step then);
  Next go_on(Step step);

  Next begin_one();
  Next took_read(const Answer& answer);
  Next took_members(const Answer& answer);
  Next took_write(const Answer& answer);
  Next took_queued(const Answer& answer);
  Next took_lock(const Answer& answer);
  Next took_look(const Answer& answer);
  Next commit();
  Next again();
  // Applies the request to what was seen; why not, if it can't be.
  std::string apply(std::map<Key, Value>& changed);

  Mop& mop() { return request_.front(); }
  // Whether the call under way may have changed something that somebody could see.
  bool may_have_changed() const;

  Request request_;
  const ExchangeOptions options_;
  Step step_ = Step::sync;
  Step after_ = Step::read;  // a sync or the making of a parent
  Call last_;                // that changes something, to be asked again
  bool changed_ = false;     // a call before this one has changed something
  int attempts_ = 0;
  std::map<Key, Seen> seen_;
  std::map<Key, Seen>::iterator looking_at_ = seen_.end();
  std::vector<std::string> candidates_;  // of a queue, the least number last
  std::string own_;                      // child of a lock
  std::int64_t token_ = 0;
};

}  // namespace assay::zookeeper
