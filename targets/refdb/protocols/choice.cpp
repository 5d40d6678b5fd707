#include "targets/refdb/protocols/choice.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include "harness/core/error.h"

namespace assay::refdb {

namespace {

// "a, b, c", for messages.
void add_name(std::string& list, std::string_view name) {
  list += list.empty() ? "" : ", ";
  list += name;
}

const ProtocolPlugin& protocol_named(const std::string& mode) {
  if (const ProtocolPlugin* protocol = find_protocol(mode)) return *protocol;
  std::string known;
  for (const ProtocolPlugin* protocol : all_protocols()) add_name(known, protocol->mode);
  throw InputError("refdb has no mode \"" + mode + "\"; there are: " + known);
}

void check_bugs(const ProtocolPlugin& protocol, const std::vector<std::string>& bugs) {
  for (const std::string& bug : bugs) {
    std::string known;
    bool found = false;
    for (const ProtocolPlugin::Bug& candidate : protocol.bugs()) {
      found = found || candidate.name == bug;
      add_name(known, candidate.name);
    }
    if (found) continue;
    throw InputError("refdb has no seeded bug \"" + bug + "\" in mode " + std::string(protocol.mode) +
                     "; there are: " + known);
  }
}

// What is left must be meant for the driver: an option of another mode is a mistake that it would not recognise.
void refuse_options_of_other_modes(const ProtocolPlugin& chosen, const Facts& rest) {
  for (const Fact& fact : rest) {
    std::string others, own;
    for (const ProtocolPlugin* protocol : all_protocols()) {
      if (find_option(protocol->options, fact.name) != nullptr) add_name(others, protocol->mode);
    }
    if (others.empty()) continue;
    for (const OptionSpec& option : chosen.options) add_name(own, option.name);
    throw InputError("refdb in mode " + std::string(chosen.mode) + " has no option " + fact.name +
                     " (that is one of " + others + "); there are: " + own);
  }
}

class EmptyStorage final : public StorageReader {
 public:
  void scan(std::string_view, const std::function<void(std::string_view, std::string_view)>&) const override {
  }
};

}  // namespace

ProtocolChoice choose_protocol(const Plan& plan) {
  ProtocolChoice choice;
  choice.protocol = &protocol_named(plan.mode);
  check_bugs(*choice.protocol, plan.bugs);
  DividedFacts divided = divide_options(choice.protocol->options, plan.options);
  refuse_options_of_other_modes(*choice.protocol, divided.rest);
  choice.rest = std::move(divided.rest);
  try {
    choice.options = make_options(*choice.protocol, divided.of_mode, plan.nodes);
  } catch (const std::invalid_argument& refusal) {
    throw InputError("refdb in mode " + plan.mode + ": " + refusal.what());
  }
  return choice;
}

std::vector<std::vector<NodeId>> datacenters_of(const Options& options, int nodes) {
  const Value* count = find_fact(options.facts(), "datacenters");
  if (count == nullptr || count->as_integer() < 2) return {};
  std::vector<std::vector<NodeId>> groups(static_cast<std::size_t>(count->as_integer()));
  // As multi_leader::Topology::datacenter_of().
  for (int node = 0; node < nodes; ++node)
    groups[static_cast<std::size_t>(node * count->as_integer() / nodes)].push_back(static_cast<NodeId>(node));
  return groups;
}

void check_replica(const ProtocolPlugin& protocol, const ReplicaConfig& config) {
  try {
    protocol.make(config, EmptyStorage(), LocalTime{});
  } catch (const std::invalid_argument& refusal) {
    throw InputError("refdb in mode " + std::string(protocol.mode) +
                     " refuses its configuration: " + refusal.what());
  }
}

}  // namespace assay::refdb
