#include "targets/postgres/outcomes.h"

#include <algorithm>
#include <utility>

#include "targets/sql/script.h"

namespace assay::postgres {

namespace {

constexpr ErrorMeaning kDefinite[] = {
    {"0A", "not supported, e.g. serializable on a hot standby"},
    {"22", "data that can't be: looked at before the commit"},
    {"23", "a constraint, at the latest checked at the commit, which is undone"},
    {"25006", "read-only: a standby, or a primary that was shut out"},
    {"25P02", "the transaction had failed before"},
    {"26000", "no such prepared statement"},
    {"28", "not let in"},
    {"3D000", "no such database"},
    {"40001", "serialization failure, or a conflict with recovery on a standby"},
    {"40002", "a constraint at the commit"},
    {"40P01", "deadlock"},
    {"42", "not understood, or not allowed"},
    {"53", "out of disk, memory or connections, before the commit was written"},
    {"54", "above a limit of the server"},
    {"55", "locked, or not in the state that it needs"},
    {"57014", "cancelled before the commit: a cancelled wait for standbys is success with a warning"},
    {"57P03", "not serving yet, or no longer"},
};

// libpq's words (version 15), and what they mean for the person who has to mend it.
constexpr std::pair<std::string_view, std::string_view> kConnectionWords[] = {
    {"password authentication failed", "refuses the password or the user"},
    {"no password supplied", "wants a password, and none was given (PGPASSWORD)"},
    {"no pg_hba.conf entry", "lets nobody in from here: its pg_hba.conf has no line for us"},
    {"does not exist", "has no such user or database"},
    {"too many clients", "has no connection left"},
    {"remaining connection slots are reserved", "has no connection left"},
    {"Connection refused", "does not listen: the server is down, or it is the wrong port"},
    {"starting up", "is starting up"},
    {"shutting down", "is shutting down"},
    {"in recovery mode", "is recovering from a crash"},
    {"not yet accepting connections", "is starting up"},
    {"invalid response to SSL negotiation", "is no PostgreSQL: it speaks another protocol"},
    {"expected authentication request from server", "is no PostgreSQL: it speaks another protocol"},
    {"unsupported frontend protocol", "does not know this version of the protocol"},
    {"protocol version", "does not know this version of the protocol"},
    {"authentication method", "asks for a way to log in that this client does not know"},
    {"server closed the connection unexpectedly",
     "closed the connection: it is no PostgreSQL, or it is going down"},
    {"lost synchronization", "is no PostgreSQL: it speaks another protocol"},
};

// The server reports whether it is a hot standby since then.
constexpr int kOldestVersion = 140'000;

bool cancelled_wait(const Trouble& warning) {
  return warning.sqlstate == "01000" || warning.sqlstate == "57P01";
}

}  // namespace

std::span<const ErrorMeaning> error_table() { return kDefinite; }

bool definite(std::string_view sqlstate) {
  return sqlstate.size() == 5 &&
         std::any_of(std::begin(kDefinite), std::end(kDefinite),
                     [&](const ErrorMeaning& meaning) { return sqlstate.starts_with(meaning.sqlstate); });
}

Completion failed(const Request& request, Stage stage, const Trouble& trouble) {
  const bool sure = stage == Stage::before || sql::only_reads(request) || definite(trouble.sqlstate);
  std::string text = trouble.message;
  if (!trouble.sqlstate.empty()) text = trouble.sqlstate + " " + text;
  return {sure ? Outcome::fail : Outcome::info, {}, std::move(text), kNoNode};
}

Completion committed(Request done, std::string_view tag, const Trouble& warning) {
  // COMMIT of a transaction that failed is answered with this, and no error.
  if (tag == "ROLLBACK") return {Outcome::fail, {}, "rolled back instead of committed", kNoNode};
  if (cancelled_wait(warning) && !sql::only_reads(done))
    return {Outcome::info, {}, "committed at the primary alone: " + warning.message, kNoNode};
  return {Outcome::ok, std::move(done), {}, kNoNode};
}

std::string connection_trouble(const std::string& server, std::string_view said) {
  for (const auto& [words, meaning] : kConnectionWords) {
    if (said.find(words) != std::string_view::npos) return server + " " + std::string(meaning);
  }
  // "connection to server at ..., port ... failed: FATAL:  why", of which the end is new.
  const std::string_view line = said.substr(0, said.find('\n'));
  const std::size_t mark = line.find("failed: ");
  const std::string_view why = mark == std::string_view::npos ? line : line.substr(mark + 8);
  return server + " can't be connected to: " + (why.empty() ? "no reason was given" : std::string(why));
}

std::string version_trouble(const std::string& server, int version) {
  if (version >= kOldestVersion) return {};
  const std::string text = version < 100'000
                               ? std::to_string(version / 10'000) + "." + std::to_string(version / 100 % 100)
                               : std::to_string(version / 10'000);
  return server + " is PostgreSQL " + text + "; target postgres needs 14 or newer";
}

}  // namespace assay::postgres
