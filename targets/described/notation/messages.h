// The lines between Assay and a client program (docs/protocol.md): what is asked, and what an answer means.
//
// Thread safety: plain functions. Errors: parse_answer() gives a sentence instead of throwing; what goes wrong here is the
// program's fault, never the database's.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/core/client.h"
#include "targets/described/notation/template.h"

namespace assay::described {

inline constexpr std::int64_t kProtocolVersion = 1;

// What a program is told first.
struct Greeting {
  std::string node;  // which it shall talk to
  std::int64_t process = 0;
  std::int64_t port = 0;
  std::vector<NodePlace> nodes;
  Names options;
};

// Each is one line with its end.
std::string greeting_line(const Greeting& greeting);
std::string request_line(std::int64_t id, const Request& request);

struct Hello {
  std::set<std::string> operations;  // names of functions; "transaction" for requests of several
};

// A Hello, or the sentence that says what was expected.
std::variant<Hello, std::string> parse_hello(std::string_view line);

// What became of the request of that id, or a sentence that says what was expected. Outcome "error" is fail when the error begins
// like one of `definite`, and info otherwise.
std::variant<Completion, std::string> parse_answer(std::string_view line, std::int64_t id,
                                                   const Request& request,
                                                   const std::vector<DefiniteError>& definite = {});

// Why a program that said so can't do the request; empty when it can.
std::string not_offered(const Hello& hello, const Request& request);

}  // namespace assay::described
