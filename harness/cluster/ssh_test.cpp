#include "harness/cluster/ssh.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "harness/cluster/command.h"
#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/error.h"
#include "harness/core/sha256.h"

namespace assay::cluster {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr Nanos kPatience = 20 * kSecond;

std::string trouble_with(const Host& host, Nanos timeout = kPatience) {
  try {
    SshSession session(host, timeout);
  } catch (const HarnessError& error) {
    return error.what();
  }
  return "connected";
}

// A socket of this machine that accepts connections (the kernel does) and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  void listen() { ::listen(socket_, 5); }
  Host host() const {
    return {.name = "n9",
            .address = "127.0.0.1",
            .node_address = "127.0.0.1",
            .port = port_,
            .identity = "/dev/null",
            .known_hosts = "/dev/null"};
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST(ShellQuote, AShellReadsBackExactlyTheText) {
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_word("--a=b/c.d:1,e@f+g%"), "--a=b/c.d:1,e@f+g%");
  EXPECT_EQ(shell_word(""), "''");
  for (const std::string text :
       {"plain", "two words", "it's", "'", "$HOME `id` \\ \" ; & | > #", "a\nb", "-n", "''\\''"}) {
    EXPECT_EQ(run_program({"/bin/sh", "-c", "printf %s " + shell_quote(text)}).output, text);
    EXPECT_EQ(run_program({"/bin/sh", "-c", "printf %s " + shell_word(text)}).output, text);
  }
}

TEST(Ssh, ARefusedPortIsOneSentence) {
  SilentServer server;  // bound, not listening
  EXPECT_THAT(trouble_with(server.host()),
              AllOf(StartsWith("n9 (127.0.0.1:"), HasSubstr("connection refused")));
}

TEST(Ssh, AHostThatNeverSpeaksIsGivenUp) {
  SilentServer server;
  server.listen();
  EXPECT_THAT(trouble_with(server.host(), kSecond / 2),
              AllOf(StartsWith("n9 ("), HasSubstr("doesn't answer"), HasSubstr("greeting its SSH server")));
}

TEST(Ssh, ANameThatDoesNotResolve) {
  Host host{
      .name = "n9", .address = "no-such-host.invalid", .identity = "/dev/null", .known_hosts = "/dev/null"};
  EXPECT_THAT(trouble_with(host), AllOf(StartsWith("n9 ("), HasSubstr("can't be resolved")));
}

TEST(Ssh, KeysAreVerifiedOnBothSides) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  const Host good = hosts.file().hosts[0];
  EXPECT_EQ(trouble_with(good), "connected");

  Host unknown = good;
  unknown.known_hosts = "/dev/null";
  EXPECT_THAT(trouble_with(unknown), AllOf(StartsWith("n1 ("), HasSubstr("its host key is unknown")));
  unknown.known_hosts = "/no/such/file";
  EXPECT_THAT(trouble_with(unknown), HasSubstr("/no/such/file can't be read"));

  // The second host's key under the first one's name: a host in between.
  const std::string folder = hosts.path().substr(0, hosts.path().rfind('/'));
  Host changed = good;
  changed.known_hosts = folder + "/other_known_hosts";
  std::ifstream key(folder + "/n2/host_key.pub");
  std::ostringstream line;
  line << good.address << " " << key.rdbuf();
  std::ofstream(changed.known_hosts) << line.str();
  EXPECT_THAT(trouble_with(changed), AllOf(StartsWith("n1 ("), HasSubstr("its host key is not the one in")));

  Host stranger = good;
  stranger.identity = folder + "/stranger";
  ASSERT_EQ(run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger.identity}).exit_status,
            0);
  EXPECT_THAT(trouble_with(stranger), AllOf(StartsWith("n1 ("), HasSubstr("the server refused the key")));
  stranger.identity = folder + "/nothing";
  EXPECT_THAT(trouble_with(stranger), HasSubstr("can't be read"));
  stranger.identity = hosts.path();
  EXPECT_THAT(trouble_with(stranger), StartsWith("n1 ("));
}

TEST(Ssh, CommandsHaveOutputInputStatusAndALimit) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  SshSession session(hosts.file().hosts[0], kPatience);
  const ExecResult result = session.run("cat; echo oops >&2; exit 7", kPatience, "some input");
  EXPECT_EQ(result.exit_status, 7);
  EXPECT_EQ(result.output, "some input");
  EXPECT_EQ(result.error, "oops\n");
  EXPECT_EQ(session.run("hostname", kPatience).output, "n1\n");
  EXPECT_NE(session.run("kill -9 $$", kPatience).exit_status, 0);
  EXPECT_EQ(session.run("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2", kPatience).output.size(),
            3'000'000u);
  std::size_t streamed = 0;
  session.run("head -c 1000000 /dev/zero", kPatience, {},
              [&](std::string_view piece) { streamed += piece.size(); });
  EXPECT_EQ(streamed, 1'000'000u);
  try {
    session.run("sleep 60", kSecond / 5);
    FAIL() << "the command outlived its limit";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith("n1 ("), HasSubstr("doesn't answer")));
  }
  EXPECT_TRUE(session.broken());
}

// A heartbeat does not get into the middle of a long request.
TEST(Ssh, LinesOfThreadsThatWriteAtOnceStayWhole) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  SshSession session(hosts.file().hosts[0], kPatience);
  const auto channel = session.open("exec awk '{ print length($0); fflush() }'", kPatience);
  constexpr int kLines = 20;
  constexpr std::size_t kLong = 300'000;
  std::thread other([&] {
    for (int i = 0; i < kLines * 10; ++i) channel->write("0 beat\n", kPatience);
  });
  for (int i = 0; i < kLines; ++i) channel->write(std::string(kLong, 'x') + "\n", kPatience);
  other.join();
  std::map<std::string, int> lengths;
  for (int i = 0; i < kLines * 11; ++i) ++lengths[channel->read_line(kPatience)];
  EXPECT_THAT(lengths, ElementsAre(Pair("300000", kLines), Pair("6", kLines * 10)));
}

