import pytest

from slides import files
from slides.importing import claims, jobs, overlays, queue
from slides.models import Deck
from tests.importing import papers
from tests.importing.papers import Sheet, heading


def grouped(*pages, size=lambda number: (960, 540)):
    """What becomes of pages, each a label and its words."""
    return overlays.group([label for label, _ in pages], size, lambda number: pages[number - 1][1])


def test_pages_that_grow_under_one_label_are_one_slide():
    pages = [("1", "Tides"), ("2", "Ebb and"), ("2", "Ebb and flow"), ("2", "Ebb and flow and slack"), ("3", "End")]

    assert grouped(*pages) == [[1], [2, 3, 4], [5]]


def test_pages_that_swap_a_word_or_change_a_colour_belong_together():
    words = "Why the moon pulls the sea twice a day and not once"

    assert grouped(("1", words), ("1", words), ("1", words.replace("once", "thrice")), ("2", "")) == [[1, 2, 3], [4]]


@pytest.mark.parametrize(
    "pages",
    [
        [("1", "Ebb and flow"), ("2", "Ebb and flow and slack")],  # their own labels
        [("", "Ebb and flow"), ("", "Ebb and flow and slack"), ("1", "End")],  # no labels
        [("1", "Ebb and flow"), ("1", "Ebb and flow and slack")],  # one label for the whole file
        [("1", "Ebb and flow"), ("1", "Something else entirely"), ("2", "End")],  # nothing in common
        [("1", ""), ("1", ""), ("2", "End")],  # no words to go by
        [("A", "Ebb and flow"), ("A", "Ebb and flow and slack"), ("B", "End"), ("A", "Ebb and neap")],  # it comes back
    ],
)
def test_pages_stay_alone_where_there_is_a_doubt(pages):
    assert grouped(*pages) == [[number] for number in range(1, len(pages) + 1)]


def test_pages_of_two_sizes_stay_alone():
    pages = [("1", "Ebb and flow"), ("1", "Ebb and flow and slack"), ("2", "End")]

    assert grouped(*pages, size=lambda number: (960, 540 + number)) == [[1], [2], [3]]


LABELS = "0 << /S /D /St 1 >> 1 << /S /D /St 2 >> 2 << /S /D /St 2 >> 3 << /S /D /St 2 >> 4 << /S /D /St 3 >>"


def talk(counts=(1, 2, 3)):
    """Three slides, of which the second builds up in three pages; the last links to the end of the second."""
    points = ["Ebb is when the water goes", "Flow is when it comes", "Slack is between"]
    built = [heading("What tides do", points[:count]) for count in counts]
    last = Sheet([(60, 440, 40, "That is all")], links=[(60, 60, 200, 100, 4)])
    return papers.make_pdf([heading("Tides"), *built, last], labels=LABELS)


def test_overlays_of_a_pdf_become_steps(imported, disk):
    job = imported(talk())

    slides = list(job.deck.revision.slides.all())
    assert [(slide.title, len(slide.pictures)) for slide in slides] == [
        ("Tides", 1),
        ("What tides do", 3),
        ("That is all", 1),
    ]
    assert len({key for slide in slides for key in slide.pictures}) == 5
    assert "Slack is between" in slides[1].text
    assert disk.holds_just_what_rows_name()


def test_step_that_looks_like_the_one_before_is_dropped(imported, disk):
    job = imported(talk(counts=(1, 1, 3)))

    assert [slide.steps for slide in job.deck.revision.slides.all()] == [0, 1, 0]
    assert disk.holds_just_what_rows_name()


def test_deck_may_have_its_overlays_as_slides(imported, disk):
    job = imported(talk())
    Deck.objects.filter(pk=job.deck.pk).update(overlays=False)

    queue.reimport(job.deck.revision, job.owner)
    jobs.run(claims.claim())

    revision = Deck.objects.get(pk=job.deck.pk).revision
    assert [len(slide.pictures) for slide in revision.slides.all()] == [1, 1, 1, 1, 1]


def test_links_lead_to_slides_and_not_to_pages(imported, disk):
    job = imported(talk())

    layer = (files.picture_dir(job.deck.revision.slides.get(number=3).pictures[0]) / "text.json").read_text()
    assert '"links":[[' in layer
    assert layer.rstrip("]}").endswith(",2")
