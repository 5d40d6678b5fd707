// What is asked of a ZooKeeper server, and what it answers: plain values, so that requests are turned into calls, and answers
// into outcomes, without a server. session.h carries them out by ZooKeeper's C library.
//
// Thread safety: plain values and pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::zookeeper {

// Result codes that matter here, as the protocol has them (KeeperException.Code, zookeeper.h).
inline constexpr int kOk = 0;
inline constexpr int kConnectionLoss = -4;
inline constexpr int kOperationTimeout = -7;
inline constexpr int kInvalidState = -9;
inline constexpr int kNoNode = -101;
inline constexpr int kBadVersion = -103;
inline constexpr int kNodeExists = -110;
inline constexpr int kSessionExpired = -112;
inline constexpr int kAuthFailed = -115;

enum class Verb : std::uint8_t {
  sync,      // the server catches up with the leader as of now
  look,      // whether there is the node, and its numbers; data and children are not asked for
  get,       // its data, and its numbers
  children,  // the names of its children
  create,    // answers its path and its numbers
  set,
  erase,
  commit,  // all of the changes, or none
};

enum class Kind : std::uint8_t { plain, sequential, ephemeral_sequential };

inline constexpr std::int32_t kAnyVersion = -1;

// A part of a commit.
struct Change {
  enum class What : std::uint8_t { check, set, create, erase };
  What what = What::check;
  std::string path;
  std::string data;
  std::int32_t version = kAnyVersion;  // that the node must have
  friend bool operator==(const Change&, const Change&) = default;
};

struct Call {
  Verb verb = Verb::sync;
  std::string path;
  std::string data = {};
  std::int32_t version = kAnyVersion;  // of set and erase
  Kind kind = Kind::plain;             // of create
  std::vector<Change> changes = {};    // of commit
};

struct Answer {
  int code = kOk;
  bool sent = true;               // false: the library refused to send it, so the server never saw it
  std::string text = {};          // the data, or the path that was created
  std::int64_t created_zxid = 0;  // of the node (czxid): greater than those of all that was changed before
  std::int32_t version = 0;       // of its data
  std::int32_t child_count = 0;
  std::vector<std::string> names = {};
};

struct CodeMeaning {
  int code = 0;
  std::string_view name;
  std::string_view when;
};
// The errors that are given before anything is done, or instead of it.
std::span<const CodeMeaning> definite_codes();
bool definite(int code);
// "connection loss", for people.
std::string code_text(int code);

}  // namespace assay::zookeeper
