// What a plan chooses of a description: one of its modes, and a value for each option.
//
// Thread safety: plain functions. Errors: InputError, one sentence that says what would be accepted.
#pragma once

#include <string>
#include <vector>

#include "harness/core/plan.h"
#include "harness/core/target_plugin.h"
#include "targets/described/notation/template.h"

namespace assay::described {

// The mode of a description that has none.
inline constexpr std::string_view kOnlyMode = "usual";

struct Choice {
  std::string mode;
  Names
      options;  // every option at what was asked, or at its usual value; and the mode, as "mode", if there are modes
  std::string claims;  // the consistency that the database claims then
};

std::vector<std::string> mode_names(const Description& description);

// Every option of the mode at its usual value, and those of other modes, so that texts may name them.
Names usual_options(const Description& description, const std::string& mode);

// `mode`: empty for the first one. Options named in `elsewhere` are somebody else's business.
Choice choose(const Description& description, const std::string& mode, const Plan& plan,
              const std::vector<std::string>& elsewhere);

// What an operator can ask and order of the database as it was chosen; empty commands where there is nothing.
Membership membership_of(const Description& description, const Choice& choice);

// For people and the command line.
std::vector<ModeInfo> mode_infos(const Description& description);

}  // namespace assay::described
