#include "checkers/elle/lattice.h"

#include <algorithm>
#include <array>

#include "harness/core/assert.h"

namespace assay::checkers::elle {

namespace {

// Names are separated by blanks in the lists below.
struct ModelRow {
  std::string_view name;
  std::string_view aliases;
  std::string_view implies;  // directly
  std::string_view forbids;  // what it forbids beyond what its implied models forbid
};

constexpr std::array kModels = {
    ModelRow{"read-uncommitted", "PL-1", "", "G0 duplicate-elements cyclic-versions thin-air-read"},
    ModelRow{"read-committed", "PL-2", "read-uncommitted", "G1"},
    ModelRow{"monotonic-view", "PL-2L", "read-committed", "observed-transaction-vanishes"},
    ModelRow{"monotonic-snapshot-read", "PL-MSR", "read-committed", ""},
    ModelRow{"cursor-stability", "PL-CS", "read-committed", "lost-update"},
    ModelRow{"monotonic-atomic-view", "", "read-committed", "observed-transaction-vanishes"},
    ModelRow{"consistent-view", "PL-2+", "cursor-stability monotonic-view", "G-single G-single-predicate"},
    ModelRow{"forward-consistent-view", "PL-FCV", "consistent-view", ""},
    ModelRow{"repeatable-read", "PL-2.99", "cursor-stability monotonic-atomic-view", "G2-item"},
    ModelRow{"update-serializable", "PL-3U", "forward-consistent-view", "G-update"},
    ModelRow{"read-atomic", "", "monotonic-atomic-view", "internal future-read fractured-read"},
    ModelRow{"causal-cerone", "", "read-atomic", "causality-violation"},
    ModelRow{"update-atomic", "ROLA", "read-atomic", "lost-update"},
    ModelRow{"prefix", "", "causal-cerone", "long-fork"},
    ModelRow{"parallel-snapshot-isolation", "", "causal-cerone update-atomic consistent-view", ""},
    ModelRow{"snapshot-isolation", "PL-SI",
             "forward-consistent-view monotonic-snapshot-read parallel-snapshot-isolation prefix",
             "G-nonadjacent G-nonadjacent-predicate predicate-read-miss"},
    ModelRow{"serializable", "PL-3 conflict-serializable view-serializable 1SR",
             "repeatable-read snapshot-isolation update-serializable", "G2"},
    ModelRow{"monotonic-reads", "", "", "monotonic-reads"},
    ModelRow{"monotonic-writes", "", "", "monotonic-writes"},
    ModelRow{"read-your-writes", "", "", "read-your-writes"},
    ModelRow{"writes-follow-reads", "", "", "writes-follow-reads"},
    ModelRow{"PRAM", "", "monotonic-reads monotonic-writes read-your-writes", ""},
    ModelRow{"causal", "", "PRAM writes-follow-reads", "causality-violation-process"},
    ModelRow{"sequential", "", "causal", ""},
    ModelRow{"linearizable", "", "sequential", "stale-read"},
    ModelRow{"strong-session-read-uncommitted", "strong-session-PL-1", "read-uncommitted monotonic-writes",
             "G0-process"},
    ModelRow{"strong-session-read-committed", "strong-session-PL-2",
             "read-committed strong-session-read-uncommitted writes-follow-reads", "G1-process"},
    ModelRow{"strong-session-snapshot-isolation", "",
             "snapshot-isolation strong-session-read-committed causal",
             "G-nonadjacent-process G-nonadjacent-predicate-process"},
    ModelRow{"strong-session-serializable", "session-serializable",
             "serializable strong-session-snapshot-isolation sequential", "G2-process"},
    ModelRow{"strong-read-uncommitted", "strong-PL-1", "strong-session-read-uncommitted", "G0-realtime"},
    ModelRow{"strong-read-committed", "strong-PL-2", "strong-session-read-committed strong-read-uncommitted",
             "G1-realtime"},
    ModelRow{"strong-snapshot-isolation", "", "strong-session-snapshot-isolation strong-read-committed",
             "G-nonadjacent-realtime G-nonadjacent-predicate-realtime"},
    ModelRow{"strict-serializable", "PL-SS strong-serializable strict-1SR",
             "strong-session-serializable strong-snapshot-isolation linearizable", "G2-realtime"},
};

struct AnomalyRow {
  std::string_view name;
  std::string_view implies;  // directly
};

constexpr std::array kAnomalies = {
    AnomalyRow{"thin-air-read", ""},
    AnomalyRow{"duplicate-elements", ""},
    AnomalyRow{"cyclic-versions", ""},
    AnomalyRow{"incompatible-order", "G1a"},
    AnomalyRow{"G0", "G1c G0-process"},
    AnomalyRow{"dirty-update", "G1a"},
    AnomalyRow{"G1a", "G1"},
    AnomalyRow{"G1b", "G1"},
    AnomalyRow{"G1c", "G1 G1c-process"},
    AnomalyRow{"G1", "G1-process"},
    AnomalyRow{"future-read", "G1c"},
    AnomalyRow{"internal", ""},
    AnomalyRow{"observed-transaction-vanishes", "fractured-read"},
    AnomalyRow{"fractured-read", "causality-violation"},
    AnomalyRow{"causality-violation", "G-single causality-violation-process"},
    AnomalyRow{"lost-update", "G-single"},
    AnomalyRow{"G-single", "G-nonadjacent G2-item G-single-process"},
    AnomalyRow{"predicate-read-miss", "G2"},
    AnomalyRow{"phantom", "G-single-predicate"},
    AnomalyRow{"G-single-predicate", "G-nonadjacent-predicate G-single-predicate-process"},
    AnomalyRow{"long-fork", "G-nonadjacent"},
    AnomalyRow{"G-nonadjacent", "G2-item G-nonadjacent-process"},
    AnomalyRow{"G-nonadjacent-predicate", "G2 G-nonadjacent-predicate-process"},
    AnomalyRow{"G-update", "G2"},
    AnomalyRow{"write-skew", "G2"},
    AnomalyRow{"G2-item", "G2 G2-item-process"},
    AnomalyRow{"G2", "G2-process"},
    AnomalyRow{"monotonic-writes", "G0-process"},
    AnomalyRow{"writes-follow-reads", "G1c-process"},
    AnomalyRow{"monotonic-reads", "causality-violation-process"},
    AnomalyRow{"read-your-writes", "causality-violation-process"},
    AnomalyRow{"G0-process", "G1c-process G0-realtime"},
    AnomalyRow{"G1c-process", "G1-process G1c-realtime"},
    AnomalyRow{"G1-process", "G1-realtime"},
    AnomalyRow{"causality-violation-process", "G-single-process"},
    AnomalyRow{"G-single-process", "G-nonadjacent-process G2-item-process G-single-realtime"},
    AnomalyRow{"G-nonadjacent-process", "G2-item-process G-nonadjacent-realtime"},
    AnomalyRow{"G-single-predicate-process", "G-nonadjacent-predicate-process G-single-predicate-realtime"},
    AnomalyRow{"G-nonadjacent-predicate-process", "G2-process G-nonadjacent-predicate-realtime"},
    AnomalyRow{"G2-item-process", "G2-process G2-item-realtime"},
    AnomalyRow{"G2-process", "G2-realtime"},
    AnomalyRow{"stale-read", "G2-realtime"},
    AnomalyRow{"G0-realtime", "G1c-realtime"},
    AnomalyRow{"G1c-realtime", "G1-realtime"},
    AnomalyRow{"G1-realtime", ""},
    AnomalyRow{"G-single-realtime", "G-nonadjacent-realtime G2-item-realtime"},
    AnomalyRow{"G-nonadjacent-realtime", "G2-item-realtime"},
    AnomalyRow{"G-single-predicate-realtime", "G-nonadjacent-predicate-realtime"},
    AnomalyRow{"G-nonadjacent-predicate-realtime", "G2-realtime"},
    AnomalyRow{"G2-item-realtime", "G2-realtime"},
    AnomalyRow{"G2-realtime", ""},
};

static_assert(kModels.size() <= 64 && kAnomalies.size() <= 64);

template <class Visit>
void each_word(std::string_view list, const Visit& visit) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end > 0) visit(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

template <class Rows>
std::uint64_t row_named(const Rows& rows, std::string_view name) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name == name) return std::uint64_t{1} << i;
  }
  return 0;
}

