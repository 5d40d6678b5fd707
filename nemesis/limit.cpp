// Fault "limit": the database on some nodes has less of its machine than it is used to.
//   cpu:10%      of one processor; with one node a gray failure: it answers, but late
//   memory:16M   and is restarted with that; when it wants more, the kernel's killer of processes ends it
//   files:0      file descriptors beyond those that it has open: it can accept no connection
//   tasks:0      processes and threads beyond those that there are
//
// Verified by reading the limit back and by what the process used meanwhile; of memory also by what the killer did. Healed when the
// limit is gone and the database runs.
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "harness/core/units.h"
#include "nemesis/variant.h"

namespace assay::nemesis {

namespace {

struct NamedLimit {
  std::string_view name;
  ProcessMeans means;
  std::int64_t unless_said;
};
constexpr std::array<NamedLimit, 4> kLimits = {{{"cpu", ProcessMeans::limit_cpu, 10},
                                                {"memory", ProcessMeans::limit_memory, 8 << 20},
                                                {"files", ProcessMeans::limit_files, 0},
                                                {"tasks", ProcessMeans::limit_tasks, 0}}};
constexpr std::array<std::string_view, 4> kLimitNames = {"cpu", "memory", "files", "tasks"};
// How often the killer is looked for.
constexpr int kLooksForTheKiller = 100;

class Limit final : public Fault {
 public:
  Limit(NamedLimit named, std::int64_t amount, NodeChoice choice)
      : named_(named), amount_(amount), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (auto reason = target.processes()->lack(named_.means)) return reason;
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    Processes& processes = *target.processes();
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (processes.state(node) != Processes::State::running) continue;
      limited_.push_back(node);
      processes.limit(node, named_.means, amount_);
      if (named_.means != ProcessMeans::limit_memory) continue;
      // What a process has already counts where it was when it got it.
      processes.kill(node);
      processes.start(node);
    }
    return {limited_, {{"limit", Value::text(std::string(named_.name))}, {"amount", amount_}}};
  }

  Evidence verify(Target& target) override {
    Evidence evidence{.proved = !limited_.empty(), .facts = {}};
    for (const NodeId node : limited_) {
      bool lives = true;
      Evidence one = target.processes()->measure_limit(node, named_.means, amount_);
      for (int look = 0; look < kLooksForTheKiller && lives && named_.means == ProcessMeans::limit_memory;
           ++look) {
        lives = target.processes()->state(node) != Processes::State::dead;
        one = target.processes()->measure_limit(node, named_.means, amount_);
      }
      if (!lives) one.facts.push_back({"process", Value::text("ended")});
      evidence.proved = evidence.proved && one.proved;
      add(target, node, one, evidence);
    }
    return evidence;
  }

  Evidence heal(Target& target) override {
    Processes& processes = *target.processes();
    Evidence evidence{.proved = true, .facts = {}};
    for (const NodeId node : limited_) {
      if (named_.means == ProcessMeans::limit_memory)
        add(target, node, processes.measure_limit(node, named_.means, amount_), evidence);
      processes.unlimit(node);
      processes.start(node);
      const bool gone = !processes.measure_limit(node, named_.means, amount_).proved;
      evidence.proved = evidence.proved && gone && processes.state(node) == Processes::State::running;
      evidence.facts.push_back({target.node_names()[static_cast<std::size_t>(node)] + "_limit",
                                Value::text(gone ? "gone" : "still there")});
    }
    return evidence;
  }

 private:
  static void add(Target& target, NodeId node, const Evidence& one, Evidence& all) {
    for (const Fact& fact : one.facts)
      all.facts.push_back(
          {target.node_names()[static_cast<std::size_t>(node)] + "_" + fact.name, fact.value});
  }

  NamedLimit named_;
  std::int64_t amount_;
  NodeChoice choice_;
  std::vector<NodeId> limited_;
};

// "10%", "16M" or "3".
std::optional<std::int64_t> read_limit(ProcessMeans means, std::string_view text) {
  if (means == ProcessMeans::limit_memory) {
    const auto size = parse_size(text);
    if (!size || *size < (std::size_t{1} << 20) || *size > (std::size_t{1} << 40)) return std::nullopt;
    return static_cast<std::int64_t>(*size);
  }
  const bool percent = means == ProcessMeans::limit_cpu;
  if (percent && !text.ends_with('%')) return std::nullopt;
  if (percent) text.remove_suffix(1);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || number < 0) return std::nullopt;
  if (percent && (number < 1 || number > 95)) return std::nullopt;
  return number;
}

std::unique_ptr<Fault> make_limit(std::string_view variant) {
  const auto parts = read_variant(variant.empty() ? "cpu" : variant, kLimitNames);
  if (!parts) return nullptr;
  for (const NamedLimit& named : kLimits) {
    if (named.name != parts->kind) continue;
    const auto amount =
        parts->amount.empty() ? std::optional(named.unless_said) : read_limit(named.means, parts->amount);
    return amount ? std::make_unique<Limit>(named, *amount, parts->nodes) : nullptr;
  }
  return nullptr;
}

}  // namespace

extern const FaultPlugin limit_plugin;
const FaultPlugin limit_plugin = {
    "limit",
    "the database on some nodes has little of the processor, of memory (until the kernel ends it), no more "
    "file descriptors or "
    "threads; proved by what the kernel says of its process and by what that uses",
    "process",
    "cpu, cpu:20%, memory:16M, files, files:2, tasks; each also of chosen nodes: cpu-leader:5%, memory-n2:8M",
    {},
    [](Target& target) -> std::optional<std::string> {
      if (target.processes() == nullptr) return "its processes can't be reached";
      return std::nullopt;
    },
    make_limit,
    true,
};

}  // namespace assay::nemesis
