// What a dependency between registers means, in plain words, and which operations it rests on; and the anomalies of
// registers that are more than a cycle: lost-update and cyclic-versions.
//
// Thread safety: const. Complexity: linear in what is told; near linear for the anomalies.
#pragma once

#include <string>
#include <vector>

#include "checkers/elle/cycle_report.h"
#include "checkers/elle/register_graph.h"

namespace assay::checkers::elle {

class RegisterWords final : public EdgeWords {
 public:
  // `told`: the history as it was given, with its predicate reads.
  RegisterWords(const RegisterGraph& graph, const History& told)
      : graph_(graph), history_(graph.history()), told_(told) {}

  std::string reason(const Edge& edge, const std::string& from, const std::string& to) const override;
  void support(const Edge& edge, const Cycle& cycle, std::vector<OpId>& operations) const override;
  std::string key_text(const Edge& edge) const override;

  // "3", or "the initial state".
  std::string version_text(std::uint32_t version) const;
  // Why the one version comes before the other.
  std::string why(const VersionStep& step) const;
  void support(const VersionStep& step, std::vector<OpId>& operations) const;

 private:
  std::string scan_reason(const Edge& edge, const std::string& from, const std::string& to) const;

  const RegisterGraph& graph_;
  const RegisterHistory& history_;
  const History& told_;
};

// Two transactions that read one version of a key and both wrote the key; at most a few.
void find_lost_updates(const RegisterGraph& graph, const History& told, std::vector<Anomaly>& anomalies);

// Versions of a key each of which comes before the other, by steps that need no order of processes or of time. False when
// the limits are spent.
bool find_cyclic_versions(const RegisterGraph& graph, const History& told, Limits& limits,
                          std::vector<Anomaly>& anomalies);

}  // namespace assay::checkers::elle
