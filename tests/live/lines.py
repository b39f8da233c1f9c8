"""One WebSocket of a test: it says messages and waits to hear them."""

import asyncio
import json

import websockets

PATIENCE = 20  # s; a message that does not come is a failure, so this costs nothing when all is well


class Line:
    def __init__(self, connection):
        self.connection = connection
        self.heard = []  # every frame so far, as text

    @property
    def messages(self):
        return [json.loads(text) for text in self.heard]

    async def say(self, kind, **fields):
        await self.connection.send(json.dumps({"type": kind, **_on_the_wire(fields)}))

    async def hear(self, kind, seconds=PATIENCE, **fields):
        """The next message of this kind with these fields."""
        async with asyncio.timeout(seconds):
            while True:
                self.heard.append(await self.connection.recv())
                message = json.loads(self.heard[-1])
                if message["type"] == kind and fields.items() <= message.items():
                    return message

    async def ask(self, kind, **fields):
        """Says something with a ref and returns the reply."""
        await self.say(kind, **fields)
        return await self.hear("reply", ref=fields["ref"])

    async def nothing(self, kind, seconds):
        """Listens for a while, and fails when it hears a message of this kind."""
        try:
            message = await self.hear(kind, seconds)
        except TimeoutError:
            return
        raise AssertionError(f"unexpected: {message}")

    async def closed(self, seconds=PATIENCE):
        """The code with which the server ends the connection."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    self.heard.append(await self.connection.recv())
            except websockets.ConnectionClosed:
                return self.connection.close_code


def connect(
    site,
    talk,
    side="view",
    *,
    client=None,
    headers=(),
    host="127.0.0.1",
    origin="own",
    subprotocols=("presenter.v1",),
    **query,
):
    """A context manager that gives the raw connection. `talk` is its public id or what `site.talk()` returned."""
    public_id = talk if isinstance(talk, str) else talk["public_id"]
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    cookies = [("Cookie", client.cookie_header())] if client else []
    scheme = "wss" if site.tls else "ws"
    return websockets.connect(
        f"{scheme}://{host}:{site.port}/ws/talks/{public_id}/{side}/" + (f"?{asked}" if asked else ""),
        origin=site.url if origin == "own" else origin,
        subprotocols=list(subprotocols) or None,
        additional_headers=[*cookies, *headers],
        compression=None,
        max_queue=None,  # a client that stops reading is not what most tests are about
        proxy=None,
        host="127.0.0.1",
        port=site.port,
        ssl=site.tls,
        ping_interval=None,
        open_timeout=PATIENCE,
    )


def _on_the_wire(fields):
    # `from` is a word of Python's own.
    return {name.rstrip("_"): value for name, value in fields.items()}
