"""`smartcash-gateway diagnose`: one file for support, without a secret."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

from .. import __version__
from ..config import ENV_PREFIX, Config, load, read_file
from ..errors import ConfigError
from ..operations.journal import Journal
from .check import findings
from .journal import table

_OPERATIONS = 50
_LOG_LINES = 3000
_LOG_BYTES = 1_000_000
_LIBRARIES = ("aiohttp", "cryptography", "filelock", "PyJWT")
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_SECRETS = ("pairing_key",)


def diagnose(path: Path | None, target: Path) -> None:
    """Write what support asks for into a new zip file; a part that cannot be had says why.

    :param path: the configuration file, if there is one
    :raise ConfigError: the file is there already, or cannot be written
    """
    parts: dict[str, Callable[[], str]] = {
        "versions.txt": _versions,
        "configuration.txt": lambda: _configuration(path),
        "check.txt": lambda: _check(path),
        "journal.txt": lambda: _journal(load(path)),
        "log.txt": lambda: _log(path),
    }
    secrets = _secrets(path)
    try:
        with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as file:
            for name, part in parts.items():
                file.writestr(name, _redacted(_attempt(part), secrets))
    except FileExistsError:
        raise ConfigError(f"{target} is there already: give the file another name.") from None
    except OSError as error:
        raise ConfigError(f"The file {target} cannot be written: {error}.") from error


def _attempt(part: Callable[[], str]) -> str:
    try:
        return part()
    except (ConfigError, OSError, sqlite3.Error) as error:
        return f"{error}\n"


def _secrets(path: Path | None) -> list[str]:
    """Return the pairing keys to look for, wherever they were set."""
    found = [os.environ.get(f"{ENV_PREFIX}{name.upper()}", "") for name in _SECRETS]
    if path is not None:
        try:
            values = read_file(path)
        except ConfigError:
            # It is shown nowhere then, either.
            values = {}
        found += [str(values.get(name) or "") for name in _SECRETS]
    return [secret for secret in found if secret]


def _redacted(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "(secret)")
    return _TOKEN.sub("(token)", text)


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _versions() -> str:
    return _lines(
        [
            f"gateway {__version__}{' (self-contained)' if getattr(sys, 'frozen', False) else ''}",
            f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
            f"{platform.platform()}, {platform.machine()}",
            *(f"{name} {_version(name)}" for name in _LIBRARIES),
        ]
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "(built in)"


def _configuration(path: Path | None) -> str:
    if path is None:
        return "No configuration file: the environment alone.\n"
    values = read_file(path)
    shown = {
        name: "(set)" if name in _SECRETS and value else value for name, value in values.items()
    }
    return _lines([str(path), *(f"{name} = {json.dumps(value)}" for name, value in shown.items())])


def _check(path: Path | None) -> str:
    return _lines(f"{finding.mark:<6}{finding.text}" for finding in findings(load(path), path))


def _journal(config: Config) -> str:
    journal = Journal(Path(config.journal), read_only=True)
    try:
        found = journal.find(limit=_OPERATIONS)
        steps = [
            json.dumps({**operation.to_json(), "steps": journal.steps(operation)})
            for operation in found
        ]
    finally:
        journal.close()
    return _lines([table(found, config), "", *steps])


def _log(path: Path | None) -> str:
    file = path.with_name("gateway.log") if path else None
    if file and file.exists():
        with open(file, "rb") as log:
            log.seek(max(0, file.stat().st_size - _LOG_BYTES))
            return log.read().decode(errors="replace")
    command = ["journalctl", "--no-pager", f"--lines={_LOG_LINES}", "--unit=smartcash-gateway"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"No log: {error}\n"
    return done.stdout or f"No log: {done.stderr}"
