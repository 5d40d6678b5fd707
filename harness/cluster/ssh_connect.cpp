// Connecting: the socket, the host's key, the user's key.
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "harness/cluster/ssh_state.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

// The connection counts as lost when the other side acknowledges nothing for this long.
constexpr unsigned kUnacknowledgedMilliseconds = 10'000;

void set_socket_options(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMilliseconds,
               sizeof kUnacknowledgedMilliseconds);
}

// 0 when connected, else errno.
int connect_one(int socket, const addrinfo& address, Nanos deadline) {
  if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{socket, POLLOUT, 0};
  const Nanos left = deadline - monotonic_now();
  if (::poll(&waiting, 1, static_cast<int>(std::max<Nanos>(left / kMillisecond, 0))) == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// The name under which known_hosts lists a host.
std::string known_name(const Host& host) {
  return host.port == 22 ? host.address : "[" + host.address + "]:" + std::to_string(host.port);
}

}  // namespace

int connect_socket(SshSession::State& state, Nanos deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int trouble =
      ::getaddrinfo(state.host.address.c_str(), std::to_string(state.host.port).c_str(), &hints, &found);
  if (trouble != 0) state.fail(state.label + ": the address can't be resolved: " + ::gai_strerror(trouble));
  int error = 0;
  int connected = -1;
  for (const addrinfo* address = found; address != nullptr && connected < 0; address = address->ai_next) {
    const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) continue;
    error = connect_one(socket, *address, deadline);
    if (error == 0) {
      connected = socket;
    } else {
      ::close(socket);
    }
  }
  ::freeaddrinfo(found);
  if (connected < 0) {
    if (error == ECONNREFUSED) state.fail(state.label + ": connection refused, no SSH server listens there");
    if (error == ETIMEDOUT) state.fail(state.label + ": no answer, the host can't be reached in time");
    state.fail(state.label + ": can't connect: " + std::strerror(error));
  }
  set_socket_options(connected);
  return connected;
}

// A server with several keys shows the one that we prefer: it must be one that known_hosts has.
void prefer_known_key_types(SshSession::State& state) {
  std::ifstream file(state.host.known_hosts);
  const std::string name = known_name(state.host);
  std::string preferred;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string names;
    std::string type;
    words >> names >> type;
    if (names.empty() || names.front() == '#' || names.front() == '@') continue;
    // Hashed names (|1|...) can't be read: their types are taken as possible.
    bool matches = names.front() == '|';
    std::istringstream list(names);
    for (std::string one; std::getline(list, one, ',');) matches |= one == name;
    if (!matches || preferred.find(type) != std::string::npos) continue;
    if (!preferred.empty()) preferred += ',';
    // RSA keys sign with SHA-2 nowadays; the key itself is the same.
    preferred += type == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256,ssh-rsa" : type;
  }
  if (preferred.empty()) return;
  libssh2_session_method_pref(state.session, LIBSSH2_METHOD_HOSTKEY, preferred.c_str());
}

void verify_host_key(SshSession::State& state) {
  LIBSSH2_KNOWNHOSTS* known = libssh2_knownhost_init(state.session);
  if (known == nullptr) state.fail(state.label + ": out of memory");
  const int read =
      libssh2_knownhost_readfile(known, state.host.known_hosts.c_str(), LIBSSH2_KNOWNHOST_FILE_OPENSSH);
  std::size_t length = 0;
  int type = 0;
  const char* key = libssh2_session_hostkey(state.session, &length, &type);
  int verdict = LIBSSH2_KNOWNHOST_CHECK_NOTFOUND;
  if (read >= 0 && key != nullptr) {
    verdict = libssh2_knownhost_checkp(known, state.host.address.c_str(), state.host.port, key, length,
                                       LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW, nullptr);
  }
  libssh2_knownhost_free(known);
  if (verdict == LIBSSH2_KNOWNHOST_CHECK_MATCH) return;
  if (read < 0) {
    state.fail(state.label + ": its key can't be verified, because " + state.host.known_hosts +
               " can't be read");
  }
  if (verdict == LIBSSH2_KNOWNHOST_CHECK_MISMATCH) {
    state.fail(state.label + ": its host key is not the one in " + state.host.known_hosts +
               "; either the host was set up anew, or somebody is in between");
  }
  state.fail(state.label + ": its host key is unknown; after checking it, add it to " +
             state.host.known_hosts + " (ssh-keyscan -p " + std::to_string(state.host.port) + " " +
             state.host.address + ")");
}

namespace {

void log_in_by_agent(SshSession::State& state, Nanos deadline) {
  LIBSSH2_AGENT* agent = libssh2_agent_init(state.session);
  if (agent == nullptr || libssh2_agent_connect(agent) != 0 || libssh2_agent_list_identities(agent) != 0) {
    if (agent != nullptr) libssh2_agent_free(agent);
    state.fail(state.label + ": no ssh-agent answers (SSH_AUTH_SOCK), and the hosts file asks for it");
  }
  libssh2_agent_publickey* identity = nullptr;
  libssh2_agent_publickey* previous = nullptr;
  bool accepted = false;
  while (!accepted && libssh2_agent_get_identity(agent, &identity, previous) == 0) {
    accepted = state.repeat("logging in", deadline, [&] {
      return libssh2_agent_userauth(agent, state.host.user.c_str(), identity);
    }) == 0;
    previous = identity;
  }
  libssh2_agent_disconnect(agent);
  libssh2_agent_free(agent);
  if (!accepted) {
    state.fail(state.label + ": the server refused every key of the ssh-agent for user " + state.host.user);
  }
}

}  // namespace

void log_in(SshSession::State& state, Nanos deadline) {
  const Host& host = state.host;
  if (host.use_agent) return log_in_by_agent(state, deadline);
  if (::access(host.identity.c_str(), R_OK) != 0) {
    state.fail(state.label + ": the identity file " + host.identity + " can't be read");
  }
  const long code = state.repeat("logging in", deadline, [&] {
    return libssh2_userauth_publickey_fromfile(state.session, host.user.c_str(), nullptr,
                                               host.identity.c_str(), nullptr);
  });
  if (code == 0) return;
  if (code == LIBSSH2_ERROR_FILE) {
    state.fail(state.label + ": the identity file " + host.identity +
               " is no private key that can be used without a passphrase (use \"agent\": true for one that "
               "needs it)");
  }
  state.fail(state.label + ": the server refused the key " + host.identity + " for user " + host.user);
}

}  // namespace assay::cluster
