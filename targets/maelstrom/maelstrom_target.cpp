#include "targets/maelstrom/maelstrom_target.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/option_reader.h"
#include "harness/run/real_world.h"
#include "targets/maelstrom/dialogue.h"
#include "targets/maelstrom/node_programs.h"
#include "targets/maelstrom/routed_network.h"
#include "targets/maelstrom/services.h"
#include "targets/maelstrom/topology.h"

namespace assay::maelstrom {

namespace {

namespace fs = std::filesystem;

// Who tells nodes what they are: a client like others.
constexpr const char* kHarness = "c0";

struct Settings {
  const KindInfo* kind = nullptr;
  std::vector<std::string> command;
  NetworkSettings network;
  std::string topology;
  Nanos init_within = 0;
};

// A folder for the logs while the run goes on.
class LogFolder {
 public:
  LogFolder() {
    std::string pattern = (fs::temp_directory_path() / "assay-maelstrom-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw HarnessError("can't create a folder for the nodes' logs");
    path_ = pattern;
  }
  ~LogFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string shown(const std::string& line) { return line.size() > 200 ? line.substr(0, 200) + "..." : line; }

// Who waits for the answer to a message, by its number.
using Waiting = std::function<void(const Json& reply)>;

class MaelstromTarget final : public Target {
 public:
  MaelstromTarget(const Plan& plan, Settings settings)
      : plan_(plan),
        settings_(std::move(settings)),
        names_(node_names_of(plan.nodes)),
        services_(make_services(Rng(plan.seed).fork("services"))),
        network_(world_.io_context(), world_, plan.nodes, static_cast<int>(services_.size()),
                 settings_.network, Rng(plan.seed).fork("maelstrom")),
        programs_(world_.io_context(), settings_.command, logs_.path(), names_,
                  {[this](NodeId node) { introduce(node); },
                   [this](NodeId node, const std::string& line) { take(node, line); },
                   [this](NodeId node, const std::string& how) { node_ended(node, how); }}) {
    int number = 0;
    for (const auto& [name, service] : services_) ends_[name] = network_.service(number++);
    for (std::size_t node = 0; node < names_.size(); ++node) ends_[names_[node]] = static_cast<NodeId>(node);
  }

  World& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return names_; }
  TargetDescription describe() const override {
    return {"maelstrom",  plan_.mode, "",           std::string(settings_.kind->claims),
            "in process", {},         plan_.options};
  }

  void start() override;
  void stop() override { programs_.end(); }
  void collect_logs(const std::string& directory) override {
    for (std::size_t node = 0; node < names_.size(); ++node) {
      const fs::path folder = fs::path(directory) / names_[node];
      std::error_code error;
      fs::create_directories(folder, error);
      fs::copy_file(programs_.log_of(static_cast<NodeId>(node)), folder / "stderr.log",
                    fs::copy_options::overwrite_existing, error);
      if (error) throw HarnessError("can't write the logs of the nodes to " + directory);
    }
  }

  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override;
  std::string last_words(NodeId node) override { return programs_.last_words(node); }
  Facts counters() override {
    const NetworkTotals totals = network_.totals();
    return {{"messages_between_nodes", totals.between_nodes},
            {"messages_of_services", totals.of_services},
            {"messages_of_clients", totals.of_clients},
            {"messages_lost", totals.lost},
            {"messages_cut", totals.cut}};
  }

  Network* network() override { return &network_; }
  Packets* packets() override { return &network_; }
  Processes* processes() override { return &programs_; }

 private:
  class NodeClient;

  static std::vector<std::string> node_names_of(int nodes) {
    std::vector<std::string> names;
    for (int node = 1; node <= nodes; ++node) names.push_back("n" + std::to_string(node));
    return names;
  }

  // Sends the body as a request of that client; `waiting` sees the answer, if there is one.
  bool ask(const std::string& client, NodeId node, Json body, Waiting waiting);
  void forget(const std::string& client) { waiting_.erase(client); }
  void introduce(NodeId node);
  void take(NodeId node, const std::string& line);
  void forward(NodeId from, NodeId to, const std::string& line);
  void serve(NodeId from, Message message);
  void hand_to_client(Message message);
  void node_ended(NodeId node, const std::string& how);
  [[noreturn]] void misunderstood(NodeId node, const std::string& line, const std::string& expected) const;
  std::string name(NodeId node) const { return "node " + names_[static_cast<std::size_t>(node)]; }

  const Plan plan_;
  const Settings settings_;
  const std::vector<std::string> names_;
  LogFolder logs_;
  RealWorld world_;
  std::map<std::string, std::unique_ptr<Service>> services_;
  std::map<std::string, NodeId> ends_;  // nodes and services by name
  RoutedNetwork network_;
  NodePrograms programs_;
  std::set<NodeId> unready_;  // started for the first time, and not told everything yet
  std::int64_t message_ = 0;  // the last number of a message of a client
  std::map<std::string, std::map<std::int64_t, Waiting>> waiting_;  // by client
  std::int64_t clients_ = 0;
};

// A client of one node, with a name of its own.
class MaelstromTarget::NodeClient final : public Client {
 public:
  NodeClient(MaelstromTarget& target, NodeId node, std::string name)
      : target_(target),
        node_(node),
        name_(std::move(name)),
        dialogue_(make_dialogue(target.settings_.kind->kind)) {}
  ~NodeClient() override {
    *alive_ = false;
    target_.forget(name_);
  }

