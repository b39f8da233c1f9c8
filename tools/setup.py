"""Set up Presenter on a machine that has only Python: `make run`, `make test` and their relatives call this.

Only the standard library, and only syntax that old Pythons can read, so that one of them can say what is missing.
"""

import contextlib
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMPS = os.path.join(VENV, "stamps")
OLDEST = (3, 11)
NEWEST = 20  # the last Python 3 whose name is tried
UV = "uv==0.13.9"
NEEDED_MB = {"run": 500, "test": 1500, "office": 1000}  # free on the disk before a first set-up
# LibreOffice's slides without its windows, its sandbox, and fonts as wide as those that presentations name.
OFFICE = [
    "libreoffice-impress-nogui",
    "bubblewrap",
    "fonts-liberation",
    "fonts-crosextra-carlito",
    "fonts-crosextra-caladea",
    "fonts-noto-core",
    "fonts-noto-cjk",
    "fonts-noto-color-emoji",
]
BACKPORTS = "/etc/apt/sources.list.d/presenter-backports.sources"
LOG = os.path.join(ROOT, "build", "setup.log")

NO_NETWORK = re.compile(
    "name resolution|Name or service not known|Could not resolve|Network is unreachable|No route to host|"
    "Connection refused|Failed to establish a new connection|error sending request|dns error|ENOTFOUND|"
    "EAI_AGAIN|ECONNREFUSED|ENETUNREACH|Unable to connect to|Temporary failure resolving|tcp connect error"
)
DISK_FULL = re.compile("No space left on device|ENOSPC|not have enough free space|disk quota exceeded", re.IGNORECASE)


class Stop(Exception):
    """One sentence for the person at the terminal."""


def main(arguments):
    commands = {
        "setup": setup,
        "run": run,
        "test": test,
        "test-all": test_all,
        "check": check,
        "bench": bench,
        "soak": soak,
        "screenshots": screenshots,
    }
    os.chdir(ROOT)
    try:
        check_python()
        sys.exit(commands[arguments[0]]())
    except Stop as stop:
        sys.exit("\n" + str(stop))
    except OSError as error:
        sys.exit("\n" + (disk_is_full() if error.errno == 28 else "Set-up stopped: %s." % error))
    except KeyboardInterrupt:
        sys.exit("\nStopped. Nothing is broken; the same command goes on from here.")


# What make calls


def setup():
    begun = time.monotonic()
    install_runtime()
    install_office()
    code = prepare()
    if not code:
        say("Set up in %.1f s. Start Presenter with: make run" % (time.monotonic() - begun))
    return code


def run():
    install_runtime()
    install_office()
    code = prepare()
    if code:
        return code
    sys.stdout.flush()
    os.execv(PYTHON, [PYTHON, "manage.py", "serve"])


# More than there are cores, because much of a test is waiting: for processes and for windows.
SIDE_BY_SIDE = ["-n", "3", "--dist", "worksteal"]
# Failures are noted, because a few of them are tried once more with nothing beside them.
NOTES = os.path.join("build", "failed-tests")
NOTED = ["-o", "cache_dir=" + NOTES]
FEW = 3
IN_TIME = "not slow and not corpus"  # the sample decks are not of this repository


def check():
    install_for_tests(browsers=False)
    return sections(
        [
            ("Lint", tool("ruff", "check", ".")),
            ("Format", tool("ruff", "format", "--check", ".")),
            ("JavaScript tests", javascript_tests()),
            (
                "Fast Python tests",
                tool(
                    "pytest",
                    "-m",
                    "not browser and not whole_site and not redis and not office and not slow and not corpus",
                    *SIDE_BY_SIDE,
                ),
            ),
        ]
    )


def test():
    install_for_tests(browsers=True)
    return sections(
        [
            ("Lint", tool("ruff", "check", ".")),
            ("Format", tool("ruff", "format", "--check", ".")),
            ("JavaScript tests", javascript_tests()),
            ("Python tests", tool("pytest", *NOTED, "-m", IN_TIME + " and not browser", *SIDE_BY_SIDE)),
            ("Browser tests", tool("pytest", *NOTED, "-m", IN_TIME + " and browser", *SIDE_BY_SIDE)),
        ]
    )


def test_all():
    install_servers()
    install_for_tests(browsers=True)
    return sections(
        [
            ("Lint", tool("ruff", "check", ".")),
            ("Format", tool("ruff", "format", "--check", ".")),
            ("JavaScript tests", javascript_tests()),
            ("Python tests", tool("pytest", "-m", "not browser", "--ignore", "tests/faults", *SIDE_BY_SIDE)),
            ("Fault tests, with nothing beside them", tool("pytest", "tests/faults")),
            ("Browser tests", tool("pytest", "-m", "browser", *SIDE_BY_SIDE)),
        ],
        longest=LONGEST_SECTION_OF_ALL,
    )


