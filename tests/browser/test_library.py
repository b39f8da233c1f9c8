"""The library, a deck and the way in with a code, as people use them."""

import json
import signal

import pytest
from PIL import Image

from tests.browser.conftest import checked
from tests.browser.windows import ChromiumWindows
from tests.importing import papers
from tests.site import until

IMPORTED = 60  # s; an import shares the machine with the other tests


@pytest.fixture
def pdf(tmp_path):
    def write(name, content=None):
        path = tmp_path / name
        path.write_bytes(papers.deck(3) if content is None else content)
        return path

    return write


def says(selector, words):
    return f"document.querySelector({json.dumps(selector)})?.textContent.includes({json.dumps(words)})"


def drag(window, kind, *names):
    """Files dragged over the page, as a browser tells of them."""
    files = ", ".join(f"new File(['%PDF-nothing'], {json.dumps(name)}, {{type: 'application/pdf'}})" for name in names)
    window.run(
        f"(() => {{ const held = new DataTransfer(); [{files}].forEach((file) => held.items.add(file));"
        f" document.body.dispatchEvent(new DragEvent({json.dumps(kind)},"
        f" {{bubbles: true, cancelable: true, dataTransfer: held}})); }})()"
    )


def rename(window, title):
    window.tap("[data-rename] summary")
    window.fill("#title", title)
    window.press("Enter")
    window.until_text("[data-title-text]", title)


# The library


def test_upload_becomes_a_card_without_a_reload(windows, site, pdf):
    window = windows.open("desktop", "/", as_user=site.user()["name"])
    window.until_there("[data-empty]")
    window.run("globalThis.sameDocument = true")

    window.choose_file("#add-file", pdf("Tides and currents.pdf"))

    window.until(says("[data-card-caption]", "3 slides, not shown yet"), IMPORTED)
    window.until("document.querySelectorAll('[data-row]').length === 0")
    assert window.text("[data-card-title]") == "Tides and currents"
    assert window.run("globalThis.sameDocument")
    window.until("document.querySelector('.deck-card img').naturalWidth > 0")
    assert window.run("document.querySelector('[data-empty]').hidden")


def test_several_files_come_in_at_once_and_each_says_how_it_went(chromium, site, pdf):
    owner = site.user()["name"]
    window = chromium.open("desktop", "/", as_user=owner)

    window.page.set_input_files(
        "#add-file", [pdf("Tides.pdf"), pdf("Broken.pdf", b"%PDF-1.7\nnothing"), pdf("Empty.pdf", b"")]
    )

    window.until("document.querySelectorAll('.deck-card[data-deck]').length === 1", IMPORTED)
    window.until("document.querySelectorAll('[data-state=failed]').length === 2", IMPORTED)
    words = window.run("[...document.querySelectorAll('[data-state=failed]')].map((row) => row.innerText).join()")
    assert "The file is damaged or incomplete." in words
    assert "The file is empty. Choose another one." in words
    assert words.count("Choose another file") == 2

    window.tap("[data-import][data-state=failed] [data-close-button]")
    window.until("document.querySelectorAll('[data-state=failed]').length === 1")
    until(lambda: [job for job in site.rows("Import", source_name="Broken.pdf") if job["dismissed"]])


def test_empty_library_stays_empty_after_a_file_that_could_not_be_taken(windows, site, pdf):
    window = windows.open("desktop", "/", as_user=site.user()["name"])
    window.until_there("[data-empty]")

    window.choose_file("#add-file", pdf("Empty.pdf", b""))
    window.until(says("[data-state=failed]", "The file is empty."))
    assert window.run("document.querySelector('[data-empty]').hidden")
    window.tap("[data-close-button]")

    window.until_there("[data-empty]")


