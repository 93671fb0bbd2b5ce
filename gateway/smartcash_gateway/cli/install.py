"""`smartcash-gateway install` and `uninstall`: the gateway as a service of this computer.

Both may be run again at any time. Neither ever deletes the configuration or the journal: the journal is the record
of what the machine took and gave.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import load, read_file, write_file
from ..errors import ConfigError

SERVICE = "smartcash-gateway"
USER = "smartcash"
_FILES = Path(__file__).parent / "service"
_PLACEHOLDER = "@PROGRAM@"
#: Folders that the service cannot look into (`ProtectHome`), or that anyone may fill.
_UNSUITABLE = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - names to refuse: nothing is written there

Run = Callable[[Sequence[str]], None]


@dataclass(frozen=True)
class Layout:
    """Where an installed gateway keeps what it needs."""

    program: Path
    config: Path
    journal: Path


@dataclass(frozen=True)
class LinuxLayout(Layout):
    """With a short name for technicians, and a unit for systemd."""

    link: Path
    unit: Path


LINUX = LinuxLayout(
    program=Path("/opt/smartcash-gateway/smartcash-gateway"),
    config=Path("/etc/smartcash-gateway/gateway.toml"),
    journal=Path("/var/lib/smartcash-gateway/journal.db"),
    link=Path("/usr/local/bin/smartcash-gateway"),
    unit=Path("/etc/systemd/system/smartcash-gateway.service"),
)


def windows_layout() -> Layout:
    """Return where Windows keeps programs and their data."""
    programs = Path(os.environ.get("PROGRAMFILES", r"C:\Program Files"))
    data = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "SmartCash"
    return Layout(
        program=programs / "SmartCash" / "smartcash-gateway.exe",
        config=data / "gateway.toml",
        journal=data / "journal.db",
    )


def installed_config() -> Path:
    """Return the configuration of an installed gateway, whether or not there is one."""
    return (windows_layout() if os.name == "nt" else LINUX).config


def restart() -> bool:
    """Restart the installed service; return whether there was one and it could be done."""
    if os.name == "nt" or not (_is_root() and LINUX.unit.exists() and has_systemd()):
        return False
    _run(["systemctl", "restart", SERVICE])
    return True


def install(values: dict[str, object]) -> Layout:
    """Make this program a service that starts with the computer, and start it.

    :param values: what the configuration gets besides what it has already
    :raise ConfigError: not an administrator, or a step that failed; what was done so far stays, and the next
        attempt goes on from there
    """
    if os.name == "nt":
        return _install_windows(windows_layout(), values)
    if sys.platform != "linux":
        raise ConfigError("Only Linux and Windows have a service here: use `run`.")
    _require_root("install")
    return install_linux(LINUX, values, _run)


def uninstall() -> Layout:
    """Stop the service and remove it; configuration and journal stay.

    :raise ConfigError: as for `install`
    """
    if os.name == "nt":
        layout = windows_layout()
        _powershell("uninstall", layout.program, layout.config.parent)
        return layout
    _require_root("uninstall")
    return uninstall_linux(LINUX, _run)


def install_linux(layout: LinuxLayout, values: dict[str, object], run: Run) -> Layout:
    """Install below the paths of `layout`; `run` carries out a command or raises ConfigError."""
    program = _program(layout)
    _write_config(layout, values)
    if not _user_exists():
        home = str(layout.journal.parent)
        shell = "/usr/sbin/nologin"
        run(["useradd", "--system", "--home-dir", home, "--shell", shell, USER])
    layout.journal.parent.mkdir(parents=True, exist_ok=True)
    run(["chown", "-R", f"{USER}:{USER}", str(layout.config.parent), str(layout.journal.parent)])
    layout.config.parent.chmod(0o750)
    layout.journal.parent.chmod(0o700)
    text = (_FILES / layout.unit.name).read_text(encoding="utf-8")
    layout.unit.parent.mkdir(parents=True, exist_ok=True)
    layout.unit.write_text(text.replace(_PLACEHOLDER, str(program)), encoding="utf-8")
    if layout.link.is_symlink() or not layout.link.exists():
        layout.link.parent.mkdir(parents=True, exist_ok=True)
        layout.link.unlink(missing_ok=True)
        layout.link.symlink_to(program)
    if has_systemd():
        run(["systemctl", "daemon-reload"])
        run(["systemctl", "enable", SERVICE])
        run(["systemctl", "restart", SERVICE])
    return layout


def uninstall_linux(layout: LinuxLayout, run: Run) -> Layout:
    """Undo `install_linux`, but for the user, the configuration and the journal."""
    if layout.unit.exists():
        if has_systemd():
            # A stop lets an open acceptance end; the journal has the rest.
            run(["systemctl", "disable", "--now", SERVICE])
        layout.unit.unlink()
        if has_systemd():
            run(["systemctl", "daemon-reload"])
    if layout.link.is_symlink():
        layout.link.unlink()
    if layout.program.exists():
        layout.program.unlink()
    return layout


def _install_windows(layout: Layout, values: dict[str, object]) -> Layout:
    program = _program(layout)
    # The folder is closed to other users before the pairing key is written into it.
    _powershell("install", program, layout.config.parent)
    _write_config(layout, values)
    _powershell("start", program, layout.config.parent)
    return layout


def _powershell(action: str, program: Path, folder: Path) -> None:
    script = _FILES / "windows.ps1"
    powershell = ["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", str(script)]
    given = ["-Action", action, "-Program", str(program), "-Folder", str(folder)]
    _run([*powershell, *given], "run this in PowerShell as administrator")


def _program(layout: Layout) -> Path:
    """Return the program that the service runs; a self-contained one is copied to its place."""
    if getattr(sys, "frozen", False):
        here = Path(sys.executable)
        if here.resolve() != layout.program:
            layout.program.parent.mkdir(parents=True, exist_ok=True)
            fresh = layout.program.with_name(layout.program.name + ".new")
            shutil.copy2(here, fresh)
            fresh.chmod(0o755)
            os.replace(fresh, layout.program)
        return layout.program
    program = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin") / "smartcash-gateway"
    program = program.with_suffix(".exe") if os.name == "nt" else program
    if not program.exists():
        raise ConfigError(
            f"There is no {program}: install the gateway with pip into a virtual environment of its own."
        )
    if os.name != "nt" and str(program).startswith(tuple(f"{name}/" for name in _UNSUITABLE)):
        raise ConfigError(
            f"A service cannot use {program}: install the gateway into /opt/smartcash-gateway first."
        )
    return program


def _write_config(layout: Layout, values: dict[str, object]) -> None:
    known = read_file(layout.config) if layout.config.exists() else {}
    merged = {"journal": str(layout.journal), **known, **values}
    trial = layout.config.with_name(layout.config.name + ".trial")
    try:
        write_file(trial, merged)
        load(trial, {})
    finally:
        trial.unlink(missing_ok=True)
    write_file(layout.config, merged)


def _user_exists() -> bool:
    import pwd

    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def has_systemd() -> bool:
    """Tell whether systemd runs this computer."""
    return Path("/run/systemd/system").is_dir()


def _is_root() -> bool:
    return os.name != "nt" and os.geteuid() == 0


def _require_root(command: str) -> None:
    if not _is_root():
        raise ConfigError(f"Run it as root: sudo {sys.argv[0]} {command} …")


def _run(command: Sequence[str], hint: str = "") -> None:
    try:
        done = subprocess.run(
            list(command), capture_output=True, text=True, check=False, timeout=120
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{command[0]} failed: {error}. {_sentence(hint)}".strip()) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise ConfigError(f"{' '.join(command)} failed: {said}. {_sentence(hint)}".strip())


def _sentence(hint: str) -> str:
    return f"{hint[:1].upper()}{hint[1:]}." if hint else ""
