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
  RegisterOptions options;
  WeakLevel level = WeakLevel::causal;
  const auto own = [&](const std::string& name, const std::string& value, bool& known,
                       std::string& complaint) {
    if (name != "level") return;
    known = true;
    if (value != "convergent" && value != "weak") {
      complaint = "Option level of causal must be convergent or weak, not \"" + value + "\".";
    }
    level = value == "weak" ? WeakLevel::weak_causal : WeakLevel::causal;
  };
  if (!parse_register_options("causal", given, "level, initial and certificate", own, options, error))
    return nullptr;
  return make_weak_level_checker("causal", level, options);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) { return unsuited_for_registers(shape); }

}  // namespace

extern const CheckerPlugin causal_plugin;
const CheckerPlugin causal_plugin = {"causal", "whoever sees a transaction sees all that it depends on",
                                     make_causal, unsuited};

}  // namespace assay::checkers
