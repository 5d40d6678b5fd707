#include "targets/refdb/multi_leader/settings.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
using Kind = OptionSpec::Kind;

constexpr OptionSpec kSpecs[] = {
    {"topology", Kind::choice, "all-to-all", "all-to-all, ring, star", 0, 0,
     "who sends updates to whom: every leader to every other, to the next one, or through the first one"},
    {"datacenters", Kind::whole, "0", "", 0, 100,
     "groups of nodes with one leader each, whom the others follow and replace; 0: every node leads"},
    {"resolver", Kind::choice, "lww", "lww, fww, siblings, merge, crdt, flag", 0, 0,
     "what becomes of concurrent writes: last or first write wins, all are kept for the client, a function "
     "merges them, values "
     "are replicated data types, or both are kept and further writes refused until a person decides (by "
     "compare-and-set)"},
    {"clock", Kind::choice, "hlc", "wall, hlc", 0, 0,
     "what stamps writes: the node's wall clock, or a hybrid logical clock"},
    {"merge-function", Kind::choice, "union", "union, max, join", 0, 0,
     "resolver=merge: union of lists, the largest value, or texts joined by commas"},
    {"text", Kind::choice, "sequence", "sequence, ot", 0, 0,
     "resolver=crdt: how texts are edited: as a sequence data type, or by operational transformation through "
     "the first node "
     "(topology=star)"},
    {"session", Kind::flag, "no", "", 0, 0,
     "clients carry what they have seen, and a node that has not seen as much makes them wait"},
    {"client-moves", Kind::flag, "no", "", 0, 0, "a client whose node does not answer goes to the next one"},
    {"clock-granularity", Kind::duration, "1ms", "", 1'000, 1'000 * kMillisecond, "of the stamps of writes"},
    {"resend-after", Kind::duration, "100ms", "", kMillisecond, 10'000 * kMillisecond,
     "an update that was not acknowledged is sent again"},
    {"failover-after", Kind::duration, "500ms", "", 100 * kMillisecond, 60'000 * kMillisecond,
     "datacenters: a leader that its datacenter has not heard of for so long is replaced"},
};

Resolver resolver_of(std::string_view name) {
  if (name == "fww") return Resolver::first_write_wins;
  if (name == "siblings") return Resolver::siblings;
  if (name == "merge") return Resolver::merge_function;
  if (name == "crdt") return Resolver::data_types;
  return name == "flag" ? Resolver::flag : Resolver::last_write_wins;
}

Topology::Shape shape_of(std::string_view name) {
  if (name == "ring") return Topology::Shape::ring;
  return name == "star" ? Topology::Shape::star : Topology::Shape::all_to_all;
}

}  // namespace

std::span<const OptionSpec> option_specs() { return kSpecs; }

std::optional<std::string> refuse(const Options& options, int nodes) {
  if (options.whole("datacenters") > nodes) {
    return "datacenters=" + std::to_string(options.whole("datacenters")) + " needs as many nodes, not " +
           std::to_string(nodes);
  }
  if (options.text("text") == "ot" &&
      (options.text("topology") != "star" || options.text("resolver") != "crdt")) {
    return "text=ot needs topology=star, whose hub is its server, and resolver=crdt";
  }
  if (options.text("text") == "ot" && options.whole("datacenters") > 0) {
    return "text=ot can't be combined with datacenters";
  }
  return std::nullopt;
}

// A client that stays on its node sees one causal past that only grows, and whatever resolves conflicts does it alike on all.
// Wall clocks lose later writes, so reads may go back; followers hear of their leader's writes later than its clients do.
std::string claim(const Options& options, int) {
  const std::string_view resolver = options.text("resolver");
  const bool stays =
      options.flag("session") || (!options.flag("client-moves") && options.whole("datacenters") == 0);
  if (resolver == "lww") return options.text("clock") == "hlc" && stays ? "causal-convergence" : "eventual";
  return stays ? "causal" : "eventual";
}

Settings settings_of(const ReplicaConfig& config) {
  const Options options = config.options.facts().empty() ? Options(option_specs()) : config.options;
  const auto datacenters = static_cast<PeerId>(options.whole("datacenters"));
  Settings settings{Topology(shape_of(options.text("topology")), config.cluster_size, datacenters),
                    {},
                    options.text("clock") == "wall",
                    options.flag("session"),
                    false,
                    options.text("text") == "ot",
                    options.duration("clock-granularity"),
                    options.duration("resend-after"),
                    options.duration("failover-after"),
                    {}};
  settings.rules.resolver = resolver_of(options.text("resolver"));
  settings.client_context =
      settings.rules.resolver == Resolver::siblings || settings.rules.resolver == Resolver::merge_function;
  const std::string_view combine = options.text("merge-function");
  settings.rules.combine = combine == "max"    ? Combine::largest
                           : combine == "join" ? Combine::joined
                                               : Combine::united;
  settings.bugs = bugs_of(config);
  settings.rules.tie_keeps_newcomer = settings.bugs.tie_keeps_newcomer;
  settings.rules.remove_wins = settings.bugs.set_remove_wins;
  return settings;
}

}  // namespace assay::refdb::multi_leader
