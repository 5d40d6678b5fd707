// One parsed value of a history file, whatever notation it was written in: JSON and EDN both become forms, and
// everything behind the parsers reads forms. A tape holds the forms of one operation in a row, without an allocation
// for each, and is used again for the next one. Internal to this folder.
//
// Keywords and symbols of EDN are texts, sets and lists of both kinds are lists, tags are dropped.
//
// Thread safety: none. Ownership: a Form points into its tape and is valid until the tape changes; texts point into the
// text that was parsed, or into the tape when they had escapes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/fact.h"
#include "harness/core/value.h"

namespace assay::formats {

// Deeper values are refused by every reader.
inline constexpr std::size_t kDepthMax = 64;

struct FormNode {
  // number: one that is no 64-bit whole number, as it was written.
  enum class Kind : std::uint8_t { nil, boolean, integer, number, text, list, map };
  Kind kind = Kind::nil;
  std::uint32_t size = 0;  // bytes of a text or number, children of a list, keys and values of a map
  std::uint32_t next = 1;  // how far the node after this one and its children is
  union {
    std::int64_t integer = 0;
    const char* characters;
  };
};

// A form of the tape, or nothing.
class Form {
 public:
  using Kind = FormNode::Kind;

  Form() = default;
  explicit Form(const FormNode* node) : node_(node) {}

  // Whether there is one. The rest requires it.
  explicit operator bool() const { return node_ != nullptr; }
  Kind kind() const { return node_->kind; }
  bool is_nil() const { return node_->kind == Kind::nil; }
  bool is_text() const { return node_->kind == Kind::text; }
  bool is_integer() const { return node_->kind == Kind::integer; }
  bool is_list() const { return node_->kind == Kind::list; }
  bool is_map() const { return node_->kind == Kind::map; }

  // Each requires the matching kind.
  bool boolean() const { return node_->integer != 0; }
  std::int64_t integer() const { return node_->integer; }
  std::string_view text() const { return {node_->characters, node_->size}; }

  // Of a list its elements, of a map its keys and values in turn.
  class Iterator {
   public:
    using value_type = Form;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    explicit Iterator(const FormNode* node) : node_(node) {}
    Form operator*() const { return Form(node_); }
    Iterator& operator++() {
      node_ += node_->next;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const FormNode* node_;
  };
  std::size_t size() const { return node_->size; }
  Iterator begin() const { return Iterator(node_ + 1); }
  Iterator end() const { return Iterator(node_ + node_->next); }

  bool is_pair() const { return is_list() && size() == 2; }
  // Require is_pair().
  Form first() const { return *begin(); }
  Form second() const { return *++begin(); }

 private:
  const FormNode* node_ = nullptr;
};

class FormTape {
 public:
  void clear() {
    nodes_.clear();
    texts_.clear();
  }
  std::size_t size() const { return nodes_.size(); }
  // Requires: index is where a form began.
  Form at(std::size_t index) const { return Form(&nodes_[index]); }

  void add_nil() { nodes_.emplace_back(); }
  void add_boolean(bool flag) { add(Form::Kind::boolean).integer = flag ? 1 : 0; }
  void add_integer(std::int64_t number) { add(Form::Kind::integer).integer = number; }
  // The characters must outlive the tape's content; keep() makes them do so.
  // Requires: fewer than 4 GiB of them.
  void add_text(std::string_view characters, Form::Kind kind = Form::Kind::text) {
    FormNode& node = add(kind);
    node.characters = characters.data();
    node.size = static_cast<std::uint32_t>(characters.size());
  }
  std::string_view keep(std::string characters) { return texts_.emplace_back(std::move(characters)); }

  // A list or map: open it, add its `children`, close it.
  std::size_t open(Form::Kind kind) {
    add(kind);
    return nodes_.size() - 1;
  }
  void close(std::size_t opened, std::uint32_t children) {
    nodes_[opened].size = children;
    nodes_[opened].next = static_cast<std::uint32_t>(nodes_.size() - opened);
  }
  // Drops what was added since the tape had this size.
  void cut(std::size_t size) { nodes_.resize(size); }

 private:
  FormNode& add(Form::Kind kind) {
    FormNode& node = nodes_.emplace_back();
    node.kind = kind;
    return node;
  }

  std::vector<FormNode> nodes_;
  std::deque<std::string> texts_;
};

// Lenient where other tools' histories need it: a number that is no 64-bit integer becomes its text, a map other than
// {"pair":[a,b]} a list of (name -> value) pairs.
Value value_from_form(Form form);
// The fields of a map; anything else but nil becomes one fact called "value".
Facts facts_from_form(Form form);
// For messages: the form as JSON, cut when it has more than `longest` bytes.
std::string excerpt(Form form, std::size_t longest = 60);

}  // namespace assay::formats