def bench():
    install_for_tests(browsers=False)
    if not shutil.which("cc"):
        install_packages(["gcc", "libc6-dev"], "The load programs are written in C.")
    return subprocess.call([PYTHON, "bench/run.py"] + os.environ.get("BENCH", "").split())


def soak():
    install_for_tests(browsers=True)
    return subprocess.call([PYTHON, "bench/soak.py"] + os.environ.get("SOAK", "").split())


def screenshots():
    install_for_tests(browsers=True)
    return subprocess.call([PYTHON, "tools/make_screenshots.py"])


# The steps


def check_python():
    if sys.version_info[:2] >= OLDEST:
        return
    for minor in range(NEWEST, OLDEST[1] - 1, -1):
        newer = shutil.which("python3.%d" % minor)
        if newer:
            os.execv(newer, [newer] + sys.argv)
    raise Stop(
        "Presenter needs Python %d.%d or newer; this is %d.%d. Install a newer one beside it "
        "(python3.11 or later is found by its name) and run this again." % (OLDEST + sys.version_info[:2])
    )


def install_runtime():
    make_venv()
    if stamped("packages", "requirements.txt", "requirements-dev.txt", content="dev"):
        return  # the tests' packages are these and some more
    if not stamped("packages", "requirements.txt", "requirements-dev.txt", content="run"):
        say("Installing the packages that Presenter runs on. The first time, they come from the network.")
        install_requirements("requirements.txt")
        stamp("packages", "requirements.txt", "requirements-dev.txt", content="run")


