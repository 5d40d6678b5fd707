// The checker "unique-ids": no two operations generated the same id (Jepsen's checker of that name). Ids of
// all keys share one space. Operations of unknown outcome tell nothing.
//
// Complexity: linear. Memory: about 50 bytes an id.
#include "checkers/datatypes/dense_ids.h"
#include "checkers/datatypes/report.h"

namespace assay::checkers {

namespace {

using namespace datatypes;

struct Settings {};

CheckResult check_unique_ids(const Settings&, const History& history, const Budget& budget) {
  Report report("unique-ids", "unique ids", budget, {"duplicate-id", "no-id"});
  const auto stopped = [&](OpId at) { return report.stopped(counted(at, "operation")); };
  if (!report.reserve(history.size() * (DenseIds<Value>::kBytesEach + sizeof(OpId)))) return stopped(0);
  DenseIds<Value> ids;
  std::vector<OpId> generated_by;
  std::uint64_t acknowledged = 0;
  for (const Operation op : history.operations()) {
    if (report.spent(op.mops.size())) return stopped(op.id);
    if (op.outcome != Outcome::ok) continue;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::generate) continue;
      ++acknowledged;
      if (mop.result.is_nil()) {
        if (!report.found("no-id")) continue;
        report.accuse({"no-id",
                       "ids",
                       "An operation was acknowledged without an id.",
                       {naming(op, "generate") + " was acknowledged and returned nothing."},
                       {op.id}});
        continue;
      }
      const std::uint32_t id = ids.add(mop.result);
      if (id == generated_by.size()) {
        generated_by.push_back(op.id);
      } else if (report.found("duplicate-id")) {
        report.accuse(
            {"duplicate-id",
             "ids",
             "The id " + mop.result.to_string() + " was generated twice.",
             {naming(history.at(generated_by[id]), "generate") + " returned " + mop.result.to_string() + ".",
              naming(op, "generate") + " returned it, too."},
             {generated_by[id], op.id}});
      }
    }
  }
  report.fact("attempted", history.size());
  report.fact("acknowledged", acknowledged);
  if (acknowledged == 0) return report.nothing_to_judge("No id was generated, so nothing was tested.");
  return report.valid("All " + counted(acknowledged, "id") + " differ.");
}

std::unique_ptr<Checker> make_unique_ids(const CheckerOptions& options, std::string& error) {
  return checker_of(OptionReader("unique-ids", options), Settings(), check_unique_ids, error);
}

std::string unsuited(const HistoryShape& shape, CheckerOptions&) {
  return shape.count(Fn::generate) == 0 ? "needs generated ids" : "";
}

}  // namespace

extern const CheckerPlugin unique_ids_plugin;
const CheckerPlugin unique_ids_plugin = {"unique-ids", "no id is generated twice", make_unique_ids, unsuited};

}  // namespace assay::checkers
