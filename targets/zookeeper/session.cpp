#include "targets/zookeeper/session.h"

#include <zookeeper/zookeeper.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/core/error.h"

namespace assay::zookeeper {

static_assert(kConnectionLoss == ZCONNECTIONLOSS && kOperationTimeout == ZOPERATIONTIMEOUT &&
              kInvalidState == ZINVALIDSTATE && kNoNode == ZNONODE && kBadVersion == ZBADVERSION &&
              kNodeExists == ZNODEEXISTS && kSessionExpired == ZSESSIONEXPIRED && kAuthFailed == ZAUTHFAILED);

namespace {

void take_numbers(Answer& answer, const Stat* stat) {
  if (stat == nullptr) return;
  answer.created_zxid = stat->czxid;
  answer.version = stat->version;
  answer.child_count = stat->numChildren;
}

int size_of(const std::string& data) { return static_cast<int>(data.size()); }

int mode_of(Kind kind) {
  switch (kind) {
    case Kind::plain:
      return ZOO_PERSISTENT;
    case Kind::sequential:
      return ZOO_PERSISTENT_SEQUENTIAL;
    case Kind::ephemeral_sequential:
      return ZOO_EPHEMERAL_SEQUENTIAL;
  }
  return ZOO_PERSISTENT;
}

zoo_op_t operation_of(const Change& change) {
  zoo_op_t operation;
  switch (change.what) {
    case Change::What::check:
      zoo_check_op_init(&operation, change.path.c_str(), change.version);
      break;
    case Change::What::set:
      zoo_set_op_init(&operation, change.path.c_str(), change.data.data(), size_of(change.data),
                      change.version, nullptr);
      break;
    case Change::What::create:
      zoo_create_op_init(&operation, change.path.c_str(), change.data.data(), size_of(change.data),
                         &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, nullptr, 0);
      break;
    case Change::What::erase:
      zoo_delete_op_init(&operation, change.path.c_str(), change.version);
      break;
  }
  return operation;
}

}  // namespace

// Held by the session, by each call that the library has, and until the library has forgotten it.
class Session::Inner : public std::enable_shared_from_this<Inner> {
 public:
  explicit Inner(boost::asio::io_context& io) : io_(&io) {}

  void open(const std::string& server, std::chrono::milliseconds timeout) {
    static const bool quiet = (zoo_set_debug_level(static_cast<ZooLogLevel>(0)), true);
    static_cast<void>(quiet);
    handle_ =
        zookeeper_init(server.c_str(), &Inner::watched, static_cast<int>(timeout.count()), nullptr, this, 0);
    if (handle_ == nullptr)
      throw HarnessError("no session with ZooKeeper at " + server + ": " + std::strerror(errno));
    // The server is given as an address; by itself the library would look it up again at each turn of its loop.
    zoo_set_servers_resolution_delay(handle_, -1);
  }

  void ask(const Call& call, Handler handler) {
    auto under_way = std::make_unique<UnderWay>(UnderWay{shared_from_this(), std::move(handler), {}});
    const int code = send(call, *under_way);
    if (code == ZOK) {
      under_way.release();  // the library hands it to one of the functions below
      return;
    }
    Answer answer;
    answer.code = code;
    answer.sent = false;
    deliver(std::move(under_way->handler), std::move(answer));
  }

  // From now on nothing reaches the loop. What closes the session is to be called on another thread.
  std::function<void()> close() {
    closed_ = true;
    {
      const std::lock_guard lock(mutex_);
      io_ = nullptr;
    }
    return [self = shared_from_this()] { zookeeper_close(std::exchange(self->handle_, nullptr)); };
  }

  bool connected() const { return connected_; }
  bool over() const { return over_; }

 private:
  struct UnderWay {
    std::shared_ptr<Inner> inner;
    Handler handler;
    std::vector<zoo_op_result_t> results;  // of a commit; the library writes here
  };

  int send(const Call& call, UnderWay& context) {
    const char* const path = call.path.c_str();
    const void* const data = &context;
    switch (call.verb) {
      case Verb::sync:
        return zoo_async(handle_, path, &Inner::told_text, data);
      case Verb::look:
        return zoo_aexists(handle_, path, 0, &Inner::told_numbers, data);
      case Verb::get:
        return zoo_aget(handle_, path, 0, &Inner::told_data, data);
      case Verb::children:
        return zoo_aget_children(handle_, path, 0, &Inner::told_names, data);
      case Verb::create:
        return zoo_acreate2(handle_, path, call.data.data(), size_of(call.data), &ZOO_OPEN_ACL_UNSAFE,
                            mode_of(call.kind), &Inner::told_created, data);
      case Verb::set:
        return zoo_aset(handle_, path, call.data.data(), size_of(call.data), call.version,
                        &Inner::told_numbers, data);
      case Verb::erase:
        return zoo_adelete(handle_, path, call.version, &Inner::told, data);
      case Verb::commit: {
        std::vector<zoo_op_t> operations;
        for (const Change& change : call.changes) operations.push_back(operation_of(change));
        context.results.resize(operations.size());
        return zoo_amulti(handle_, static_cast<int>(operations.size()), operations.data(),
                          context.results.data(), &Inner::told, data);
      }
    }
    return ZBADARGUMENTS;
  }

