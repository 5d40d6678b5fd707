// Predicate reads (Fn::scan) over registers, made into what rw-register knows: a row that was found is a read of its
// key; a row that was not found is a read of its initial, unborn version, where that is the only version of it that does
// not match the predicate (the idea of Elle's closed-predicate test; Adya's thesis, 1999, section 3.2, for what a version
// set is). Who wrote a row that was missed therefore comes after the reader: an anti-dependency by predicate, the only
// kind that G2 may have and G2-item may not.
//
// A row that some write deletes, or gives a value that does not match, may have been missed for two reasons, and nothing is
// inferred. The universe is closed: a row that no operation of the history writes does not exist, unless the initial
// value says otherwise.
//
// Thread safety: pure functions. Complexity: linear in mops and rows found, plus n log n for sorting writes, plus for each
// predicate that is no equality one pass over all writes.
#pragma once

#include <string>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/judgement.h"
#include "harness/core/history.h"

namespace assay::checkers::elle {

// A row that a predicate read did not find, and which had no other version to be missed by than its initial one.
struct Missed {
  OpId op = 0;
  Key key = 0;
};

struct Scans {
  // With a read for each row found in place of every predicate read, and of its initial value for each of `missed` where
  // that is asked for; operations keep their ids.
  History items;
  std::vector<Missed> missed;      // in order of operations
  std::vector<Anomaly> anomalies;  // of predicate reads by themselves
  std::uint64_t ok_scans = 0;
};

bool has_scans(const History& history);

// Returns false with `error` set to what makes it no history of registers and predicate reads (or empty when the limits are
// spent).
bool read_scans(const History& history, const Value& initial, Limits& limits, Charge& charge, Scans& scans,
                std::string& error, bool missed_are_reads = false);

}  // namespace assay::checkers::elle
