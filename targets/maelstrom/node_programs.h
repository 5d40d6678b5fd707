// The nodes: one program each, talked to by lines on its standard input and output, its standard error in a log of its own. They
// are killed, started, paused and resumed as processes of any host are, each with all that it started itself.
//
// Thread safety: write() and the hooks on the loop's thread; Processes from any one thread at a time beside it. The thread that
// starts a program must live as long as that program (targets/described/start_program.h). Errors: HarnessError for a program that
// can't be started.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/core/target.h"

namespace assay::maelstrom {

// On the loop's thread, in the order in which it happens.
struct NodeHooks {
  std::function<void(NodeId)> started;  // what is written here, the node reads first
  std::function<void(NodeId, const std::string& line)> said;
  std::function<void(NodeId, const std::string& how)> ended;  // by itself: "ended by itself"
};

class NodePrograms final : public Processes {
 public:
  // `command` is the program and its arguments; it runs here. Logs are `log_folder`/NODE.log.
  NodePrograms(boost::asio::io_context& io, std::vector<std::string> command, std::string log_folder,
               const std::vector<std::string>& names, NodeHooks hooks);
  ~NodePrograms() override;

  // Whether what is written now can be read by somebody.
  bool hears(NodeId node);
  // False when it is lost: nobody hears, or too much waits to be read. A line has its end.
  bool write(NodeId node, std::string_view line);
  // Ends them all. Idempotent.
  void end();

  std::string log_of(NodeId node) const;
  // The last line of its log that is not blank; empty when there is none.
  std::string last_words(NodeId node) const;

  void kill(NodeId node) override;
  void start(NodeId node) override;
  void pause(NodeId node) override;
  void resume(NodeId node) override;
  State state(NodeId node) override;
  std::int64_t incarnation(NodeId node) override;

 private:
  class Conversation;
  std::shared_ptr<Conversation> conversation_of(NodeId node);
  State state_of(NodeId node) const;
  void let_go(NodeId node);

  boost::asio::io_context& io_;
  const std::vector<std::string> command_;
  const std::string log_folder_;
  const std::vector<std::string> names_;
  const NodeHooks hooks_;
  std::mutex mutex_;                                          // of what follows
  std::vector<std::shared_ptr<Conversation>> conversations_;  // by node; null: never started, or killed
};

}  // namespace assay::maelstrom