def test_upload_on_a_slow_line_shows_its_progress_and_can_be_stopped(chromium, site, pdf):
    window = chromium.open("desktop", "/", as_user=site.user()["name"])
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    window.context.new_cdp_session(window.page).send("Network.emulateNetworkConditions", slow)

    window.choose_file("#add-file", pdf("Large.pdf", papers.deck(1) + b"\n%" + b"x" * 4_000_000))

    window.until(says("[data-words]", "of 4.0 MB, about"))
    assert window.run("document.querySelector('[data-bar]').value > 0")
    window.tap("[data-close-button]")
    window.until("document.querySelectorAll('[data-row]').length === 0")
    assert site.rows("Import", source_name="Large.pdf") == []


def large(size=9_000_000):
    """A deck of several pieces."""
    return papers.deck(3) + b"\n%" + b"x" * size


def uploads_of(site, owner):
    """How many bytes of each of this person's files have come."""
    keys = [upload["key"] for upload in site.rows("Upload", owner__username=owner)]
    return [(site.folder / "uploads" / key).stat().st_size for key in keys]


def test_upload_that_is_cut_off_goes_on_by_itself(chromium, site, pdf):
    owner = site.user()["name"]
    window = chromium.open("desktop", "/", as_user=owner)
    chromium.forgive(r"ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|WebSocket")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 3_000_000}
    network = window.context.new_cdp_session(window.page)
    network.send("Network.emulateNetworkConditions", slow)

    window.choose_file("#add-file", pdf("Large.pdf", large()))
    until(lambda: sum(uploads_of(site, owner)) > 0)
    network.send("Network.emulateNetworkConditions", {**slow, "offline": True})
    window.until(says("[data-words]", "No connection. It goes on by itself."))
    came = sum(uploads_of(site, owner))
    network.send("Network.emulateNetworkConditions", {**slow, "offline": False, "uploadThroughput": -1})

    window.until(says("[data-card-caption]", "3 slides, not shown yet"), IMPORTED)
    assert 0 < came < len(large())


@pytest.mark.slow  # without a browser, tests/test_uploads.py does it each time
def test_upload_goes_on_when_the_server_was_killed_and_comes_back(request, make_site, chromium_browser, pdf):
    site = make_site()
    owner = site.user()["name"]
    for windows in checked(request, ChromiumWindows(site, chromium_browser)):
        windows.forgive("ERR_|WebSocket")
        window = windows.open("ipad", "/", as_user=owner)
        slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 3_000_000}
        window.context.new_cdp_session(window.page).send("Network.emulateNetworkConditions", slow)

        window.choose_file("#add-file", pdf("Large.pdf", large()))
        until(lambda: sum(uploads_of(site, owner)) > 0)
        site.stop(signal.SIGKILL)
        window.until(says("[data-words]", "No connection. It goes on by itself."))
        site.start()

        window.until(says("[data-card-caption]", "3 slides, not shown yet"), IMPORTED)
        assert len(site.rows("Upload", owner__username=owner)) == 1


def test_file_chosen_again_after_a_reload_goes_on_where_it_was(chromium, site, pdf):
    owner = site.user()["name"]
    window = chromium.open("desktop", "/", as_user=owner)
    chromium.forgive("ERR_ABORTED|WebSocket")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 3_000_000}
    network = window.context.new_cdp_session(window.page)
    network.send("Network.emulateNetworkConditions", slow)
    window.page.on("dialog", lambda dialog: dialog.accept())
    file = pdf("Large.pdf", large())

    window.choose_file("#add-file", file)
    until(lambda: sum(uploads_of(site, owner)) > 0)
    window.reload()
    network.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    pieces = []
    window.page.on("request", lambda request: pieces.append(request.url) if request.method == "PUT" else None)
    window.choose_file("#add-file", file)

    window.until(says("[data-card-caption]", "3 slides, not shown yet"), IMPORTED)
    assert pieces and not any(url.endswith("/0/") for url in pieces)
    assert len(site.rows("Upload", owner__username=owner)) == 1


