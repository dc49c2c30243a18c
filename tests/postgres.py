"""Runs a command beside a PostgreSQL of its own, named by DATABASE_URL, and then removes it.

python tests/postgres.py pytest -n 2
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

DEBIAN_FOLDER = Path("/usr/lib/postgresql/15/bin")
# Not a superuser, for whom row-level security does not hold; it makes its own databases, as the tests need.
ROLE = "ndtms"
# The data are thrown away: nothing waits for the disk, and no one tidies up in a database that is about to be dropped.
SERVER_OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c autovacuum=off"


def find_program(name: str) -> str | None:
    """The program in Debian's folder for PostgreSQL 15, or else on the PATH."""
    if (DEBIAN_FOLDER / name).exists():
        return str(DEBIAN_FOLDER / name)
    return shutil.which(name)


def is_installed() -> bool:
    return bool(find_program("initdb") and find_program("pg_ctl"))


def server_account() -> pwd.struct_passwd:
    """Who runs the server: ourselves, or, because it refuses root, somebody without rights."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


@contextmanager
def temporary_server() -> Iterator[str]:
    """A fresh server in a temporary folder, reached by a socket in it only; gives its address."""
    account = server_account()
    folder = tempfile.mkdtemp(prefix="ndtms-pg-")
    data = f"{folder}/data"
    how: dict[str, Any] = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL}
    if os.getuid() == 0:
        os.chown(folder, account.pw_uid, account.pw_gid)
        how.update(user=account.pw_uid, group=account.pw_gid, extra_groups=[])
    pg_ctl = [str(find_program("pg_ctl")), "--pgdata", data]
    try:
        initdb = [str(find_program("initdb")), "--pgdata", data]
        subprocess.run(
            [*initdb, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"], **how
        )
        server = f"-k {folder} {SERVER_OPTIONS}"
        subprocess.run([*pg_ctl, "start", "-w", "-l", f"{folder}/log", "-o", server], **how)
        as_postgres = ["--host", folder, "--username", "postgres"]
        for program, *options in (("createuser", "--createdb"), ("createdb", "--owner", ROLE)):
            subprocess.run([str(find_program(program)), *as_postgres, *options, ROLE], **how)
        yield f"postgres://{ROLE}@{quote(folder, safe='')}/{ROLE}"
    finally:
        if Path(data, "postmaster.pid").exists():
            subprocess.run([*pg_ctl, "stop", "-w", "-m", "immediate"], **how)
        shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    if not command:
        print(__doc__)
        return 2
    if not is_installed():
        print("PostgreSQL is not installed: on Debian, apt-get install postgresql-15")
        return 2
    # Ended from outside, clean up as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with temporary_server() as address:
        return subprocess.call(command, env={**os.environ, "DATABASE_URL": address})


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