def install_for_tests(browsers):
    make_venv()
    if not stamped("packages", "requirements.txt", "requirements-dev.txt", content="dev"):
        need_space("test")
        say("Installing the packages that Presenter and its tests need. They come from the network.")
        install_requirements("requirements-dev.txt")
        stamp("packages", "requirements.txt", "requirements-dev.txt", content="dev")
    if browsers:
        install_office()
        install_programs()
    if not stamped("modules", "package-lock.json"):
        say("Installing the JavaScript module that checks accessibility.")
        command = [os.path.join(VENV, "bin", "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        quietly(command, "the JavaScript modules", PATH=os.path.join(VENV, "bin") + os.pathsep + os.environ["PATH"])
        stamp("modules", "package-lock.json")


def make_venv():
    if stamped("venv"):
        return
    need_space("run")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        names = ["python%d.%d-venv" % sys.version_info[:2]]
        install_packages(names, "This Python comes without the part that makes virtual environments.")
    say("Making a virtual environment in .venv, so that nothing is installed outside this folder.")
    shutil.rmtree(VENV, ignore_errors=True)
    quietly([sys.executable, "-m", "venv", VENV], "the virtual environment")
    stamp("venv")


def install_requirements(name):
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"]
    pip = [PYTHON, "-m", "pip", "install"] + options
    uv = os.path.join(VENV, "bin", "uv")
    if not os.path.exists(uv):
        quietly(pip + [UV], "the installer")
    # uv is ten times as fast as pip, but does not know pip's configuration, which some networks need.
    if subprocess.call([uv, "pip", "install", "--quiet", "--python", PYTHON, "-r", name], **log_only()):
        quietly(pip + ["-r", name], "the packages")


def install_programs():
    """What the browser and Redis tests start, from the system's packages."""
    programs = {
        "webkit2gtk-driver": "WebKitWebDriver",
        "xvfb": "Xvfb",
        "redis-server": "redis-server",
    }
    ubuntu = "\nID=ubuntu" in "\n" + read("/etc/os-release")
    if not ubuntu:
        programs["chromium"] = "chromium"
    missing = sorted(package for package in programs if not shutil.which(programs[package]))
    if missing:
        install_packages(missing, "The tests drive two browsers and a Redis server.")
    if ubuntu and not shutil.which("chromium") and not stamped("chromium", "requirements-dev.txt"):
        # Ubuntu's own Chromium is a snap, which no container can run.
        say("Fetching Chromium for the browser tests.")
        quietly([PYTHON, "-m", "playwright", "install", "--with-deps", "chromium"], "Chromium")
        stamp("chromium", "requirements-dev.txt")


def install_servers():
    """What the set-up for many is tried with. Debian keeps PostgreSQL's own programs out of the way of the others."""
    programs = {"nginx-light": "nginx", "postgresql": "pg_ctlcluster", "openssl": "openssl"}
    missing = sorted(package for package in programs if not shutil.which(programs[package]))
    if missing:
        install_packages(missing, "The long tests try the set-up for many.")


def install_office():
    """What turns PowerPoint files into slides. Everything else works without it, so this never stops set-up."""
    if os.environ.get("OFFICE", "").strip().lower() in ("no", "0", "false", "off"):
        return
    if shutil.which("bwrap") and (shutil.which("soffice") or os.environ.get("SOFFICE")):
        return
    if stamped("office", content="tried") and not os.environ.get("OFFICE"):
        return  # a machine that could not have it is not asked again at each start; OFFICE=yes asks again
    say("Installing LibreOffice, its sandbox and fonts, for PowerPoint files. OFFICE=no leaves them out.")
    try:
        apt = apt_get("apt-get install " + " ".join(OFFICE), ask=False)
        need_space("office")
        newer = add_backports(apt)
        subprocess.call(apt + ["update"], **log_only())
        install = apt + ["install", "-y", "--no-install-recommends"]
        if newer and subprocess.call(install + ["-t", newer] + OFFICE, **log_only()) == 0:
            return
        remove_backports(apt)
        quietly(install + OFFICE, "LibreOffice", hint="apt-get install " + " ".join(OFFICE))
    except Stop as stop:
        say(
            "PowerPoint files cannot be added for now; PDF files can. "
            + str(stop).replace("run this again", "add OFFICE=yes")
        )
        stamp("office", content="tried")


def add_backports(apt):
    """Lets apt see the newer LibreOffice that Debian keeps for its stable release, which draws emoji among much else.

    Returns the suite's name, or "" where there is none: the machine's own entry for the release is copied with another
    suite, so the newer packages come from where all others do.
    """
    release = re.search(r"^VERSION_CODENAME=(\w+)", read("/etc/os-release"), re.MULTILINE)
    if not release or not re.search(r"^ID=debian", read("/etc/os-release"), re.MULTILINE):
        return ""
    suite = release.group(1) + "-backports"
    if suite in subprocess.check_output(["apt-cache", "policy"], universal_newlines=True):
        return suite
    entry = backports_entry(release.group(1), suite)
    if not entry:
        return ""
    write = subprocess.Popen(
        apt[: apt.index("env")] + ["tee", BACKPORTS], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    write.communicate(entry.encode())
    subprocess.call(apt + ["update"], **log_only())
    if suite in subprocess.check_output(["apt-cache", "policy"], universal_newlines=True):
        return suite
    remove_backports(apt)
    return ""


def backports_entry(release, suite):
    """The machine's entry for its release, turned into one for the backports."""
    places = ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*.sources"))
    for place in places:
        for entry in re.split(r"\n\s*\n", read(place)):
            suites = re.search(r"^Suites:(.*)$", entry, re.MULTILINE)
            if suites and release in suites.group(1).split() and re.search(r"^Types:.*\bdeb\b", entry, re.MULTILINE):
                return re.sub(r"^Suites:.*$", "Suites: " + suite, entry, flags=re.MULTILINE).strip() + "\n"
        for line in read(place).splitlines():
            words = re.match(r"deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*main.*)$", line.strip())
            if words and words.group(3) == release:
                options = (words.group(1) or "").strip(" []").replace("signed-by=", "Signed-By: ", 1)
                fields = ["Types: deb", "URIs: " + words.group(2), "Suites: " + suite, "Components: main"]
                return "\n".join(fields + ([options] if options.startswith("Signed-By: ") else [])) + "\n"
    return ""


def remove_backports(apt):
    if os.path.exists(BACKPORTS):
        subprocess.call(apt[: apt.index("env")] + ["rm", "-f", BACKPORTS], **log_only())
        subprocess.call(apt + ["update"], **log_only())


def prepare():
    return subprocess.call([PYTHON, "manage.py", "prepare"])


# The system's packages


def install_packages(names, reason):
    by_hand = "apt-get install " + " ".join(names)
    say("%s Installing %s." % (reason, ", ".join(names)))
    apt = apt_get(by_hand)
    # A list that cannot be refreshed may still do.
    subprocess.call(apt + ["update"], **log_only())
    quietly(apt + ["install", "-y", "--no-install-recommends"] + names, ", ".join(names), hint=by_hand)


def apt_get(by_hand, ask=True):
    """The command that installs, or a sentence why nothing can be."""
    if not shutil.which("apt-get"):
        names = by_hand.replace("apt-get install ", "").replace(" ", ", ")
        raise Stop("Missing: %s. There is no apt-get here; install what corresponds and run this again." % names)
    become_root = sudo(by_hand, ask)
    return become_root + ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]


def sudo(by_hand, ask=True):
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        if subprocess.call(["sudo", "-n", "true"], **log_only()) == 0:
            return ["sudo", "-n"]
        if ask and sys.stdin.isatty():
            return ["sudo"]
    raise Stop("Missing: what “%s” installs. Ask somebody who is root to run that, then run this again." % by_hand)


# Running things


def tool(name, *arguments):
    return [os.path.join(VENV, "bin", name)] + list(arguments)


def javascript_tests():
    files = sorted(os.path.join("tests/js", name) for name in os.listdir("tests/js") if name.endswith(".test.js"))
    return [os.path.join(VENV, "bin", "node"), "--test", "--test-reporter=dot"] + files


LONGEST_SECTION = 35 * 60  # s; nothing that is alive takes half of it
LONGEST_SECTION_OF_ALL = 3 * 60 * 60
LAST_WORDS = 10  # s


def sections(commands, longest=LONGEST_SECTION):
    """Runs all, whatever fails, and returns the exit code. The last one's own last line stays the last."""
    failed = []
    for title, command in commands:
        if command is commands[-1][1] and failed:
            print("\nFailed so far: %s" % ", ".join(failed))
        print("\n== %s ==" % title)
        sys.stdout.flush()
        shutil.rmtree(NOTES, ignore_errors=True)
        if within(longest, command) and not all_pass_alone(longest):
            failed.append(title)
    return 1 if failed else 0


def all_pass_alone(longest):
    """Tries the noted failures again when they are few. Those that pass now are mistakes too, in them or in what they
    test, so they are named; but what was just changed need not be to blame."""
    try:
        with open(os.path.join(NOTES, "v", "cache", "lastfailed")) as file:
            failed = sorted(json.load(file))
    except OSError:
        return False
    if not 0 < len(failed) <= FEW:
        return False
    print("\n== Once more, with nothing beside them ==")
    sys.stdout.flush()
    if within(longest, tool("pytest", *failed)):
        return False
    print("\nPassed only with nothing beside them, which is a mistake to be found:\n  %s" % "\n  ".join(failed))
    return True


def within(seconds, command):
    """The exit code of a command. One that hangs is ended, with all that it started, and says first where it hangs."""
    process = subprocess.Popen(command, start_new_session=True)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        print("\nStopped after %d minutes: %s" % (seconds // 60, " ".join(command)))
        sys.stdout.flush()
        end_group(process, signal.SIGABRT)  # on which pytest prints where every thread is
        return 1
    except KeyboardInterrupt:
        end_group(process, signal.SIGINT)
        raise


def _interrupt(*_):
    raise KeyboardInterrupt


def end_group(process, number):
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        os.killpg(process.pid, number)
        process.wait(LAST_WORDS)
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def quietly(command, what, hint="", **environment):
    """Runs a command whose output matters only when it fails; then that becomes one sentence."""
    process = subprocess.Popen(
        command,
        env=dict(os.environ, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    output = process.communicate()[0]
    if process.returncode:
        note(output)
        raise Stop(why(output, what, hint))


def why(output, what, hint=""):
    if DISK_FULL.search(output):
        return disk_is_full()
    if NO_NETWORK.search(output):
        return "No network: %s could not be fetched. Connect this machine and run this again." % what
    if hint:
        return "Installing %s failed; “%s” says why. Then run this again." % (what, hint)
    return "Installing %s failed; %s says why." % (what, os.path.relpath(LOG, ROOT))


def disk_is_full():
    free = shutil.disk_usage(ROOT).free // 2**20
    return "The disk is full: %d MB are left for %s. Free some space and run this again." % (free, ROOT)


def need_space(what):
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < NEEDED_MB[what]:
        raise Stop(
            "The disk is nearly full: setting up needs about %d MB, and %d MB are left for %s. "
            "Free some space and run this again." % (NEEDED_MB[what], free, ROOT)
        )


def log_only():
    return {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def note(output):
    try:
        os.makedirs(os.path.dirname(LOG), exist_ok=True)
        with open(LOG, "w") as log:
            log.write(output)
    except OSError:
        pass  # the sentence counts, and a full disk must not hide it


def say(sentence):
    print("– " + sentence)
    sys.stdout.flush()


# Stamps: what has been done, for which Python and which files


def stamped(name, *files, **content):
    return read(os.path.join(STAMPS, name)) == print_of(files, **content)


def stamp(name, *files, **content):
    os.makedirs(STAMPS, exist_ok=True)
    with open(os.path.join(STAMPS, name), "w") as file:
        file.write(print_of(files, **content))


def print_of(files, content=""):
    made = hashlib.sha256(("%s %s %s" % (sys.version, VENV, content)).encode())
    for name in files:
        with open(os.path.join(ROOT, name), "rb") as file:
            made.update(file.read())
    return made.hexdigest()


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


if __name__ == "__main__":
    main(sys.argv[1:])
