"""`install`, `uninstall`, `pair` on an installed gateway, and `diagnose`."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import zipfile
from pathlib import Path

import pytest
from support import DEVICE, KEY, ORIGIN, token

from smartcash_gateway.cli import install as install_module
from smartcash_gateway.cli import main as main_module
from smartcash_gateway.cli.install import LinuxLayout, install_linux, uninstall_linux
from smartcash_gateway.cli.main import main
from smartcash_gateway.config import read_file, write_file
from smartcash_gateway.errors import ConfigError
from smartcash_gateway.operations.journal import Journal

PAIRING = {"device": DEVICE, "pairing_key": KEY, "origins": [ORIGIN]}


@pytest.fixture
def layout(tmp_path, monkeypatch):
    """An empty computer below `tmp_path`, with systemd, on which we are a self-contained program."""
    program = tmp_path / "download" / "smartcash-gateway"
    program.parent.mkdir()
    program.write_bytes(b"the program, 1")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(install_module, "has_systemd", lambda: True)
    monkeypatch.setattr(install_module, "_user_exists", lambda: False)
    return LinuxLayout(
        program=tmp_path / "opt/smartcash-gateway/smartcash-gateway",
        config=tmp_path / "etc/smartcash-gateway/gateway.toml",
        journal=tmp_path / "var/lib/smartcash-gateway/journal.db",
        link=tmp_path / "usr/local/bin/smartcash-gateway",
        unit=tmp_path / "etc/systemd/system/smartcash-gateway.service",
    )


def installed(layout, **values):
    commands = []
    install_linux(layout, values, lambda command: commands.append(list(command)))
    return commands


def test_an_empty_computer_gets_a_service(layout) -> None:
    commands = installed(layout, **PAIRING)
    assert layout.program.read_bytes() == b"the program, 1"
    assert layout.link.resolve() == layout.program
    assert f"ExecStart={layout.program} run --config" in layout.unit.read_text()
    assert "@" not in layout.unit.read_text().replace("@system-service", "").replace(
        "@privileged @resources", ""
    ), "a placeholder is left"
    assert read_file(layout.config) == {"journal": str(layout.journal), **PAIRING}
    assert stat.S_IMODE(layout.config.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.journal.parent.stat().st_mode) == 0o700
    verbs = [command[0] if command[0] != "systemctl" else command[1] for command in commands]
    assert verbs == ["useradd", "chown", "daemon-reload", "enable", "restart"]


def test_a_second_time_updates_the_program_and_keeps_the_rest(layout) -> None:
    installed(layout, **PAIRING, connector="192.168.1.50:8092")
    layout.journal.write_bytes(b"money")
    Path(sys.executable).write_bytes(b"the program, 2")
    installed(layout)
    assert layout.program.read_bytes() == b"the program, 2"
    assert read_file(layout.config)["pairing_key"] == KEY
    assert read_file(layout.config)["connector"] == "192.168.1.50:8092"
    assert layout.journal.read_bytes() == b"money"


@pytest.mark.parametrize("values", [{"connector": "no port"}, {"pairing_key": "short"}])
def test_a_wrong_value_leaves_the_configuration_as_it_was(layout, values) -> None:
    installed(layout, **PAIRING)
    before = layout.config.read_text()
    with pytest.raises(ConfigError):
        installed(layout, **values)
    assert layout.config.read_text() == before
    assert sorted(os.listdir(layout.config.parent)) == ["gateway.toml"]


def test_without_systemd_everything_is_there_but_started(layout, monkeypatch) -> None:
    """Such as in a container, or in the image of a till."""
    monkeypatch.setattr(install_module, "has_systemd", lambda: False)
    commands = installed(layout)
    assert layout.unit.exists()
    assert [command[0] for command in commands] == ["useradd", "chown"]


def test_a_user_that_is_there_is_not_made_again(layout, monkeypatch) -> None:
    monkeypatch.setattr(install_module, "_user_exists", lambda: True)
    assert "useradd" not in [command[0] for command in installed(layout)]


def test_an_uninstall_keeps_the_money(layout) -> None:
    installed(layout, **PAIRING)
    layout.journal.write_bytes(b"money")
    commands = []
    for _again in range(2):
        uninstall_linux(layout, lambda command: commands.append(list(command)))
    assert not layout.unit.exists()
    assert not layout.link.is_symlink()
    assert not layout.program.exists()
    assert layout.journal.read_bytes() == b"money"
    assert read_file(layout.config)["pairing_key"] == KEY
    stop = ["systemctl", "disable", "--now", "smartcash-gateway"]
    assert commands == [stop, ["systemctl", "daemon-reload"]]


def test_a_program_in_a_home_is_refused(layout, monkeypatch) -> None:
    """The service cannot see it, and its owner could replace what root starts."""
    monkeypatch.delattr(sys, "frozen")
    monkeypatch.setattr(sys, "prefix", "/home/pat/venv")
    monkeypatch.setattr(Path, "exists", lambda _path: True)
    with pytest.raises(ConfigError, match="/opt/smartcash-gateway first"):
        installed(layout)


def test_who_is_not_root_is_told_so(monkeypatch, capsys) -> None:
    monkeypatch.setattr(install_module, "_is_root", lambda: False)
    assert main(["install"]) == 2
    assert "sudo" in capsys.readouterr().err
    assert main(["uninstall"]) == 2


def test_a_command_that_fails_says_which_and_why() -> None:
    with pytest.raises(ConfigError, match="false failed"):
        install_module._run(["false"])
    with pytest.raises(ConfigError, match="nowhere failed"):
        install_module._run(["/nowhere"])


def test_the_installed_configuration_is_found_from_anywhere(layout, monkeypatch, capsys) -> None:
    installed(layout, **PAIRING)
    monkeypatch.setattr(main_module, "installed_config", lambda: layout.config)
    monkeypatch.setattr(main_module, "restart", lambda: True)
    monkeypatch.chdir(layout.program.parent)
    assert main(["pair", f"--key={'x' * 40}"]) == 0
    assert read_file(layout.config)["pairing_key"] == "x" * 40
    assert f"written to {layout.config}" in capsys.readouterr().out


def test_root_answers_as_the_gateways_user(tmp_path, monkeypatch, capsys) -> None:
    """A self-contained program starts again, because that user cannot read what root unpacked."""
    done = []
    config = tmp_path / "gateway.toml"
    write_file(config, PAIRING)
    os.chown(tmp_path, 4321, 4321) if os.geteuid() == 0 else None
    owner = tmp_path.stat()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "setgroups", lambda groups: done.append(("groups", groups)))
    monkeypatch.setattr(os, "setgid", lambda gid: done.append(("gid", gid)))
    monkeypatch.setattr(os, "setuid", lambda uid: done.append(("uid", uid)))
    monkeypatch.setattr(os, "execve", lambda *given: done.append(("exec", *given[:2])))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", ["smartcash-gateway", "check", f"--config={config}"])
    main(sys.argv[1:])
    again = [sys.executable, "check", f"--config={config}"]
    assert done == [
        ("groups", []),
        ("gid", owner.st_gid),
        ("uid", owner.st_uid),
        ("exec", sys.executable, again),
    ]


def test_a_diagnosis_has_everything_but_the_secrets(tmp_path, capsys) -> None:
    config = tmp_path / "gateway.toml"
    journal = tmp_path / "journal.db"
    write_file(config, {**PAIRING, "journal": str(journal), "listen": "127.0.0.1:1"})
    Journal(journal).close()
    (tmp_path / "gateway.log").write_text(f"started with {KEY} and {token()}\n")
    target = tmp_path / "support.zip"
    assert main(["diagnose", f"--config={config}", str(target)]) == 0
    parts = read_zip(target)
    assert set(parts) == {
        *("versions.txt", "configuration.txt", "check.txt", "journal.txt", "log.txt")
    }
    everything = "".join(parts.values())
    assert KEY not in everything
    assert not re.search(r"eyJ[\w-]+\.", everything)
    assert 'pairing_key = "(set)"' in parts["configuration.txt"]
    assert json.dumps(DEVICE) in parts["configuration.txt"]
    assert "started with (secret) and (token)" in parts["log.txt"]
    assert "No operations." in parts["journal.txt"]
    assert "CashlogyConnector" in parts["check.txt"]
    assert main(["diagnose", f"--config={config}", str(target)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_diagnosis_of_a_broken_till_is_written_too(tmp_path) -> None:
    """That is when somebody asks for it."""
    config = tmp_path / "gateway.toml"
    config.write_text("device = ")
    target = tmp_path / "support.zip"
    assert main(["diagnose", f"--config={config}", str(target)]) == 0
    parts = read_zip(target)
    assert "is not valid TOML" in parts["configuration.txt"]
    assert "is not valid TOML" in parts["journal.txt"]
    assert parts["versions.txt"].startswith("gateway ")


def read_zip(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode() for name in file.namelist()}
