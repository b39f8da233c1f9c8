import os
import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from slides import access
from slides.models import Deck, Device, Import, Slide, Talk, TalkEvent
from tests.factories import make_deck, make_import, make_talk, make_user

pytestmark = pytest.mark.django_db

PAGES = ["deck", "slide", "import", "talk", "device", "talkevent"]


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def root(sign_in):
    return sign_in(make_user("root", is_staff=True, is_superuser=True))


@pytest.fixture
def staff(sign_in):
    """A presenter who may work in the admin, and their browser."""
    person = make_user("staff", is_staff=True)
    return person, sign_in(person)


def act(browser, page, action, *rows, **more):
    fields = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return browser.post(f"/admin/slides/{page}/", fields, follow=True)


def make_everything(owner=None, count=1):
    """Decks with slides, an import, a talk, a device and an event each."""
    now = timezone.now()
    for number in range(count):
        deck = make_deck(2, owner=owner, title=f"Tides {number}", notes="Breathe.")
        make_import(deck.owner, deck=deck, revision=deck.revision, state=Import.State.DONE, done=2, total=2)
        talk = make_talk(deck, started_at=now)
        device = Device.objects.create(talk=talk, key=f"device-{number}", user=deck.owner, name="iPad")
        TalkEvent.objects.create(talk=talk, device=device, ref=1, seq=1, kind="talk.goto", at=now)
    return deck


# Pages


def test_front_page_says_how_things_stand(root):
    make_everything()
    make_import(state=Import.State.FAILED, error="The file is empty. Choose another one.")
    make_import()

    page = text(root.get("/admin/"))

    figures = re.findall(r'<a class="figure" href="(.*?)"><b>(\d+)</b> (.*?)</a>', page)
    assert figures == [
        ("/admin/slides/talk/?state=open", "1", "open talk"),
        ("/admin/slides/import/?state=open", "1", "file coming in"),
        ("/admin/slides/import/?state=failed", "1", "failed import"),
        ("/admin/slides/deck/", "1", "deck"),
    ]
    for path, count, _ in figures:
        assert f"{count} " in text(root.get(path))


@pytest.mark.parametrize("page", PAGES)
def test_every_list_search_and_page_opens(root, page):
    make_everything()
    model = {"deck": Deck, "slide": Slide, "import": Import, "talk": Talk, "device": Device, "talkevent": TalkEvent}[
        page
    ]

    assert root.get(f"/admin/slides/{page}/").status_code == 200
    assert root.get(f"/admin/slides/{page}/?q=tides").status_code == 200
    assert root.get(f"/admin/slides/{page}/{model.objects.first().pk}/change/").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_lists_cost_the_same_number_of_queries_for_1_and_for_20_rows(root, page, django_assert_max_num_queries):
    make_everything(count=20)

    with django_assert_max_num_queries(14):
        root.get(f"/admin/slides/{page}/")


def test_page_of_a_deck_with_many_slides_costs_few_queries(root, django_assert_max_num_queries):
    deck = make_deck(200)

    with django_assert_max_num_queries(14):
        page = text(root.get(f"/admin/slides/deck/{deck.pk}/change/"))

    assert page.count('class="thumb"') == 60
    assert f"/admin/slides/slide/?revision__id__exact={deck.revision_id}" in page


@pytest.mark.parametrize(
    ("page", "query", "count"),
    [
        ("slide", "notes=yes", 2),
        ("slide", "notes=no", 1),
        ("slide", "q=Breathe", 2),
        ("import", "state=open", 1),
        ("import", "state=done", 1),
        ("talk", "state=live", 1),
        ("talk", "state=waiting", 1),
        ("talk", "state=over", 0),
        ("talk", "state=open", 2),
    ],
)
def test_filters_find_what_they_say(root, page, query, count):
    make_everything()
    make_talk(make_deck(1))
    make_import()

    assert root.get(f"/admin/slides/{page}/?{query}").context["cl"].result_count == count


def test_only_slides_that_are_shown_now_are_listed(root):
    deck = make_deck(3)
    make_deck(2, owner=deck.owner).revision.slides.update(revision=deck.revisions.create(number=2, **_source()))

    assert root.get("/admin/slides/slide/").context["cl"].result_count == 3


