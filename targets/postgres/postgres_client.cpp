#include "targets/postgres/postgres_client.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <utility>
#include <variant>

namespace assay::postgres {

namespace asio = boost::asio;
using Error = boost::system::error_code;

namespace {

constexpr auto kPauseAfterRefusal = std::chrono::milliseconds(20);
constexpr Nanos kOpenPatience = kSecond;

}  // namespace

// Handlers hold it, so that it lives until the last of them ran.
class PostgresClient::Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(asio::io_context& io, std::shared_ptr<const ClientPlan> plan,
               std::shared_ptr<Directory> directory, NodeId home)
      : io_(io),
        pause_(io),
        plan_(std::move(plan)),
        directory_(std::move(directory)),
        home_(home),
        reads_at_home_(plan_->reads_at_home) {}

  void begin() {
    watch_ = directory_->watch([this](NodeId node) { shut_out(node); });
  }

  void close() {
    closed_ = true;
    reply_ = nullptr;
    directory_->unwatch(watch_);
    pause_.cancel();
    drop(writer_);
    drop(reader_);
  }

  void stay_at_home() { reads_at_home_ = true; }

  void invoke(const Request& request, Nanos timeout, Client::Reply reply) {
    request_ = request;
    reply_ = std::move(reply);
    statement_timeout_ = timeout - timeout / 10;
    auto script = sql::script_for(request, "postgres");
    if (const auto* refusal = std::get_if<std::string>(&script))
      return answer_later({Outcome::fail, {}, *refusal, kNoNode});
    script_ = std::get<Script>(std::move(script));
    link_ = script_.only_reads && reads_at_home_ ? &reader_ : &writer_;
    stage_ = Stage::before;
    if (usable()) return start();
    list_candidates();
    try_next();
  }

 private:
  struct Connected {
    std::shared_ptr<Connection> connection;
    NodeId node = kNoNode;
  };

  static void drop(Connected& link) {
    if (auto connection = std::exchange(link.connection, nullptr)) connection->close();
  }

  bool usable() const { return link_->connection && link_->connection->is_open(); }

  void list_candidates() {
    candidates_.clear();
    trouble_ = "no primary is known: a failover is under way";
    if (link_ == &reader_) {
      candidates_ = {home_};
    } else if (directory_->guarded()) {
      if (directory_->primary()) candidates_ = {*directory_->primary()};
    } else {
      // The primary of before, then all of them from one's own node on.
      if (link_->node != kNoNode) candidates_.push_back(link_->node);
      const auto nodes = static_cast<NodeId>(directory_->nodes());
      for (NodeId step = 0; step < nodes; ++step) {
        const auto node = static_cast<NodeId>((home_ + step) % nodes);
        if (node != link_->node) candidates_.push_back(node);
      }
    }
  }

  void try_next() {
    drop(*link_);
    if (candidates_.empty()) return refuse();
    const NodeId node = candidates_.front();
    candidates_.pop_front();
    if (!directory_->admits(node)) {
      trouble_ = "the node is shut out since the failover";
      return try_next();
    }
    link_->node = node;
    const Server& server = plan_->servers[static_cast<std::size_t>(node)];
    link_->connection = Connection::make(io_, server, plan_->login, {plan_->isolation, statement_timeout_});
    link_->connection->open(kOpenPatience, [self = shared_from_this()](std::string trouble) {
      if (self->closed_) return;
      const bool wanted = self->link_ == &self->reader_;
      if (trouble.empty() && !wanted && self->link_->connection->standby())
        trouble = text_of(self->plan_->servers[static_cast<std::size_t>(self->link_->node)]) +
                  " is a standby, and no other node is a primary";
      if (trouble.empty()) return self->start();
      self->trouble_ = std::move(trouble);
      self->try_next();
    });
  }

  // Nothing was sent, so nothing happened.
  void refuse() {
    pause_.expires_after(kPauseAfterRefusal);
    pause_.async_wait([self = shared_from_this()](Error error) {
      if (!error) self->answer({Outcome::fail, {}, self->trouble_, kNoNode});
    });
  }

  void start() {
    next_ = 0;
    if (script_.transaction) return send("BEGIN");
    go_on();
  }

