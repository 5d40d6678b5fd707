#include "targets/zookeeper/members.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <memory>

#include "harness/core/error.h"

namespace assay::zookeeper {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

constexpr std::size_t kAnswerMax = 1 << 16;
constexpr const char* kSilent = "it ends the connection without a word";
constexpr auto kPauseAfterSilence = std::chrono::milliseconds(50);
constexpr std::string_view kNotServing = "This ZooKeeper instance is not currently serving requests";

// One question over one connection; the server ends it.
struct Question {
  explicit Question(asio::io_context& io) : socket(io) {}
  tcp::socket socket;
  std::array<char, 4096> bytes;

  void ask(const tcp::endpoint& server, MemberAnswer& answer) {
    answer.trouble = "no answer in time";
    socket.async_connect(server, [this, &answer](Error error) {
      if (error) {
        answer.trouble = "no connection: " + error.message();
        return;
      }
      asio::async_write(socket, asio::buffer("srvr", 4), [this, &answer](Error failure, std::size_t) {
        if (!failure) read(answer);
      });
    });
  }

  void read(MemberAnswer& answer) {
    socket.async_read_some(asio::buffer(bytes), [this, &answer](Error error, std::size_t size) {
      answer.text.append(bytes.data(), size);
      if (!error && answer.text.size() < kAnswerMax) return read(answer);
      answer.trouble = answer.text.empty() ? kSilent : "";
    });
  }
};

// What stands behind the name, up to the end of the line.
std::string_view field_of(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + name.size());
  return text.substr(0, text.find('\n'));
}

std::string place_of(const tcp::endpoint& member, const std::string& name) {
  return name + " (" + member.address().to_string() + ":" + std::to_string(member.port()) + ")";
}

std::string first_words(const std::string& text) {
  std::string words;
  for (const char letter : text.substr(0, 40)) words += letter >= ' ' && letter <= '~' ? letter : '.';
  return words;
}

}  // namespace

std::vector<MemberAnswer> ask_members(const Endpoints& members, std::chrono::milliseconds patience) {
  asio::io_context io;
  std::vector<MemberAnswer> answers(members.size());
  std::vector<std::unique_ptr<Question>> questions;
  for (std::size_t i = 0; i < members.size(); ++i) {
    questions.push_back(std::make_unique<Question>(io));
    questions.back()->ask(members[i], answers[i]);
  }
  io.run_for(patience);
  // Who says something and then keeps the connection is no ZooKeeper, and was heard.
  for (MemberAnswer& answer : answers) {
    if (!answer.text.empty()) answer.trouble.clear();
  }
  return answers;
}

std::optional<MemberState> parse_member(std::string_view text) {
  MemberState state;
  if (text.starts_with(kNotServing)) return state;
  const std::string_view version = field_of(text, "Zookeeper version: ");
  state.version = version.substr(0, version.find_first_of("-, "));
  state.mode = field_of(text, "Mode: ");
  if (state.version.empty() || state.mode.empty()) return std::nullopt;
  const std::string_view zxid = field_of(text, "Zxid: 0x");
  std::int64_t number = 0;
  std::from_chars(zxid.data(), zxid.data() + zxid.size(), number, 16);
  state.epoch = number >> 32;
  return state;
}

std::optional<NodeId> find_leader(const Endpoints& members, std::chrono::milliseconds patience) {
  std::optional<NodeId> leader;
  std::int64_t latest = -1;
  const std::vector<MemberAnswer> answers = ask_members(members, patience);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::optional<MemberState> state = parse_member(answers[i].text);
    if (!state || (state->mode != "leader" && state->mode != "standalone") || state->epoch <= latest)
      continue;
    latest = state->epoch;
    leader = static_cast<NodeId>(i);
  }
  return leader;
}

MemberState look_at_member(const tcp::endpoint& member, const std::string& name,
                           std::chrono::milliseconds patience) {
  const std::string place = place_of(member, name);
  // So does a server that enters or leaves an ensemble at this moment.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  MemberAnswer answer = ask_members({member}, patience)[0];
  while (answer.trouble == kSilent && std::chrono::steady_clock::now() < deadline) {
    asio::io_context io;
    asio::steady_timer(io, kPauseAfterSilence).wait();
    answer = ask_members({member}, patience)[0];
  }
  if (!answer.trouble.empty()) throw HarnessError(place + ": no ZooKeeper answers there: " + answer.trouble);
  if (answer.text.starts_with("srvr is not executed"))
    throw HarnessError(place + ": this ZooKeeper does not answer srvr; add it to its 4lw.commands.whitelist");
  const std::optional<MemberState> state = parse_member(answer.text);
  if (!state) {
    throw HarnessError(place + ": what answers there is no ZooKeeper: it says \"" + first_words(answer.text) +
                       "\"");
  }
  const std::string_view version = state->version;
  const bool known = version.starts_with("3.5.") || version.starts_with("3.6.") ||
                     version.starts_with("3.7.") || version.starts_with("3.8.") ||
                     version.starts_with("3.9.");
  if (!version.empty() && !known)
    throw HarnessError(place + ": is ZooKeeper " + state->version + "; this client knows 3.5 to 3.9");
  return *state;
}

}  // namespace assay::zookeeper