def _source():
    return {"source_key": "k" * 22, "source_name": "b.pdf", "source_bytes": 1, "source_sha256": "0" * 64}


def test_no_page_of_the_admin_needs_inline_scripts_or_styles(root):
    deck = make_everything()
    paths = ["/admin/", "/admin/slides/deck/add/", f"/admin/slides/deck/{deck.pk}/change/", "/admin/auth/user/"]

    for path in [*paths, *(f"/admin/slides/{page}/" for page in PAGES)]:
        response = root.get(path)
        page = response.content.decode()
        policy = response["Content-Security-Policy"]
        assert "'unsafe-inline'" not in policy
        assert not re.search(r"<[^>]+\sstyle=", page), path
        assert not re.search(r"<[^>]+\son[a-z]+=", page), path
        assert not re.search(r"<style|<script(?![^>]*(src=|type=\"application/json\"))", page), path


# Adding


def upload(browser, content=b"%PDF-1.7\n", name="tides.pdf", **fields):
    return browser.post("/admin/slides/deck/add/", {"file": SimpleUploadedFile(name, content), **fields}, follow=True)


def test_deck_added_in_the_admin_takes_its_place_in_the_same_line(root, stored):
    mira = make_user("mira")

    answer = upload(root, title="Tides", owner=mira.pk)

    job = Import.objects.get()
    assert answer.redirect_chain == [("/admin/slides/import/", 302)]
    assert "In line: tides.pdf." in text(answer)
    assert (job.owner, job.title, job.source_name, job.state) == (mira, "Tides", "tides.pdf", "waiting")
    assert (stored / "uploads" / job.source_key).read_bytes() == b"%PDF-1.7\n"


def test_what_is_wrong_with_a_file_is_said_at_its_field(root, stored, settings):
    owner = make_user().pk

    empty = upload(root, content=b"", owner=owner)
    settings.MAX_UPLOAD_MB = 1
    large = upload(root, content=b"x" * 1_100_000, owner=owner)
    nothing = root.post("/admin/slides/deck/add/", {"owner": owner})

    assert "The file is empty. Choose another one." in text(empty)
    assert "The file is larger than 1 MB." in text(large)
    assert "This field is required." in text(nothing)
    assert Import.objects.count() == 0
    assert [path for path in stored.rglob("*") if path.is_file()] == []


def test_staff_add_decks_for_themselves_alone(staff, stored):
    person, browser = staff

    upload(browser, owner=make_user("mira").pk)

    assert Import.objects.get().owner == person


def test_deck_is_not_added_for_somebody_who_does_not_present(root, stored):
    answer = upload(root, owner=make_user(presenter=False).pk)

    assert "This person is not a presenter." in text(answer)
    assert Import.objects.count() == 0


# Rights


def test_staff_see_what_is_theirs_alone(staff):
    person, browser = staff
    person.user_permissions.add(
        *Permission.objects.filter(content_type__app_label="slides", codename__startswith="view_")
    )
    make_everything(owner=person)
    theirs = make_everything()

    for page in PAGES:
        rows = browser.get(f"/admin/slides/{page}/").context["cl"].queryset
        assert len(rows) == (2 if page == "slide" else 1), page
    assert browser.get(f"/admin/slides/deck/{theirs.pk}/change/").status_code == 302


def test_people_outside_the_staff_are_told_so_by_our_own_sign_in_page(sign_in):
    page = text(sign_in(make_user("ada")).get("/admin/", follow=True))

    assert "this page is for the people who run the site" in page
    assert 'class="sign-in"' in page


def test_staff_sign_in_with_the_same_page(client):
    make_user("root", is_staff=True, is_superuser=True)

    answer = client.post(
        "/admin/login/?next=/admin/slides/deck/", {"username": "root", "password": "a slide for every door"}
    )

    assert answer.url == "/admin/slides/deck/"


@pytest.mark.parametrize("page", ["slide", "import", "talk", "device", "talkevent"])
def test_nobody_adds_by_hand_what_the_product_makes(root, page):
    make_everything()

    assert root.get(f"/admin/slides/{page}/add/").status_code == 403


