"""Configuration: a flat TOML file, each key also as SMARTCASH_GATEWAY_<KEY>."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import ConfigError
from .names import normal_host
from .timing import Timing

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ENV_PREFIX = "SMARTCASH_GATEWAY_"
MIN_KEY_LENGTH = 32  # HS256 wants a key of at least 256 bits


@dataclass(frozen=True)
class Config:
    """A checked configuration."""

    listen: str = "127.0.0.1:8787"
    connector: str = "127.0.0.1:8092"
    device: str = ""  # the device's uid in Odoo
    pairing_key: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()  # web pages that may use the gateway
    hosts: tuple[str, ...] = ()  # names, besides localhost and addresses, that lead here
    journal: str = "smartcash-gateway.db"
    mode: str = "headless"  # headless | screen
    currency: str = "EUR"
    tls: bool = False  # HTTPS with a generated certificate, unless tls_cert names one
    tls_cert: str = ""
    tls_key: str = ""
    poll_ms: int = 50  # between two questions while money is inserted
    health_ms: int = 2000  # between two questions while nothing happens
    reply_timeout_ms: int = 5000
    stop_timeout_ms: int = 20_000  # the machine may still be counting
    payout_timeout_ms: int = 60_000  # then the count tells, as soon as the machine is idle
    recovery_timeout_ms: int = 120_000  # a lost machine, before the outcome is called unknown
    log_level: str = "INFO"

    @property
    def listen_address(self) -> tuple[str, int]:
        return parse_address("listen", self.listen)

    @property
    def connector_address(self) -> tuple[str, int]:
        return parse_address("connector", self.connector)

    @property
    def timing(self) -> Timing:
        return Timing(
            poll=self.poll_ms / 1000,
            health=self.health_ms / 1000,
            reply=self.reply_timeout_ms / 1000,
            stop=self.stop_timeout_ms / 1000,
            payout=self.payout_timeout_ms / 1000,
            recovery=self.recovery_timeout_ms / 1000,
        )

    @property
    def uses_tls(self) -> bool:
        return self.tls or bool(self.tls_cert)


def load(path: Path | None, environ: Mapping[str, str] | None = None) -> Config:
    """Reads the file (if any), then the environment; raises ConfigError with what to change."""
    values = read_file(path) if path else {}
    values.update(_read_environment(os.environ if environ is None else environ))
    known = {item.name: item for item in fields(Config)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ConfigError(
            f"Unknown configuration key {unknown[0]!r}. Known keys: {', '.join(known)}."
        )
    checked: dict[str, Any] = {
        name: _checked(name, known[name].default, values[name]) for name in values
    }
    config = Config(**checked)
    _check(config)
    return config


def read_file(path: Path) -> dict[str, Any]:
    """The raw values of a configuration file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no configuration {path}. Make one: smartcash-gateway pair --config {path}"
        ) from None
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read: {error}.") from error
    except UnicodeDecodeError:
        raise ConfigError(
            f"The configuration {path} is not UTF-8: save it in an editor with that encoding."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The configuration {path} is not valid TOML: {error}.") from error


def write_file(path: Path, values: Mapping[str, Any]) -> None:
    """Writes a flat configuration that only its owner can read."""
    text = "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())
    temporary = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    # Every JSON string is a valid TOML basic string.
    return json.dumps(str(value), ensure_ascii=False)


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in fields(Config):
        text = environ.get(ENV_PREFIX + item.name.upper())
        if text is not None:
            values[item.name] = _from_text(item.name, item.default, text)
    return values


def _from_text(name: str, default: object, text: str) -> object:
    if isinstance(default, bool):
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        if text.strip().lower() not in words:
            raise ConfigError(f"{ENV_PREFIX}{name.upper()} must be true or false.")
        return words[text.strip().lower()]
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise ConfigError(f"{ENV_PREFIX}{name.upper()} must be a whole number.") from None
    if isinstance(default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _checked(name: str, default: object, value: object) -> object:
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f'`{name}` must be a list of texts, such as ["https://…"].')
        return tuple(value)
    if type(value) is not type(default):
        wanted = {bool: "true or false", int: "a whole number", str: "a text in quotes"}
        raise ConfigError(f"`{name}` must be {wanted[type(default)]}.")
    return value


def _check(config: Config) -> None:
    """Raises ConfigError for values that cannot work together."""
    parse_address("listen", config.listen)
    parse_address("connector", config.connector)
    for origin in config.origins:
        check_origin(origin)
    for host in config.hosts:
        _check_host(host)
    _require(config.mode in ("headless", "screen"), '`mode` must be "headless" or "screen".')
    _require(
        len(config.currency) == 3 and config.currency.isascii() and config.currency.isupper(),
        '`currency` must be a three-letter code, such as "EUR".',
    )
    _require(5 <= config.poll_ms <= 5000, "`poll_ms` must be between 5 and 5000.")
    _require(2000 <= config.health_ms <= 600_000, "`health_ms` must be between 2000 and 600000.")
    for name in ("reply", "stop", "payout", "recovery"):
        key = f"{name}_timeout_ms"
        _require(getattr(config, key) >= 100, f"`{key}` must be at least 100.")
    _require(
        bool(config.tls_cert) == bool(config.tls_key),
        "Set both `tls_cert` and `tls_key`, or neither.",
    )
    if config.pairing_key:
        check_key(config.pairing_key)
        _require(
            bool(config.device),
            "`device` is missing: copy the device's identifier from Odoo, or pair again.",
        )
    level = config.log_level.upper()
    _require(
        level in ("DEBUG", "INFO", "WARNING", "ERROR"),
        '`log_level` must be "DEBUG", "INFO", "WARNING" or "ERROR".',
    )


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise ConfigError(text)


def check_key(key: str) -> None:
    """Raises ConfigError for a key that Odoo cannot have made."""
    _require(
        len(key) >= MIN_KEY_LENGTH and key.isascii() and key.isprintable(),
        f"`pairing_key` must have at least {MIN_KEY_LENGTH} characters: copy the whole key that "
        "Odoo shows once, or make a new one there.",
    )


def check_origin(origin: str) -> None:
    """Raises ConfigError unless `origin` is what a browser sends."""
    parts = urlsplit(origin)
    good = parts.scheme in ("http", "https") and parts.netloc and not parts.path and not parts.query
    default_port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    # What a browser never sends would be an origin that no page has.
    odd = parts.netloc.endswith(default_port) or any(mark in origin for mark in "*@# ")
    _require(
        bool(good) and origin == origin.lower() and not odd,
        f"`origins`: {origin!r} must look like https://shop.example.com (no path, lower case, "
        "no default port, no wildcard).",
    )


def _check_host(host: str) -> None:
    try:
        normal_host(host)
    except ValueError:
        raise ConfigError(
            f"`hosts`: {host!r} must be a name or an address by which the gateway is reached, such "
            "as till1.shop.lan (no wildcard, no port, no https://)."
        ) from None


def parse_address(name: str, text: str) -> tuple[str, int]:
    """`host:port` or `[address]:port`; raises ConfigError."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    ok: Callable[[str], bool] = lambda digits: digits.isascii() and digits.isdigit()  # noqa: E731
    if not colon or not host or not ok(port) or int(port) > 65535:
        raise ConfigError(f'`{name}` must look like "127.0.0.1:8787", not {text!r}.')
    return host, int(port)
