// The checker "causal-convergence": there is one order of all writes, causes before effects, such that every
// read returns the last one of those in its causal past (Bouajjani, Enea, Guerraoui & Hamza, "On verifying
// causal consistency", POPL 2017): the same as "causal" at its default level, under the name it has for
// single operations. Options: `initial` = an integer or nil (the default), `certificate` = yes | no (the
// default).
#include "checkers/registry.h"
#include "checkers/transactions/weak_level.h"

namespace assay::checkers {

namespace {

std::unique_ptr<Checker> make_causal_convergence(const CheckerOptions& given, std::string& error) {
  OptionReader reader("causal-convergence", given);
  const RegisterOptions options = register_options(reader);
  error = reader.error();
  return error.empty() ? make_weak_level_checker("causal-convergence", WeakLevel::causal, options) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) { return unsuited_for_registers(shape); }

}  // namespace

extern const CheckerPlugin causal_convergence_plugin;
const CheckerPlugin causal_convergence_plugin = {
    "causal-convergence", "all processes agree on one order of writes that keeps causes before effects",
    make_causal_convergence, unsuited};

}  // namespace assay::checkers