@pytest.mark.parametrize(("page", "model"), [("talk", Talk), ("import", Import), ("talkevent", TalkEvent)])
def test_nobody_rewrites_the_record(root, page, model):
    make_everything()
    row = model.objects.get()

    assert root.post(f"/admin/slides/{page}/{row.pk}/change/", {"kind": "x", "state": "done"}).status_code == 403


def test_session_hash_of_a_device_is_not_shown(root):
    make_everything()
    device = Device.objects.get()
    device.session_hash = "f00d" * 16
    device.save()

    assert "f00d" not in text(root.get(f"/admin/slides/device/{device.pk}/change/"))


def test_notes_of_a_slide_may_be_changed_and_nothing_else_of_it(root):
    slide = make_deck(1).revision.slides.get()

    root.post(f"/admin/slides/slide/{slide.pk}/change/", {"notes": "Breathe.", "title": "Hijacked"})

    slide.refresh_from_db()
    assert (slide.notes, slide.title) == ("Breathe.", "Slide 1")


# Deleting


def test_delete_says_what_goes_with_a_deck_and_takes_it(root):
    deck = make_deck(3, notes="Breathe.")
    make_talk(deck, ended_at=timezone.now())

    page = text(root.get(f"/admin/slides/deck/{deck.pk}/delete/"))
    root.post(f"/admin/slides/deck/{deck.pk}/delete/", {"post": "yes"})

    assert "Deck: Tides (3 slides, 3 with notes; the records of 1 past talk)" in page
    assert (Deck.objects.count(), Talk.objects.count(), Slide.objects.count()) == (0, 0, 0)


def test_deck_with_an_open_talk_stays(root):
    deck = make_deck()
    make_talk(deck)

    page = text(root.get(f"/admin/slides/deck/{deck.pk}/delete/"))
    root.post(f"/admin/slides/deck/{deck.pk}/delete/", {"post": "yes"})
    act(root, "deck", "delete_selected", deck, post="yes")

    assert "Open talk: Tides" in page
    assert Deck.objects.count() == 1


def test_several_decks_are_deleted_at_once(root):
    first, second = make_deck(), make_deck()
    make_talk(first, ended_at=timezone.now())

    act(root, "deck", "delete_selected", first, second, post="yes")

    assert Deck.objects.count() == Talk.objects.count() == 0


def test_open_talk_and_running_import_are_not_deleted(root):
    talk, job = make_talk(), make_import()

    assert root.post(f"/admin/slides/talk/{talk.pk}/delete/", {"post": "yes"}).status_code == 403
    assert root.post(f"/admin/slides/import/{job.pk}/delete/", {"post": "yes"}).status_code == 403
    act(root, "import", "delete_selected", job, post="yes")

    assert (Talk.objects.count(), Import.objects.count()) == (1, 1)


def test_record_of_a_past_talk_can_be_deleted_however_long(root, django_assert_max_num_queries):
    talk = make_talk(ended_at=timezone.now())
    TalkEvent.objects.bulk_create(
        TalkEvent(talk=talk, seq=seq, kind="talk.goto", at=timezone.now()) for seq in range(1, 2001)
    )

    with django_assert_max_num_queries(20):
        page = text(root.get(f"/admin/slides/talk/{talk.pk}/delete/"))
    root.post(f"/admin/slides/talk/{talk.pk}/delete/", {"post": "yes"})

    assert "Events: 2000" in page
    assert Talk.objects.count() == 0


# Actions


def test_start_a_talk_opens_the_tablet_page(root):
    deck = make_deck()

    answer = root.post("/admin/slides/deck/", {"action": "start_talk", "_selected_action": [deck.pk]})

    talk = Talk.objects.get()
    assert answer.url == f"/talks/{talk.public_id}/present/"
    assert talk.presenter.username == "root"


def test_talk_starts_on_one_deck_with_slides_alone(root):
    first, second, empty = make_deck(), make_deck(), make_deck(0)

    assert "Choose one deck" in text(act(root, "deck", "start_talk", first, second))
    assert "has no slides yet" in text(act(root, "deck", "start_talk", empty))
    assert Talk.objects.count() == 0


def test_file_is_imported_again_for_the_decks_owner(root, stored):
    deck = make_deck(1, pictures=True)

    answer = act(root, "deck", "import_again", deck)

    job = Import.objects.get()
    assert "1 file is in line." in text(answer)
    assert (job.deck, job.owner, job.replaces, job.state) == (deck, deck.owner, True, "waiting")


