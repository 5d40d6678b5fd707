// A described database as a target: deployed to hosts over SSH, with clients that somebody else makes: a program that the
// description names, or an adapter that is built in (native_store.h). Packages and files are installed, configurations written,
// nodes prepared, started and hurt like those of every other target.
//
// Thread safety and errors as harness/core/target.h says. StoreParts' functions are called on the threads that it names there:
// `connect` on the loop's, the others where they may block.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/target.h"
#include "targets/described/notation/choice.h"
#include "targets/described/store/embedded.h"

namespace assay::described {

// The database of one run, as its clients find it.
struct StoreRun {
  Description description;
  Choice choice;
  std::vector<NodePlace> places;  // by node; data and home are empty for servers that ran already
};

// The client that is wanted.
struct ClientPlace {
  boost::asio::io_context& io;  // of the loop: its thread, no locks
  NodeId node = 0;
  ProcessId process = 0;
  const StoreRun& run;  // outlives the client

  const NodePlace& place() const { return run.places[static_cast<std::size_t>(node)]; }
};

// Something that does its work beside the loop while the run goes on, such as promoting a standby: it has threads of its own.
class StoreKeeper {
 public:
  virtual ~StoreKeeper() = default;
  // Called by the loop a few times a second; returns at once.
  virtual void observe(Nanos at) { static_cast<void>(at); }
  // Puts what it has to tell of the run into this folder, beside the nodes' logs.
  virtual void collect(const std::string& directory) { static_cast<void>(directory); }
};

// What the description does not say. All but `connect` may be empty.
struct StoreParts {
  std::function<std::unique_ptr<Client>(const ClientPlace&)> connect;
  // Asks the nodes once they are started, and throws HarnessError with one sentence when what answers is not what was wanted: no
  // such database, another version, a wrong password. Returns the version, empty when it can't be told.
  std::function<std::string(const StoreRun&)> look;
  // The node that acts as leader or primary now. Instead of the description's `primary`.
  std::function<std::optional<NodeId>(const StoreRun&)> leader;
  std::function<Facts(const StoreRun&)> counters;
  // Made at the end of start(), gone before anything is stopped.
  std::function<std::unique_ptr<StoreKeeper>(const StoreRun&)> keeper;
  std::vector<EmbeddedFile> files;  // not empty: uploaded files are taken from here
};

// Deploys it. `mode` is what the run is called after. Throws InputError and HarnessError.
std::unique_ptr<Target> make_deployed_store(Description description, Choice choice, StoreParts parts,
                                            const Plan& plan, const std::string& hosts_file);

// The same for servers that run already ("10.0.0.1:2379,10.0.0.2:2379"), which are neither hurt nor stopped.
std::unique_ptr<Target> make_running_store(Description description, Choice choice, StoreParts parts,
                                           const Plan& plan, const std::string& servers);

}  // namespace assay::described
