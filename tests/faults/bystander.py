"""Somebody who presents at a site of their own, of which nothing is broken: so long does the machine keep people
waiting now, whatever a test does to a house. Where nothing else runs, that is some milliseconds.
"""

import asyncio
import contextlib

from tests.faults.house import Person
from tests.faults.people import People

QUIET = 0.1  # s in which every press is answered where nothing else runs: there promises are kept to the letter


class Bystander:
    def __init__(self, people):
        self._people = people

    @property
    def slack(self):
        """s that others may take longer than is promised. A move whose line goes makes its way three times."""
        longest = max(self._people.waits["bystander"])
        return 0.0 if longest < QUIET else 3 * longest


@contextlib.asynccontextmanager
async def bystander_at(site, pause):
    """Moves on and on while the context lasts."""
    talk = await asyncio.to_thread(lambda: site.talk(site.deck(slides=9, pictures=False)))
    client = await asyncio.to_thread(Person, site, talk["presenter"])
    seat = site.rows("Talk", id=talk["id"])[0]["presenter_id"]
    async with People() as people:
        await people.comes("bystander", site, talk, "presenter", client=client, seat=seat)
        moving = asyncio.create_task(_move(people, pause))
        try:
            yield Bystander(people)
        finally:
            moving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await moving


async def _move(people, pause):
    slide = 1
    while True:
        slide = slide % 9 + 1
        await people.goto("bystander", slide)
        await asyncio.sleep(pause)
