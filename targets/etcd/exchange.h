// One request as a series of calls of etcd's HTTP/JSON gateway (v3), and what its answers prove.
//
//   reads           one range a key, several in one transaction; a set is read with its elements
//   write, add and remove of texts (sets)      one put or delete
//   writes only     one transaction of puts
//   cas             a transaction that compares the value, or that there is none
//   acquire         a lease, and a transaction that puts the key with it if there is none; the token is the revision of that. A lock
//                   is given up by etcd when its lease is over: nobody keeps it alive. An argument of the request, a token under which
//                   the lock was seen, changes nothing
//   release         a transaction that deletes the key if its revision is the token
//   anything else (append, add of whole numbers, fence, and transactions with them or of reads and writes): all keys are
//                   read at one revision, what they become is computed here, and a transaction puts that if no key has
//                   changed since; if one has, all of it is tried again, up to kAttemptsMax times
//
// Which answers prove what (docs/history.md, "outcomes"): an error that begins with one of the words of error_table() was given
// before anything was done: fail. Any other error, any answer that is none of etcd's, and any trouble with the connection: info if
// the call could have changed something, fail if it only read (or leased: a lease without a key is nothing).
//
// Thread safety: none; pure, no input or output.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/core/client.h"

namespace assay::etcd {

inline constexpr int kAttemptsMax = 20;

struct Call {
  std::string path;  // "/v3/kv/put"
  std::string body;
};

struct Answer {
  int status = 0;  // of HTTP
  std::string body;
};

struct ExchangeOptions {
  bool local_reads = false;        // requests that only read are answered by the node itself: "serializable"
  std::int64_t lease_seconds = 2;  // of a lock
};

class Exchange {
 public:
  Exchange(Request request, const ExchangeOptions& options);

  // The first call, or what became of a request that etcd, as it is used here, can't do.
  std::variant<Call, Completion> begin();
  // The next call, or what became of the request. Requires: the last of these was a call, and this is its answer.
  std::variant<Call, Completion> next(const Answer& answer);
  // Nothing more will be heard of the call under way.
  Completion lost(const std::string& why) const;

 private:
  enum class Step : std::uint8_t { read, put, compare, lease, take, let_go, look, commit };
  struct Seen {
    std::int64_t revision = 0;  // of the last change of the key; 0: there is none
    Value value;
    bool is_set = false;
  };
  using Next = std::variant<Call, Completion>;

  class Body;  // of an answer

  Next ask(Step step, std::string path, std::string body);
  Next failed(const std::string& why) const;
  Next done();
  Next begin_one();
  Next read_all();
  Next look();
  Next commit();
  Next take_reads(const Body& body);
  // What was asked is one of etcd's own steps, and it may have changed something.
  bool may_have_changed() const;
  // Fills in what is under each of seen_'s keys, in their order; false when the answer lacks it.
  bool take_ranges(const Body& body);
  // Applies the request to what was seen; why not, if it can't be.
  std::string apply(std::map<Key, Value>& changed);

  Request request_;
  const ExchangeOptions options_;
  Step step_ = Step::read;
  int attempts_ = 0;
  std::string lease_;
  std::map<Key, Seen> seen_;
};

struct ErrorMeaning {
  std::string_view begins;  // the message of the error
  std::string_view when;
};
// The errors that etcd gives before it does anything, or instead of doing it.
std::span<const ErrorMeaning> error_table();
bool definite(std::string_view message);

// The message of an error of the gateway; nothing when the answer is none.
std::optional<std::string> error_message(const Answer& answer);

}  // namespace assay::etcd
