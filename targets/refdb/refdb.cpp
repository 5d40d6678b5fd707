// Target "refdb": the reference database, simulated or on real hosts.
#include "harness/core/error.h"
#include "harness/core/target_plugin.h"
#include "targets/refdb/deployed/deployed_target.h"
#include "targets/refdb/protocols/protocols.h"
#include "targets/refdb/simulated/make_simulated.h"

namespace assay::targets {

namespace {

std::vector<ModeInfo> modes() {
  std::vector<ModeInfo> infos;
  for (const refdb::ProtocolPlugin* protocol : refdb::all_protocols()) {
    ModeInfo info{std::string(protocol->mode),
                  std::string(protocol->summary),
                  std::string(protocol->claimed_consistency),
                  {}};
    for (const refdb::ProtocolPlugin::Bug& bug : protocol->bugs()) {
      info.bugs.push_back({std::string(bug.name), std::string(bug.summary), std::string(bug.needs)});
    }
    infos.push_back(std::move(info));
  }
  return infos;
}

std::unique_ptr<Target> make(const Plan& plan, const std::string& hosts_file) {
  if (plan.reads != "read-index" && plan.reads != "lease" && plan.reads != "local") {
    throw InputError("--reads " + plan.reads + ": refdb serves reads by read-index, lease or local");
  }
  if (hosts_file.empty()) return refdb::make_simulated(plan);
  for (const refdb::ProtocolPlugin* protocol : refdb::all_protocols()) {
    if (protocol->mode == plan.mode) return refdb::make_deployed(plan, hosts_file, *protocol);
  }
  throw InputError("--mode " + plan.mode + ": refdb has no such mode");
}

}  // namespace

extern const TargetPlugin refdb_plugin;
const TargetPlugin refdb_plugin = {"refdb", "the reference database of this project, simulated or on hosts",
                                   modes, false, make};

}  // namespace assay::targets
