// Trouble of chosen files (core/file_faults.h) as requests to the layers under the nodes' data.
#include "harness/cluster/host_handles.h"

namespace assay::cluster {
namespace {

// As the layer under the data names it.
Message file_request(const char* verb, const FileFault& fault) {
  constexpr const char* kPlaces[] = {"log", "data", "snapshot"};
  constexpr const char* kKinds[] = {"full", "errors", "lost-sync", "slow", "stuck", "torn", "short-reads"};
  constexpr const char* kCalls[] = {"", "read", "write", "sync"};
  Message request;
  request.verb = verb;
  request.add("kind", kKinds[static_cast<std::size_t>(fault.kind)])
      .add("place", kPlaces[static_cast<std::size_t>(fault.place)])
      .add("delay", fault.delay)
      .add("draw", static_cast<std::int64_t>(fault.draw >> 1));
  if (fault.calls != FileFault::Calls::all)
    request.add("calls", kCalls[static_cast<std::size_t>(fault.calls)]);
  return request;
}

}  // namespace

std::optional<std::string> HostDisks::lack(const FileFault&) {
  return no_layer_.empty() ? std::nullopt : std::optional(no_layer_);
}

void HostDisks::hurt_files(NodeId node, const FileFault& fault) {
  links_[static_cast<std::size_t>(node)]->request(file_request("file-hurt", fault));
}

Evidence HostDisks::try_files(NodeId node, const FileFault& fault, bool in_force) {
  const Message reply =
      links_[static_cast<std::size_t>(node)]->request(file_request("file-try", fault)
                                                          .add("patience", kPatienceForHurtMilliseconds)
                                                          .add("in-force", in_force ? 1 : 0));
  Evidence evidence{.proved = reply.integer("proved") != 0,
                    .facts = {{"writing", Value::text(reply.text("writing"))},
                              {"reading", Value::text(reply.text("reading"))},
                              {"ns", reply.integer("nanos")}}};
  if (!in_force) return evidence;
  const std::int64_t reads = reply.integer("reads"), writes = reply.integer("writes"),
                     syncs = reply.integer("syncs");
  evidence.facts.push_back({"mechanism", Value::text(reply.text("mechanism"))});
  evidence.facts.push_back({"calls-hurt", reads + writes + syncs});
  evidence.facts.push_back({"reads-hurt", reads});
  evidence.facts.push_back({"writes-hurt", writes});
  evidence.facts.push_back({"syncs-hurt", syncs});
  if (reply.has("torn-file")) {
    evidence.facts.push_back({"torn-file", Value::text(reply.text("torn-file"))});
    evidence.facts.push_back({"torn-offset", reply.integer("torn-offset")});
    evidence.facts.push_back({"torn-size", reply.integer("torn-size")});
    evidence.facts.push_back({"torn-kept", reply.integer("torn-kept")});
  }
  return evidence;
}

void HostDisks::relieve_files(NodeId node) {
  links_[static_cast<std::size_t>(node)]->request("file-relieve");
}

}  // namespace assay::cluster
