#include "targets/postgres/failover.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "harness/core/error.h"
#include "targets/postgres/session.h"

namespace assay::postgres {

namespace {

constexpr Nanos kLookEvery = 200 * kMillisecond;
constexpr Nanos kAnswerPatience = 500 * kMillisecond;
constexpr Nanos kOrderPatience = 2 * kSecond;
constexpr Nanos kPromotePatience = 20 * kSecond;

constexpr const char* kLook =
    "SELECT pg_is_in_recovery(), EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming'), "
    "CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) "
    "ELSE pg_current_wal_lsn() END";

}  // namespace

// Held by the thread and by what it posts to the loop.
class Failover::Controller : public std::enable_shared_from_this<Controller> {
 public:
  Controller(LoopAccess loop, FailoverPlan plan, std::shared_ptr<Directory> directory)
      : loop_(std::move(loop)),
        plan_(std::move(plan)),
        directory_(std::move(directory)),
        sessions_(plan_.names.size()),
        views_(plan_.names.size()),
        follows_(plan_.names.size()),
        was_primary_(plan_.names.size(), false),
        shut_out_(plan_.names.size(), false),
        watch_(plan_.rules.patience) {}

  void start(NodeId primary) {
    primary_ = primary;
    for (auto& follows : follows_) follows = primary;
    if (plan_.fencing) directory_->guard(primary);
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }

