// The checker "pram": each process can order all writes, those of every process as it made them, so that its
// own reads return the last write before them (Lipton & Sandberg, "PRAM: a scalable shared memory", 1988;
// FIFO consistency). Transactions count as one step of their process. Options: `initial` = an integer or nil
// (the default), `certificate` = yes | no (the default).
#include "checkers/registry.h"
#include "checkers/transactions/view_level.h"

namespace assay::checkers {

namespace {

std::unique_ptr<Checker> make_pram(const CheckerOptions& given, std::string& error) {
  OptionReader reader("pram", given);
  const RegisterOptions options = register_options(reader);
  error = reader.error();
  return error.empty() ? make_view_level_checker(ViewLevel::pram, options) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) { return unsuited_for_registers(shape); }

}  // namespace

extern const CheckerPlugin pram_plugin;
const CheckerPlugin pram_plugin = {
    "pram", "each process sees the writes of every other one in the order in which it made them", make_pram,
    unsuited};

}  // namespace assay::checkers