  struct Finished {
    Handler handler;
    Answer answer;
  };

  // On the library's thread, or on the loop's, which is woken once for all that have come since it looked.
  void deliver(Handler handler, Answer answer) {
    const std::lock_guard lock(mutex_);
    finished_.push_back({std::move(handler), std::move(answer)});
    if (finished_.size() == 1) post([this] { hand_out(); });
  }

  void hand_out() {
    std::vector<Finished> finished;
    {
      const std::lock_guard lock(mutex_);
      finished.swap(finished_);
    }
    for (Finished& each : finished) {
      // A handler may have destroyed the session.
      if (closed_) return;
      const int code = each.answer.code;
      if (code == kConnectionLoss || code == kOperationTimeout) connected_ = false;
      if (code == kSessionExpired) over_ = true;
      if (code == kOk) connected_ = true;
      each.handler(std::move(each.answer));
    }
  }

  // Requires: mutex_ is held.
  template <class Then>
  void post(Then then) {
    if (io_ == nullptr) return;
    boost::asio::post(*io_, [self = shared_from_this(), then = std::move(then)]() mutable { then(); });
  }

  static void finish(const void* data, Answer answer) {
    const std::unique_ptr<UnderWay> context(static_cast<UnderWay*>(const_cast<void*>(data)));
    context->inner->deliver(std::move(context->handler), std::move(answer));
  }
  static Answer answer_of(int code) {
    Answer answer;
    answer.code = code;
    return answer;
  }

  static void told(int code, const void* data) { finish(data, answer_of(code)); }
  static void told_text(int code, const char*, const void* data) { finish(data, answer_of(code)); }
  static void told_numbers(int code, const Stat* stat, const void* data) {
    Answer answer = answer_of(code);
    take_numbers(answer, stat);
    finish(data, std::move(answer));
  }
  static void told_data(int code, const char* bytes, int size, const Stat* stat, const void* data) {
    Answer answer = answer_of(code);
    take_numbers(answer, stat);
    if (code == ZOK && size > 0) answer.text.assign(bytes, static_cast<std::size_t>(size));
    finish(data, std::move(answer));
  }
  static void told_names(int code, const String_vector* names, const void* data) {
    Answer answer = answer_of(code);
    for (int i = 0; code == ZOK && i < names->count; ++i) answer.names.emplace_back(names->data[i]);
    finish(data, std::move(answer));
  }
  static void told_created(int code, const char* path, const Stat* stat, const void* data) {
    Answer answer = answer_of(code);
    take_numbers(answer, stat);
    if (code == ZOK && path != nullptr) answer.text = path;
    finish(data, std::move(answer));
  }

  // It is watched for what becomes of the session alone.
  static void watched(zhandle_t*, int type, int state, const char*, void* context) {
    if (type != ZOO_SESSION_EVENT) return;
    auto* const inner = static_cast<Inner*>(context);
    const bool connected = state == ZOO_CONNECTED_STATE;
    const bool over = state == ZOO_EXPIRED_SESSION_STATE || state == ZOO_AUTH_FAILED_STATE;
    const std::lock_guard lock(inner->mutex_);
    inner->post([inner, connected, over] {
      inner->connected_ = connected;
      inner->over_ = inner->over_ || over;
    });
  }

  std::mutex mutex_;  // of the next two
  boost::asio::io_context* io_;
  std::vector<Finished> finished_;
  zhandle_t* handle_ = nullptr;
  bool closed_ = false;
  bool connected_ = false;
  bool over_ = false;

  friend class Session;
  std::shared_ptr<SessionCloser> closer_;
};

bool has_library() { return true; }

Session::Session(boost::asio::io_context& io, const std::string& server, std::chrono::milliseconds timeout,
                 std::shared_ptr<SessionCloser> closer)
    : inner_(std::make_shared<Inner>(io)) {
  inner_->closer_ = std::move(closer);
  inner_->open(server, timeout);
}

Session::~Session() {
  const std::shared_ptr<SessionCloser> closer = std::exchange(inner_->closer_, nullptr);
  closer->run(inner_->close());
}

void Session::ask(const Call& call, Handler handler) { inner_->ask(call, std::move(handler)); }
bool Session::connected() const { return inner_->connected(); }
bool Session::over() const { return inner_->over(); }

}  // namespace assay::zookeeper
