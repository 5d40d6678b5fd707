#include "targets/etcd/members.h"

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

#include "harness/core/error.h"
#include "targets/etcd/http.h"

namespace assay::etcd {

namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string place_of(const boost::asio::ip::tcp::endpoint& member, const std::string& name) {
  return name + " (" + member.address().to_string() + ":" + std::to_string(member.port()) + ")";
}

}  // namespace

std::vector<MemberAnswer> ask_members(const Endpoints& members, const Call& call,
                                      std::chrono::milliseconds patience) {
  boost::asio::io_context io;
  std::vector<MemberAnswer> answers(members.size(), {"no answer in time", {}});
  std::vector<std::unique_ptr<HttpConnection>> connections;
  std::size_t left = members.size();
  for (std::size_t i = 0; i < members.size(); ++i) {
    connections.push_back(std::make_unique<HttpConnection>(io, members[i]));
    connections.back()->ask(call, [&answers, &left, &io, i](HttpConnection::Result result) {
      answers[i] = {result.trouble, std::move(result.answer)};
      if (--left == 0) io.stop();
    });
  }
  io.run_for(patience);
  return answers;
}

std::optional<NodeId> find_leader(const Endpoints& members, std::chrono::milliseconds patience) {
  std::optional<NodeId> leader;
  std::int64_t greatest = 0;
  const auto answers = ask_members(members, {"/v3/maintenance/status", "{}"}, patience);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Json json = Json::parse(answers[i].answer.body, nullptr, false);
    if (!json.is_object() || !json.contains("header") || !json["header"].is_object()) continue;
    const std::string leads = text_of(json, "leader");
    if (leads.empty() || leads != text_of(json["header"], "member_id")) continue;
    const std::string text = text_of(json, "raftTerm");
    std::int64_t term = 0;
    std::from_chars(text.data(), text.data() + text.size(), term);
    if (term <= greatest) continue;
    greatest = term;
    leader = static_cast<NodeId>(i);
  }
  return leader;
}

std::string look_at_member(const boost::asio::ip::tcp::endpoint& member, const std::string& name,
                           std::chrono::milliseconds patience) {
  const std::string place = place_of(member, name);
  const MemberAnswer said = ask_members({member}, {"/version", ""}, patience)[0];
  if (!said.trouble.empty()) throw HarnessError(place + ": no etcd answers there: " + said.trouble);
  const Json json = Json::parse(said.answer.body, nullptr, false);
  const std::string version = json.is_object() ? text_of(json, "etcdserver") : "";
  if (said.answer.status != 200 || version.empty())
    throw HarnessError(place + ": what answers there is no etcd (status " +
                       std::to_string(said.answer.status) + " for /version)");
  if (!version.starts_with("3.4.") && !version.starts_with("3.5."))
    throw HarnessError(place + ": is etcd " + version + "; this client knows 3.4 and 3.5");
  const MemberAnswer read =
      ask_members({member}, {"/v3/kv/range", R"({"key":"aw==","serializable":true})"}, patience)[0];
  if (!read.trouble.empty()) throw HarnessError(place + ": does not answer a read: " + read.trouble);
  if (const auto message = error_message(read.answer))
    throw HarnessError(place + ": refuses a read: " + *message);
  return version;
}

}  // namespace assay::etcd