TEST(Ssh, FilesGoUpOnceAndComeDown) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  SshSession session(hosts.file().hosts[0], kPatience);
  std::string content;
  for (unsigned i = 0; i < 300'000; ++i) content += static_cast<char>(i * i >> 3);
  const std::string remote = "/var/lib/assay/bin/it's a file";
  EXPECT_TRUE(session.upload_bytes(content, remote, 0755, kPatience));
  EXPECT_FALSE(session.upload_bytes(content, remote, 0755, kPatience));
  EXPECT_EQ(session.run("stat -c %a " + shell_quote(remote), kPatience).output, "755\n");
  content.back() ^= 1;
  EXPECT_TRUE(session.upload_bytes(content, remote, 0600, kPatience));
  const std::string local = hosts.path() + ".down/x";
  ASSERT_TRUE(session.download(remote, local, kPatience));
  std::ifstream stream(local, std::ios::binary);
  std::ostringstream got;
  got << stream.rdbuf();
  EXPECT_EQ(sha256_of(got.view()), sha256_of(content));
  EXPECT_FALSE(session.download("/no/such/file", local, kPatience));
}

TEST(Ssh, AFullDiskAndAReadOnlyOneAreNamed) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  SshSession session(hosts.file().hosts[0], kPatience);
  ASSERT_EQ(
      session.run("mkdir /mnt/small && mount -t tmpfs -o size=64k tmpfs /mnt/small", kPatience).exit_status,
      0);
  try {
    session.upload_bytes(std::string(1'000'000, 'x'), "/mnt/small/file", 0644, kPatience);
    FAIL() << "a megabyte fitted in 64 kB";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(),
                AllOf(StartsWith("n1 ("), HasSubstr("no space left on the disk of /mnt/small")));
  }
  EXPECT_EQ(session.run("ls -A /mnt/small", kPatience).output, "") << "half a file is no file";
  ASSERT_EQ(session.run("mount -o remount,ro /mnt/small", kPatience).exit_status, 0);
  try {
    session.upload_bytes("x", "/mnt/small/other", 0644, kPatience);
    FAIL() << "written to a read-only disk";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith("n1 ("), HasSubstr("can't write /mnt/small/other")));
  }
}

TEST(Ssh, ALostConnectionIsOneSentence) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  SshSession session(hosts.file().hosts[0], kPatience);
  try {
    // The server's process for this connection is the parent of what runs the command.
    session.run("kill -9 $PPID; sleep 5", kPatience);
    FAIL() << "the connection survived";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith("n1 ("), HasSubstr("the connection was lost")));
  }
}

TEST(Ssh, SudoThatIsNotAllowedIsOneSentence) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Host host = hosts.file().hosts[0];
  {
    // A sudo that asks for a password, as the real one answers to -n.
    SshSession session(host, kPatience);
    session.upload_bytes("#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n",
                         "/usr/local/bin/sudo", 0755, kPatience);
  }
  host.sudo = true;
  EXPECT_THAT(trouble_with(host), AllOf(StartsWith("n1 ("), HasSubstr("can't use sudo without a password"),
                                        HasSubstr("a password is required")));
}

TEST(Ssh, SudoThatIsAllowedWritesAsRoot) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Host host = hosts.file().hosts[0];
  {
    SshSession session(host, kPatience);
    session.upload_bytes("#!/bin/sh\nprintf '%s\\n' \"$*\" >> /tmp/sudo-calls\nshift\nexec \"$@\"\n",
                         "/usr/local/bin/sudo", 0755, kPatience);
  }
  host.sudo = true;
  SshSession session(host, kPatience);
  EXPECT_TRUE(session.upload_bytes("text", "/var/lib/assay/a b/c", 0640, kPatience));
  EXPECT_FALSE(session.upload_bytes("text", "/var/lib/assay/a b/c", 0640, kPatience));
  EXPECT_EQ(session.run("cat '/var/lib/assay/a b/c'; stat -c %a '/var/lib/assay/a b/c'", kPatience).output,
            "text640\n");
  EXPECT_EQ(session.run("ls /tmp/assay-upload-* 2>/dev/null", kPatience).output, "");
  EXPECT_THAT(session.run("cat /tmp/sudo-calls", kPatience).output, StartsWith("-n /bin/sh -c true\n"));
}

TEST(Ssh, KeysOfAnSshAgent) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Host host = hosts.file().hosts[0];
  const std::string identity = host.identity;
  const std::string socket = hosts.path() + ".agent";
  host.identity.clear();
  host.use_agent = true;
  ::setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
  EXPECT_THAT(trouble_with(host), AllOf(StartsWith("n1 ("), HasSubstr("no ssh-agent answers")));
  // Ends with the command that it runs.
  std::thread agent([&] {
    run_program({"ssh-agent", "-a", socket, "/bin/sh", "-c",
                 "while [ ! -e " + socket + ".off ]; do sleep 0.02; done"});
  });
  while (::access(socket.c_str(), F_OK) != 0) ::poll(nullptr, 0, 5);
  EXPECT_THAT(trouble_with(host), AllOf(StartsWith("n1 ("), HasSubstr("refused every key of the ssh-agent")));
  EXPECT_EQ(run_program({"ssh-add", "-q", identity}).exit_status, 0);
  EXPECT_EQ(trouble_with(host), "connected");
  std::ofstream(socket + ".off") << "off";
  agent.join();
}

}  // namespace
}  // namespace assay::cluster
