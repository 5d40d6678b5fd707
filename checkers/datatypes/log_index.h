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
};

struct Log {
  DenseIds<Value> ids;
  std::vector<Element> elements;
  std::vector<Sighting> sightings;  // the earliest of each offset, in order of offsets
  Sighting furthest;                // the poll that went furthest
  bool polled_at_end = false;       // in a phase of final reads
  OpId last_final_poll = UINT32_MAX;
};

class LogIndex {
 public:
  using Conflict = std::tuple<std::uint32_t, Sighting, Sighting>;

  // False when the budget of the report is spent.
  bool build(const History& history, Report& report);
  // Why the history cannot be judged, empty if it can.
  const std::string& problem() const { return problem_; }

  const DenseIds<Key>& keys() const { return keys_; }
  const Log& log(std::uint32_t key) const { return logs_[key]; }
  // The element and the place of (offset, element) that a poll found. Polls go forward, so that what follows
  // `hint` is tried first. Requires: a poll of that key found it.
  Sighting sighting_of(std::uint32_t key, const Value& found, std::size_t hint, std::size_t& rank) const;
  // How many known offsets are smaller. `hint`: where it may be.
  std::size_t rank(std::uint32_t key, std::int64_t offset, std::size_t hint) const;
  // Two elements at one offset.
  const std::vector<Conflict>& inconsistent() const { return inconsistent_; }
  // One element at two offsets.
  const std::vector<Conflict>& duplicates() const { return duplicates_; }

 private:
  // While it is built: each offset once.
  struct Offsets {
    DenseIds<std::int64_t> ids;
    std::vector<Sighting> earliest;
  };

  bool collect(const Operation& op, const Mop& mop, Nanos final_phase, Report& report);
  bool collect_poll(std::uint32_t key, const Operation& op, const Mop& mop, Report& report);
  bool note(std::uint32_t key, std::int64_t offset, const Value& value, OpId op, Report& report);
  bool settle(std::uint32_t key, Report& report);

  DenseIds<Key> keys_;
  std::vector<Log> logs_;
  std::vector<Offsets> offsets_;
  std::vector<Conflict> inconsistent_, duplicates_;
  std::string problem_;
};

}  // namespace assay::checkers::datatypes::kafka
