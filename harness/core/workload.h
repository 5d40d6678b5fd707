// A workload: what the clients ask for, and who judges the answers. One file of workloads/ each.
//
// Thread safety: none; used by the loop's thread alone.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"
#include "harness/core/operation.h"
#include "harness/core/rng.h"

namespace assay {

enum class Phase : std::uint8_t { warm_up, main, recovery, final_reads };
std::string_view phase_name(Phase phase);

class Workload {
 public:
  virtual ~Workload() = default;
  // The next request of a process; nothing when it has no more to ask in this phase. In final_reads each free process
  // is asked again and again until all of them have nothing at once.
  virtual std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) = 0;
  // Whether there is data to be written first. While it is true, before warm-up, processes ask as soon as they are free,
  // in phase warm_up, and nothing means "no more for now".
  virtual bool loading() const { return false; }
  // Sees every completed operation (also info), so that later requests can depend on it.
  virtual void observe(const Operation& operation) = 0;
  virtual std::vector<CheckerSpec> checkers() const = 0;
  // Whether its final reads are to show each node's own state. Then the loop sees to it that every node has a process
  // in that phase (that of process p is p % nodes), and asks clients to stay there (Client::stay_on_node).
  virtual bool reads_every_node() const { return false; }
};

struct WorkloadOptions {
  std::int64_t keys = 5;
  std::uint64_t seed = 0;
  int processes = 10;  // at a time; a process is a client of node `process % nodes`
  int nodes = 5;
  Facts options;  // by name; each workload says in docs/workloads.md which it knows. Texts or integers.
};

// One option of a workload, as plans and the command line write it.
struct WorkloadOption {
  enum class Kind : std::uint8_t { choice, whole, flag, duration };
  std::string_view name;
  Kind kind = Kind::choice;
  std::string_view usual;    // what holds when it is not given
  std::string_view choices;  // of a choice: "a|b|c"
  std::string_view summary;
  std::int64_t low = 0, high = INT64_MAX;  // of a whole number
};

struct WorkloadPlugin {
  std::string_view name;
  std::string_view summary;
  // Throws InputError with one sentence for options that it does not know or can't accept. Besides its own, every workload
  // knows `checkers` and `also` (names of judges, instead of its own and besides them) and `<checker>.<option>`.
  std::unique_ptr<Workload> (*make)(const WorkloadOptions& options);
  std::span<const WorkloadOption> options = {};
};

}  // namespace assay
