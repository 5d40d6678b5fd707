// Target "refdb": the reference database, simulated or on real hosts.
#include "harness/core/target_plugin.h"
#include "targets/refdb/deployed/deployed_target.h"
#include "targets/refdb/protocols/protocols.h"
#include "targets/refdb/simulated/make_simulated.h"

namespace assay::targets {

namespace {

constexpr int kUsualNodes = 5;

std::vector<ModeInfo> modes() {
  std::vector<ModeInfo> infos;
  for (const refdb::ProtocolPlugin* protocol : refdb::all_protocols()) {
    ModeInfo info{std::string(protocol->mode),
                  std::string(protocol->summary),
                  protocol->claim(refdb::Options(protocol->options), kUsualNodes),
                  std::string(protocol->breaks),
                  {},
                  {}};
    for (const refdb::OptionSpec& option : protocol->options) {
      info.options.push_back({std::string(option.name), std::string(option.usual),
                              refdb::accepted_text(option), std::string(option.summary)});
    }
    for (const refdb::ProtocolPlugin::Bug& bug : protocol->bugs()) {
      info.bugs.push_back({std::string(bug.name), std::string(bug.summary), std::string(bug.needs)});
    }
    infos.push_back(std::move(info));
  }
  return infos;
}

std::unique_ptr<Target> make(const Plan& plan, const std::string& hosts_file) {
  return hosts_file.empty() ? refdb::make_simulated(plan) : refdb::make_deployed(plan, hosts_file);
}

}  // namespace

extern const TargetPlugin refdb_plugin;
const TargetPlugin refdb_plugin = {"refdb", "the reference database of this project, simulated or on hosts",
                                   modes, false, make};

}  // namespace assay::targets