  void stop() {
    thread_.request_stop();
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  NodeId primary() const {
    const std::lock_guard lock(mutex_);
    return primary_;
  }
  std::int64_t promotions() const {
    const std::lock_guard lock(mutex_);
    return promotions_;
  }
  std::vector<std::string> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  void work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (std::size_t node = 0; node < sessions_.size(); ++node) views_[node] = look_at(node);
      if (watch_.look(loop_.now(), views_, primary_)) {
        fail_over(stop);
      } else {
        tend();
      }
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, std::chrono::nanoseconds(kLookEvery), [] { return false; });
    }
    sessions_.clear();
  }

  const std::string& name(std::size_t node) const { return plan_.names[node]; }
  const std::string& name(NodeId node) const { return plan_.names[static_cast<std::size_t>(node)]; }

  Answer ask(std::size_t node, const std::string& command, Nanos patience) {
    std::unique_ptr<Session>& session = sessions_[node];
    try {
      if (!session || !session->is_open())
        session = std::make_unique<Session>(plan_.servers[node], plan_.login, kAnswerPatience);
    } catch (const HarnessError& error) {
      session = nullptr;
      Answer nothing;
      nothing.lost = true;
      nothing.error = Trouble{"", error.what()};
      return nothing;
    }
    return session->ask(command, patience);
  }

  NodeView look_at(std::size_t node) {
    const Answer said = ask(node, kLook, kAnswerPatience);
    NodeView view;
    if (said.error || said.rows.rows.size() != 1 || said.rows.rows[0].size() != 3) return view;
    const Row& row = said.rows.rows[0];
    view.answers = true;
    view.primary = row[0] == "f";
    view.receiving = row[1] == "t";
    if (row[2]) view.position = parse_position(*row[2]);
    return view;
  }

  bool order(std::size_t node, const std::string& command, Nanos patience = kOrderPatience) {
    const Answer said = ask(node, command, patience);
    if (said.error) note(name(node) + " does not do as told: " + said.error->message);
    return !said.error;
  }

  // Each is a command of its own: ALTER SYSTEM refuses to be part of a transaction, which several at once are.
  bool follow(std::size_t node, const std::string& connection) {
    return order(node, "ALTER SYSTEM SET primary_conninfo = '" + connection + "'") &&
           order(node, "SELECT pg_reload_conf()");
  }

  std::string connection_to(NodeId primary, std::size_t from) const {
    const Server& server = plan_.servers[static_cast<std::size_t>(primary)];
    return "host=" + server.address + " port=" + std::to_string(server.port) + " user=" + plan_.login.user +
           " password=" + plan_.login.password + " application_name=" + name(from);
  }

  void fail_over(const std::stop_token& stop) {
    const NodeId gone = primary_;
    const Nanos begin = loop_.now();
    // Nobody is disturbed for a promotion that can't be.
    const Choice possible = choose_standby(views_, gone, plan_.rules);
    if (!possible.node) {
      if (std::exchange(refusal_, possible.why) != possible.why)
        note("primary " + name(gone) + " is gone, and nobody can be promoted: " + possible.why);
      return;
    }
    refusal_.clear();
    note("primary " + name(gone) + " is gone: " +
         (views_[static_cast<std::size_t>(gone)].answers ? "it answers, but no standby hears it"
                                                         : "it does not answer"));
    if (plan_.fencing && !on_loop([this, gone] { directory_->shut_out(gone); }, stop)) return;
    if (plan_.fencing) {
      shut_out_[static_cast<std::size_t>(gone)] = true;
      note(name(gone) + " is shut out");
    }
    detach_standbys(gone);
    const Choice choice = choose_standby(views_, gone, plan_.rules);
    if (!choice.node) {
      note("nobody is promoted: " + choice.why);
      attach_standbys(gone);
      return reinstate(gone, stop);
    }
    const auto chosen = static_cast<std::size_t>(*choice.node);
    note(name(chosen) + " is promoted: it " + choice.why);
    if (!order(chosen, "SELECT pg_promote(true, 15)", kPromotePatience) || !look_at(chosen).primary) {
      note(name(chosen) + " is no primary after its promotion");
      return attach_standbys(gone);
    }
    attach_standbys(*choice.node);
    was_primary_[static_cast<std::size_t>(gone)] = true;
    was_primary_[chosen] = false;
    {
      const std::lock_guard lock(mutex_);
      primary_ = *choice.node;
      ++promotions_;
    }
    watch_.forget();
    if (plan_.fencing) on_loop([this, node = *choice.node] { directory_->guard(node); }, stop);
    note(name(chosen) + " is the primary, " + std::to_string((loop_.now() - begin) / kMillisecond) +
         " ms after that");
  }

  // Nobody took its place, so it goes on as the primary, if it comes back.
  void reinstate(NodeId primary, const std::stop_token& stop) {
    if (!plan_.fencing) return;
    shut_out_[static_cast<std::size_t>(primary)] = false;
    on_loop(
        [this, primary] {
          directory_->admit(primary);
          directory_->guard(primary);
        },
        stop);
  }

  // Then looks again, at what they have now.
  void detach_standbys(NodeId gone) {
    for (std::size_t node = 0; node < views_.size(); ++node) {
      if (static_cast<NodeId>(node) == gone || !views_[node].answers || views_[node].primary) continue;
      follows_[node].reset();
      if (!follow(node, "")) {
        views_[node] = {};
        continue;
      }
      const Nanos end = loop_.now() + kOrderPatience;
      do {
        views_[node] = look_at(node);
      } while (views_[node].receiving && loop_.now() < end);
      // One that still receives could acknowledge what its position does not show.
      if (views_[node].receiving) views_[node] = {};
    }
  }

  void attach_standbys(NodeId primary) {
    for (std::size_t node = 0; node < views_.size(); ++node) {
      if (static_cast<NodeId>(node) == primary || !views_[node].answers || views_[node].primary) continue;
      if (follow(node, connection_to(primary, node))) follows_[node] = primary;
    }
  }

  // Those that came back, and those that follow somebody else.
  void tend() {
    for (std::size_t node = 0; node < views_.size(); ++node) {
      const auto id = static_cast<NodeId>(node);
      if (!views_[node].answers || id == primary_) continue;
      if (views_[node].primary) {
        const bool news = was_primary_[node];
        was_primary_[node] = false;
        if (news)
          note(name(node) + " is back and is a primary, too" +
               (plan_.fencing ? ": it stays shut out" : ": nobody shuts it out"));
        follows_[node].reset();
        continue;
      }
      if (follows_[node] != primary_ && follow(node, connection_to(primary_, node))) {
        follows_[node] = primary_;
        note(name(node) + " follows " + name(primary_));
      }
      if (shut_out_[node] && views_[node].receiving) {
        shut_out_[node] = false;
        loop_.post([self = shared_from_this(), id] { self->directory_->admit(id); });
        note(name(node) + " is let in again, as a standby");
      }
    }
  }

  // Runs it on the loop's thread and waits until it did; false when the run ends first.
  bool on_loop(std::function<void()> task, const std::stop_token& stop) {
    struct Done {
      std::mutex mutex;
      std::condition_variable_any changed;
      bool done = false;
    };
    const auto done = std::make_shared<Done>();
    loop_.post([self = shared_from_this(), task = std::move(task), done] {
      task();
      const std::lock_guard lock(done->mutex);
      done->done = true;
      done->changed.notify_all();
    });
    std::unique_lock lock(done->mutex);
    return done->changed.wait(lock, stop, [&] { return done->done; });
  }

  void note(const std::string& what) {
    char time[32];
    std::snprintf(time, sizeof time, "%.3f ", static_cast<double>(loop_.now()) / kSecond);
    const std::lock_guard lock(mutex_);
    if (events_.size() < kEventsMax) events_.push_back(time + what);
  }

  static constexpr std::size_t kEventsMax = 10'000;

  const LoopAccess loop_;
  const FailoverPlan plan_;
  const std::shared_ptr<Directory> directory_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<NodeView> views_;
  std::vector<std::optional<NodeId>> follows_;  // whom each was told to follow
  std::vector<bool> was_primary_;               // until it was seen again
  std::vector<bool> shut_out_;
  GoneWatch watch_;
  std::string refusal_;  // why nobody could be promoted the last time

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any wake_;
  NodeId primary_ = 0;
  std::int64_t promotions_ = 0;
  std::vector<std::string> events_;
  std::jthread thread_;  // last: it ends before what it uses
};

Failover::Failover(LoopAccess loop, FailoverPlan plan, std::shared_ptr<Directory> directory)
    : controller_(std::make_shared<Controller>(std::move(loop), std::move(plan), std::move(directory))) {}
Failover::~Failover() { stop(); }
void Failover::start(NodeId primary) { controller_->start(primary); }
void Failover::stop() { controller_->stop(); }
NodeId Failover::primary() const { return controller_->primary(); }
std::int64_t Failover::promotions() const { return controller_->promotions(); }
std::vector<std::string> Failover::events() const { return controller_->events(); }

}  // namespace assay::postgres
