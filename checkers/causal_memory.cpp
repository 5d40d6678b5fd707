// The checker "causal-memory": each process can order all writes, causes before effects, so that its own
// reads return the last write before them; processes may order concurrent writes differently, but do not
// change their mind (Ahamad et al., "Causal memory: definitions, implementation, and programming", 1995).
// Options: `initial` = an integer or nil (the default), `certificate` = yes | no (the default).
#include "checkers/registry.h"
#include "checkers/transactions/view_level.h"

namespace assay::checkers {

namespace {

std::unique_ptr<Checker> make_causal_memory(const CheckerOptions& given, std::string& error) {
  OptionReader reader("causal-memory", given);
  const RegisterOptions options = register_options(reader);
  error = reader.error();
  return error.empty() ? make_view_level_checker(ViewLevel::causal_memory, options) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) { return unsuited_for_registers(shape); }

}  // namespace

extern const CheckerPlugin causal_memory_plugin;
const CheckerPlugin causal_memory_plugin = {
    "causal-memory", "each process can order all writes, causes before effects, so that its reads fit",
    make_causal_memory, unsuited};

}  // namespace assay::checkers
