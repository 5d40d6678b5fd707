#include "targets/galera/outcomes.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "targets/sql/script.h"

namespace assay::galera {

namespace {

constexpr ErrorMeaning kDefinite[] = {
    {1020, "the record has changed since it was read (innodb_snapshot_isolation); rolled back"},
    {1040, "no connection left"},
    {1044, "not let into the database"},
    {1045, "not let in"},
    {1047,
     "the node is in no cluster that has a majority, or rejects queries: looked at before anything is done"},
    {1048, "a value that must not be NULL"},
    {1049, "no such database"},
    {1054, "no such column"},
    {1062, "a key that is there already"},
    {1064, "not understood"},
    {1136, "not as many values as columns"},
    {1142, "not allowed"},
    {1146, "no such table"},
    {1193, "no such variable"},
    {1203, "the user has no connection left"},
    {1205,
     "a lock was waited for too long, or what the cluster has was (wsrep_sync_wait): before the commit"},
    {1213, "deadlock; also certification: another node's transaction came first"},
    {1264, "a number out of its range"},
    {1290, "the server is read-only"},
    {1292, "a text that is no number"},
    {1366, "a value that the column can't have"},
    {1406, "a value that is too long"},
    {1690, "a number out of its range"},
    {1792, "the transaction is read-only"},
    {1836, "the server is read-only"},
};

// Error numbers when a connection is made, and what they mean for the person who has to mend it.
constexpr std::pair<unsigned, std::string_view> kConnectionNumbers[] = {
    {1040, "has no connection left"},
    {1044, "does not let the user into the database"},
    {1045, "refuses the password or the user"},
    {1047, "is in no cluster that has a majority"},
    {1049, "has no such database"},
    {1129, "has blocked this machine after too many errors"},
    {1130, "lets nobody in from here"},
    {1193, "knows no such variable as this run sets: it is older, or another product"},
    {1203, "has no connection left for the user"},
    {1251, "asks for a way to log in that this client does not know"},
    {2007, "is no MariaDB: it speaks another protocol"},
    {2027, "is no MariaDB: it speaks another protocol"},
    {2059, "asks for a way to log in that this client does not know"},
};

// Galera 4, and with it the status variables that are asked for, came with this one.
constexpr int kOldestMajor = 10, kOldestMinor = 4;

int number_at(std::string_view text, std::size_t* end) {
  int number = -1;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  *end = static_cast<std::size_t>(rest - text.data());
  return error == std::errc() ? number : -1;
}

}  // namespace

std::span<const ErrorMeaning> error_table() { return kDefinite; }

bool definite(unsigned number) {
  return std::any_of(std::begin(kDefinite), std::end(kDefinite),
                     [number](const ErrorMeaning& meaning) { return meaning.number == number; });
}

Completion failed(const Request& request, Stage stage, const Trouble& trouble) {
  const bool sure = stage == Stage::before || sql::only_reads(request) || definite(trouble.number);
  std::string text = trouble.message;
  if (trouble.number != 0) text = std::to_string(trouble.number) + " " + text;
  return {sure ? Outcome::fail : Outcome::info, {}, std::move(text), kNoNode};
}

std::string connection_trouble(const std::string& server, const Trouble& said) {
  for (const auto& [number, meaning] : kConnectionNumbers) {
    if (number == said.number) return server + " " + std::string(meaning);
  }
  if (said.number == 2002 || said.number == 2003)
    return server + " does not listen: the server is down, or it is the wrong port";
  if (said.number == 2006 || said.number == 2012 || said.number == 2013)
    return server + " closed the connection: it is no MariaDB, or it is going down";
  const std::string why = said.message.substr(0, said.message.find('\n'));
  return server + " can't be connected to: " + (why.empty() ? "no reason was given" : why);
}

std::string version_trouble(const std::string& server, std::string_view version) {
  const std::string wants = "; target galera needs MariaDB 10.4 or newer";
  // Servers of that age put this in front, for clients that take 10 for something older than 5.
  if (version.starts_with("5.5.5-")) version.remove_prefix(6);
  if (version.find("MariaDB") == std::string_view::npos)
    return server + " is no MariaDB, it calls itself " + std::string(version) + wants;
  std::size_t end = 0;
  const int major = number_at(version, &end);
  const int minor = end < version.size() ? number_at(version.substr(end + 1), &end) : -1;
  if (major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor)) return {};
  return server + " is " + std::string(version) + wants;
}

}  // namespace assay::galera
