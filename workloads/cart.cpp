// Workload "cart": concurrent clients put items into --keys shopping carts and take some out again. Items are texts, each
// put into a cart once. An item that was acknowledged and that nobody removed must be there at the end: judged by
// "durability" (lost-write is the number of items lost), and "convergence".
//
// style set: the database's own set (add, remove). style register: a client reads the cart, one list or several siblings,
// merges them, and writes the list as it wants it, as Amazon's cart was kept (DeCandia et al., "Dynamo", SOSP 2007).
// Items that were removed and are back are counted, not condemned: merging siblings can't do better.
#include <deque>
#include <map>
#include <set>
#include <string>

#include "harness/core/assert.h"
#include "workloads/common/final_reads.h"
#include "workloads/common/settings.h"

namespace assay::workloads {

namespace {

using Kind = WorkloadOption::Kind;
constexpr WorkloadOption kOptions[] = {
    {"style", Kind::choice, "set", "set|register", "how the database keeps a cart"},
    {"removes", Kind::whole, "15", {}, "percentage of changes that remove an item", 0, 50},
    {"reads", Kind::whole, "20", {}, "style set: percentage of reads", 0, 90},
    {"settle", Kind::duration, "5s", {}, "how long nodes may take to agree at the end"},
};

class CartWorkload final : public Workload {
 public:
  explicit CartWorkload(const WorkloadOptions& options)
      : settings_("cart", kOptions, options.options),
        keys_(options.keys),
        registers_(settings_.is("style", "register")),
        finals_({options.nodes, settings_.duration("settle"), true}) {
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
    const bool remove = rng.chance(static_cast<std::uint64_t>(settings_.whole("removes")), 100);
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    if (!registers_) return of_set(key, remove, rng);
    const auto seen = seen_.find(process);
    if (seen == seen_.end()) {
      reading_.insert(process);
      return Request{{Fn::read, key, {}, {}}};
    }
    const auto [cart, items] = std::move(seen->second);
    seen_.erase(seen);
    return Request{{Fn::write, cart, changed(items, remove, rng), {}}};
  }

  void observe(const Operation& operation) override {
    finals_.observe(operation);
    const Mop& mop = operation.mops[0];
    if (mop.fn == Fn::add && operation.outcome == Outcome::ok) {
      present_.emplace_back(mop.key, mop.argument);
      if (present_.size() > kPresentMax) present_.pop_front();
    }
    if (mop.fn != Fn::read || reading_.erase(operation.process) == 0 || operation.outcome != Outcome::ok)
      return;
    seen_[operation.process] = {mop.key, merged(mop.result)};
  }

  bool reads_every_node() const override { return true; }

  std::vector<CheckerSpec> checkers() const override {
    const CheckerSpec durability{"durability", {{"items", registers_ ? "yes" : "no"}}};
    return settings_.judges({durability, {"convergence", {}}});
  }

 private:
  static constexpr std::size_t kPresentMax = 50;

  Value fresh() { return Value::text("item" + std::to_string(++last_)); }

  Request of_set(Key key, bool remove, Rng& rng) {
    if (rng.chance(static_cast<std::uint64_t>(settings_.whole("reads")), 100))
      return {{Fn::read, key, {}, {}}};
    if (!remove || present_.empty()) return {{Fn::add, key, fresh(), {}}};
    const auto at = static_cast<std::ptrdiff_t>(rng.below(present_.size()));
    const auto [cart, item] = present_[static_cast<std::size_t>(at)];
    present_.erase(present_.begin() + at);
    return {{Fn::remove, cart, item, {}}};
  }

  // All siblings in one.
  static std::set<Value> merged(const Value& value) {
    std::set<Value> items;
    if (value.kind() != Value::Kind::list) return items;
    for (const Value& each : value.as_list()) {
      if (each.kind() != Value::Kind::list) {
        items.insert(each);
      } else {
        items.insert(each.as_list().begin(), each.as_list().end());
      }
    }
    return items;
  }

  Value changed(std::set<Value> items, bool remove, Rng& rng) {
    if (remove && !items.empty()) {
      items.erase(std::next(items.begin(), static_cast<std::ptrdiff_t>(rng.below(items.size()))));
    } else {
      items.insert(fresh());
    }
    return Value::list(std::vector<Value>(items.begin(), items.end()));
  }

  Settings settings_;
  std::int64_t keys_;
  bool registers_;
  FinalReads finals_;
  std::int64_t last_ = 0;
  std::deque<std::pair<Key, Value>> present_;  // added of late, and not yet chosen to be removed
  std::set<ProcessId> reading_;
  std::map<ProcessId, std::pair<Key, std::set<Value>>> seen_;  // what will be written back
};

}  // namespace

extern const WorkloadPlugin cart_plugin;
const WorkloadPlugin cart_plugin = {
    "cart",
    "items put into --keys carts and taken out by concurrent clients; judged by: durability (items lost), "
    "convergence",
    [](const WorkloadOptions& options) -> std::unique_ptr<Workload> {
      return std::make_unique<CartWorkload>(options);
    },
    kOptions,
};

}  // namespace assay::workloads
