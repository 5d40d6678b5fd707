#include "harness/cli/implications.h"

#include <algorithm>
#include <iterator>

namespace assay::cli {

namespace {

// Models of one order of all transactions that keeps the order of each process imply all others of this list.
constexpr std::string_view kFromOneOrder[] = {
    "sequential", "serializable", "snapshot-isolation", "causal",  "causal-convergence", "causal-memory",
    "pram",       "read-atomic",  "read-committed",     "session", "long-fork"};
// With real time they imply these as well.
constexpr std::string_view kFromRealTime[] = {"linearizable", "strict-serializable", "list-append",
                                              "rw-register",  "staleness",           "causal-reverse"};

template <std::size_t size>
bool contains(const std::string_view (&names)[size], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string initial_of(const CheckerOptions& options) {
  const auto found = options.find("initial");
  return found == options.end() ? "nil" : found->second;
}

}  // namespace

bool implies(std::string_view stronger, std::string_view weaker) {
  if (stronger == weaker) return false;
  const bool real_time = stronger == "linearizable" || stronger == "strict-serializable";
  if (real_time && contains(kFromRealTime, weaker)) return true;
  return (real_time || stronger == "sequential") && contains(kFromOneOrder, weaker);
}

void conclude_from_stronger(std::vector<Checked>& checks) {
  std::vector<const Checked*> proved;
  for (const Checked& check : checks) {
    if (check.result.verdict == Verdict::valid) proved.push_back(&check);
  }
  for (Checked& check : checks) {
    if (check.result.verdict != Verdict::unknown) continue;
    for (const Checked* stronger : proved) {
      if (!implies(stronger->result.checker, check.result.checker)) continue;
      if (initial_of(stronger->options) != initial_of(check.options)) continue;
      check.result.verdict = Verdict::valid;
      check.result.reason =
          "Follows from " + stronger->result.checker + ". By itself: " + check.result.reason;
      break;
    }
  }
}

}  // namespace assay::cli
