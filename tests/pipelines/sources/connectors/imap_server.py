"""A real IMAP server on loopback: Dovecot, as a process of its own with its own configuration."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from imap_tools import MailBoxUnencrypted

from tests.certificates import make_certificate
from tests.conftest import missing

PASSWORD = "s3same-öpen"
_CONFIG = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {folder}/base
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_server_cert_file = {folder}/cert.pem
ssl_server_key_file = {folder}/key.pem
auth_allow_cleartext = yes
auth_failure_delay = 0
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
mail_uid = {user.pw_uid}
mail_gid = {user.pw_gid}
first_valid_uid = 1
{users}
{oauth}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {user.pw_uid}
    gid = {user.pw_gid}
    home = {folder}/mail/%{{user}}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


_OAUTH = """
auth_mechanisms = plain login xoauth2
oauth2 {{
  introspection_mode = auth
  introspection_url = {url}
  username_attribute = username
}}
passdb oauth2 {{
  mechanisms_filter = xoauth2
}}
"""


class ImapServer:
    """Dovecot; any user gets in with `PASSWORD`, and has a mailbox. `certificate` is the file of who to trust.

    With the URL of a server that says of a token whose it is, users get in by tokens too.
    """

    def __init__(self, introspection: str | None = None) -> None:
        if not (program := shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")):
            missing("dovecot is not installed (apt-get install dovecot-imapd)")
        self.folder = Path(tempfile.mkdtemp(prefix="imap"))  # its processes of other users have to get at it
        self.folder.chmod(0o755)
        user = pwd.getpwnam("dovecot") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        for name in ("base", "state", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "mail", user.pw_uid, user.pw_gid)
        self.certificate, _ = make_certificate(self.folder)
        self.port, self.tls_port = _free_ports()
        mine = f"default_internal_user = {user.pw_name}\ndefault_login_user = {user.pw_name}"
        config = self.folder / "dovecot.conf"
        oauth = _OAUTH.format(url=introspection) if introspection else ""
        said = {
            "users": "" if os.geteuid() == 0 else mine,
            "oauth": oauth,
            "port": self.port,
            "tls_port": self.tls_port,
        }
        config.write_text(_CONFIG.format(folder=self.folder, user=user, password=PASSWORD, **said))
        self._process = subprocess.Popen([program, "-F", "-c", config], stderr=subprocess.DEVNULL)
        self._wait()

    def box(self, user: str) -> MailBoxUnencrypted:
        """Return a session of a user, who may change everything; the caller logs out."""
        box = MailBoxUnencrypted("127.0.0.1", self.port)
        box.login_utf8(user, PASSWORD)
        return box

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self.folder)

    def _wait(self) -> None:
        for _ in range(2400):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("dovecot does not listen")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
