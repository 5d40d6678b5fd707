// What PostgreSQL's answers prove.
//
// Until a commit was asked for, nothing of a request can have happened: whatever goes wrong, the server rolls back. A request that
// only reads changes nothing whatever became of it. Else it depends on what came back after the commit was asked for (by COMMIT,
// or by a statement that commits itself):
//
//   an error of error_table()     fail: PostgreSQL gives it only to what it rolls back
//   any other error, or silence   info
//   success with a warning        info where the commit had to wait for standbys and the wait was cancelled: it is committed at
//                                 the primary, and nobody knows whether anywhere else
//
// Errors are told by SQLSTATE ("PostgreSQL 15, Appendix A"), never by their words; only what libpq says of connections that can't
// be made has no such code.
//
// Thread safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "harness/core/client.h"

namespace assay::postgres {

struct ErrorMeaning {
  std::string_view sqlstate;  // or its first two characters: the whole class
  std::string_view when;
};
// Proofs that nothing was committed, even when they answer a commit.
std::span<const ErrorMeaning> error_table();
bool definite(std::string_view sqlstate);

enum class Stage : std::uint8_t {
  before,      // nobody asked for a commit yet
  committing,  // COMMIT, or a statement that commits itself, was sent
};

// The server said so, or (without a SQLSTATE) nothing more will be heard of it.
struct Trouble {
  std::string sqlstate;
  std::string message;
};

Completion failed(const Request& request, Stage stage, const Trouble& trouble);

// After COMMIT, or the statement that commits itself, went well; `tag` is the command that the server says it did, `warning` the
// SQLSTATE of a warning that came with it, or empty. `done` has the results.
Completion committed(Request done, std::string_view tag, const Trouble& warning);

// One sentence out of what libpq says of a connection that could not be made to `server` ("10.0.0.1:5432").
std::string connection_trouble(const std::string& server, std::string_view said);
// One sentence when this client can't work with a server of that version (libpq's number: 150018 is 15.18), else empty.
std::string version_trouble(const std::string& server, int version);

}  // namespace assay::postgres