def test_pictures_chosen_together_become_one_deck_and_other_files_their_own(windows, site, pdf, tmp_path):
    owner = site.user()["name"]
    window = windows.open("desktop", "/", as_user=owner)
    for number in (10, 9):
        Image.new("RGB", (1280, 720), (number * 20, 90, 140)).save(tmp_path / f"dunes {number}.png")

    window.choose_files("#add-file", [tmp_path / "dunes 10.png", pdf("Tides.pdf"), tmp_path / "dunes 9.png"])

    titles = "[...document.querySelectorAll('.deck-card[data-deck] [data-card-title]')].map((one) => one.textContent)"
    window.until(f"{titles}.sort().join() === 'Tides,dunes'", IMPORTED)
    until(lambda: len(site.rows("Revision", deck__owner__username=owner, completed_at__isnull=False)) == 2, IMPORTED)
    slides = site.rows("Slide", revision__deck__owner__username=owner, revision__deck__title="dunes")
    assert len(slides) == 2


def test_files_dropped_anywhere_are_taken(windows, site):
    owner = site.user()["name"]
    site.deck(owner)
    window = windows.open("desktop", "/", as_user=owner)
    window.until("document.documentElement.dataset.scripted === ''")

    drag(window, "dragenter", "One.pdf", "Two.pdf")
    window.until_there("[data-drop]")
    assert window.text("[data-drop-title]") == "Let go to add 2 files"
    drag(window, "drop", "One.pdf", "Two.pdf")

    assert window.run("document.querySelector('[data-drop]').hidden")
    window.until("document.querySelectorAll('[data-state=failed]').length === 2", IMPORTED)
    assert window.text("[data-name]") == "One.pdf"


def test_import_in_another_window_shows_up_here(chromium, site, pdf):
    owner = site.user()["name"]
    here, there = chromium.open("desktop", "/", as_user=owner), chromium.open("ipad", "/", as_user=owner)

    there.choose_file("#add-file", pdf("Tides.pdf"))

    here.until(says("[data-card-caption]", "3 slides, not shown yet"), IMPORTED)


def test_account_menu_closes_like_a_menu(windows, site):
    window = windows.open("desktop", "/", as_user=site.user()["name"])
    window.until("document.documentElement.dataset.scripted === ''")

    window.tap(".menu__face")
    window.until_there(".menu__sheet")
    window.press("Escape")
    window.until("!document.querySelector('[data-menu]').open")
    assert window.run("document.activeElement.className") == "menu__face"

    window.tap(".menu__face")
    window.tap("h1")
    window.until("!document.querySelector('[data-menu]').open")


def test_finished_import_leads_to_its_report(windows, site, pdf):
    window = windows.open("desktop", "/", as_user=site.user()["name"])
    window.until_there("[data-empty]")
    small = papers.make_pdf([papers.Sheet([(60, 440, 40, "Tides"), (60, 300, 9, "in very small letters")])])

    window.choose_file("#add-file", pdf("Tides.pdf", small))

    window.until(says("[data-row] [data-words]", "Ready, with 1 thing to look at"), IMPORTED)
    window.tap("[data-row] [data-report]")
    window.until(says("h1", "1 thing to look at"))
    assert window.text(".report__caption") == "1 9 pt"


def test_failed_import_whose_file_was_kept_can_be_tried_again(windows, site, pdf):
    person, paper = site.user()["name"], pdf("Tides.pdf")
    kept = site.do("upload", owner=person, path=str(paper), name="Tides.pdf", failed="A fault of ours.")
    window = windows.open("desktop", "/", as_user=person)
    window.until_there("[data-row] [data-retry]:not([hidden])")

    window.tap("[data-row] [data-retry]")

    window.until("document.querySelectorAll('[data-row]').length === 0", IMPORTED)
    assert [row["state"] for row in site.rows("Import", pk=kept)] == ["done"]


# A deck


