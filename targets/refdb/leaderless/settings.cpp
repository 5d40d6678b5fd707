#include "targets/refdb/leaderless/settings.h"

#include <charconv>

#include "harness/core/time.h"

namespace assay::refdb::leaderless {

namespace {

using Kind = OptionSpec::Kind;

constexpr std::int64_t kHour = 60 * kMinute;

constexpr OptionSpec kSpecs[] = {
    {"n", Kind::whole, "3", "", 1, 100, "replicas of each key"},
    {"r", Kind::text, "quorum", "", 0, 0, "replicas that a read waits for: one, quorum, all, or a number"},
    {"w", Kind::text, "quorum", "", 0, 0, "replicas that a write waits for: one, quorum, all, or a number"},
    {"coordinator", Kind::choice, "node", "node, client", 0, 0,
     "who asks the replicas and counts their answers"},
    {"repair", Kind::choice, "after", "before, after, none", 0, 0,
     "whether a read mends replicas that are behind, before or after it answers"},
    {"timestamps", Kind::choice, "hlc", "hlc, wall, quorum", 0, 0,
     "what orders writes: a hybrid logical clock, the wall clock, or a number past what a read quorum knows"},
    {"conflicts", Kind::choice, "lww", "lww, siblings, crdt", 0, 0,
     "what becomes of concurrent writes: the last one wins, readers get them all, or values are replicated "
     "data "
     "types that merge"},
    {"sloppy", Kind::flag, "no", "", 0, 0, "other nodes stand in for replicas that are away, with a hint"},
    {"anti-entropy", Kind::duration, "1s", "", 0, kHour,
     "time between comparisons with another replica; 0: never"},
    {"cas", Kind::choice, "plain", "plain, paxos", 0, 0,
     "compare-and-set: read, compare, write; or every operation by consensus on its key"},
    {"gossip", Kind::duration, "100ms", "", kMillisecond, kHour, "time between rounds of gossip"},
    {"suspect-after", Kind::duration, "1s", "", kMillisecond, kHour,
     "without news for so long a node is away"},
    {"request-timeout", Kind::duration, "1s", "", kMillisecond, kHour,
     "how long a coordinator waits for replicas"},
    {"clock-ahead-max", Kind::duration, "10m", "", 0, 1000 * kHour,
     "a timestamp from further ahead is refused: until its time has come, the others differ from the node "
     "that gave it"},
    {"tombstone-life", Kind::duration, "0", "", 0, 1000 * kHour,
     "how long the mark of a removed key is kept; 0: for ever"},
    {"fsync", Kind::choice, "always", "always, never", 0, 0, "whether a write is on disk before it counts"},
};

}  // namespace

std::span<const OptionSpec> option_specs() { return kSpecs; }

std::optional<std::size_t> level_of(std::string_view text, std::size_t replicas) {
  if (text == "one") return 1;
  if (text == "quorum") return replicas / 2 + 1;
  if (text == "all") return replicas;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

Settings settings_of(const Options& options) {
  Settings settings;
  settings.replicas = static_cast<std::size_t>(options.whole("n"));
  settings.read_quorum = level_of(options.text("r"), settings.replicas).value_or(1);
  settings.write_quorum = level_of(options.text("w"), settings.replicas).value_or(1);
  settings.client_coordinates = options.text("coordinator") == "client";
  const std::string_view repair = options.text("repair");
  settings.repair = repair == "before"  ? Settings::Repair::before
                    : repair == "after" ? Settings::Repair::after
                                        : Settings::Repair::none;
  const std::string_view timestamps = options.text("timestamps");
  settings.timestamps = timestamps == "hlc"    ? Settings::Timestamps::hybrid
                        : timestamps == "wall" ? Settings::Timestamps::wall
                                               : Settings::Timestamps::quorum;
  settings.siblings = options.text("conflicts") == "siblings";
  settings.data_types = options.text("conflicts") == "crdt";
  settings.sloppy = options.flag("sloppy");
  settings.paxos = options.text("cas") == "paxos";
  settings.sync = options.text("fsync") == "always";
  settings.anti_entropy = options.duration("anti-entropy");
  settings.gossip = options.duration("gossip");
  settings.suspect_after = options.duration("suspect-after");
  settings.request_timeout = options.duration("request-timeout");
  settings.clock_ahead_max = options.duration("clock-ahead-max");
  settings.tombstone_life = options.duration("tombstone-life");
  return settings;
}

std::string claim(const Options& options, int) {
  const Settings settings = settings_of(options);
  if (!settings.sync) return "eventual";  // a loss of power takes acknowledged writes away
  if (settings.paxos) return "linearizable";
  const bool overlap = settings.read_quorum + settings.write_quorum > settings.replicas && !settings.sloppy;
  if (!overlap || settings.timestamps != Settings::Timestamps::quorum) return "eventual";
  if (settings.siblings || settings.data_types) return "eventual";
  if (settings.repair != Settings::Repair::before) return "regular";
  return "linearizable, but for compare-and-set";
}

std::optional<std::string> refuse(const Options& options, int nodes) {
  const auto replicas = static_cast<std::size_t>(options.whole("n"));
  if (replicas > static_cast<std::size_t>(nodes)) {
    return "n is " + std::to_string(replicas) + ", but there are only " + std::to_string(nodes) + " nodes";
  }
  for (const char* name : {"r", "w"}) {
    const std::string text(options.text(name));
    const auto level = level_of(text, replicas);
    if (!level || *level > replicas) {
      return std::string(name) + " is \"" + text +
             "\", expected one, quorum, all, or a number from 1 to n, which is " + std::to_string(replicas);
    }
  }
  const bool paxos = options.text("cas") == "paxos";
  if (paxos && options.text("conflicts") != "lww") {
    return "cas=paxos decides every write, so there are no conflicts: leave out conflicts=" +
           std::string(options.text("conflicts"));
  }
  if (options.text("conflicts") == "crdt" && options.text("coordinator") == "client") {
    return "data types are changed by nodes: leave out coordinator=client, or conflicts=crdt";
  }
  if (paxos && options.text("coordinator") == "client") {
    return "cas=paxos is coordinated by nodes: leave out coordinator=client";
  }
  if (paxos && options.flag("sloppy"))
    return "cas=paxos needs a majority of the key's own replicas: leave out sloppy";
  if (options.text("coordinator") == "client" && options.text("timestamps") == "quorum" &&
      options.text("conflicts") == "siblings") {
    return "siblings are ordered by version vectors: leave out timestamps=quorum";
  }
  if (options.text("coordinator") == "client" && options.text("timestamps") == "wall") {
    return "clients have no wall clock: leave out timestamps=wall, or coordinator=client";
  }
  const bool wall = options.text("coordinator") == "node" && options.text("timestamps") != "quorum";
  if (!wall && options.duration("tombstone-life") > 0) {
    return "tombstone-life needs the time of day in timestamps: leave out coordinator=client and "
           "timestamps=quorum";
  }
  if (options.text("coordinator") == "client" && options.flag("sloppy")) {
    return "hints are kept by nodes that coordinate: leave out sloppy, or coordinator=client";
  }
  return std::nullopt;
}

}  // namespace assay::refdb::leaderless
