// The version of the conversation between controller and agent. The controller uploads its own agent, so the
// two only differ when something went wrong.
#pragma once

namespace assay::agent {

inline constexpr char kAgentVersion[] = "1";

}  // namespace assay::agent
