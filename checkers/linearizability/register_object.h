// One register and the operations on it, with its values numbered: what the register checkers work on.
//
// Thread safety: plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/linearizability/sweep.h"
#include "harness/core/history.h"

namespace assay::checkers {

struct RegisterOp {
  enum class Kind : std::uint8_t { read, write, cas };
  Nanos invoked = 0;
  Nanos completed = kNever;    // kNever: outcome unknown
  OpId id = 0;                 // in the history
  std::uint32_t expected = 0;  // cas only
  std::uint32_t value = 0;     // read: what it saw; write, cas: what it leaves
  Kind kind = Kind::read;

  bool is_info() const { return completed == kNever; }
  bool changes() const { return kind != Kind::read; }
  // The value that the register must have just before; only for read and cas.
  std::uint32_t needs() const { return kind == Kind::cas ? expected : value; }
};

struct RegisterObject {
  static constexpr std::uint32_t kInitial = 0;
  std::vector<RegisterOp> ops;    // in order of invocation; no fail, no info read
  std::uint32_t value_count = 1;  // values are 0 .. value_count - 1; 0 is the initial one
  bool any_info = false;
  bool any_cas = false;
};

// Leaves out the info operations that cannot matter: nobody who returned after their invocation can have seen
// their value, not even through a chain of other info operations. A compare-and-set of a value with itself
// that succeeded becomes a read. Linear time for each round; a chain of info operations may need several.
void drop_useless_infos(RegisterObject& object);

}  // namespace assay::checkers