// Follows `implies` until nothing is added.
template <class Rows>
std::uint64_t closure(const Rows& rows, std::uint64_t set) {
  for (std::uint64_t before = 0; before != set;) {
    before = set;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if ((set >> i & 1) == 0) continue;
      each_word(rows[i].implies, [&](std::string_view name) {
        const std::uint64_t row = row_named(rows, name);
        ASSAY_ASSERT(row != 0);
        set |= row;
      });
    }
  }
  return set;
}

template <class Rows>
std::vector<std::string> names(const Rows& rows, std::uint64_t set) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if ((set >> i & 1) != 0) found.emplace_back(rows[i].name);
  }
  return found;
}

// The tables above, followed to the end once: what each row implies, itself included, and what each model forbids, that
// of the models it implies included.
struct Tables {
  std::array<ModelSet, kModels.size()> models;
  std::array<AnomalySet, kAnomalies.size()> anomalies;
  std::array<AnomalySet, kModels.size()> forbidden;
};

Tables make_tables() {
  Tables made{};
  for (std::size_t i = 0; i < kModels.size(); ++i) made.models[i] = closure(kModels, ModelSet{1} << i);
  for (std::size_t i = 0; i < kAnomalies.size(); ++i)
    made.anomalies[i] = closure(kAnomalies, AnomalySet{1} << i);
  for (std::size_t i = 0; i < kModels.size(); ++i) {
    for (std::size_t j = 0; j < kModels.size(); ++j) {
      if ((made.models[i] >> j & 1) == 0) continue;
      each_word(kModels[j].forbids, [&](std::string_view name) {
        const AnomalySet forbidden = row_named(kAnomalies, name);
        ASSAY_ASSERT(forbidden != 0);
        made.forbidden[i] |= forbidden;
      });
    }
  }
  return made;
}

