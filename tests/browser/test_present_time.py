"""The time plan of a talk on the presenting page."""

from datetime import UTC, datetime, timedelta

from tests.browser.desk import plan_45_minutes


def test_time_runs_from_the_first_slide(desk):
    assert desk.text("[data-elapsed]") == "0:00"
    assert desk.run("/^\\d{1,2}:\\d\\d$/.test(document.querySelector('[data-clock]').textContent)")

    desk.start()
    desk.until_text("[data-elapsed]", "0:02")
    desk.reload()

    desk.until("/^0:\\d\\d$/.test(document.querySelector('[data-elapsed]').textContent)")
    desk.until("document.querySelector('[data-elapsed]').textContent !== '0:00'")


def started_before(desk, **ago):
    desk.site.change("Talk", {"pk": desk.talk["id"]}, {"started_at": str(datetime.now(UTC) - timedelta(**ago))})
    desk.reload()


def test_a_talk_gets_its_minutes_and_the_bar_counts_them_down(desk):
    desk.until_text("[data-unplanned]", "Set an end")
    plan_45_minutes(desk)
    desk.until_text("[data-left]", "45:00 left")
    assert not desk.run("document.querySelector('[data-unplanned]').checkVisibility()")

    desk.start()
    desk.until_text("[data-left]", "44:5")
    desk.until_text("[data-pace]", "on time")
    desk.tap("[data-open-time]")
    desk.until_text("[data-time-words]", "Slide 1 has 5:00 of 45:00.")
    desk.tap("[data-plan=until]")
    desk.until(r"/^\d{1,2}:\d[05]$/.test(document.querySelector('[data-time-value]').textContent)")
    desk.tap("[data-plan=none]")

    desk.until_text("[data-unplanned]", "Set an end")
    desk.until("document.querySelector('[data-left]').hidden")


def test_a_late_talk_says_what_to_leave_out_and_a_tap_leaves_it_out(desk):
    plan_45_minutes(desk)
    desk.start(2)
    desk.audience_is_on(2)
    started_before(desk, minutes=14)

    desk.until_text("[data-pace]", "4 min behind")
    assert desk.run("document.querySelector('[data-present]').dataset.paceTone") == "behind"
    desk.strip_says("4 min behind. Skip 8 to end at ")
    desk.tap("[data-do=skip]")
    desk.strip_says("Next goes past 8.")
    desk.until_text("[data-pace]", "on time")
    assert desk.run("document.querySelector('[data-number=\"8\"]').ariaLabel") == "Slide 8, Slide 8, skipped"
    desk.go_to(7)
    desk.next_says("Next", "slide 9")
    desk.next()
    desk.shows(9)
    desk.back()
    desk.shows(7)
    desk.reload()
    desk.next_says("Next", "slide 9")

    desk.tap("[data-open-time]")
    desk.until_text("[data-time-skipped]", "Next goes past 8.")
    desk.tap("[data-time-unskip]")
    desk.next_says("Next", "slide 8")


def test_a_suggestion_can_be_declined(desk):
    plan_45_minutes(desk)
    desk.start(2)
    desk.audience_is_on(2)
    started_before(desk, minutes=14)

    desk.strip_says("Skip 8 to end at")
    desk.tap("[data-do=keep]")

    desk.no_strip()
    desk.until_text("[data-pace]", "4 min behind")


def test_a_talk_that_is_over_its_time_says_by_how_much(desk):
    plan_45_minutes(desk)
    desk.start(9)
    desk.audience_is_on(9)
    started_before(desk, minutes=47, seconds=10)

    desk.until_text("[data-pace]", "2 min over")
    assert desk.run("document.querySelector('[data-present]').dataset.paceTone") == "over"
    assert desk.run("document.querySelector('[data-left]').hidden")
