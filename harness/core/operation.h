// What a client does: a request of one or more micro-operations (Elle's "mops"), and the operation that it
// becomes once it was invoked, with its interval and outcome.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/time.h"
#include "harness/core/value.h"

namespace assay {

// What a micro-operation does to its key. Names in histories are those of fn_name().
enum class Fn : std::uint8_t {
  read,      // result: the value, nil when the key is absent
  write,     // argument: the value
  cas,       // argument: pair (expected, desired); an unmet expectation is outcome fail
  append,    // argument: an element added to the end of the key's list
  add,       // argument: an integer added to a counter, or an element added to a set
  remove,    // argument: an element removed from a set
  enqueue,   // argument: the element
  dequeue,   // result: the element, nil when empty
  push,      // argument: the element
  pop,       // result: the element, nil when empty
  acquire,   // result: the fencing token where there is one
  release,   // argument: the fencing token where there is one
  generate,  // result: an id
  send,      // argument: an element put at the end of the key's log; result: its offset
  poll,      // result: a list of pairs (offset, element) of the key's log, in the order received
  watch,  // argument: the revision to begin at; result: a list of pairs (revision, value) of the key, as received
  insert,  // argument: pair (position, text) put into the key's text; a read gives the text
  erase,   // argument: pair (position, count) of what is taken out of the key's text
  fence,   // argument: a fencing token; fail when the key has had a greater one, else it has this one now
  backup,  // result: a position to which the database can be restored; the key means nothing
  restore,  // argument: a position that a backup returned: the database becomes what it was there; the key means nothing
  scan,  // predicate read; argument: the predicate (predicate.h); result: a list of pairs (key, value). Has no key: 0
};
inline constexpr std::size_t kFnCount = 22;
std::string_view fn_name(Fn fn);
std::optional<Fn> fn_from_name(std::string_view name);

// Keys are integers; a history that has other keys maps them through History::key_name().
using Key = std::int64_t;

struct Mop {
  Fn fn = Fn::read;
  Key key = 0;
  Value argument;
  Value result;

  friend bool operator==(const Mop&, const Mop&) = default;
};

// The mops of a request are applied atomically, in order. A get is a transaction of one.
using Request = std::vector<Mop>;

// ok: happened. fail: proved not to have happened. info: can't tell (the default for a timeout or an unknown
// error).
enum class Outcome : std::uint8_t { ok, fail, info };
std::string_view outcome_name(Outcome outcome);

using OpId = std::uint32_t;      // position in the history, in order of invocation
using ProcessId = std::int32_t;  // a logical client that does one thing at a time
using NodeId = std::int16_t;     // index into the node names; kNoNode when unknown
inline constexpr NodeId kNoNode = -1;

// One operation as a history shows it. `mops` and `error` point into the history.
// The interval is closed: [invoked, completed]; completed is kNever if and only if the outcome is info.
// Two operations are concurrent unless one completed strictly before the other was invoked.
struct Operation {
  OpId id = 0;
  ProcessId process = 0;
  NodeId node = kNoNode;
  Outcome outcome = Outcome::info;
  Nanos due = 0;  // when the plan wanted it; equal to invoked in a closed loop
  Nanos invoked = 0;
  Nanos completed = kNever;
  std::span<const Mop> mops;
  std::string_view error;  // why it was fail or info; empty when ok

  bool precedes(const Operation& other) const { return completed < other.invoked; }
};

// "process 3: write key 7 = 12 -> ok", for witnesses and messages.
std::string describe(const Operation& operation);
std::string describe(const Mop& mop);

}  // namespace assay
