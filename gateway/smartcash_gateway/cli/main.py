"""`smartcash-gateway run|pair|check|journal`."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import __version__, logs
from ..cashlogy import messages
from ..config import (
    ENV_PREFIX,
    Config,
    check_key,
    check_origin,
    load,
    read_file,
    write_file,
)
from ..errors import ConfigError
from ..models import Operation, State, from_rfc3339, to_rfc3339
from ..operations.journal import Journal

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
        help=f"configuration file; without it {_DEFAULT_CONFIG} in this folder, if there is one, "
        f"and the environment ({ENV_PREFIX}…)",
    )
    parser = argparse.ArgumentParser(
        prog="smartcash-gateway",
        description="Lets the Odoo Point of Sale use a Cashlogy cash machine.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="run|pair|check|journal")

    run = commands.add_parser("run", parents=[common], help="run the gateway")
    run.set_defaults(command=_run)

    pair = commands.add_parser(
        "pair", parents=[common], help="store what Odoo shows when a pairing key is made"
    )
    pair.add_argument("--device", help="the device's identifier in Odoo")
    pair.add_argument(
        "--key", help="the pairing key; without it you are asked, '-' reads it from standard input"
    )
    pair.add_argument(
        "--origin", action="append", help="Odoo's address, such as https://shop.example.com"
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
    return parser


def _config_path(args: argparse.Namespace) -> Path | None:
    named: Path | None = args.config
    if named is not None:
        return named
    default = Path(_DEFAULT_CONFIG)
    return default if default.exists() else None


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
    path = args.config or Path(_DEFAULT_CONFIG)
    values = read_file(path) if path.exists() else {}
    device = args.device or values.get("device") or _ask("Device identifier shown by Odoo: ")
    key = _key(args.key)
    check_key(key)
    origins = list(args.origin or values.get("origins") or [_ask("Odoo's address (https://…): ")])
    origins = [origin.rstrip("/").lower() for origin in origins]
    for origin in origins:
        check_origin(origin)
    values.update(device=device, pairing_key=key, origins=origins)
    write_file(path, values)
    load(path, {})
    print(f"Paired: device {device}, pages {', '.join(origins)}, written to {path}.")
    print("Restart the gateway if it runs, then press “Test connection” in Odoo.")
    return 0


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
    from .check import findings

    path = _config_path(args)
    config = load(path)
    good = True
    for finding in findings(config, path):
        print(logs.plain(f"{finding.mark:<6}{finding.text}"))
        good = good and (finding.good or finding.warning)
    print("Ready for sales." if good else "Not ready: see the lines marked FAIL.")
    return 0 if good else 1


def _list_journal(args: argparse.Namespace) -> int:
    config = load(_config_path(args))
    since = None
    if args.since:
        try:
            since = to_rfc3339(from_rfc3339(args.since))
        except ValueError:
            raise ConfigError("--since must be a time such as 2026-01-31T08:00:00Z.") from None
    journal = Journal(Path(config.journal), read_only=True)
    if args.backup:
        return _back_up(journal, args.backup)
    state = State(args.state) if args.state else None
    found = journal.find(state=state, since=since, limit=max(args.limit, 1))
    try:
        if args.json:
            for operation in found:
                print(json.dumps({**operation.to_json(), "steps": journal.steps(operation)}))
        else:
            print(_table(found, config))
    except BrokenPipeError:
        # `… | head` closed the pipe; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        journal.close()
    return 0


def _back_up(journal: Journal, target: Path) -> int:
    try:
        journal.back_up(target)
    except FileExistsError:
        raise ConfigError(f"{target} is there already: give the copy a new name.") from None
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(f"The copy {target} cannot be written: {error}.") from error
    finally:
        journal.close()
    print(f"The journal {journal.path} is copied to {target}.")
    return 0


def _table(operations: list[Operation], config: Config) -> str:
    if not operations:
        return "No operations."
    head = ("ref", "started (UTC)", "kind", "state", "amount", "in", "out", "by hand", "reference")
    rows: list[tuple[str, ...]] = [head]
    for op in operations:
        amounts = (op.amount, op.amount_in, op.amount_out, op.undispensed)
        shown = [messages.money(amount, op.currency) for amount in amounts]
        started = to_rfc3339(op.started_at)[:19].replace("T", " ")
        rows.append(
            (f"j:{op.id}", started, op.kind.value, op.state.value, *shown, logs.plain(op.reference))
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    right = range(4, 8)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(widths[i]) if i in right else cell.ljust(widths[i])
            for i, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
