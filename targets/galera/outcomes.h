// What MariaDB's answers prove.
//
// Until a commit was asked for, nothing of a request can have happened: whatever goes wrong, the server rolls back. A request that
// only reads changes nothing whatever became of it. Else it depends on what came back after the commit was asked for (by COMMIT,
// or by a statement that commits itself):
//
//   an error of error_table()     fail: MariaDB gives it only to what it rolls back, or refused before it began
//   any other error, or silence   info
//
// Errors are told by their number (MariaDB, "MariaDB Error Codes"), never by their words. Numbers of the client's library begin at
// 2000; with them nobody knows what the server did.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/client.h"

namespace assay::galera {

struct ErrorMeaning {
  unsigned number;
  std::string_view when;
};
// Proofs that nothing was committed, even when they answer a commit.
std::span<const ErrorMeaning> error_table();
bool definite(unsigned number);

inline constexpr unsigned kNodeNotReady = 1047;  // it is in no cluster that has a majority

enum class Stage : std::uint8_t {
  before,      // nobody asked for a commit yet
  committing,  // COMMIT, or a statement that commits itself, was sent
};

// The server said so, or (number 0, or one of the library's) nothing more will be heard of it.
struct Trouble {
  unsigned number = 0;
  std::string message;
};

Completion failed(const Request& request, Stage stage, const Trouble& trouble);

// One sentence for a connection that could not be made to `server` ("10.0.0.1:3306").
std::string connection_trouble(const std::string& server, const Trouble& said);
// One sentence when this client can't work with a server that calls itself that ("10.11.19-MariaDB-0+deb12u1"), else empty.
std::string version_trouble(const std::string& server, std::string_view version);

}  // namespace assay::galera
