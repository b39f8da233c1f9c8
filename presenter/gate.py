"""How many requests are worked on at a time. A hall that opens a page in the same minute would otherwise have a thread
and a database connection for each of its thousand, and a database server has a hundred."""

import asyncio

AT_A_TIME = 16  # requests of one process; more threads than this only wait for each other


class Gate:
    """ASGI middleware: lets some requests in, and the others wait in line.

    An answer that comes in parts has its place given up with the first: it may last for hours (events), or as long as
    its reader likes (a download).
    """

    def __init__(self, application, places=AT_A_TIME):
        self.application = application
        self._places = asyncio.Semaphore(places)

    async def __call__(self, scope, receive, send):
        await self._places.acquire()
        inside = True

        def leave():
            nonlocal inside
            if inside:
                inside = False
                self._places.release()

        async def answer(message):
            if message.get("more_body"):
                leave()
            await send(message)

        try:
            await self.application(scope, receive, answer)
        finally:
            leave()
