// Which checkers judge a recorded history: those that were named, the one that fits best, or every one that applies.
// Everything about a checker comes from its plug-in.
//
// Thread safety: plain functions. Errors: InputError, one sentence that says what would be accepted.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"

namespace assay::cli {

struct CheckerRequest {
  std::vector<std::string> checkers;  // names; none: the one that fits best
  bool all = false;                   // every checker that applies
  // A model of a checker, or what elle-cli calls a model: then it names the checker, too.
  std::string model;
  // "name=value" for every checker chosen, "checker.name=value" for one of them.
  std::vector<std::string> options;
};

struct ChosenChecker {
  const CheckerPlugin* plugin = nullptr;
  CheckerOptions options;
  std::unique_ptr<Checker> checker;
  bool stands_in = false;  // judges only when the one before it could not, and then in its place
};

struct CheckerChoice {
  std::vector<ChosenChecker> chosen;
  // Checkers that can't judge the history, and what it lacks for them. Filled where the history decided.
  struct Unsuited {
    std::string_view name;
    std::string lacks;
  };
  std::vector<Unsuited> unsuited;
  std::string why;  // for people: how the choice was made; empty when checkers were named
};

// Everything that can be refused before a history is read.
void validate(const CheckerRequest& request);

// `chosen` is empty only when nothing applies to the history.
// Errors: a checker that was named cannot judge the history, or nobody accepts an option.
CheckerChoice choose_checkers(const CheckerRequest& request, const HistoryShape& shape);

}  // namespace assay::cli
