"""One small language for browser windows, spoken by Chromium (Playwright) and WebKitGTK (WebDriver) alike.

A window remembers what went wrong in it: errors on the console, violations of the content policy among them, calls to
other hosts, answers that failed, and static files asked for by a name without a hash. `Windows.check()` tells.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.factories import PASSWORD

CHROMIUM = shutil.which("chromium")  # None: Playwright's own, which set-up fetches on Ubuntu
PLAYWRIGHT = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
CHROMIUM_FLAGS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WEBKIT_DRIVER = "/usr/bin/WebKitWebDriver"
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
IPHONE = IPAD.replace("iPad; CPU OS", "iPhone; CPU iPhone OS")
HASHED = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9]+$")
SECONDS = 20  # that anything on a page may take, on a busy machine
RESTS = 0.3  # seconds that a finger may take to set off; the page lets it point after 0.35
BAR = 38  # px of MiniBrowser's own bar above the page


@dataclass(frozen=True)
class Device:
    width: int
    height: int
    scale: float = 1
    touch: bool = False
    agent: str | None = None


DEVICES = {
    "ipad": Device(1180, 820, 2, True, IPAD),
    "ipad-portrait": Device(820, 1180, 2, True, IPAD),
    "phone": Device(390, 844, 3, True, IPHONE),
    "phone-sideways": Device(844, 390, 3, True, IPHONE),
    "desktop": Device(1440, 900),
    "hall": Device(1920, 1080),
    "4k": Device(3840, 2160),
}


class Windows:
    """The windows of one test in one engine."""

    def __init__(self, site):
        self.site = site
        self.opened = []
        self.recording = False
        self._forgiven = []

    def open(self, device="desktop", path=None, *, as_user=None, theme="light"):
        """A window with cookies of its own; `as_user` is already signed in there."""
        window = self._open(DEVICES[device], theme)
        self.opened.append(window)
        if as_user:
            window.add_cookies(self.site.client(as_user).jar)
        if path is not None:
            window.go(path)
        return window

    def record(self):
        """Windows that are opened from now on keep what they are sent. That costs as much as the rest of a test."""
        self.recording = True

    def forgive(self, pattern):
        """This problem is meant to happen in this test, as when it takes the server away."""
        self._forgiven.append(re.compile(pattern))

    def problems(self):
        found = [problem for window in self.opened for problem in window.problems()]
        return [problem for problem in found if not any(forgiven.search(problem) for forgiven in self._forgiven)]

    def check(self):
        problems = self.problems()
        assert not problems, "the windows had problems:\n" + "\n".join(problems)

    def screenshots(self, folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        for number, window in enumerate(self.opened, 1):
            window.screenshot(folder / f"{name}-{number}.png")

    def close(self):
        for window in self.opened:
            window.close()


class Window:
    """What both engines can do. Selectors are CSS; a script is an expression."""

    def __init__(self, site):
        self.site = site

    def sign_in(self, name, password=PASSWORD):
        """Through the page, as a person does."""
        self.go("/accounts/login/")
        self.fill("[name=username]", name)
        self.fill("[name=password]", password)
        self.press("Enter")
        self.until("!location.pathname.startsWith('/accounts/') && document.readyState === 'complete'")

    def until_text(self, selector, text):
        """Waits until an element shows this text somewhere in it."""
        self.until(f"document.querySelector({selector!r})?.textContent.includes({json.dumps(text)})")

    def until_there(self, selector):
        self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)})?.textContent.trim()")

    def count(self, selector):
        return self.run(f"document.querySelectorAll({json.dumps(selector)}).length")

    def path(self):
        return self.run("location.pathname")

    def html(self):
        """The document as it is now, shadow and script included."""
        return self.run("document.documentElement.outerHTML")

    def requests(self):
        """The addresses of everything the page has loaded."""
        return self.run("performance.getEntriesByType('resource').map(entry => entry.name)")

    def foreign_or_unhashed(self):
        wrong = []
        for url in self.requests():
            parts = urlsplit(url)
            if parts.scheme in {"data", "blob"}:
                continue
            if f"{parts.scheme}://{parts.netloc}" not in {self.site.url, self.site.url.replace("http", "ws", 1)}:
                wrong.append(f"asked another host: {url}")
            elif parts.path.startswith("/static/") and not HASHED.search(parts.path):
                wrong.append(f"asked for a file without a hash in its name: {parts.path}")
        return wrong


class ChromiumWindows(Windows):
    def __init__(self, site, browser):
        super().__init__(site)
        self._browser = browser

    def _open(self, device, theme):
        har = Path(tempfile.mkdtemp(prefix="presenter-har-"), "traffic.har.zip") if self.recording else None
        context = self._browser.new_context(
            base_url=self.site.url,
            viewport={"width": device.width, "height": device.height},
            device_scale_factor=device.scale,
            has_touch=device.touch,
            is_mobile=device.touch,
            color_scheme=theme,
            locale="en-GB",
            **({"record_har_path": har, "record_har_content": "attach"} if har else {}),
            **({"user_agent": device.agent} if device.agent else {}),
        )
        context.set_default_timeout(SECONDS * 1000)
        return ChromiumWindow(self.site, context, har)


class ChromiumWindow(Window):
    engine = "chromium"

    def __init__(self, site, context, har):
        super().__init__(site)
        self.context = context
        self.page = context.new_page()
        self.frames = []  # texts of all WebSocket frames, both ways
        self._har = har
        self._problems = []
        self._urls = []
        self._closed = False
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._problems.append(f"error on the page: {error}"))
        self.page.on("response", self._on_response)
        self.page.on("request", lambda request: self._urls.append(request.url))
        self.page.on("websocket", self._on_websocket)

    def go(self, path):
        self.page.goto(path)

    def reload(self):
        self.page.reload()

    def tap(self, selector):
        (self.page.tap if self.run("navigator.maxTouchPoints > 0") else self.page.click)(selector)

    def fill(self, selector, text):
        self.page.fill(selector, text)

    def press(self, key):
        """A key by its DOM name, such as “ArrowRight”, “b” or “ ”."""
        self.page.keyboard.press("Space" if key == " " else key)

    def choose_file(self, selector, path):
        self.page.set_input_files(selector, path)

    def choose_files(self, selector, paths):
        self.page.set_input_files(selector, paths)

    def run(self, script):
        return self.page.evaluate(f"() => ({script})")

    def wait_for(self, promise):
        """What a promise comes to."""
        return self.page.evaluate(f"() => ({promise})")

    def until(self, script, seconds=SECONDS):
        self.page.wait_for_function(f"() => ({script})", timeout=seconds * 1000)

    def swipe(self, selector, dx, dy=0, steps=6):
        """One finger across an element, from its middle. It sets off at once, as one that rests first would point: what
        a busy machine handed on too slowly for that is called off and done again."""
        box = self.page.locator(selector).bounding_box()
        x, y = box["x"] + box["width"] / 2 - dx / 2, box["y"] + box["height"] / 2 - dy / 2
        path = [[(x + dx * n / steps, y + dy * n / steps)] for n in range(steps + 1)]
        touch = self._hand()
        deadline = time.monotonic() + SECONDS
        while True:
            began = time.monotonic()
            touch("touchStart", path[0])
            touch("touchMove", path[1])
            if time.monotonic() - began < RESTS:
                break
            touch("touchCancel")
            if time.monotonic() > deadline:
                raise TimeoutError(f"no finger was quick enough for a swipe within {SECONDS} s")
        for points in path[2:]:
            touch("touchMove", points)
        touch("touchEnd")

    def double_tap(self, x, y):
        """Two taps a tenth of a second apart by the time they carry, however slowly a busy machine hands them on."""
        touch, now = self._hand(), time.time()
        for after in (0, 0.1):
            touch("touchStart", [(x, y)], timestamp=now + after)
            touch("touchEnd", timestamp=now + after + 0.03)

    def touches(self, moments):
        """Real touch input: each moment is a list of (x, y), one a finger."""
        touch = self._hand()
        for kind, points in [("touchStart", moments[0]), *(("touchMove", points) for points in moments[1:])]:
            touch(kind, points)
        touch("touchEnd")

    def _hand(self):
        """One for a whole gesture, as a finger that went down must be the one that goes up."""
        session = self.context.new_cdp_session(self.page)

        def touch(kind, points=(), **more):
            fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers, **more})

        return touch

    def requests(self):
        return list(self._urls)

    def add_cookies(self, jar):
        url = self.site.url
        self.context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": url} for cookie in jar])

    def screenshot(self, path):
        self.page.screenshot(path=path)

    def problems(self):
        return [*self._problems, *self.foreign_or_unhashed()]

    def traffic(self):
        """Closes the window; returns every text it was sent, answers and frames. It was opened while recording."""
        self.context.close()  # writes the recording
        with zipfile.ZipFile(self._har) as har:
            answers = [har.read(name).decode(errors="replace") for name in har.namelist()]
        self.close()
        return [*answers, *self.frames]

    def close(self):
        if not self._closed:
            self._closed = True
            self.context.close()
            if self._har:
                shutil.rmtree(self._har.parent)

    def _on_console(self, message):
        if message.type == "error":
            self._problems.append(f"error on the console: {message.text} ({message.location.get('url', '')})")

    def _on_response(self, answer):
        if answer.status >= 400:
            self._problems.append(f"answer {answer.status}: {answer.url}")

    def _on_websocket(self, websocket):
        for way in ("framereceived", "framesent"):
            websocket.on(way, lambda text: self.frames.append(text if isinstance(text, str) else text.decode()))


# WebDriver cannot read WebKit's console, so every page is made to listen to itself before anything is asked of it.
LISTEN = """
if (!globalThis.heardProblems) {
  const heard = (globalThis.heardProblems = []);
  const say = (...words) => heard.push(words.join(" "));
  const refused = (event) => say("refused by the content policy:", event.effectiveDirective, event.blockedURI);
  addEventListener("error", (event) => say("error on the page:", event.message));
  addEventListener("unhandledrejection", (event) => say("error on the page:", event.reason));
  addEventListener("securitypolicyviolation", refused);
  const { error } = console;
  console.error = (...words) => { say("error on the console:", ...words); error.apply(console, words); };
}
"""


class WebKitWindows(Windows):
    def __init__(self, site, display):
        super().__init__(site)
        self._display = display

    def _open(self, device, theme):
        return WebKitWindow(self.site, device, theme, self._display)


class WebKitWindow(Window):
    engine = "webkit"

    def __init__(self, site, device, theme, display):
        from selenium import webdriver
        from selenium.webdriver.webkitgtk.options import Options
        from selenium.webdriver.webkitgtk.service import Service

        super().__init__(site)
        options = Options()
        options.binary_location = mini_browser()
        options.add_argument("--automation")
        options.add_argument("--features=+AltitudeAngle,+AzimuthAngle")
        if theme == "dark":
            options.add_argument("--dark-mode")
        if device.agent:
            options.add_argument(f"--user-agent={device.agent}")
        environment = {
            **os.environ,
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "GDK_SCALE": str(max(1, min(2, int(device.scale)))),
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        self.driver = webdriver.WebKitGTK(options=options, service=Service(WEBKIT_DRIVER, env=environment))
        self.driver.set_window_size(device.width, device.height + BAR)
        self.driver.set_script_timeout(SECONDS)
        self._urls = []
        self._problems = []
        self._closed = False

    def go(self, path):
        self._remember()
        self.driver.get(self.site.url + path)

    def reload(self):
        self._remember()
        self.driver.refresh()

    def tap(self, selector):
        self._find(selector).click()

    def fill(self, selector, text):
        field = self._find(selector)
        field.clear()
        field.send_keys(text)

    def press(self, key):
        from selenium.webdriver import ActionChains, Keys

        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper()  # ArrowRight is ARROW_RIGHT here
        code = key if len(key) == 1 else getattr(Keys, name)
        ActionChains(self.driver, duration=0).send_keys(code).perform()

    def choose_file(self, selector, path):
        # A hidden file input takes a path too, as WebDriver types it instead of clicking.
        self.driver.find_element("css selector", selector).send_keys(str(path))

    def choose_files(self, selector, paths):
        self.choose_file(selector, "\n".join(map(str, paths)))

    def run(self, script):
        return self.driver.execute_script(f"{LISTEN} return ({script})")

    def wait_for(self, promise):
        answer = "const answer = arguments[0];"
        return self.driver.execute_async_script(f"{answer} ({promise}).then(answer, (error) => answer(String(error)))")

    def until(self, script, seconds=SECONDS):
        deadline = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds} s in vain for {script}")
            time.sleep(0.05)

    def requests(self):
        self._remember()
        return list(dict.fromkeys(self._urls))

    def add_cookies(self, jar):
        self.driver.get(f"{self.site.url}/healthz")  # a page of the site, as cookies need one
        for cookie in jar:
            self.driver.add_cookie({"name": cookie.name, "value": cookie.value})

    def screenshot(self, path):
        self.driver.save_screenshot(str(path))

    def problems(self):
        self._remember()
        return [*self._problems, *self.foreign_or_unhashed()]

    def close(self):
        if not self._closed:
            self._remember()
            self._closed = True
            self.driver.quit()

    def _remember(self):
        """What the page would take along when it is left."""
        if not self._closed and self.driver.current_url.startswith(self.site.url):
            self._urls += super().requests()
            self._problems += self.driver.execute_script("return globalThis.heardProblems?.splice(0) ?? []")

    def _find(self, selector):
        self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        return self.driver.find_element("css selector", selector)


def mini_browser():
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    return str(found[-1]) if found else ""


def missing():
    """What has to be installed before browser tests can run."""
    found = {
        "chromium": CHROMIUM or any(PLAYWRIGHT.glob("chromium*")),
        "webkit2gtk-driver": Path(WEBKIT_DRIVER).exists() and mini_browser(),
        "xvfb": shutil.which("Xvfb"),
    }
    return [package for package, there in found.items() if not there]


def start_display():
    """A screen that nobody sees; returns its process and its name."""
    read, write = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "2600x2600x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as answer:
        return process, f":{answer.readline().strip()}"