  void invoke(const Request& request, Nanos, Reply reply) override {
    reply_ = std::move(reply);
    go_on(dialogue_->begin(request));
  }

 private:
  void go_on(Turn turn) {
    if (auto* completion = std::get_if<Completion>(&turn)) return answer_later(std::move(*completion));
    const bool sent = target_.ask(name_, node_, std::get<Json>(std::move(turn)), [this](const Json& reply) {
      Turn next = dialogue_->take(reply);
      if (auto* completion = std::get_if<Completion>(&next)) return answer(std::move(*completion));
      if (auto* complaint = std::get_if<Complaint>(&next))
        target_.misunderstood(node_, reply.dump(), complaint->expected);
      go_on(std::move(next));
    });
    // Nobody could read it, so nothing came of it.
    if (!sent) answer_later({Outcome::fail, {}, "the node does not run", kNoNode});
  }

  // Inside World::wait(), as a reply has to be.
  void answer_later(Completion completion) {
    target_.world_.post([this, alive = alive_, completion = std::move(completion)]() mutable {
      if (*alive) answer(std::move(completion));
    });
  }

  void answer(Completion completion) {
    if (Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  MaelstromTarget& target_;
  const NodeId node_;
  const std::string name_;
  std::unique_ptr<Dialogue> dialogue_;
  Reply reply_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

std::unique_ptr<Client> MaelstromTarget::connect(NodeId node, ProcessId) {
  return std::make_unique<NodeClient>(*this, node, "c" + std::to_string(++clients_));
}

void MaelstromTarget::start() {
  for (std::size_t node = 0; node < names_.size(); ++node) unready_.insert(static_cast<NodeId>(node));
  for (std::size_t node = 0; node < names_.size(); ++node) programs_.start(static_cast<NodeId>(node));
  const Nanos end = world_.now() + settings_.init_within;
  while (!unready_.empty() && world_.now() < end) world_.wait(end);
  if (unready_.empty()) return;
  const NodeId silent = *unready_.begin();
  const std::string words = programs_.last_words(silent);
  throw HarnessError(name(silent) + " did not answer \"init\"" +
                     (settings_.kind->kind == Kind::broadcast ? " and \"topology\"" : "") + " within " +
                     std::to_string(settings_.init_within / kSecond) + " s" +
                     (words.empty() ? "" : "; it said: " + shown(words)));
}

// What every node is told first, at its first start and after a restart.
void MaelstromTarget::introduce(NodeId node) {
  const bool topology = settings_.kind->kind == Kind::broadcast;
  Json init = {{"type", "init"}, {"node_id", names_[static_cast<std::size_t>(node)]}, {"node_ids", names_}};
  ask(kHarness, node, std::move(init), [this, node, topology](const Json& reply) {
    if (text_field(reply, "type") != "init_ok")
      misunderstood(node, reply.dump(), "expected an answer of \"type\": \"init_ok\"");
    if (!topology) unready_.erase(node);
  });
  if (!topology) return;
  Json near = Json::object();
  const auto all = neighbours(settings_.topology, plan_.nodes);
  for (std::size_t from = 0; from < names_.size(); ++from) {
    near[names_[from]] = Json::array();
    for (const int to : all[from]) near[names_[from]].push_back(names_[static_cast<std::size_t>(to)]);
  }
  ask(kHarness, node, {{"type", "topology"}, {"topology", near}}, [this, node](const Json& reply) {
    if (text_field(reply, "type") != "topology_ok")
      misunderstood(node, reply.dump(), "expected an answer of \"type\": \"topology_ok\"");
    unready_.erase(node);
  });
}

bool MaelstromTarget::ask(const std::string& client, NodeId node, Json body, Waiting waiting) {
  if (!programs_.hears(node)) return false;
  body["msg_id"] = ++message_;
  waiting_[client][message_] = std::move(waiting);
  const std::string line = message_line({client, names_[static_cast<std::size_t>(node)], std::move(body)});
  network_.send(kClients, node, line.size(), [this, node, line] { programs_.write(node, line); });
  return true;
}

void MaelstromTarget::take(NodeId node, const std::string& line) {
  auto parsed = parse_message(line);
  if (const auto* expected = std::get_if<std::string>(&parsed)) misunderstood(node, line, *expected);
  Message& message = std::get<Message>(parsed);
  if (message.from != names_[static_cast<std::size_t>(node)])
    misunderstood(node, line, "expected \"src\" to be the node itself");
  const auto end = ends_.find(message.to);
  if (end != ends_.end() && static_cast<std::size_t>(end->second) < names_.size())
    return forward(node, end->second, line);
  if (end != ends_.end()) return serve(node, std::move(message));
  if (message.to.starts_with('c')) return hand_to_client(std::move(message));
  if (const Json* id = field_of(message.body, "msg_id")) {
    Json refusal = error_body(kNodeNotFound, "there is no node " + message.to);
    refusal["in_reply_to"] = *id;
    programs_.write(node, message_line({message.to, message.from, std::move(refusal)}));
  }
}

void MaelstromTarget::forward(NodeId from, NodeId to, const std::string& line) {
  network_.send(from, to, line.size(), [this, to, line = line + "\n"] { programs_.write(to, line); });
}

void MaelstromTarget::serve(NodeId from, Message message) {
  const NodeId service = ends_.at(message.to);
  // Only links between nodes have a rate, for which sizes matter.
  network_.send(from, service, 0, [this, from, service, message = std::move(message)] {
    Json answer = services_.at(message.to)->answer(message.from, message.body);
    if (const Json* id = field_of(message.body, "msg_id")) answer["in_reply_to"] = *id;
    const std::string line = message_line({message.to, message.from, std::move(answer)});
    network_.send(service, from, line.size(), [this, from, line] { programs_.write(from, line); });
  });
}

// Answers that nobody waits for any more are dropped: their client has given up.
void MaelstromTarget::hand_to_client(Message message) {
  const NodeId from = ends_.at(message.from);
  network_.send(from, kClients, 0, [this, message = std::move(message)] {
    const Json* id = field_of(message.body, "in_reply_to");
    const auto client = waiting_.find(message.to);
    if (id == nullptr || !id->is_number_integer() || client == waiting_.end()) return;
    const auto found = client->second.find(id->get<std::int64_t>());
    if (found == client->second.end()) return;
    const Waiting waiting = std::move(found->second);
    client->second.erase(found);
    waiting(message.body);
  });
}

// Later in the run it is the database's matter: the node is found dead at the end.
void MaelstromTarget::node_ended(NodeId node, const std::string& how) {
  if (!unready_.contains(node)) return;
  const std::string words = programs_.last_words(node);
  throw HarnessError(name(node) + " (" + settings_.command[0] + ") " + how +
                     " before it had answered \"init\"" +
                     (words.empty() ? "" : "; it said: " + shown(words)));
}

void MaelstromTarget::misunderstood(NodeId node, const std::string& line, const std::string& expected) const {
  throw HarnessError(name(node) + " does not keep to the protocol: it wrote " + shown(line) + "; " +
                     expected + " (standard output is for messages, standard error for everything else)");
}

// Before anything starts, so that a slip of the finger is told as one.
void require_program(const std::string& program) {
  if (program.empty())
    throw InputError(
        "target maelstrom needs the program of a node: --target ./node.py, or --program ./node.py");
  if (program.find('/') == std::string::npos) return;
  if (!fs::is_regular_file(program)) throw InputError("--program " + program + ": there is no such file");
  if (::access(program.c_str(), X_OK) != 0)
    throw InputError("--program " + program + ": it can't be executed; chmod +x makes it a program");
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

Settings settings_of(const Plan& plan) {
  Settings settings;
  settings.kind = kind_named(plan.mode);
  if (settings.kind == nullptr)
    throw InputError("--mode " + plan.mode + ": target maelstrom has no such mode");
  OptionReader read("--option", "target maelstrom", plan.options);
  const std::string program = read.text("program", "");
  require_program(program);
  settings.command = {program};
  for (std::string& word : words_of(read.text("arguments", ""))) settings.command.push_back(std::move(word));
  settings.network.latency = read.duration("latency", 0);
  const std::string spread = read.choice("latency-spread", {"constant", "uniform", "exponential"});
  using Spread = NetworkSettings::Spread;
  settings.network.spread = spread == "uniform"       ? Spread::uniform
                            : spread == "exponential" ? Spread::exponential
                                                      : Spread::constant;
  settings.network.loss_ppm = 10'000 * read.whole("loss", 0, 0, 90);
  settings.topology = read.choice("neighbours", {std::begin(kTopologies), std::end(kTopologies)});
  settings.init_within = read.duration("init-within", 10 * kSecond);
  read.done();
  if (!settings.kind->keyed && plan.keys != 1) {
    throw InputError("--keys " + std::to_string(plan.keys) + ": Maelstrom's " + plan.mode +
                     " has one object; give --keys 1");
  }
  return settings;
}

}  // namespace

std::vector<ModeInfo> modes() {
  const std::vector<OptionInfo> options = {
      {"program", "", "a path", "the program that every node runs"},
      {"arguments", "", "words", "its arguments"},
      {"latency", "0s", "a duration", "mean time that a message between nodes takes"},
      {"latency-spread", "constant", "one of constant, uniform, exponential", "how that time varies"},
      {"loss", "0", "percent", "messages between nodes that are lost"},
      {"neighbours", "grid", "one of grid, line, tree, total", "what broadcast calls a topology"},
      {"init-within", "10s", "a duration", "how long a node may take to answer init"},
  };
  std::vector<ModeInfo> modes;
  for (const KindInfo& kind : all_kinds()) {
    modes.push_back({std::string(kind.name),
                     "Maelstrom's " + std::string(kind.name) + ": " + std::string(kind.summary),
                     std::string(kind.claims),
                     "",
                     options,
                     {}});
  }
  return modes;
}

std::unique_ptr<Target> make_target(const Plan& plan, const std::string&) {
  if (!plan.bugs.empty())
    throw InputError("--bug " + plan.bugs.front() + ": target maelstrom has no seeded bugs");
  return std::make_unique<MaelstromTarget>(plan, settings_of(plan));
}

}  // namespace assay::maelstrom
