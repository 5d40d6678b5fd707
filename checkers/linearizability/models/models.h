// Every model that the checkers of linearizability and of sequential consistency know, by name.
//
// Thread safety: pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "checkers/common/options.h"
#include "checkers/linearizability/object_model.h"
#include "harness/core/checker.h"
#include "harness/core/shape.h"

namespace assay::checkers {

// Null where there is no such model. `initial`: what every key holds at first; collections begin empty and
// locks free, whatever it is.
std::unique_ptr<ObjectModel> make_object_model(std::string_view name, const Value& initial);

// Option `model`: the one named, or the default, cas-register.
std::string model_option(OptionReader& reader);

// The model that fits a history of this shape; empty where none does.
std::string model_for(const HistoryShape& shape);

// For CheckerPlugin::unsuited: adds the option `model` that fits, or says why there is none.
std::string unsuited_for_models(const HistoryShape& shape, CheckerOptions& options);

}  // namespace assay::checkers
