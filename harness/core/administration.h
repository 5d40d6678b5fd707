// What an operator asks of a database that serves: who leads, who belongs to it, which build runs. A target that knows how offers
// this handle; a database that is its own operator offers none.
//
// Thread safety: one thread at a time (in the real world the fault thread: the calls block). Errors: HarnessError when the
// infrastructure fails; a node that does not answer, or refuses, is a value.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/operation.h"
#include "harness/core/time.h"

namespace assay {

enum class AdminMeans : std::uint8_t {
  transfer,    // let another node lead
  membership,  // let other nodes decide
  builds,      // run another build of the database
};

// What one node says of the cluster when it is asked.
struct NodeView {
  bool answered = false;
  std::optional<NodeId> leader;
  std::int64_t term = 0;        // of that leader: the higher, the newer; 0 where there is no such thing
  std::vector<NodeId> members;  // that decide; sorted; empty where a node does not tell
  std::string version;          // what runs there
};
using NodeViews = std::vector<NodeView>;  // by node

class Administration {
 public:
  virtual ~Administration() = default;
  // Why this database does not have it; nothing when it has. What follows views() is called for what is not lacking only.
  virtual std::optional<std::string> lack(AdminMeans means) = 0;
  virtual NodeViews views() = 0;
  // Asks for views until `reached` holds or `patience` is over, and lets the database and its clients go on meanwhile. The views
  // that were seen last.
  virtual NodeViews await(const std::function<bool(const NodeViews&)>& reached, Nanos patience) = 0;

  // An order: it returns when it was taken (an empty text) or refused (why), and what comes of it shows in the views. It may have
  // been taken where no answer came. The same order twice does no harm.
  virtual std::string transfer(NodeId to) { return static_cast<void>(to), "it hands nothing over"; }
  // A node that is no member any more decides nothing; it may go on running.
  virtual std::string set_member(NodeId node, bool member) {
    return static_cast<void>(node), static_cast<void>(member), "its members are fixed";
  }
  // From its next start on the node runs the newer build, or again the one that it was deployed with. The version that it then
  // must tell.
  virtual std::string set_build(NodeId node, bool newer) {
    return static_cast<void>(node), static_cast<void>(newer), std::string();
  }
};

}  // namespace assay
