// Texts with names in braces: "-l {address}" becomes "-l 10.0.0.2". What may be named for a node:
//
//   {node} {address} {number}   its name, the address that nodes and clients use, its number from 0
//   {name}                      what other nodes call it: the address, or with the option addressing=name a name that they look up
//   {data} {home}               its data folder, and the folder for everything else on its host; both absolute
//   {ordinal} {nodes}           its number from 1; how many there are
//   {first} {first_address}     the first node's name and address
//   {NAME}                      a list or an option of the description, or {mode}
//
// "{{" is a brace. Braces around anything but letters, digits and _ stay as they are, so that JSON may be written.
//
// Thread safety: plain functions. Errors: InputError for an unknown name, with those that are known.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "targets/described/notation/description.h"

namespace assay::described {

using Names = std::map<std::string, std::string>;

// `where` names the text in messages.
std::string filled(std::string_view text, const Names& names, const std::string& where);
std::vector<std::string> filled(const std::vector<std::string>& texts, const Names& names,
                                const std::string& where);

struct NodePlace {
  std::string node;
  std::string address;
  std::string data;
  std::string home;
  std::uint16_t port = 0;  // that clients use
  std::string name = {};   // that other nodes look up; empty: they use the address
};

// The words that are there on this node.
std::vector<std::string> filled(const std::vector<Word>& words, std::size_t number, const Names& names,
                                const std::string& where);

// What the texts of this node may name. For shell commands each value goes through `quote`; lists then are words of quoted values.
using Quote = std::function<std::string(const std::string&)>;
Names names_of(const Description& description, const std::vector<NodePlace>& places, std::size_t number,
               const Names& options, const Quote& quote = {});

// The same for a cluster that does not exist, in each mode, with every option at its usual value: fills every text of the description
// once, so that wrong names are found before anything runs.
void check_templates(const Description& description);

}  // namespace assay::described
