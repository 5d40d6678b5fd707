// The checker "read-committed": there is an order of commits such that no transaction reads, after a read
// from another one, what that other had already overwritten; and nobody sees what failed, was overwritten
// within its transaction, or was never written. Stronger than PL-2 of Adya only in that sessions are part of
// the order. Options: `initial` = an integer or nil (the default), `certificate` = yes | no (the default).
#include "checkers/registry.h"
#include "checkers/transactions/weak_level.h"

namespace assay::checkers {

namespace {

std::unique_ptr<Checker> make_read_committed(const CheckerOptions& given, std::string& error) {
  OptionReader reader("read-committed", given);
  const RegisterOptions options = register_options(reader);
  error = reader.error();
  return error.empty() ? make_weak_level_checker("read-committed", WeakLevel::read_committed, options)
                       : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) { return unsuited_for_registers(shape); }

}  // namespace

extern const CheckerPlugin read_committed_plugin;
const CheckerPlugin read_committed_plugin = {
    "read-committed", "transactions never see what is not committed, nor older after newer",
    make_read_committed, unsuited};

}  // namespace assay::checkers
