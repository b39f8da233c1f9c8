"""Presenting without a network: what is kept on the device, how it is opened there, and what happens on return."""

import json

import pytest

from tests.browser.conftest import checked
from tests.browser.desk import NOTE, OFFLINE, OPEN, Desk, taken
from tests.browser.remote import remote
from tests.browser.test_ink import WAVE, Board
from tests.browser.windows import ChromiumWindows, WebKitWindows
from tests.site import until

READY = "document.querySelector('[data-stock]').hasAttribute('data-whole')"
WORKS = "navigator.serviceWorker.controller !== null"
HELD = "caches.match(location.pathname, { ignoreVary: true }).then(Boolean)"
NAMES = "caches.keys()"
AWAY = rf"{OFFLINE}|answer 50|status of 50|FetchEvent|\(HTTP/|Could not connect|Connection refused"


class Tablet(Desk):
    """A desk that is ready for a time without a network."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.ready()

    def ready(self):
        self.until(READY, 120)
        self.until(WORKS)
        until(lambda: self.wait_for(HELD))

    def reopen(self):
        """The page is opened again with no server to ask."""
        self.run("window.before = true")
        self.window.reload()
        self.until("!window.before && document.querySelector('[data-now]')?.dataset.painted !== undefined")

    def copies(self):
        """The talks that this device keeps."""
        return [name.split()[-1] for name in self.wait_for(NAMES) if not name.endswith(" app")]


@pytest.fixture
def talk(site):
    return site.talk(site.deck(slides=24, title="Tides", notes=NOTE))


@pytest.fixture
def away(windows):
    windows.forgive(AWAY)
    return windows


def test_a_talk_is_presented_with_no_server_and_reopened_and_the_audience_jumps_once(away, site, talk):
    tablet = Tablet(away, site, talk)
    tablet.until_text("[data-stock]", "24 of 24 ready")
    tablet.start(2)
    viewer = away.open("phone", f"/t/{talk['public_id']}/")
    viewer.until_text("[data-number]", "2")
    viewer.run("""void new MutationObserver(() => (globalThis.seen ??= new Set()).add(
        document.querySelector('[data-number]').textContent)).observe(document.querySelector('[data-number]'),
        { childList: true, characterData: true, subtree: true })""")

    site.stop()
    tablet.strip_says("The audience stays on slide 2. Your slides keep moving.")
    for slide in range(3, 13):
        tablet.press("PageDown")
        tablet.shows(slide)
    tablet.reopen()
    tablet.shows(12)
    tablet.strip_says("The audience stays on slide 2. Your slides keep moving.")
    assert tablet.text("[data-notes-text]") == NOTE
    assert tablet.count("[data-filmstrip] img") == 24
    for slide in range(13, 23):
        tablet.press("PageDown")
        tablet.shows(slide)
    site.start()

    tablet.strip_says("Connected. The audience is on slide 22 with you.")
    tablet.audience_is_on(22)
    tablet.has_moved([1, 2, 22])
    viewer.until_text("[data-number]", "22")
    assert set(viewer.run("[...seen]")) <= {"2", "22"}


class DrawingTablet(Board, Tablet):
    """A tablet that is ready for a time without a network, with a pen."""

    def keeps_copy_of(self, slide, strokes):
        address = f"/talks/{self.talk['public_id']}/ink.json?slide={slide}"
        held = f"""caches.match({json.dumps(address)}).then((answer) => answer?.json())
            .then((found) => found?.sheets.flatMap(({{ strokes }}) => strokes).length ?? 0)"""
        until(lambda: self.wait_for(held) == strokes)


def test_ink_that_was_there_is_shown_without_a_network_and_nothing_twice_when_it_is_back(chromium, site, talk):
    chromium.forgive(rf"{AWAY}|ink.json")
    tablet = DrawingTablet(chromium, site, talk)
    tablet.start(2)
    tablet.draw(*WAVE)
    tablet.keeps(1)
    tablet.keeps_copy_of(2, strokes=1)
    before = tablet.strokes

    site.stop()
    tablet.reopen()
    tablet.shows(2)
    tablet.has(1)
    assert tablet.strokes == before
    tablet.draw((0.2, 0.2), (0.4, 0.2))
    tablet.has(2)
    tablet.reopen()
    tablet.has(2)
    drawn = tablet.strokes
    site.start()

    tablet.keeps(2)
    viewer = chromium.open("phone", f"/t/{talk['public_id']}/")
    viewer.until("document.querySelectorAll('[data-stage] .ink__sheet:first-child > path').length === 2")
    assert tablet.strokes == drawn
    assert [stroke[0] for stroke in drawn] == [row["key"] for row in tablet.kept()]


def test_who_has_the_slides_when_the_network_is_back_is_named_and_asked_about(chromium, site, talk):
    chromium.forgive(AWAY)
    tablet = Tablet(chromium, site, talk)
    tablet.start(2)
    tablet.context.set_offline(True)
    tablet.strip_says("Your slides keep moving.")
    tablet.go_to(20)
    with remote(site, talk) as other:
        other.goto(12)
    taken(tablet)
    tablet.context.set_offline(False)

    tablet.strip_says("Mira has the slides now, on 12. You were on 20.")
    tablet.shows(12)
    assert tablet.row()["slide"] == 12
    tablet.tap("[data-do=goto]")

    tablet.shows(20)
    tablet.audience_is_on(20)
    tablet.has_moved([1, 2, 12, 20])


def test_the_app_opens_without_a_network_and_shows_the_talks_that_are_on_the_device(away, site, talk):
    tablet = Tablet(away, site, talk)
    tablet.go("/talks/")
    tablet.until_text("main", "Waiting to start")
    tablet.until(WORKS)
    until(lambda: "presenter.copy app" in tablet.wait_for(NAMES))

    site.stop()
    tablet.go("/talks/")
    tablet.until_text("h1", "No connection")
    tablet.until_text("[data-copies]", "Tides")
    assert tablet.text("[data-slides]") == "24 slides"
    tablet.tap("[data-copies] a")
    tablet.shows(1)
    tablet.strip_says("The audience is still waiting. Your slides keep moving.")
    tablet.until_text("[data-link-word]", "No connection")
    tablet.go("/talks/")
    tablet.until_text("h1", "No connection")
    site.start()

    tablet.until_text("main", "Waiting to start")


def test_copies_go_with_the_login_and_never_come_near_a_viewer(windows, site, talk):
    tablet = Tablet(windows, site, talk)
    assert tablet.copies() == [talk["public_id"]]

    tablet.go(f"/t/{talk['public_id']}/")
    tablet.until_there("[data-viewer]")
    assert tablet.run("navigator.serviceWorker.controller === null")
    tablet.go("/talks/")
    tablet.run("document.querySelector('[data-menu] form[action*=logout]').requestSubmit()")
    tablet.until("location.pathname === '/accounts/login/'")

    until(lambda: tablet.copies() == [])
    assert "presenter.resume" not in json.dumps(tablet.run("Object.keys(localStorage)"))
    tablet.sign_in(site.user()["name"])
    tablet.go("/talks/")
    tablet.until(WORKS)
    assert tablet.copies() == []


def test_an_ended_talk_takes_no_room_any_more(windows, site, talk):
    other = site.talk(site.deck(slides=3, owner=talk["presenter"]))
    tablet = Tablet(windows, site, talk)
    tablet.start()
    tablet.talk, tablet.keys = other, [slide["keys"][0] for slide in other["deck"]["slides"]]
    tablet.visit()
    tablet.ready()
    tablet.start()
    assert set(tablet.copies()) == {talk["public_id"], other["public_id"]}

    with remote(site, other) as ending:
        ending.end()
    tablet.strip_says("The talk is over.")
    until(lambda: tablet.copies() == [talk["public_id"]])
    site.client(talk["presenter"]).post(f"/talks/{talk['public_id']}/end/")
    tablet.go("/talks/")

    until(lambda: tablet.copies() == [])


def test_over_plain_http_the_page_says_that_it_must_stay_open(chromium, site, talk):
    tablet = chromium.open("ipad", as_user=talk["presenter"])
    tablet.page.add_init_script("""
        Object.defineProperty(globalThis, 'isSecureContext', { value: false });
        delete globalThis.caches; delete Navigator.prototype.serviceWorker;
    """)
    tablet.go(f"/talks/{talk['public_id']}/present/")
    tablet.until(OPEN)
    tablet.tap("[data-open-more]")
    tablet.tap("[data-open-check]")

    tablet.until_text("[data-check-list]", "Keep this page open. It cannot be opened again without one,")
    tablet.until_text("[data-check-list]", "because this site runs over plain http.")
    tablet.until_text("[data-check-list]", "24 of 24 ready on this device")


# Another version


@pytest.fixture(params=["chromium", "webkit"])
def own_site(request, make_site):
    """A site that may be changed, and windows on it: (site, windows)."""
    own = make_site()
    if request.param == "chromium":
        windows = checked(request, ChromiumWindows(own, request.getfixturevalue("chromium_browser")))
    else:
        windows = checked(request, WebKitWindows(own, request.getfixturevalue("display")))
    with_them = next(windows)
    yield own, with_them
    for _ in windows:
        pass


SCRIPT = "js/pages/present.js"
NEW = "js/pages/present.222222222222.js"


def deploy_second_version(site):
    """What an update does: a changed script under another name, the old one gone, and a changed worker."""
    static = site.folder / "static"
    manifest = json.loads((static / "staticfiles.json").read_text())
    old = manifest["paths"][SCRIPT]
    source = (static / old).read_text()
    (static / old).unlink()
    (static / NEW).write_text(f'{source}\ndocument.documentElement.dataset.version = "second";\n')
    manifest["paths"][SCRIPT] = NEW
    (static / "staticfiles.json").write_text(json.dumps(manifest))
    worker = static / "js" / "offline" / "worker.js"
    worker.write_text(
        f"{worker.read_text()}\nself.addEventListener('message', ({{ ports }}) => ports[0].postMessage('second'));\n"
    )
    return old


VERSION = "document.documentElement.dataset.version ?? 'first'"
WORKER_VERSION = """new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => done(data);
    setTimeout(done, 500, 'first');
    navigator.serviceWorker.controller.postMessage('version', [port2]);
})"""


def test_a_second_version_is_what_everybody_gets_with_and_without_a_network(own_site):
    site, windows = own_site
    windows.forgive(AWAY)
    talk = site.talk(site.deck(slides=3, title="Tides", notes=NOTE))
    tablet = Tablet(windows, site, talk)
    tablet.start()
    assert tablet.run(VERSION) == "first"

    site.stop()
    old = deploy_second_version(site)
    tablet.reopen()
    assert tablet.run(VERSION) == "first"  # whole, as it was copied
    site.start()
    tablet.strip_says("Connected.")
    until(lambda: tablet.wait_for(f"caches.match('/static/{NEW}').then(Boolean)"))
    until(lambda: not tablet.wait_for(f"caches.match('/static/{old}').then(Boolean)"))
    tablet.reload()

    assert tablet.run(VERSION) == "second"
    until(lambda: tablet.wait_for(WORKER_VERSION) == "second")
    site.stop()
    tablet.reopen()
    assert tablet.run(VERSION) == "second"
    tablet.press("PageDown")
    tablet.shows(2)
