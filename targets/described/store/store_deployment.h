// The nodes of a described database on hosts: what is installed, written, prepared, started and asked there. Every shell command of a
// description runs here, and what is filled into it is quoted by the one function that quotes.
//
// Thread safety: one caller at a time, as the cluster. Errors: HarnessError, one sentence that names the host.
#pragma once

#include <string>
#include <vector>

#include "harness/cluster/deployment.h"
#include "targets/described/notation/choice.h"
#include "targets/described/store/embedded.h"

namespace assay::described {

class StoreDeployment {
 public:
  // Installs, uploads and writes everything; starts nothing. The description, the choice and the files outlive it.
  StoreDeployment(const Plan& plan, const Description& description, const Choice& choice,
                  const std::vector<EmbeddedFile>& files, const std::string& hosts_file);

  cluster::Cluster& cluster() { return cluster_; }
  const std::vector<NodePlace>& places() const { return places_; }
  // Nodes are told each other's names instead of addresses.
  bool by_name() const { return by_name_; }

  // Prepares and starts every node, waits until they are ready, and runs what is to be run then.
  void start();
  // What the description's command says; empty without one.
  std::string version();

  // A node where a command ends with 0, and the number that it prints first there; 0 for no number.
  struct Found {
    NodeId node;
    std::int64_t printed;
  };
  // `what` names the command in messages.
  std::vector<Found> find(const std::string& command, const std::string& what);

  // A command of the description on one host, which may name `more`; `input` is its standard input. What it ends with is a value.
  cluster::CommandResult perform(NodeId node, const std::string& command, const std::string& what,
                                 const Names& more = {}, const std::string& input = {});
  // The same command on every host at once, by node.
  std::vector<cluster::CommandResult> ask_each(const std::string& command, const std::string& what);

  Names names(std::size_t node) const { return names_of(description_, places_, node, choice_.options); }

 private:
  Names shell_names(std::size_t node) const;
  void install();
  void install_on(std::size_t node, const std::string& package);
  void upload(const UploadedFile& file);
  void configure();
  cluster::NodeProgram program_of(std::size_t node);
  std::string path_of(std::size_t node, const std::string& program);
  void refuse_taken_ports();
  // Where it is to be done there, as often as it wants to be.
  void perform_on(std::size_t node, const HostStep& step, const std::string& what);
  void prepare(NodeId node);

  const Plan& plan_;
  const Description& description_;
  const Choice& choice_;
  const std::vector<EmbeddedFile>& files_;
  const bool by_name_;
  cluster::Cluster cluster_;
  std::vector<NodePlace> places_;
};

}  // namespace assay::described
