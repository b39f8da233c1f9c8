import asyncio
import contextlib
import shutil

import pytest

from tests.box import standing_box
from tests.faults.house import Pair, Whole, hall_in


@pytest.fixture(scope="package")
def pair(make_site, tmp_path_factory):
    assert shutil.which("redis-server"), "a Redis server is missing: apt-get install redis-server"
    pair = Pair(make_site, tmp_path_factory.mktemp("redis"))
    yield pair
    pair.close()


@pytest.fixture(scope="package")
def whole(prepared_folder, tmp_path_factory):
    with standing_box(prepared_folder, tmp_path_factory) as (box, redis):
        whole = Whole(box, redis)
        yield whole
        whole.close()


@pytest.fixture(
    params=["pair", pytest.param("whole", id="behind_nginx", marks=[pytest.mark.slow, pytest.mark.whole_site])]
)
def house(request):
    """Two processes with SQLite, and in the long tests nginx and PostgreSQL as well."""
    house = request.getfixturevalue(request.param)
    yield house
    house.mend()


@pytest.fixture
async def hall(house):
    async with hall_in(house, house.deck) as hall:
        yield hall


@pytest.fixture
async def moving(hall):
    """Somebody who goes on and on to other slides while the context lasts; gives the answers."""

    @contextlib.asynccontextmanager
    async def go(who, pause=0.1):
        answers, ending = [], False

        async def move():
            while not ending:
                answers.append(await hall.people.goto(who, len(answers) % 9 + 1))
                await asyncio.sleep(pause)

        task = asyncio.create_task(move())
        try:
            yield answers
        finally:
            ending = True
            await task

    return go
