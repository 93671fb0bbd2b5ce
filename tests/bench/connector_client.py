"""A plain Connector client over TCP, as a straightforward integration writes it.

It serves as the yardstick only and shares no code with the gateway. Frames: ``#CMD#p1#…#`` → ``#code#f1#…#``,
one command in flight, amounts in minor units.
"""

import asyncio
from types import TracebackType

#: Replies that are a success, with or without a warning.
GOOD_CODES = frozenset({"0", "WR:LEVEL"})
REPLY_TIMEOUT = 60.0  # seconds; a payout of many notes at real speed stays below


class ConnectorReplyError(Exception):
    """The Connector answered with a code that the yardstick's flow does not expect."""


class ConnectorClient:
    """One persistent connection and one command at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> "ConnectorClient":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def command(self, name: str, *parameters: object, fields: int) -> list[str]:
        """Send one command; return the ``fields`` values after the code.

        Raises ConnectorReplyError for a code that is no success.
        """
        self._writer.write(
            "".join(f"#{part}" for part in (name, *parameters)).encode("ascii") + b"#"
        )
        await self._writer.drain()
        return await asyncio.wait_for(self._reply(name, fields), REPLY_TIMEOUT)

    async def _reply(self, name: str, fields: int) -> list[str]:
        await self._reader.readuntil(b"#")
        code = await self._field()
        if code not in GOOD_CODES:
            raise ConnectorReplyError(f"#{name}# was answered with {code}")
        return [await self._field() for _ in range(fields)]

    async def _field(self) -> str:
        return (await self._reader.readuntil(b"#"))[:-1].decode("ascii")

    async def initialise(self) -> None:
        await self.command("I", fields=1)

    async def start_accepting(self) -> None:
        await self.command("B", 0, 0, 0, fields=0)

    async def inserted(self) -> int:
        """Return what was inserted so far, minor units."""
        return int((await self.command("Q", fields=1))[0])

    async def stop_accepting(self) -> int:
        """Stop accepting; return the final total, minor units."""
        return int((await self.command("J", fields=1))[0])

    async def pay_out(self, amount: int) -> int:
        """Pay out ``amount`` minor units; return what was dispensed. The reply comes when the last piece fell."""
        return int((await self.command("P", amount, 0, 0, 0, fields=2))[0])
