"""`smartcash-gateway install|uninstall|run|pair|check|journal|diagnose`."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import __version__, logs
from ..config import (
    ENV_PREFIX,
    check_key,
    check_origin,
    load,
    read_file,
    write_file,
)
from ..errors import ConfigError
from ..models import State, from_rfc3339, now, to_rfc3339
from ..operations.journal import Journal
from .install import SERVICE, Layout, has_systemd, install, installed_config, restart, uninstall
from .journal import back_up, table

_DEFAULT_CONFIG = "gateway.toml"


def main(argv: Sequence[str] | None = None) -> int:
    """The console script; returns the exit code."""
    args = _parser().parse_args(argv)
    try:
        code: int = args.command(args)
        return code
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config",
        type=Path,
        help=f"configuration file; without it {_DEFAULT_CONFIG} in this folder or that of `install`, "
        f"if there is one, and the environment ({ENV_PREFIX}…)",
    )
    parser = argparse.ArgumentParser(
        prog="smartcash-gateway",
        description="Lets the Odoo Point of Sale use a Cashlogy cash machine.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        required=True, metavar="install|uninstall|run|pair|check|journal|diagnose"
    )

    pairing = argparse.ArgumentParser(add_help=False)
    pairing.add_argument("--device", help="the device's identifier in Odoo")
    pairing.add_argument(
        "--key", help="the pairing key; without it you are asked, '-' reads it from standard input"
    )
    pairing.add_argument(
        "--origin", action="append", help="Odoo's address, such as https://shop.example.com"
    )

    install_parser = commands.add_parser(
        "install",
        parents=[pairing],
        help="make the gateway a service of this computer and start it",
    )
    install_parser.add_argument(
        "--connector", help="CashlogyConnector's address, if not this computer"
    )
    install_parser.set_defaults(command=_install)

    remove = commands.add_parser("uninstall", help="remove the service; the journal stays")
    remove.set_defaults(command=_uninstall)

    run = commands.add_parser("run", parents=[common], help="run the gateway")
    run.set_defaults(command=_run)

    pair = commands.add_parser(
        "pair",
        parents=[common, pairing],
        help="store what Odoo shows when a pairing key is made",
    )
    pair.set_defaults(command=_pair)

    check = commands.add_parser("check", parents=[common], help="say what works and what does not")
    check.set_defaults(command=_check)

    journal = commands.add_parser("journal", parents=[common], help="list operations")
    journal.add_argument("--json", action="store_true", help="one JSON object per line, with steps")
    journal.add_argument("--state", choices=[state.value for state in State])
    journal.add_argument("--since", help="a time such as 2026-01-31T08:00:00Z")
    journal.add_argument("--limit", type=int, default=50)
    journal.add_argument(
        "--backup", type=Path, metavar="FILE", help="copy the journal to a new file instead"
    )
    journal.set_defaults(command=_list_journal)

    diagnosis = commands.add_parser(
        "diagnose", parents=[common], help="write one file for support, without a secret"
    )
    diagnosis.add_argument("file", type=Path, nargs="?", help="a new zip file")
    diagnosis.set_defaults(command=_diagnose)
    return parser


def _config_path(args: argparse.Namespace) -> Path | None:
    named: Path | None = args.config
    if named is not None:
        return named
    for default in (Path(_DEFAULT_CONFIG), installed_config()):
        if _is_there(default):
            return default
    return None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True


def _become_owner(path: Path | None, arguments: Sequence[str], program: Path | None = None) -> None:
    """Go on with the rights of the installed gateway's user instead of root's.

    What root can read says nothing about the service, and a file that root makes is one that it cannot write. A
    self-contained program is started again: that user cannot read what root has unpacked.

    :param arguments: the command line to start again with
    :param program: what to start, if not this program
    """
    if path is None or os.name == "nt" or os.geteuid() != 0:
        return
    owner = path.resolve().parent.stat()
    if not owner.st_uid:
        return
    os.setgroups([])
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    if getattr(sys, "frozen", False):
        again = str(program or sys.executable)
        environment = {**os.environ, "PYINSTALLER_RESET_ENVIRONMENT": "1"}
        sys.stdout.flush()
        try:
            os.execve(again, [again, *arguments], environment)
        except OSError as error:
            raise ConfigError(f"The gateway's user cannot run {again} ({error}).") from error


def _install(args: argparse.Namespace) -> int:
    values = {"connector": args.connector} if args.connector else {}
    if args.device or args.key or args.origin:
        values |= _pairing_of(args, values)
    layout = install(values)
    print(f"Installed: {layout.config}, journal {layout.journal}.")
    if os.name != "nt" and not has_systemd():
        print(
            f"systemd does not run here: {SERVICE} is started by it at the next start, or by you."
        )
    if not read_file(layout.config).get("pairing_key"):
        print(f"Next: {SERVICE} pair, with what Odoo shows when a pairing key is made.")
        return 0
    _become_owner(layout.config, ["check", f"--config={layout.config}"], layout.program)
    return _print_check(layout.config)


def _uninstall(args: argparse.Namespace) -> int:
    layout: Layout = uninstall()
    print("The service is removed.")
    print(f"Configuration and journal stay: {layout.config}, {layout.journal}.")
    print("The journal is the record of what the machine took and gave: keep it with your books.")
    return 0


def _run(args: argparse.Namespace) -> int:
    from .server import serve

    config = load(_config_path(args))
    logs.set_up(config.log_level.upper())
    try:
        asyncio.run(serve(config))
    except sqlite3.Error as error:
        # Money must not move off the record; the service manager starts us again.
        logging.getLogger(__name__).critical("the journal %s failed: %s", config.journal, error)
        return 1
    return 0


def _pair(args: argparse.Namespace) -> int:
    path = _config_path(args) or Path(_DEFAULT_CONFIG)
    values = read_file(path) if path.exists() else {}
    values |= _pairing_of(args, values)
    write_file(path, values)
    _give_to_owner(path)
    load(path, {})
    pages = ", ".join(values["origins"])
    print(f"Paired: device {values['device']}, pages {pages}, written to {path}.")
    again = (
        "" if path == installed_config() and restart() else "Restart the gateway if it runs, then p"
    )
    print(f"{again or 'P'}ress “Test connection” in Odoo.")
    return 0


def _pairing_of(args: argparse.Namespace, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the configuration is told of Odoo; asks for what was not given."""
    device = args.device or known.get("device") or _ask("Device identifier shown by Odoo: ")
    key = _key(args.key)
    check_key(key)
    origins = list(args.origin or known.get("origins") or [_ask("Odoo's address (https://…): ")])
    origins = [origin.rstrip("/").lower() for origin in origins]
    for origin in origins:
        check_origin(origin)
    return {"device": device, "pairing_key": key, "origins": origins}