def test_import_whose_file_is_gone_says_so(root, stored):
    deck = make_deck(1)  # its file was never stored
    failed = make_import(state=Import.State.FAILED, source_name="broken.pdf")

    kept = make_import(deck.owner, deck=deck, revision=deck.revision, state=Import.State.DONE)
    answer = text(act(root, "import", "import_again", failed, kept))

    assert "Not kept after it failed: broken.pdf. Upload it again." in answer
    assert "The uploaded file is no longer on the server. Upload it again." in answer
    assert Import.objects.open().count() == 0


def test_failed_import_whose_file_was_kept_is_tried_again(root, stored):
    failed = make_import(state=Import.State.FAILED, source_key="x" * 22, error="A fault of ours.")

    answer = text(act(root, "import", "import_again", failed))

    failed.refresh_from_db()
    assert "1 in line once more." in answer
    assert (failed.state, failed.error, failed.turn) == ("waiting", "", 1)


def test_admin_says_the_same_of_an_import_as_the_library(root):
    owner = make_user()
    for name, turn in (("first.pdf", 1), ("second.pdf", 2)):
        make_import(owner, source_name=name, turn=turn)
    make_import(turn=3)
    make_import(state=Import.State.RUNNING, done=36, total=83)

    listed = text(root.get("/admin/slides/import/"))
    root.force_login(owner)
    library = text(root.get("/"))

    for said in ("Next in line", "After your other files"):
        assert said in listed and said in library
    assert "2nd in line" in listed and "Page 37 of 83" in listed


def test_imports_are_stopped(root):
    job, done = make_import(), make_import(state=Import.State.DONE)

    answer = act(root, "import", "stop", job, done)

    job.refresh_from_db()
    done.refresh_from_db()
    assert "1 stopped" in text(answer)
    assert (job.state, done.state) == ("cancelled", "done")


def test_talks_are_ended(root):
    talk, over = make_talk(started_at=timezone.now()), make_talk(ended_at=timezone.now())

    answer = act(root, "talk", "end", talk, over)

    talk.refresh_from_db()
    assert "1 ended." in text(answer)
    assert talk.phase == "over"
    assert TalkEvent.objects.get().kind == "talk.end"


def test_staff_end_no_talk_but_their_own(staff):
    person, browser = staff
    mine, other = make_talk(make_deck(owner=person)), make_talk()

    act(browser, "talk", "end", mine, other)

    assert list(Talk.objects.open()) == [other]


def test_people_become_presenters_and_stop_being_presenters_with_one_click(root):
    person = make_user("jonas", presenter=False)
    again = type(person).objects

    root.post("/admin/auth/user/", {"action": "make_presenters", "_selected_action": [person.pk]})
    assert access.may_present(again.get(pk=person.pk))

    root.post("/admin/auth/user/", {"action": "stop_presenters", "_selected_action": [person.pk]})
    assert not access.may_present(again.get(pk=person.pk))


def test_staff_who_manage_users_do_not_make_presenters(sign_in):
    clerk = make_user("clerk", presenter=False, is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))

    sign_in(clerk).post("/admin/auth/user/", {"action": "make_presenters", "_selected_action": [clerk.pk]})

    assert not access.may_present(type(clerk).objects.get(pk=clerk.pk))


# What the processes do


def test_live_page_shows_this_process_when_it_is_alone(root):
    page = text(root.get("/admin/live/"))

    assert f"process {os.getpid()}</th>" in page
    assert page.count('<th scope="row">') == 1
    assert '<a class="sections__link" href="/admin/live/" aria-current="page">Live</a>' in page


def test_live_page_says_when_the_others_cannot_be_asked(root, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"

    page = text(root.get("/admin/live/"))

    assert "Redis does not answer" in page
    assert f"process {os.getpid()}</th>" in page


def test_live_page_is_for_those_who_run_it(root, staff):
    person, browser = staff
    person.user_permissions.set(Permission.objects.all())

    assert (browser.get("/admin/live/").status_code, root.get("/admin/live/").status_code) == (403, 200)
    assert "/admin/live/" in text(root.get("/admin/"))
    assert "/admin/live/" not in text(browser.get("/admin/"))
