// The checker "causal": whoever sees a transaction sees all that it depends on, by sessions and reads, in any
// number of steps. Options: `level` =
//   convergent  (the default) all processes agree on one order of commits: transactional causal consistency
//               (Biswas & Enea 2019), which for single operations is causal convergence (Bouajjani et al.,
//               POPL 2017)
//   weak        processes may see concurrent writes in different orders: causal consistency in the sense of
//               Bouajjani et al., bad patterns CyclicCO, WriteCORead, WriteCOInitRead and ThinAirRead
// `initial` = an integer or nil (the default), `certificate` = yes | no (the default; level convergent).
#include "checkers/registry.h"
#include "checkers/transactions/weak_level.h"

namespace assay::checkers {

namespace {

std::unique_ptr<Checker> make_causal(const CheckerOptions& given, std::string& error) {
  OptionReader reader("causal", given);
  const bool weak = reader.choice("level", {"convergent", "weak"}) == 1;
  const RegisterOptions options = register_options(reader);
  error = reader.error();
  if (!error.empty()) return nullptr;
  return make_weak_level_checker("causal", weak ? WeakLevel::weak_causal : WeakLevel::causal, options);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) { return unsuited_for_registers(shape); }

}  // namespace

extern const CheckerPlugin causal_plugin;
const CheckerPlugin causal_plugin = {"causal", "whoever sees a transaction sees all that it depends on",
                                     make_causal, unsuited};

}  // namespace assay::checkers