def _give_to_owner(path: Path) -> None:
    """Let the gateway's user read what root has written into its folder."""
    if os.name != "nt" and os.geteuid() == 0:
        owner = path.resolve().parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _ask(question: str) -> str:
    try:
        answer = input(question).strip()
    except EOFError:
        answer = ""
    if not answer:
        raise ConfigError("Give --device, --key and --origin as Odoo shows them.")
    return answer


def _key(given: str | None) -> str:
    if given == "-":
        return sys.stdin.readline().strip()
    if given:
        return given.strip()
    try:
        return getpass.getpass("Pairing key shown by Odoo (not echoed): ").strip()
    except EOFError:
        raise ConfigError("Give --device, --key and --origin as Odoo shows them.") from None


def _check(args: argparse.Namespace) -> int:
    path = _config_path(args)
    _become_owner(path, sys.argv[1:])
    return _print_check(path)


def _print_check(path: Path | None) -> int:
    from .check import findings

    good = True
    for finding in findings(load(path), path):
        print(logs.plain(f"{finding.mark:<6}{finding.text}"))
        good = good and (finding.good or finding.warning)
    print("Ready for sales." if good else "Not ready: see the lines marked FAIL.")
    return 0 if good else 1


def _diagnose(args: argparse.Namespace) -> int:
    from .diagnose import diagnose

    target = args.file or Path(f"smartcash-diagnosis-{now():%Y%m%d-%H%M%S}.zip")
    diagnose(_config_path(args), target)
    print(f"Written to {target}: send this file to support. It holds no key and no token.")
    return 0


def _list_journal(args: argparse.Namespace) -> int:
    path = _config_path(args)
    _become_owner(path, sys.argv[1:])
    config = load(path)
    since = None
    if args.since:
        try:
            since = to_rfc3339(from_rfc3339(args.since))
        except ValueError:
            raise ConfigError("--since must be a time such as 2026-01-31T08:00:00Z.") from None
    journal = Journal(Path(config.journal), read_only=True)
    try:
        if args.backup:
            back_up(journal, args.backup)
            print(f"The journal {journal.path} is copied to {args.backup}.")
            return 0
        state = State(args.state) if args.state else None
        found = journal.find(state=state, since=since, limit=max(args.limit, 1))
        if args.json:
            for operation in found:
                print(json.dumps({**operation.to_json(), "steps": journal.steps(operation)}))
        else:
            print(table(found, config))
    except BrokenPipeError:
        # `… | head` closed the pipe; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        journal.close()
    return 0
