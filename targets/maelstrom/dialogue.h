// What a client of a node says for a request, and what it makes of the answers: one message and its reply for most workloads; of
// logs, a poll also asks for committed offsets and commits them.
//
// Thread safety: none; a client has one, for one request at a time. Errors: a sentence for an answer that is not what the
// protocol wants.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "harness/core/client.h"
#include "targets/maelstrom/kinds.h"
#include "targets/maelstrom/wire.h"

namespace assay::maelstrom {

struct Complaint {
  std::string expected;
};
// The next message's body; or what became of the request; or what was expected of an answer.
using Turn = std::variant<Json, Completion, Complaint>;

class Dialogue {
 public:
  virtual ~Dialogue() = default;
  // Never a complaint.
  virtual Turn begin(const Request& request) = 0;
  // `reply` is the body of the answer to the last message, an error or not.
  virtual Turn take(const Json& reply) = 0;
};

std::unique_ptr<Dialogue> make_dialogue(Kind kind);

}  // namespace assay::maelstrom