const Tables& tables() {
  static const Tables kTables = make_tables();
  return kTables;
}

template <std::size_t Rows>
std::uint64_t join(const std::array<std::uint64_t, Rows>& implied, std::uint64_t set) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < Rows; ++i) {
    if ((set >> i & 1) != 0) all |= implied[i];
  }
  return all;
}

constexpr ModelSet kAllModels = (ModelSet{1} << kModels.size()) - 1;

}  // namespace

ModelSet model_named(std::string_view name) {
  for (std::size_t i = 0; i < kModels.size(); ++i) {
    bool found = kModels[i].name == name;
    each_word(kModels[i].aliases, [&](std::string_view alias) { found = found || alias == name; });
    if (found) return ModelSet{1} << i;
  }
  return 0;
}

AnomalySet anomaly_named(std::string_view name) {
  if (const AnomalySet found = row_named(kAnomalies, name); found != 0) return found;
  for (const std::string_view base : {"G-single", "G-nonadjacent"}) {
    const std::string item = std::string(base) + "-item";
    if (!name.starts_with(item)) continue;
    return row_named(kAnomalies, std::string(base) + std::string(name.substr(item.size())));
  }
  return 0;
}

std::string_view anomaly_name(int bit) { return kAnomalies[static_cast<std::size_t>(bit)].name; }
std::string_view model_name(int bit) { return kModels[static_cast<std::size_t>(bit)].name; }

ModelSet implied_models(ModelSet models) { return join(tables().models, models); }

AnomalySet implied_anomalies(AnomalySet anomalies) { return join(tables().anomalies, anomalies); }

ModelSet refuted_models(AnomalySet anomalies) {
  const AnomalySet present = implied_anomalies(anomalies);
  ModelSet refuted = 0;
  for (std::size_t i = 0; i < kModels.size(); ++i) {
    if ((present & tables().forbidden[i]) != 0) refuted |= ModelSet{1} << i;
  }
  return refuted;
}

namespace {

// What the anomalies refute, and whatever implies one of the others.
ModelSet all_refuted(AnomalySet anomalies, ModelSet besides) {
  ModelSet refuted = refuted_models(anomalies);
  for (ModelSet rest = kAllModels; rest != 0; rest &= rest - 1) {
    const ModelSet one = rest & -rest;
    if ((implied_models(one) & besides) != 0) refuted |= one;
  }
  return refuted;
}

}  // namespace

std::vector<std::string> strongest_not_refuted(AnomalySet anomalies, ModelSet besides) {
  const ModelSet possible = kAllModels & ~all_refuted(anomalies, besides);
  ModelSet strongest = possible;
  for (ModelSet rest = possible; rest != 0; rest &= rest - 1) {
    const ModelSet one = rest & -rest;
    strongest &= ~(implied_models(one) & ~one);
  }
  return names(kModels, strongest);
}

std::vector<std::string> weakest_refuted(AnomalySet anomalies, ModelSet besides) {
  const ModelSet refuted = all_refuted(anomalies, besides);
  ModelSet weakest = 0;
  for (ModelSet rest = refuted; rest != 0; rest &= rest - 1) {
    const ModelSet one = rest & -rest;
    if ((implied_models(one) & ~one & refuted) == 0) weakest |= one;
  }
  return names(kModels, weakest);
}

std::vector<std::string> names_of_models(ModelSet models) { return names(kModels, models); }
std::vector<std::string> names_of_anomalies(AnomalySet anomalies) { return names(kAnomalies, anomalies); }

}  // namespace assay::checkers::elle