def test_notes_are_saved_as_they_are_typed(windows, site):
    deck = site.deck(slides=6)
    window = windows.open("desktop", f"/decks/{deck['id']}/", as_user=deck["owner"])
    window.until("document.documentElement.dataset.scripted === ''")

    window.tap("#slide-2 a")
    window.until_there("[data-editor]")
    assert window.text("[data-editor-label]") == "Notes for slide 2"
    window.fill("[data-editor-text]", "Breathe, then smile.")
    window.until(says("[data-editor-state]", "Saved"))

    second = deck["slides"][1]["id"]
    until(lambda: site.rows("Slide", pk=second)[0]["notes"] == "Breathe, then smile.")
    window.until_there("#slide-2 [data-noted]")
    window.reload()
    window.until("document.querySelector('[data-editor-text]')?.value === 'Breathe, then smile.'")


def test_editor_lies_under_the_row_of_its_slide_and_moves_with_the_arrows(windows, site):
    deck = site.deck(slides=6)
    window = windows.open("desktop", f"/decks/{deck['id']}/", as_user=deck["owner"])
    window.until("document.documentElement.dataset.scripted === ''")
    top = "document.querySelector('{}').getBoundingClientRect().top"

    window.tap("#slide-2 a")
    window.until_there("[data-editor]")
    assert window.run(f"{top.format('#slide-4')} === {top.format('#slide-2')}")
    assert window.run(f"{top.format('[data-editor]')} > {top.format('#slide-2')}")
    assert window.run(f"{top.format('#slide-5')} > {top.format('[data-editor]')}")

    window.tap("[data-editor-after]")
    window.until(says("[data-editor-label]", "Notes for slide 3"))
    window.press("Escape")
    window.until("!document.querySelector('[data-grid] [data-editor]')")
    assert window.run("document.activeElement.closest('li').id") == "slide-3"


def test_notes_written_elsewhere_are_fetched_before_one_writes_over_them(chromium, site):
    deck = site.deck(slides=2, notes="As it was.")
    window = chromium.open("desktop", f"/decks/{deck['id']}/", as_user=deck["owner"])
    window.until("document.documentElement.dataset.scripted === ''")
    site.change("Slide", {"pk": deck["slides"][0]["id"]}, {"notes": "Written on the tablet."})

    window.tap("#slide-1 a")

    window.until("document.querySelector('[data-editor-text]')?.value === 'Written on the tablet.'")


def test_notes_typed_without_a_connection_are_kept_and_sent_later(chromium, site):
    deck = site.deck(slides=2)
    window = chromium.open("desktop", f"/decks/{deck['id']}/", as_user=deck["owner"])
    chromium.forgive(r"ERR_INTERNET_DISCONNECTED|WebSocket")
    window.tap("#slide-1 a")
    window.until_there("[data-editor]")

    window.context.set_offline(True)
    window.fill("[data-editor-text]", "Typed in a tunnel.")
    window.until(says("[data-editor-state]", "Not saved yet. Kept on this device"))
    window.context.set_offline(False)

    window.until(says("[data-editor-state]", "Saved"))
    assert site.rows("Slide", pk=deck["slides"][0]["id"])[0]["notes"] == "Typed in a tunnel."


def test_title_changes_in_place(windows, site):
    deck = site.deck()
    window = windows.open("desktop", f"/decks/{deck['id']}/", as_user=deck["owner"])
    window.until("document.documentElement.dataset.scripted === ''")

    rename(window, "High tides")

    assert window.run("document.title") == "High tides · Presenter"
    assert site.rows("Deck", pk=deck["id"])[0]["title"] == "High tides"


def test_new_file_takes_the_place_of_the_old_one_and_says_so(windows, site, pdf):
    deck = site.deck(slides=1, notes="Breathe.")
    window = windows.open("desktop", f"/decks/{deck['id']}/", as_user=deck["owner"])
    window.until("document.documentElement.dataset.scripted === ''")

    window.choose_file("#replace-file", pdf("Second edition.pdf"))

    window.until(says("[data-replaced]:not([hidden])", "The new file is in place, with 3 slides."), IMPORTED)
    window.until("document.querySelectorAll('[data-grid] [data-slide]').length === 3")
    assert window.text("[data-source]") == "Second edition.pdf"
    assert window.text("[data-count]") == "3 slides"


