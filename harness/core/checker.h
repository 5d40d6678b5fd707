// A checker judges a history against a consistency model. It is a pure function of the history and a budget:
// it neither throws nor prints, and returns within the budget with `unknown` when it could not decide.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/history.h"
#include "harness/core/shape.h"

namespace assay {

enum class Verdict : std::uint8_t { valid, unknown, invalid };
std::string_view verdict_name(Verdict verdict);
// invalid before unknown before valid.
Verdict worst(Verdict a, Verdict b);

struct Budget {
  Nanos time_limit = 60 * kSecond;                        // wall time
  std::size_t memory_limit_bytes = std::size_t{4} << 30;  // what the checker itself may allocate
  const std::atomic<bool>* stop = nullptr;                // set from outside (Ctrl-C): return unknown soon
};

// One violation, with the smallest set of operations found that shows it.
struct Finding {
  std::string anomaly;  // name in the literature, e.g. "non-linearizable", "lost-update", "G-single"
  std::string model;    // the model that it violates, e.g. "linearizable"
  std::string object;   // key or transaction group concerned, for people
  std::string summary;  // one plain sentence
  std::vector<std::string> steps;  // one plain sentence per step of the explanation
  std::vector<OpId> witness;       // the operations that show it, in order of invocation
  std::vector<OpId> context;       // operations around it that help to read it
  Facts details;                   // numbers for machines
  // What the same checker says about the witness as a history of its own (checkers/common/judge.h); none when nobody
  // asked it.
  std::optional<Verdict> rechecked;
};

// Options of a checker by name, e.g. {"model": "cas-register"}.
using CheckerOptions = std::map<std::string, std::string>;

// An order of operations that proves validity, per object; verified independently of the search that found
// it (checkers/verify/). What the order means depends on the claim.
struct Certificate {
  struct Object {
    Key key = 0;
    std::vector<OpId> order;  // every ok operation, and the info operations that took effect
  };
  std::string claim;       // the model that it proves, e.g. "linearizable", "serializable"
  CheckerOptions options;  // those of the checker that matter for the claim, e.g. "model", "initial"
  std::vector<Object> objects;
};

struct CheckResult {
  std::string checker;
  Verdict verdict = Verdict::unknown;
  // False: unknown because the history has nothing that the checker could judge; more budget would change nothing.
  bool applies = true;
  std::string reason;             // one sentence, always set
  std::vector<Finding> findings;  // not empty if and only if invalid; worst first
  Facts statistics;               // what was covered: operations, objects, states, elapsed ...
  std::optional<Certificate> certificate;

  // Leaves the verdict unknown.
  void nothing_to_judge(std::string why) {
    applies = false;
    reason = std::move(why);
  }
};

class Checker {
 public:
  virtual ~Checker() = default;
  virtual CheckResult check(const History& history, const Budget& budget) const = 0;
};

// How a workload names its judges.
struct CheckerSpec {
  std::string name;
  CheckerOptions options;
};

// What a checker's file offers.
struct CheckerPlugin {
  std::string_view name;
  std::string_view summary;
  // Returns null and sets `error` to one sentence when the options are not accepted.
  std::unique_ptr<Checker> (*make)(const CheckerOptions& options, std::string& error);
  // Empty when the checker can judge a history of this shape, else what is missing ("needs reads and appends"). Options
  // that are not given and follow from the shape, such as the model, are added.
  std::string (*unsuited)(const HistoryShape& shape, CheckerOptions& options);
};

}  // namespace assay
