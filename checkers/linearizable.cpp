// The checker "linearizable": every operation seems to take effect at one moment between its invocation and
// its return (Herlihy & Wing 1990). Options: `model` (linearizability/models/models.h; cas-register unless
// told), `initial` = an integer or nil (the default), `certificate` = yes | no (the default).
//
// The history is split into objects (linearizability/partition.h), which are checked apart. See
// linearizability/jit_search.h for the search, and register_zones.h and monitors/ for what needs none.

#include "checkers/linearizability/history_check.h"
#include "checkers/linearizability/models/models.h"
#include "checkers/registry.h"

namespace assay::checkers {

namespace {

struct Settings {
  std::string model = "cas-register";
  Value initial;
  bool certificate = false;
};

class LinearizableChecker final : public Checker {
 public:
  explicit LinearizableChecker(Settings settings)
      : settings_(std::move(settings)), model_(make_object_model(settings_.model, settings_.initial)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    const bool is_register = settings_.model == "register" || settings_.model == "cas-register";
    const auto checker = is_register ? make_register_checker(history, settings_.initial)
                                     : make_model_checker(history, *model_);
    const CheckerOptions options{{"initial", settings_.initial.to_string()}, {"model", settings_.model}};
    return check_history(history, *model_, *checker, settings_.certificate ? &options : nullptr, budget);
  }

 private:
  Settings settings_;
  std::unique_ptr<ObjectModel> model_;
};

std::unique_ptr<Checker> make_linearizable(const CheckerOptions& options, std::string& error) {
  Settings settings;
  OptionReader reader("linearizable", options);
  settings.model = model_option(reader);
  settings.initial = reader.initial();
  settings.certificate = reader.yes("certificate", false);
  error = reader.error();
  return error.empty() ? std::make_unique<LinearizableChecker>(std::move(settings)) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  if (!shape.timed) return "needs to know when operations began and ended";
  return unsuited_for_models(shape, options);
}

}  // namespace

extern const CheckerPlugin linearizable_plugin;
const CheckerPlugin linearizable_plugin = {
    "linearizable", "every operation takes effect at one moment between its invocation and its return",
    make_linearizable, unsuited};

}  // namespace assay::checkers
