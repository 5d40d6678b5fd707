// Local hosts without root: a machine of the user's own inside this one. It is a user namespace in which the user is root over a
// range of subordinate users, with a network, mounts and processes of its own; inside, bridges, hosts and faults are made as root
// makes them on a whole machine, by the same code. One process holds it, the first one of its process namespace: when that ends,
// everything inside ends with it, and nothing of it is left.
//
// Such a machine is either this program's, and ends with it however it ends, or lasting: `assay cluster up` makes it, later
// programs of the same user enter it, and it ends with its last hosts. A lasting one is noted in
// ~/.local/state/assay/machine (or below $XDG_STATE_HOME), beside the folder in which its hosts are.
//
// What is not there, because the kernel keeps it for the real root: loop devices, setting the clock, groups of processes (cgroups),
// loading kernel modules. See user_namespaces(7), subuid(5).
//
// Thread safety: none; a program enters before it starts threads. Errors: HarnessError with one sentence.
#pragma once

#include <cstdint>
#include <string>

namespace assay::cluster {

enum class UserMachine : std::uint8_t {
  of_this_program,
  lasting,           // made unless it is there
  lasting_if_there,  // of this program unless it is there; sees the hosts' folder anyway
};

// Whether this program could have such a machine, tried once: one sentence that says what to install or to write, or an empty text.
std::string user_machine_unavailable();

// From here on the program is inside, as root there: this returns in a child process, in the same folder, while the parent waits,
// passes signals on and ends as the child ends. Requires: no threads, not root.
void enter_user_machine(UserMachine kind);
// The lasting one that is noted there, or InputError when its hosts are gone.
void enter_user_machine_of(const std::string& note);

// Whether this program has entered one, and where the lasting one is noted (empty: it is this program's).
bool inside_user_machine();
std::string user_machine_note();

// The folder of everything about local hosts: /var/lib/assay, inside a user's machine /run/assay.
std::string local_hosts_folder();

}  // namespace assay::cluster