  // The next statement, or the commit.
  void go_on() {
    if (next_ == script_.statements.size()) {
      stage_ = Stage::committing;
      return send("COMMIT");
    }
    if (!script_.transaction) stage_ = Stage::committing;
    link_->connection->run(script_.statements[next_], [self = shared_from_this()](Answer said) {
      if (!self->closed_) self->take_rows_of(std::move(said));
    });
  }

  void send(const char* command) {
    link_->connection->run(std::string(command), [self = shared_from_this()](Answer said) {
      if (!self->closed_) self->take_command(std::move(said));
    });
  }

  // Of BEGIN and COMMIT.
  void take_command(Answer said) {
    if (said.error) return give_up(failed(request_, stage_, *said.error), said);
    if (stage_ == Stage::before) return go_on();
    answer(committed(std::move(request_), said.tag, said.warning));
  }

  void take_rows_of(Answer said) {
    if (said.error) return give_up(failed(request_, stage_, *said.error), said);
    switch (sql::take_rows(request_[next_], said.rows)) {
      case sql::Taken::unmet:
        return give_up({Outcome::fail, {}, "expectation unmet", kNoNode}, said);
      case sql::Taken::nonsense:
        return give_up(failed(request_, stage_, {"", "an answer that the statement does not have"}), said);
      case sql::Taken::done:
        break;
    }
    ++next_;
    if (script_.transaction) return go_on();
    answer(committed(std::move(request_), "", said.warning));
  }

  // What was begun is rolled back before the answer is given, so that the connection is free for the next request.
  void give_up(Completion completion, const Answer& said) {
    // A primary that became read-only is none any more.
    const bool leave = said.lost || (said.error && said.error->sqlstate == "25006");
    if (leave) drop(*link_);
    if (leave || !script_.transaction || stage_ == Stage::committing) return answer(std::move(completion));
    link_->connection->run("ROLLBACK", [self = shared_from_this(), completion](Answer rolled_back) {
      if (self->closed_) return;
      if (rolled_back.error) drop(*self->link_);
      self->answer(completion);
    });
  }

  // Whatever a node says after it was shut out is not heard.
  void shut_out(NodeId node) {
    for (Connected* link : {&writer_, &reader_}) {
      if (link->node != node || !link->connection) continue;
      const bool under_way = reply_ && link == link_ && usable();
      const bool opening = reply_ && link == link_ && !usable();
      drop(*link);
      if (under_way) answer_later(failed(request_, stage_, {"", "the node was shut out"}));
      if (opening) try_next();
    }
  }

  void answer(Completion completion) {
    completion.node = link_ == nullptr ? kNoNode : link_->node;
    if (Client::Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  // Never inside invoke().
  void answer_later(Completion completion) {
    asio::post(io_, [self = shared_from_this(), completion = std::move(completion)]() mutable {
      self->answer(std::move(completion));
    });
  }

  asio::io_context& io_;
  asio::steady_timer pause_;
  const std::shared_ptr<const ClientPlan> plan_;
  const std::shared_ptr<Directory> directory_;
  const NodeId home_;
  bool reads_at_home_;
  bool closed_ = false;
  std::size_t watch_ = 0;
  Connected writer_, reader_;

  Connected* link_ = nullptr;  // the one that the request under way goes over
  std::deque<NodeId> candidates_;
  std::string trouble_;
  Nanos statement_timeout_ = 0;
  Request request_;
  Script script_;
  Stage stage_ = Stage::before;
  std::size_t next_ = 0;
  Client::Reply reply_;
};

PostgresClient::PostgresClient(asio::io_context& io, std::shared_ptr<const ClientPlan> plan,
                               std::shared_ptr<Directory> directory, NodeId home)
    : conversation_(std::make_shared<Conversation>(io, std::move(plan), std::move(directory), home)) {
  conversation_->begin();
}

PostgresClient::~PostgresClient() { conversation_->close(); }

void PostgresClient::invoke(const Request& request, Nanos timeout, Reply reply) {
  conversation_->invoke(request, timeout, std::move(reply));
}

void PostgresClient::stay_on_node() { conversation_->stay_at_home(); }

}  // namespace assay::postgres
