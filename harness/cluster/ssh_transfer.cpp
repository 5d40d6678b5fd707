// Files to and from a host. Up by SFTP, which says what failed; down through a command, which works with sudo.
#include <fcntl.h>
#include <libssh2_sftp.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/cluster/ssh_state.h"
#include "harness/core/error.h"
#include "harness/core/sha256.h"

namespace assay::cluster {
namespace {

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// One SFTP conversation on the session.
class Transfer {
 public:
  Transfer(SshSession::State& state, Nanos deadline) : state_(state), deadline_(deadline) {
    const long code = state_.repeat("starting SFTP", deadline_, [&]() -> long {
      sftp_ = libssh2_sftp_init(state_.session);
      return sftp_ != nullptr ? 0 : libssh2_session_last_errno(state_.session);
    });
    if (code != 0) state_.fail_with_reason("starting SFTP", static_cast<int>(code));
  }
  ~Transfer() {
    const std::lock_guard lock(state_.mutex);
    if (!state_.is_broken) {
      while (libssh2_sftp_shutdown(sftp_) == LIBSSH2_ERROR_EAGAIN && monotonic_now() < deadline_) {
      }
    }
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void send(std::string_view content, const std::string& path, int mode) {
    LIBSSH2_SFTP_HANDLE* file = nullptr;
    const long opened = state_.repeat("uploading", deadline_, [&]() -> long {
      file = libssh2_sftp_open(sftp_, path.c_str(), LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC,
                               mode);
      return file != nullptr ? 0 : libssh2_session_last_errno(state_.session);
    });
    if (opened != 0) complain(path, content.size());
    long code = 0;
    std::string_view left = content;
    while (!left.empty()) {
      code = state_.repeat("uploading", deadline_,
                           [&] { return libssh2_sftp_write(file, left.data(), left.size()); });
      if (code < 0) break;
      left.remove_prefix(static_cast<std::size_t>(code));
    }
    const long closed =
        state_.repeat("uploading", deadline_, [&] { return libssh2_sftp_close_handle(file); });
    if (code < 0 || closed < 0) complain(path, content.size());
  }

 private:
  // SFTP has no error of its own for a full disk ("failure"): the free space tells.
  [[noreturn]] void complain(const std::string& path, std::size_t needed) {
    const unsigned long reason = libssh2_sftp_last_error(sftp_);
    const std::string folder = folder_of(path);
    LIBSSH2_SFTP_STATVFS space{};
    const long known = state_.repeat("asking for free space", deadline_, [&] {
      return libssh2_sftp_statvfs(sftp_, folder.c_str(), folder.size(), &space);
    });
    const bool full = known == 0 && space.f_bavail * space.f_frsize < needed;
    state_.repeat("removing an unfinished upload", deadline_,
                  [&] { return libssh2_sftp_unlink(sftp_, path.c_str()); });
    if (full) {
      throw HarnessError(state_.label + ": no space left on the disk of " + folder + " (" +
                         std::to_string(needed) + " bytes needed)");
    }
    const char* meaning = reason == LIBSSH2_FX_PERMISSION_DENIED ? "permission denied"
                          : reason == LIBSSH2_FX_NO_SUCH_FILE    ? "no such folder"
                          : reason == LIBSSH2_FX_WRITE_PROTECT   ? "the disk is read-only"
                          : reason == LIBSSH2_FX_QUOTA_EXCEEDED || reason == LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM
                              ? "no space left"
                              : "the SFTP server refused it";
    throw HarnessError(state_.label + ": can't write " + path + ": " + meaning);
  }

  SshSession::State& state_;
  Nanos deadline_;
  LIBSSH2_SFTP* sftp_ = nullptr;
};

}  // namespace

bool SshSession::upload_bytes(std::string_view content, const std::string& remote_path, int mode,
                              Nanos timeout) {
  State& state = *state_;
  const std::string wanted = sha256_of(content);
  const std::string folder = folder_of(remote_path);
  char mode_text[16];
  std::snprintf(mode_text, sizeof mode_text, "%o", static_cast<unsigned>(mode));
  const ExecResult there = run("mkdir -p " + shell_quote(folder) + " && { sha256sum " +
                                   shell_quote(remote_path) + " 2>/dev/null && chmod " + mode_text + " " +
                                   shell_quote(remote_path) + "; }; [ -d " + shell_quote(folder) + " ]",
                               timeout);
  if (there.exit_status != 0) {
    throw HarnessError(state.label + ": can't make the folder " + folder + ": " +
                       there.error.substr(0, there.error.find('\n')));
  }
  if (there.output.rfind(wanted, 0) == 0) return false;
  // With sudo the file's place belongs to root, and SFTP runs as the user: by way of the user's own file.
  const std::string unfinished =
      state.host.sudo ? "/tmp/assay-upload-" + wanted.substr(0, 16) : remote_path + ".unfinished";
  Transfer(state, deadline_after(timeout)).send(content, unfinished, mode & 0777);
  const ExecResult placed = run("mv -f " + shell_quote(unfinished) + " " + shell_quote(remote_path) +
                                    " && chmod " + mode_text + " " + shell_quote(remote_path),
                                timeout);
  if (placed.exit_status != 0) {
    throw HarnessError(state.label + ": can't put " + remote_path +
                       " in place: " + placed.error.substr(0, placed.error.find('\n')));
  }
  return true;
}

bool SshSession::upload(const std::string& local_path, const std::string& remote_path, int mode,
                        Nanos timeout) {
  std::ifstream stream(local_path, std::ios::binary);
  std::ostringstream content;
  if (!stream || !(content << stream.rdbuf()))
    throw HarnessError(local_path + ": can't be read to be uploaded");
  return upload_bytes(content.view(), remote_path, mode, timeout);
}

bool SshSession::download(const std::string& remote_path, const std::string& local_path, Nanos timeout) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(local_path).parent_path(), error);
  const std::string unfinished = local_path + ".unfinished";
  std::ofstream stream(unfinished, std::ios::binary | std::ios::trunc);
  const ExecResult result = run("cat " + shell_quote(remote_path), timeout, {}, [&](std::string_view piece) {
    stream.write(piece.data(), static_cast<std::streamsize>(piece.size()));
  });
  stream.close();
  if (result.exit_status != 0) {
    std::filesystem::remove(unfinished, error);
    return false;
  }
  if (stream) std::filesystem::rename(unfinished, local_path, error);
  if (!stream || error) throw HarnessError(local_path + ": can't be written");
  return true;
}

}  // namespace assay::cluster
