// A client of a described database: a program in any language, one process for each client, that speaks JSON lines on
// standard input and output (docs/protocol.md). It dies with this object, and with Assay.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also
// inside its own reply. Errors: a program that can't be started, ends, or breaks the protocol is HarnessError with the last line
// that it wrote to standard error, thrown from invoke() or out of the io_context: such a run says nothing about the database.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/client.h"
#include "targets/described/notation/messages.h"

namespace assay::described {

class ClientProgram final : public Client {
 public:
  // `command` is the program, found in PATH or by its path, and its arguments; `folder` is where it runs.
  // `definite` are the errors that prove that nothing happened.
  ClientProgram(boost::asio::io_context& io, const std::vector<std::string>& command,
                const std::string& folder, const Greeting& greeting,
                std::vector<DefiniteError> definite = {});
  ~ClientProgram() override;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;

 private:
  class Conversation;
  std::shared_ptr<Conversation> conversation_;
};

}  // namespace assay::described
