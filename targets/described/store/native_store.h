// A store whose client is a part of Assay: a folder targets/<name>/ with
//
//   target.json   how its nodes are run (docs/adding-a-store.md), embedded by assay_embed_files() with the files that it uploads
//   client.h      the client: requests to the store's commands, replies to outcomes, on the loop's io_context
//   <name>.cpp    the plug-in:
//
//     namespace assay::embedded { std::vector<described::EmbeddedFile> etcd_files(); }
//
//     described::NativeStore etcd_store() {
//       return {"etcd", embedded::etcd_files(), {.connect = connect_to_etcd, .leader = etcd_leader}};
//     }
//     const TargetPlugin etcd_plugin = {
//         "etcd", "etcd, ...", [] { return described::native_modes(etcd_store()); }, false,
//         [](const Plan& plan, const std::string& hosts) { return described::make_native_store(etcd_store(), plan, hosts); }};
//
// Every such store has the option `servers`, for servers that run already.
//
// Thread safety: plain functions. Errors: InputError for what can't be, HarnessError for hosts in trouble and for a store that is
// not installed and can't be.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "targets/described/store/store_target.h"

namespace assay::described {

struct NativeStore {
  std::string name;                 // of its folder
  std::vector<EmbeddedFile> files;  // with "target.json"
  StoreParts parts;                 // `files` are filled in
};

Description description_of(const NativeStore& store);
std::vector<ModeInfo> native_modes(const NativeStore& store);
std::unique_ptr<Target> make_native_store(NativeStore store, const Plan& plan, const std::string& hosts_file);

}  // namespace assay::described
