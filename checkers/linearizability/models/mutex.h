// Locks. A mutex is acquired when it is free and released when it is held; who does it does not matter (a
// release that was refused is an operation that failed). A fenced mutex also gives each holder a token,
// greater than every one before; a release that names a token must name that of the holder.
//
// Of unknown outcome, an acquire got some token: the least that it can have been is kept, which is as good as
// any until a release names it.
//
// Thread safety: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "checkers/linearizability/models/collection.h"

namespace assay::checkers {

struct Mutex {
  using State = bool;  // held
  static constexpr bool kByKey = true;

  State initial() const { return false; }
  std::uint64_t hash(const State& held) const { return held ? 1 : 0; }
  std::optional<State> step(const State& held, const Operation& op) const;
  bool reads_only(const Operation&) const { return false; }
  std::string objection(const Operation& op) const { return object_to(op, {Fn::acquire, Fn::release}); }
};

struct FencedMutex {
  struct State {
    bool held = false;
    bool exact = true;               // the token is that of the last holder; else the least it can have been
    std::int64_t token = INT64_MIN;  // the greatest so far

    friend bool operator==(const State&, const State&) = default;
  };
  static constexpr bool kByKey = true;

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const;
  std::optional<State> step(const State& state, const Operation& op) const;
  bool reads_only(const Operation&) const { return false; }
  std::string objection(const Operation& op) const { return object_to(op, {Fn::acquire, Fn::release}); }
  // The holding of a token: who holds the lock is followed by the release that names the token, or by nobody,
  // so both can be left out together. That is so only where every release that happened names one.
  Separable parts(const Operation& op, std::vector<Part>& parts) const;
};

}  // namespace assay::checkers
