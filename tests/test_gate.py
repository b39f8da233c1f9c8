"""Requests wait in line when there are many, and streams hold up nobody."""

import asyncio

from presenter.gate import Gate


class Application:
    """Answers each request when it is told to."""

    def __init__(self):
        self.inside = 0
        self.most = 0
        self.go_on = asyncio.Event()
        self.entered = asyncio.Queue()

    async def __call__(self, scope, receive, send):
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.entered.put_nowait(scope["path"])
        if scope["path"] == "/stream":
            await send({"type": "http.response.body", "body": b"", "more_body": True})
        if scope["path"] == "/broken":
            self.inside -= 1
            raise ValueError
        await self.go_on.wait()
        await send({"type": "http.response.body", "body": b""})
        self.inside -= 1


async def nothing(message=None):
    pass


def ask(gate, path="/"):
    return asyncio.create_task(gate({"path": path}, nothing, nothing))


async def test_no_more_requests_are_worked_on_than_there_are_places():
    application = Application()
    gate = Gate(application, places=3)

    asked = [ask(gate) for _ in range(20)]
    for _ in range(3):
        await application.entered.get()
    waiting = application.entered.empty()
    application.go_on.set()
    await asyncio.gather(*asked)

    assert waiting
    assert application.most == 3
    assert application.entered.qsize() == 17


async def test_a_stream_gives_up_its_place_with_its_first_part():
    application = Application()
    gate = Gate(application, places=1)

    asked = [ask(gate, "/stream") for _ in range(5)]
    for _ in range(5):
        await application.entered.get()
    inside = application.inside
    application.go_on.set()
    await asyncio.gather(*asked)

    assert inside == 5


async def test_what_breaks_or_goes_away_gives_up_its_place():
    application = Application()
    gate = Gate(application, places=1)

    broken = await asyncio.gather(ask(gate, "/broken"), return_exceptions=True)
    gone = ask(gate)
    waiting = ask(gate)
    await application.entered.get()
    await application.entered.get()
    waiting.cancel()  # in line
    gone.cancel()  # inside
    await asyncio.gather(waiting, gone, return_exceptions=True)
    application.go_on.set()
    await asyncio.wait_for(ask(gate), 5)

    assert isinstance(broken[0], ValueError)
