// What a history shows of the logs that sends and polls work on: which element stands at which offset, who
// sent it, whether it was polled. Used by the checker "kafka".
//
// Thread safety: none. Complexity: n log n in the elements. Memory: about 100 bytes for each element sent or
// polled.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"
#include "harness/core/history.h"

namespace assay::checkers::datatypes::kafka {

// An element at an offset, as an acknowledged operation saw it.
struct Sighting {
  std::int64_t offset = 0;
  std::uint32_t element = UINT32_MAX;
  OpId op = UINT32_MAX;
};

struct Element {
  OpId sent_by = UINT32_MAX;       // its send that did not fail
  OpId acknowledged = UINT32_MAX;  // its send that was acknowledged
  OpId failed = UINT32_MAX;
  std::int64_t offset = 0;  // of the acknowledged send
  bool has_offset = false;
  bool polled = false;
};

struct Log {
  DenseIds<Value> ids;
  std::vector<Element> elements;
  std::vector<Sighting> sightings;  // one for each offset, in order of offsets
  Sighting furthest;                // the poll that went furthest
  bool polled_at_end = false;       // in a phase of final reads
  OpId last_final_poll = UINT32_MAX;
};

// The element of (offset, element), a pair or a list of two. False if the value is neither; the element must
// be known.
bool sighting_of(const Value& value, const DenseIds<Value>& ids, Sighting& sighting);

class LogIndex {
 public:
  using Conflict = std::tuple<std::uint32_t, Sighting, Sighting>;

  // False when the budget of the report is spent.
  bool build(const History& history, Report& report);
  // Why the history cannot be judged, empty if it can.
  const std::string& problem() const { return problem_; }

  const DenseIds<Key>& keys() const { return keys_; }
  const Log& log(std::uint32_t key) const { return logs_[key]; }
  // How many known offsets are smaller.
  std::size_t rank(std::uint32_t key, std::int64_t offset) const;
  // Two elements at one offset.
  const std::vector<Conflict>& inconsistent() const { return inconsistent_; }
  // One element at two offsets.
  const std::vector<Conflict>& duplicates() const { return duplicates_; }

 private:
  bool collect(const Operation& op, const Mop& mop, Nanos final_phase, Report& report);
  bool settle(std::uint32_t key, Report& report);

  DenseIds<Key> keys_;
  std::vector<Log> logs_;
  std::vector<Conflict> inconsistent_, duplicates_;
  std::string problem_;
};

}  // namespace assay::checkers::datatypes::kafka
