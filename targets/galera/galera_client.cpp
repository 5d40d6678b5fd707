#include "targets/galera/galera_client.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>
#include <variant>

#include "targets/galera/statements.h"

namespace assay::galera {

namespace asio = boost::asio;
using Error = boost::system::error_code;

namespace {

constexpr auto kPauseAfterRefusal = std::chrono::milliseconds(20);
constexpr Nanos kOpenPatience = kSecond;

}  // namespace

// Handlers hold it, so that it lives until the last of them ran.
class GaleraClient::Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(asio::io_context& io, std::shared_ptr<const ClientPlan> plan, NodeId home)
      : io_(io),
        pause_(io),
        plan_(std::move(plan)),
        home_(static_cast<std::size_t>(home)),
        reads_in_turns_(plan_->reads_in_turns),
        turn_(home_),
        links_(plan_->servers.size()) {}

  void close() {
    closed_ = true;
    reply_ = nullptr;
    pause_.cancel();
    for (std::size_t node = 0; node < links_.size(); ++node) drop(node);
  }

  void stay_at_home() { reads_in_turns_ = false; }

  void invoke(const Request& request, Nanos timeout, Client::Reply reply) {
    request_ = request;
    reply_ = std::move(reply);
    auto script = sql::script_for(request, "galera");
    if (const auto* refusal = std::get_if<std::string>(&script))
      return answer_later({Outcome::fail, {}, *refusal, kNoNode});
    script_ = std::get<sql::Script>(std::move(script));
    stage_ = Stage::before;
    next_ = 0;
    node_ = home_;
    if (script_.only_reads && reads_in_turns_) node_ = ++turn_ % links_.size();
    if (link() && link()->is_open()) return start();
    open(timeout);
  }

 private:
  std::shared_ptr<Connection>& link() { return links_[node_]; }

  void drop(std::size_t node) {
    if (auto connection = std::exchange(links_[node], nullptr)) connection->close();
  }

  void open(Nanos timeout) {
    drop(node_);
    SessionSettings settings = plan_->settings;
    settings.lock_wait_timeout = timeout - timeout / 10;
    link() = Connection::make(io_, plan_->servers[node_], plan_->login, settings);
    link()->open(kOpenPatience, [self = shared_from_this()](std::string trouble) {
      if (self->closed_) return;
      if (trouble.empty()) return self->start();
      self->answer_after_pause({Outcome::fail, {}, std::move(trouble), kNoNode});
    });
  }

  void start() {
    if (script_.transaction) return send("START TRANSACTION");
    go_on();
  }

  // The next statement, or the commit.
  void go_on() {
    if (next_ == script_.statements.size()) {
      stage_ = Stage::committing;
      return send("COMMIT");
    }
    if (!script_.transaction) stage_ = Stage::committing;
    link()->run(sql_of(script_.statements[next_]), [self = shared_from_this()](Answer said) {
      if (!self->closed_) self->take_rows_of(std::move(said));
    });
  }

  void send(const char* command) {
    link()->run(command, [self = shared_from_this()](Answer said) {
      if (!self->closed_) self->take_command(said);
    });
  }

  // Of START TRANSACTION and COMMIT.
  void take_command(const Answer& said) {
    if (said.error) return give_up(failed(request_, stage_, *said.error), said);
    if (stage_ == Stage::before) return go_on();
    answer({Outcome::ok, std::move(request_), {}, kNoNode});
  }

  void take_rows_of(Answer said) {
    if (said.error) return give_up(failed(request_, stage_, *said.error), said);
    switch (sql::take_rows(request_[next_], said.rows)) {
      case sql::Taken::unmet:
        return give_up({Outcome::fail, {}, "expectation unmet", kNoNode}, said);
      case sql::Taken::nonsense:
        return give_up(failed(request_, stage_, {0, "an answer that the statement does not have"}), said);
      case sql::Taken::done:
        break;
    }
    ++next_;
    if (script_.transaction) return go_on();
    answer({Outcome::ok, std::move(request_), {}, kNoNode});
  }

  // What was begun is rolled back before the answer is given, so that the connection is free for the next request. After a commit
  // that went wrong there must be nothing left that could be committed later: the connection is given up.
  void give_up(Completion completion, const Answer& said) {
    const bool refused = said.error && said.error->number == kNodeNotReady;
    const bool leave = said.lost || refused || (script_.transaction && stage_ == Stage::committing);
    if (leave) drop(node_);
    if (refused) return answer_after_pause(std::move(completion));
    if (leave || !script_.transaction) return answer(std::move(completion));
    link()->run("ROLLBACK", [self = shared_from_this(), completion](Answer rolled_back) {
      if (self->closed_) return;
      if (rolled_back.error) self->drop(self->node_);
      self->answer(completion);
    });
  }

  void answer(Completion completion) {
    completion.node = static_cast<NodeId>(node_);
    if (Client::Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  // Never inside invoke().
  void answer_later(Completion completion) {
    asio::post(io_, [self = shared_from_this(), completion = std::move(completion)]() mutable {
      self->answer(std::move(completion));
    });
  }

  void answer_after_pause(Completion completion) {
    pause_.expires_after(kPauseAfterRefusal);
    pause_.async_wait([self = shared_from_this(), completion = std::move(completion)](Error error) mutable {
      if (!error) self->answer(std::move(completion));
    });
  }

  asio::io_context& io_;
  asio::steady_timer pause_;
  const std::shared_ptr<const ClientPlan> plan_;
  const std::size_t home_;
  bool reads_in_turns_;
  bool closed_ = false;
  std::size_t turn_;                                // the last node that was read from
  std::vector<std::shared_ptr<Connection>> links_;  // by node

  std::size_t node_ = 0;  // that the request under way goes to
  Request request_;
  sql::Script script_;
  Stage stage_ = Stage::before;
  std::size_t next_ = 0;
  Client::Reply reply_;
};

GaleraClient::GaleraClient(asio::io_context& io, std::shared_ptr<const ClientPlan> plan, NodeId home)
    : conversation_(std::make_shared<Conversation>(io, std::move(plan), home)) {}

GaleraClient::~GaleraClient() { conversation_->close(); }

void GaleraClient::invoke(const Request& request, Nanos timeout, Reply reply) {
  conversation_->invoke(request, timeout, std::move(reply));
}

void GaleraClient::stay_on_node() { conversation_->stay_at_home(); }

}  // namespace assay::galera
