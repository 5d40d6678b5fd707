#include "targets/zookeeper/exchange.h"

#include <algorithm>

#include "targets/described/store/computed.h"
#include "targets/described/store/stored_value.h"
#include "targets/zookeeper/paths.h"

namespace assay::zookeeper {

namespace {

constexpr const char* kCannot = "ZooKeeper can't do that";

// Of data; without data there is no value.
std::optional<Value> value_in(const std::string& data) {
  return data.empty() ? Value() : described::loaded(data);
}

bool all_are(const Request& request, bool (*condition)(const Mop&)) {
  return std::all_of(request.begin(), request.end(), condition);
}

bool child_of_set(const Mop& mop) {
  return (mop.fn == Fn::add || mop.fn == Fn::remove) && mop.argument.kind() == Value::Kind::text;
}

}  // namespace

Exchange::Exchange(Request request, ExchangeOptions options)
    : request_(std::move(request)), options_(options) {}

Exchange::Next Exchange::ask(Step step, Call call) {
  step_ = step;
  last_ = std::move(call);
  return last_;
}

Exchange::Next Exchange::failed(const std::string& why) const {
  return Completion{changed_ ? Outcome::info : Outcome::fail, {}, why, kNoNode};
}

Exchange::Next Exchange::done() const { return Completion{Outcome::ok, request_, {}, kNoNode}; }

Exchange::Next Exchange::trouble(const Answer& answer) const {
  const bool sure = !answer.sent || definite(answer.code) || !may_have_changed();
  return Completion{sure && !changed_ ? Outcome::fail : Outcome::info, {}, code_text(answer.code), kNoNode};
}

// The making of a parent shows nobody anything.
bool Exchange::may_have_changed() const {
  switch (step_) {
    case Step::put:
    case Step::make:
    case Step::add:
    case Step::remove:
    case Step::enqueue:
    case Step::drop:
    case Step::want:
    case Step::withdraw:
    case Step::let_go:
    case Step::commit:
      return true;
    default:
      return false;
  }
}

Exchange::Next Exchange::synced(Step then) {
  after_ = then;
  return ask(Step::sync, {.verb = Verb::sync, .path = std::string(kRoot)});
}

Exchange::Next Exchange::begin() {
  if (request_.empty()) return failed(kCannot);
  const bool one = request_.size() == 1;
  if (one && (mop().fn == Fn::read || mop().fn == Fn::write || !described::computable(mop())))
    return begin_one();
  if (!all_are(request_, described::computable)) return failed(kCannot);
  for (const Mop& each : request_) seen_[each.key];
  looking_at_ = seen_.begin();
  return go_on(Step::look);
}

Exchange::Next Exchange::begin_one() {
  const std::string path = key_path(mop().key);
  switch (mop().fn) {
    case Fn::read:
      return options_.sync_reads ? synced(Step::read) : go_on(Step::read);
    case Fn::dequeue:
      return options_.sync_dequeues ? synced(Step::queued) : go_on(Step::queued);
    case Fn::write:
      return ask(Step::put, {.verb = Verb::set, .path = path, .data = described::stored(mop().argument)});
    case Fn::enqueue:
      return ask(Step::enqueue, {.verb = Verb::create,
                                 .path = child_prefix(mop().key, kQueued),
                                 .data = described::stored(mop().argument),
                                 .kind = Kind::sequential});
    case Fn::acquire:
      return ask(Step::want, {.verb = Verb::create,
                              .path = child_prefix(mop().key, kWaiting),
                              .kind = Kind::ephemeral_sequential});
    case Fn::release:
      return mop().argument.is_integer() ? go_on(Step::members) : failed(kCannot);
    default:
      break;
  }
  if (!child_of_set(mop())) return failed(kCannot);
  const std::string element = element_path(mop().key, mop().argument);
  if (mop().fn == Fn::remove) return ask(Step::remove, {.verb = Verb::erase, .path = element});
  return ask(Step::add, {.verb = Verb::create, .path = element});
}

// A step that only asks, once the one before it is over.
Exchange::Next Exchange::go_on(Step step) {
  const std::string path = key_path(mop().key);
  switch (step) {
    case Step::read:
      return ask(step, {.verb = Verb::get, .path = path});
    case Step::members:
    case Step::queued:
    case Step::wanted:
      return ask(step, {.verb = Verb::children, .path = path});
    case Step::holder:
      return ask(step, {.verb = Verb::look, .path = path + "/" + own_});
    case Step::take:
      return ask(step, {.verb = Verb::get, .path = path + "/" + candidates_.back()});
    case Step::look:
      return ask(step, {.verb = Verb::get, .path = key_path(looking_at_->first)});
    default:
      return failed("a step that does not only ask");
  }
}

Exchange::Next Exchange::next(const Answer& answer) {
  switch (step_) {
    case Step::sync:
      return answer.code == kOk ? go_on(after_) : trouble(answer);
    case Step::read:
      return took_read(answer);
    case Step::members:
    case Step::holder:
      return took_members(answer);
    case Step::put:
    case Step::make:
    case Step::parent:
    case Step::add:
    case Step::enqueue:
      return took_write(answer);
    case Step::remove:
      return answer.code == kOk || answer.code == kNoNode ? done() : trouble(answer);
    case Step::queued:
    case Step::take:
    case Step::drop:
      return took_queued(answer);
    case Step::want:
    case Step::wanted:
    case Step::withdraw:
    case Step::let_go:
      return took_lock(answer);
    case Step::look:
      return took_look(answer);
    case Step::commit:
      if (answer.code == kOk) return done();
      if (answer.code == kNoNode) return make_parent(Step::look);
      return answer.code == kBadVersion || answer.code == kNodeExists ? again() : trouble(answer);
  }
  return trouble(answer);
}

Exchange::Next Exchange::took_read(const Answer& answer) {
  if (answer.code == kNoNode) return done();
  if (answer.code != kOk) return trouble(answer);
  if (answer.child_count > 0) return go_on(Step::members);
  const std::optional<Value> value = value_in(answer.text);
  if (!value) return failed("the data is none that was stored here");
  mop().result = *value;
  return done();
}

// Of a set, whose elements these are, or of a lock, whose holder is looked at then.
Exchange::Next Exchange::took_members(const Answer& answer) {
  const bool reads = mop().fn == Fn::read;
  if (step_ == Step::holder) {
    if (answer.code == kNoNode) return go_on(Step::members);  // it has just let go
    if (answer.code != kOk) return trouble(answer);
    if (reads) {
      mop().result = Value::list({Value(answer.created_zxid), Value::boolean(true)});
      return done();
    }
    if (answer.created_zxid != mop().argument.as_integer())
      return failed("the lock is not held under that token");
    return ask(Step::let_go, {.verb = Verb::erase, .path = key_path(mop().key) + "/" + own_});
  }
  if (answer.code != kOk && answer.code != kNoNode) return trouble(answer);
  const std::vector<std::string> waiting = names_of_kind(answer.names, kWaiting);
  if (!waiting.empty()) {
    own_ = waiting.front();
    return go_on(Step::holder);
  }
  if (!reads) return failed("the lock is not held under that token");
  std::vector<Value> elements;
  for (const std::string& name : names_of_kind(answer.names, kElement)) {
    const std::optional<Value> element = element_of(name);
    if (!element) return failed("a child is none that was stored here");
    elements.push_back(*element);
  }
  if (!elements.empty()) mop().result = Value::list(std::move(elements));
  return done();
}

// Of calls that need nothing to be there, and make what is missing.
Exchange::Next Exchange::took_write(const Answer& answer) {
  if (step_ == Step::parent) {
    if (answer.code == kNoNode && last_.path != kRoot) return make_parent(after_);
    if (answer.code != kOk && answer.code != kNodeExists) return trouble(answer);
    return repeat();
  }
  if (answer.code == kOk || (step_ == Step::add && answer.code == kNodeExists)) return done();
  const bool missing = answer.code == kNoNode;
  if (step_ == Step::put && missing) {
    return ask(
        Step::make,
        {.verb = Verb::create, .path = key_path(mop().key), .data = described::stored(mop().argument)});
  }
  if (step_ == Step::make && answer.code == kNodeExists)
    return ++attempts_ > kAttemptsMax ? failed("its node comes and goes") : begin_one();
  return missing ? make_parent(step_) : trouble(answer);
}

Exchange::Next Exchange::make_parent(Step then) {
  if (++attempts_ > kAttemptsMax) return failed("its parent can't be made");
  const std::string parent(then == Step::look ? kRoot : parent_of(last_.path));
  after_ = then;
  return ask(Step::parent, {.verb = Verb::create, .path = parent});
}

// From the beginning: nothing of it has been done yet.
Exchange::Next Exchange::repeat() {
  if (after_ != Step::look) return begin_one();
  looking_at_ = seen_.begin();
  return go_on(Step::look);
}

Exchange::Next Exchange::took_queued(const Answer& answer) {
  if (step_ == Step::queued) {
    if (answer.code != kOk && answer.code != kNoNode) return trouble(answer);
    candidates_ = names_of_kind(answer.names, kQueued);
    std::reverse(candidates_.begin(), candidates_.end());
    return candidates_.empty() ? done() : go_on(Step::take);  // nil: empty
  }
  if (answer.code == kNoNode) {
    // Another one was faster. Those before this one are gone for good, so the next one is the first.
    candidates_.pop_back();
    mop().result = Value();
    if (!candidates_.empty()) return go_on(Step::take);
    // Of what has come meanwhile nothing was heard.
    if (++attempts_ > kAttemptsMax) return failed("others were faster");
    return synced(Step::queued);
  }
  if (answer.code != kOk) return trouble(answer);
  if (step_ == Step::drop) return done();
  const std::optional<Value> element = value_in(answer.text);
  if (!element) return failed("the element is none that was stored here");
  mop().result = *element;
  return ask(Step::drop, {.verb = Verb::erase, .path = last_.path});
}

Exchange::Next Exchange::took_lock(const Answer& answer) {
  switch (step_) {
    case Step::want:
      if (answer.code == kNoNode) return make_parent(Step::want);
      if (answer.code != kOk) return trouble(answer);
      changed_ = true;
      own_ = name_of(answer.text);
      token_ = answer.created_zxid;
      return go_on(Step::wanted);
    case Step::wanted: {
      if (answer.code != kOk) return trouble(answer);
      const std::vector<std::string> waiting = names_of_kind(answer.names, kWaiting);
      if (!waiting.empty() && waiting.front() == own_) {
        mop().result = token_;
        return done();
      }
      return ask(Step::withdraw, {.verb = Verb::erase, .path = key_path(mop().key) + "/" + own_});
    }
    case Step::withdraw:
      if (answer.code != kOk && answer.code != kNoNode) return trouble(answer);
      changed_ = false;
      return failed("the lock is held");
    default:
      if (answer.code == kOk) return done();
      if (answer.code == kNoNode) return failed("the lock is not held under that token");
      return trouble(answer);
  }
}

Exchange::Next Exchange::took_look(const Answer& answer) {
  if (answer.code != kOk && answer.code != kNoNode) return trouble(answer);
  if (answer.child_count > 0) return failed("the key holds a set, a queue or a lock");
  const std::optional<Value> value = value_in(answer.text);
  if (!value) return failed("the data is none that was stored here");
  looking_at_->second = {answer.code == kOk, answer.version, *value};
  return ++looking_at_ == seen_.end() ? commit() : go_on(Step::look);
}

Exchange::Next Exchange::commit() {
  std::map<Key, Value> current, changed;
  for (const auto& [key, seen] : seen_) current[key] = seen.value;
  const std::string why = described::compute(request_, current, changed);
  if (!why.empty()) return failed(why);
  Call call{.verb = Verb::commit};
  for (const auto& [key, seen] : seen_) {
    const std::string path = key_path(key);
    const auto fresh = changed.find(key);
    if (fresh != changed.end()) {
      const auto what = seen.there ? Change::What::set : Change::What::create;
      call.changes.push_back({what, path, described::stored(fresh->second), seen.version});
    } else if (seen.there) {
      call.changes.push_back({Change::What::check, path, "", seen.version});
    } else {
      // That there still is none can only be seen by making one.
      call.changes.push_back({Change::What::create, path, "", kAnyVersion});
      call.changes.push_back({Change::What::erase, path, "", kAnyVersion});
    }
  }
  return ask(Step::commit, std::move(call));
}

// What this server has may be old.
Exchange::Next Exchange::again() {
  if (++attempts_ > kAttemptsMax) return failed("conflict with other requests");
  looking_at_ = seen_.begin();
  return synced(Step::look);
}

}  // namespace assay::zookeeper
