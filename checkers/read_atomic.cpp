// The checker "read-atomic": whoever reads one write of a transaction, or follows it in its session, sees all
// its writes or newer ones (Bailis et al., "Scalable atomic visibility with RAMP transactions", SIGMOD 2014).
// Options: `initial` = an integer or nil (the default), `certificate` = yes | no (the default).
#include "checkers/registry.h"
#include "checkers/transactions/weak_level.h"

namespace assay::checkers {

namespace {

std::unique_ptr<Checker> make_read_atomic(const CheckerOptions& given, std::string& error) {
  OptionReader reader("read-atomic", given);
  const RegisterOptions options = register_options(reader);
  error = reader.error();
  return error.empty() ? make_weak_level_checker("read-atomic", WeakLevel::read_atomic, options) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) { return unsuited_for_registers(shape); }

}  // namespace

extern const CheckerPlugin read_atomic_plugin;
const CheckerPlugin read_atomic_plugin = {
    "read-atomic", "whoever sees a part of a transaction, or follows it in its session, sees all of it",
    make_read_atomic, unsuited};

}  // namespace assay::checkers
