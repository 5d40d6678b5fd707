#include "targets/zookeeper/calls.h"

#include <algorithm>

namespace assay::zookeeper {

namespace {

// A request that changes something is looked at by the leader before it becomes a transaction; what is refused there is no
// transaction (PrepRequestProcessor).
constexpr CodeMeaning kDefinite[] = {
    {-6, "unimplemented", "the server does not know the request"},
    {-8, "bad arguments", "looked at before anything was proposed"},
    {kInvalidState, "invalid state", "the session is over, nothing was sent"},
    {kNoNode, "no node", "there is no such node, or no parent for it; nothing was proposed"},
    {-102, "not authenticated", "the node's list of who may do what says no; nothing was proposed"},
    {kBadVersion, "bad version", "the node has another version; nothing was proposed"},
    {-108, "no children for ephemerals", "such a node has no children; nothing was proposed"},
    {kNodeExists, "node exists", "there is the node already; nothing was proposed"},
    {-111, "not empty", "the node has children; nothing was proposed"},
    {kSessionExpired, "session expired", "the leader refuses what comes from a session that is over"},
    {-114, "invalid ACL", "looked at before anything was proposed"},
    {kAuthFailed, "authentication failed", "not let in"},
    {-118, "session moved", "the session has gone to another server; this request was ignored"},
    {-119, "not read-only", "the server is cut off and takes no changes"},
    {-120, "ephemeral on local session", "looked at before anything was proposed"},
    {-124, "session closed, SASL wanted", "not let in"},
    {-125, "quota exceeded", "looked at before anything was proposed"},
    {-127, "throttled", "the server has too much to do, and did not begin"},
};

constexpr CodeMeaning kOther[] = {
    {-1, "system error", ""},       {-2, "runtime inconsistency", ""},
    {-3, "data inconsistency", ""}, {kConnectionLoss, "connection loss", ""},
    {-5, "marshalling error", ""},  {kOperationTimeout, "operation timeout", ""},
    {-15, "TLS error", ""},         {-116, "closing", ""},
};

}  // namespace

std::span<const CodeMeaning> definite_codes() { return kDefinite; }

bool definite(int code) {
  return std::any_of(std::begin(kDefinite), std::end(kDefinite),
                     [code](const CodeMeaning& meaning) { return meaning.code == code; });
}

std::string code_text(int code) {
  for (const std::span<const CodeMeaning> table :
       {std::span<const CodeMeaning>(kDefinite), std::span<const CodeMeaning>(kOther)}) {
    for (const CodeMeaning& meaning : table) {
      if (meaning.code == code) return std::string(meaning.name);
    }
  }
  return "error " + std::to_string(code);
}

}  // namespace assay::zookeeper
