from tests.browser.remote import remote

SHOWS = "document.querySelector('[data-screen]').dataset.shows"


def on_slide(window, talk, number):
    key = talk["deck"]["slides"][number - 1]["keys"][0]
    window.until(f"document.querySelector('[data-stage] img').currentSrc.includes('/{key}/')")


def test_the_hall_sees_the_card_then_nothing_but_the_slides(windows, site):
    talk = site.talk(site.deck(slides=5, title="Tides"))
    window = windows.open("hall", f"/talks/{talk['public_id']}/screen/")

    window.until(f"{SHOWS} === 'card'")
    code = talk["join_code"]
    assert window.text("[data-code]") == code
    window.until("document.querySelector('.screen__qr').naturalWidth > 0")
    assert window.run("getComputedStyle(document.querySelector('[data-screen]')).cursor") == "none"

    with remote(site, talk) as presenter:
        presenter.goto(2)
        window.until(f"{SHOWS} === 'slide'")
        on_slide(window, talk, 2)
        box = "(({ left, top, width, height }) => [left, top, width, height].map(Math.round))"
        assert window.run(f"{box}(document.querySelector('[data-stage]').getBoundingClientRect())") == [
            0,
            0,
            1920,
            1080,
        ]
        for command, shows in [
            (lambda: presenter.card(True), "card"),
            (lambda: presenter.blank("black"), "card"),
            (lambda: presenter.card(False), "black"),
            (lambda: presenter.blank("white"), "white"),
            (lambda: presenter.blank("none"), "slide"),
        ]:
            command()
            window.until(f"{SHOWS} === '{shows}'")
        presenter.goto(3)
        on_slide(window, talk, 3)
        presenter.end()

    window.until(f"{SHOWS} === 'over'")


def test_the_card_counts_who_has_come(windows, site):
    talk = site.talk()
    screen = windows.open("hall", f"/talks/{talk['public_id']}/screen/")
    screen.until("document.querySelector('[data-stage]').hasAttribute('data-painted')")

    for _ in range(2):
        windows.open("phone", f"/t/{talk['public_id']}/")

    screen.until_text("[data-here]", "2 here")


def test_a_code_of_wide_letters_keeps_to_its_place(chromium, site):
    talk = site.talk(join_code="WWWWMMMM")

    window = chromium.open("hall", f"/talks/{talk['public_id']}/screen/")

    window.until("document.querySelector('[data-code]').style.getPropertyValue('--fit') < 1")
    window.until("""document.querySelector('[data-code] span:last-child').getBoundingClientRect().right
        < document.querySelector('.screen__qr').getBoundingClientRect().left""")


def test_the_page_that_waits_for_its_talk_is_read_on_a_phone_too(chromium, site):
    window = chromium.open("phone", "/screen/")
    window.until("document.querySelector('.screen__qr').naturalWidth > 0")

    wrong = window.run("""[...document.querySelectorAll('.screen__card *')].flatMap((part) => {
        const { left, top, right, bottom } = part.getBoundingClientRect();
        const out = left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
        return out || parseFloat(getComputedStyle(part).fontSize) < 14 ? [part.className] : [];
    })""")

    assert wrong == []
    assert window.run("document.querySelector('.screen__qr').width") > 200


def test_the_screen_survives_a_restart_of_the_server_in_silence(windows, site):
    windows.forgive(r"WebSocket|ERR_|Load failed|network connection was lost")
    talk = site.talk(site.deck(slides=5))
    with remote(site, talk) as presenter:
        presenter.goto(2)
    window = windows.open("hall", f"/talks/{talk['public_id']}/screen/")
    on_slide(window, talk, 2)
    window.run("void (globalThis.sameDocument = true)")

    site.restart()
    with remote(site, talk) as presenter:
        presenter.goto(4)

    on_slide(window, talk, 4)
    assert window.run("globalThis.sameDocument") is True
    assert window.run(SHOWS) == "slide"