def test_slides_of_a_first_import_appear_one_by_one(chromium, site, pdf):
    window = chromium.open("desktop", "/", as_user=site.user()["name"])
    window.choose_file("#add-file", pdf("Long.pdf", papers.deck(40)))
    window.until("document.querySelector('.deck-card[data-deck]')", IMPORTED)

    window.go(window.run("document.querySelector('.deck-card').getAttribute('href')"))
    window.run("globalThis.sameDocument = true")

    window.until("document.querySelectorAll('[data-grid] [data-slide]').length === 40", IMPORTED)
    window.until(says("[data-count]", "40 slides"))
    window.until("document.querySelector('[data-incoming]').hidden")
    assert window.run("globalThis.sameDocument")
    assert not window.run("document.querySelector('[data-start-button]').disabled")


def test_only_named_people_shows_where_to_name_them(windows, site):
    deck = site.deck()
    window = windows.open("ipad", f"/decks/{deck['id']}/", as_user=deck["owner"])
    assert not window.run("document.querySelector('#names').checkVisibility()")

    window.tap("[data-named]")

    window.until_there("#names")


# The admin


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_admin_keeps_the_content_policy_and_loads_nothing_unhashed(chromium, site, theme):
    root = site.user(is_staff=True, is_superuser=True)["name"]
    deck = site.deck(root)
    site.talk(deck)
    window = chromium.open("ipad", "/admin/", as_user=root, theme=theme)

    lists = ["deck/", "slide/", "import/", "talk/", "device/", "talkevent/"]
    for path in [*lists, f"deck/{deck['id']}/change/", "deck/add/"]:
        window.go(f"/admin/slides/{path}")
        window.until("document.readyState === 'complete'")

    assert window.run("getComputedStyle(document.documentElement).getPropertyValue('--body-bg')").strip() == (
        "#f6f5f2" if theme == "light" else "#08080a"
    )


def test_deck_is_added_and_a_talk_started_in_the_admin(chromium, site, pdf):
    root = site.user(is_staff=True, is_superuser=True)["name"]
    window = chromium.open("desktop", "/admin/slides/deck/add/", as_user=root)

    window.choose_file("#id_file", pdf("Tides.pdf"))
    window.tap("input[type=submit][value='Add the deck']")
    window.until(says(".messagelist", "In line: Tides.pdf."))
    owner = site.rows("Import", source_name="Tides.pdf", owner__username=root)[0]["owner_id"]
    until(lambda: site.rows("Revision", deck__owner=owner, completed_at__isnull=False))

    window.go("/admin/slides/deck/")
    window.tap(".action-select")
    window.run("document.querySelector('[name=action]').value = 'start_talk'")
    window.tap("button[name=index]")
    window.until("location.pathname.endsWith('/present/')")


# Joining


@pytest.mark.parametrize("typed", ["k7qm3xpt", "K7QM 3XPT"])
def test_code_typed_on_a_phone_leads_to_the_talk(windows, site, typed):
    talk = site.talk()
    code = talk["join_code"]
    phone = windows.open("phone", "/join/")
    phone.until("document.querySelector('[data-cells]').checkVisibility()")

    phone.fill("#code", code.lower() if typed.islower() else f"{code[:4]} {code[4:]}")
    assert phone.run("document.querySelector('[data-cells]').textContent") == code
    phone.press("Enter")

    phone.until(f"location.pathname === '/t/{talk['public_id']}/'")


def test_half_a_code_is_not_sent_and_a_wrong_one_is_answered(windows, site):
    windows.forgive("404")
    phone = windows.open("phone", "/join/")
    phone.until("document.querySelector('[data-cells]').checkVisibility()")

    phone.fill("#code", "K7Q")
    phone.tap("[data-join]")
    phone.until(says("[data-code-message]", "A code has 8 letters and digits"))
    phone.fill("#code", "K7QM3XPT")
    phone.tap("[data-join]")

    phone.until(says("[data-code-message]", "No talk has the code K7QM 3XPT."))
