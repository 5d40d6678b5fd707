// Workload "text": concurrent clients insert characters into --keys texts and erase some, at positions of the text as they
// saw it last. At the end all nodes have the same text, and every acknowledged insertion is in it but for as many
// characters as were erased: judged by "convergence" and "durability" (lost-write is the number of characters lost,
// duplicate-write that of those too many).
#include <map>
#include <string>

#include "harness/core/assert.h"
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"reads", Kind::whole, "30", {}, "percentage of reads", 1, 90},
    {"erases", Kind::whole, "10", {}, "percentage of changes that erase a character", 0, 50},
    {"settle", Kind::duration, "5s", {}, "how long nodes may take to agree at the end"},
};

class TextWorkload final : public Workload {
 public:
  explicit TextWorkload(const WorkloadOptions& options)
      : settings_("text", kOptions, options.options),
        keys_(options.keys),
        finals_({options.nodes, settings_.duration("settle"), false}) {
    ASSAY_ASSERT(options.keys > 0);
  }

  std::optional<Request> next(ProcessId process, Phase phase, Rng& rng) override {
    if (phase == Phase::final_reads) {
      if (!finals_.begun()) {
        std::vector<Key> keys;
        for (Key key = 0; key < keys_; ++key) keys.push_back(key);
        finals_.ask_every_node(keys);
      }
      return finals_.next(process);
    }
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    const auto known = sizes_.find({process, key});
    const bool read = rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100);
    if (read || known == sizes_.end()) return Request{{Fn::read, key, {}, {}}};
    const std::int64_t size = known->second;
    const bool erase = rng.chance(static_cast<std::uint64_t>(settings_.whole("erases")), 100);
    const auto below = [&rng](std::int64_t bound) {
      return Value(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(bound))));
    };
    if (erase && size > 0) return Request{{Fn::erase, key, Value::pair(below(size), Value(1)), {}}};
    return Request{{Fn::insert, key, Value::pair(below(size + 1), character()), {}}};
  }

  void observe(const Operation& operation) override {
    finals_.observe(operation);
    const Mop& mop = operation.mops[0];
    const std::pair place{operation.process, mop.key};
    if (operation.outcome != Outcome::ok) {
      sizes_.erase(place);  // the text is not what it was: look again
    } else if (mop.fn == Fn::read) {
      sizes_[place] =
          mop.result.kind() == Value::Kind::text ? static_cast<std::int64_t>(mop.result.as_text().size()) : 0;
    } else {
      sizes_[place] += mop.fn == Fn::insert ? 1 : -1;
    }
  }

  bool reads_every_node() const override { return true; }

  std::vector<CheckerSpec> checkers() const override {
    return settings_.judges({{"convergence", {}}, {"durability", {}}});
  }

 private:
  // Many different ones, so that one lost and another one doubled are told apart.
  Value character() {
    constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    return Value::text(kCharacters.substr(typed_++ % kCharacters.size(), 1));
  }

  Settings settings_;
  std::int64_t keys_;
  FinalReads finals_;
  std::uint64_t typed_ = 0;
  std::map<std::pair<ProcessId, Key>, std::int64_t> sizes_;  // as each process knows them
};

}  // namespace

extern const WorkloadPlugin text_plugin;
const WorkloadPlugin text_plugin = {
    "text",
    "inserts and erases in --keys texts by concurrent clients; judged by: convergence, durability",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<TextWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
