"""A presenter and the devices that they let in without a login."""

import contextlib

from tests.live.lines import Line, connect


def pair(tablet, device, talk, role):
    """Lets `device` in by the code that `tablet`, a presenter's browser, is shown."""
    tablet.get("/join/")
    code = tablet.post(f"/talks/{talk['public_id']}/devices/add/", {"role": role}).json()["code"]
    device.get("/remote/")
    assert device.post("/remote/", {"code": code}, headers={"Accept": "application/json"}).status == 200
    return device


class Hall:
    """A talk with its presenter's tablet, and devices that are paired over HTTP as browsers do it."""

    def __init__(self, site, **fields):
        self.site = site
        self.talk = site.talk(site.deck(slides=5, pictures=False), **fields)
        self.tablet = site.client(self.talk["presenter"])
        self.path = f"/talks/{self.talk['public_id']}/devices"

    def paired(self, role):
        device = self.site.client()
        if role == "screen":
            device.get("/screen/")
            code = device.post("/screen/code/").json()["code"]
            assert self.tablet.post(f"{self.path}/screen/", {"code": code}).status == 200
            assert device.get("/screen/wait.json").json()["to"]
            return device
        return pair(self.tablet, device, self.talk, role)

    def revoke(self, role):
        found = self.tablet.get(f"{self.path}.json").json()["devices"]
        device = next(one["id"] for one in found if one["role"] == role and not one["mine"])
        assert self.tablet.post(f"{self.path}/revoke/", {"device": device}).status == 200

    @contextlib.asynccontextmanager
    async def line(self, browser, side="drive", talk=None, site=None, **query):
        async with connect(site or self.site, talk or self.talk, side, client=browser, **query) as connection:
            yield Line(connection)
