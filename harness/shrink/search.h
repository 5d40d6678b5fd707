// Makes a failing plan smaller, step by step, as long as some smaller one still fails in the same way: faults, the time, nodes,
// processes, keys, the rate; then every operation is listed and those go that are not needed, and all of it again until a
// whole round takes nothing more away. Delta debugging (candidates.h), where a candidate gets several seeds to fail with: what
// is taken away changes which messages cross, so that one seed says little.
//
// Thread safety: none. Errors: those of Attempts. Deterministic, given the attempts' answers.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/plan.h"

namespace assay::shrink {

// A plan that failed as wanted, and how that went.
struct Attempt {
  Plan plan;                                // with the seed that showed it
  std::size_t operations = 0;               // of its history
  std::vector<ScheduledFault> carried_out;  // its faults
  std::vector<ListedOperation> sent;        // its operations before the final reads
  std::vector<std::size_t> witness;         // positions in `sent`: those that show the anomaly
  Nanos moment = 0;                         // when the last of them had its answer, from the start of warm-up
};

class Attempts {
 public:
  virtual ~Attempts() = default;
  // The first candidate that fails as wanted, counting every candidate with its own seed before any with another one. Nothing
  // when none does, or when the time is up.
  virtual std::optional<Attempt> first_failing(const std::vector<Plan>& candidates) = 0;
  // Asked to stop, or the time is up.
  virtual bool over() const = 0;
};

struct SearchOptions {
  bool list_operations = true;  // false: progress is what is missed, and a list of operations demands none
  // Sees the smallest so far, and what is tried next ("faults").
  std::function<void(const Attempt&, const std::string&)> progress = {};
};

class Search {
 public:
  Search(Attempt failing, Attempts& attempts, SearchOptions options)
      : best_(std::move(failing)), attempts_(attempts), options_(std::move(options)) {}

  // The smallest that was found. Ends when nothing more can be taken away, or attempts.over().
  Attempt run();

 private:
  using Candidates = std::function<std::vector<Plan>(const Attempt&)>;
  using Thinned = Plan (*)(const Plan&, const std::vector<std::size_t>&);

  bool try_once(const std::string& what, const std::vector<Plan>& candidates);
  bool try_while(const std::string& what, const Candidates& candidates);
  bool thin_out(const std::string& what, const std::function<std::size_t(const Plan&)>& count,
                Thinned thinned);
  bool fewer_windows();
  bool fewer_operations();
  bool less_of_everything();
  void say_windows();
  void list_operations();
  void round_moments();

  Attempt best_;
  Attempts& attempts_;
  SearchOptions options_;
};

}  // namespace assay::shrink
