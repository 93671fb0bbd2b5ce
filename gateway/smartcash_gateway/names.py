"""Names of computers, in the one spelling that browsers send and that certificates hold."""

from __future__ import annotations

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_MAX_NAME = 253


def normal_host(text: str) -> str:
    """`Kasse-Süd.local.` → `xn--kasse-sd-d6a.local`, `[::1]` → `::1`.

    Raises ValueError for what no computer is called: nothing, a wildcard, a port, a web address.
    """
    name = text.strip().removesuffix(".")
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    try:
        # The zone of a link-local address (%eth0) is this computer's own business.
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        pass
    if not name.isascii():
        name = _ascii(name)
    name = name.lower()
    if len(name) > _MAX_NAME or not all(map(_LABEL.fullmatch, name.split("."))):
        raise ValueError(f"{text!r} is no name of a computer")
    return name


def _ascii(name: str) -> str:
    import idna  # comes with aiohttp

    try:
        return idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(f"{name!r} is no name of a computer") from error
