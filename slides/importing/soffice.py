"""LibreOffice, shut in: one run for each file, in a sandbox of its own that knows nothing and reaches nothing.

bubblewrap gives it new namespaces of every kind, so there is no network, no other process and no environment; the
programs and fonts of the machine to read, nothing to write to but a memory file system of a limited size, a profile
made for this run, and a user without rights. The file goes in through a descriptor, the PDF comes out through a pipe,
so not even the import's own folder is inside. What LibreOffice says of its success is not believed: a PDF is.
"""

import contextlib
import logging
import os
import selectors
import shutil
import signal
import subprocess
import time
from pathlib import Path

from django.conf import settings

from . import sentences, workspace
from .pages import Refused

logger = logging.getLogger(__name__)

NOBODY = 65534
TICK = 0.25  # s between two looks at what runs
MOST_PROCESSES = 128  # processes and threads; LibreOffice has about twenty
OPEN_FILES = 1024
MEGABYTE = 1024 * 1024
SCRATCH_MB = 768  # of the file system in memory that holds the profile, temporary files and the PDF
MAX_OUTPUT_MB = 256
SAID = 2000  # bytes of what LibreOffice says that are kept for the log
OUT_OF_MEMORY = ("bad_alloc", "annot allocate memory", "memory exhausted")
PROBE_SECONDS = 10
REMEMBERED = 30  # s for which a “no” is taken for granted

# (where, what, value) in a profile that has nothing else: no macros, links, Java, recovery or updates. Controls and
# embedded files have been taken out before; “DisableActiveContent” would take the charts too.
SCRIPTING = "Office.Common/Security/Scripting"
UPDATES = "Office.Jobs/Jobs/org.openoffice.Office.Jobs:Job['UpdateCheck']/Arguments"
PROFILE = [
    (SCRIPTING, "MacroSecurityLevel", "3"),
    (SCRIPTING, "DisableMacrosExecution", "true"),
    (SCRIPTING, "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Load", "UpdateDocMode", "0"),
    ("Office.Common/Misc", "FirstRun", "false"),
    ("Office.Common/Misc", "UseOpenCL", "false"),
    ("Office.Java/VirtualMachine", "Enable", "false"),
    ("Office.Recovery/AutoSave", "Enabled", "false"),
    ("Office.Recovery/RecoveryInfo", "Enabled", "false"),
    (UPDATES, "AutoCheckEnabled", "false"),
    # For text that names neither font nor language. From its own default, a Devanagari font, LibreOffice finds no way
    # to Arabic or Hebrew letters and draws boxes; from this one it finds those of all scripts.
    ("Office.Linguistic/General", "DefaultLocale_CTL", "he-IL"),
]
# Hidden slides are exported, so that page and slide have one number; they stay hidden here.
FILTERS = {
    "pdf": 'pdf:impress_pdf_Export:{"ExportHiddenSlides":{"type":"boolean","value":"true"},'
    '"ExportBookmarks":{"type":"boolean","value":"false"},"UseTaggedPDF":{"type":"boolean","value":"false"}}',
    "pptx": "pptx:Impress MS PowerPoint 2007 XML",
}
# LibreOffice's own words are for the log; whatever code it ends with, a file counts.
SCRIPT = (
    'program="$1"; shift; "$program" "$@" </dev/null >/tmp/said 2>&1; code=$?; '
    "tail -c {} /tmp/said >&2; [ ! -s /tmp/out/deck.{} ] || cat /tmp/out/deck.{}; exit $code"
)
SIGNALLED = 128  # exit codes above say which signal ended a program


def missing():
    """What this machine lacks for Office files, in words, or ""."""
    program = find()
    if not program:
        return "the package libreoffice-impress-nogui is missing"
    if not shutil.which("bwrap"):
        return "the package bubblewrap is missing, and without it no Office file is opened"
    return _sandbox_trouble()


def find():
    """The program to run: the one in SOFFICE, or what the machine has."""
    if settings.SOFFICE:
        return settings.SOFFICE if os.access(settings.SOFFICE, os.X_OK) else ""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def convert(source, target, to, *, seconds, memory, tick=lambda: None):
    """Writes what LibreOffice makes of `source` to `target`, or raises `Refused`. `to` is "pdf" or "pptx"."""
    trouble = missing()
    if trouble:
        raise Refused(sentences.NO_OFFICE.format(trouble))
    deadline = time.monotonic() + seconds
    for attempt in (1, 2):
        run = _Run(source, target, to, seconds=seconds, memory=memory)
        try:
            if run.finish(deadline, tick):
                return
        finally:
            run.close()
        logger.warning("LibreOffice made nothing of %s: %s", source.name, run.said)
        if any(words in run.said for words in OUT_OF_MEMORY):
            raise Refused(sentences.TOO_MUCH_MEMORY)
        if attempt == 2 or not run.crashed:
            raise Refused(sentences.NOT_CONVERTED)


class _Run:
    """One run, from its start to the end of all that it has started."""

    def __init__(self, source, target, to, *, seconds, memory):
        self.seconds, self.memory = seconds, memory
        self.target = target
        self.said = ""
        program = find()
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(source.open("rb"))
            profile = stack.enter_context(_in_memory(_profile()))
            command = [
                *_sandbox(program),
                *("--size", str(SCRATCH_MB * MEGABYTE), "--tmpfs", "/tmp"),
                *("--perms", "0444", "--ro-bind-data", str(file.fileno()), f"/in/deck{source.suffix}"),
                *("--file", str(profile.fileno()), "/tmp/profile/user/registrymodifications.xcu"),
                *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"),
                *_limits(seconds, memory),
                *("sh", "-c", SCRIPT.format(SAID, to, to), "sh", program),
                *("--headless", "--norestore", "--nologo", "-env:UserInstallation=file:///tmp/profile"),
                *("--convert-to", FILTERS[to], "--outdir", "/tmp/out", f"/in/deck{source.suffix}"),
            ]
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={},
                cwd="/",
                start_new_session=True,
                pass_fds=[file.fileno(), profile.fileno()],
                **_user(),
            )

    def finish(self, deadline, tick):
        """True when there is a file at the end."""
        heard, size = b"", 0
        pipes = (self.process.stdout, self.process.stderr)
        with self.target.open("wb") as out, selectors.DefaultSelector() as selector:
            for pipe in pipes:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ)
            looked = 0.0
            while selector.get_map():
                ready = selector.select(TICK)
                now = time.monotonic()
                if now - looked >= TICK:
                    looked = now
                    tick()
                    self._check(now, deadline)
                for key, _ in ready:
                    data = os.read(key.fd, MEGABYTE)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is self.process.stderr:
                        heard = (heard + data)[-SAID:]
                    else:
                        size += len(data)
                        if size >= MAX_OUTPUT_MB * MEGABYTE:
                            raise Refused(sentences.NOT_CONVERTED)
                        workspace.check_space(len(data))
                        out.write(data)
        while self.process.poll() is None:  # its pipes are closed; what remains of it has no reason to
            self._check(time.monotonic(), deadline)
            time.sleep(0.01)
        self.said = heard.decode(errors="replace")
        return size > 0

    def _check(self, now, deadline):
        if now > deadline:
            raise Refused(sentences.TOO_LONG.format(sentences.duration(self.seconds)))
        processes, memory = family(self.process.pid)
        if memory > self.memory:
            raise Refused(sentences.TOO_MUCH_MEMORY)
        if processes > MOST_PROCESSES:
            raise Refused(sentences.NOT_CONVERTED)

    @property
    def crashed(self):
        """Ended by a signal, which may not happen again; what it cannot read it says and ends by itself."""
        return not 0 <= self.process.returncode < SIGNALLED

    def close(self):
        """Ends everything inside: when the first process of the namespace goes, the kernel takes all others along."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()


def _sandbox(program):
    """bubblewrap's command line: everything but where the file is and what is run."""
    return [
        shutil.which("bwrap"),
        *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
        *("--cap-drop", "ALL", "--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "office"),
        *("--clearenv", "--setenv", "HOME", "/tmp", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8"),
        *("--setenv", "SAL_USE_VCLPLUGIN", "svp", "--setenv", "SAL_DISABLE_OPENCL", "1"),
        *("--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
        *("--symlink", "usr/lib64", "/lib64"),
        *(
            "--ro-bind-try",
            "/etc/fonts",
            "/etc/fonts",
            "--ro-bind-try",
            "/var/cache/fontconfig",
            "/var/cache/fontconfig",
        ),
        *(
            "--ro-bind-try",
            "/etc/libreoffice",
            "/etc/libreoffice",
            "--ro-bind-try",
            "/etc/alternatives",
            "/etc/alternatives",
        ),
        *("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *_elsewhere(program),
        *("--proc", "/proc", "--dev", "/dev"),
    ]


def _elsewhere(program):
    """A LibreOffice that lies outside /usr is shown to itself."""
    real = Path(program).resolve()
    if real.is_relative_to("/usr"):
        return []
    folder = real.parent.parent if real.parent.name == "program" else real.parent
    found = ["--ro-bind", str(folder), str(folder)]
    return found if Path(program) == real else [*found, "--symlink", str(real), str(program)]


def _limits(seconds, memory):
    """Set inside, where the count of processes begins at nothing."""
    return [
        "prlimit",
        f"--as={memory}",
        f"--cpu={seconds * (os.cpu_count() or 1)}",
        f"--fsize={MAX_OUTPUT_MB * MEGABYTE}",
        f"--nofile={OPEN_FILES}",
        f"--nproc={MOST_PROCESSES}",
        "--core=0",
        "--",
    ]


def _user():
    """root starts it as nobody: then it is nobody outside the namespace too, and the count of processes holds."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _profile():
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, name, value in PROFILE
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    return f"{head}{items}</oor:items>".encode()


def _in_memory(data):
    file = os.fdopen(os.memfd_create("profile"), "wb+")
    file.write(data)
    file.seek(0)
    return file


def family(pid):
    """How many processes there are from this one down, and the bytes of memory they hold."""
    processes = memory = 0
    waiting = [pid]
    while waiting and processes <= MOST_PROCESSES:
        pid = waiting.pop()
        processes += 1
        with contextlib.suppress(OSError, ValueError):
            memory += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return processes, memory


_known = {}  # program -> (when, trouble)


def _sandbox_trouble():
    """Tries the sandbox with a program that does nothing; remembers a good answer for good."""
    when, trouble = _known.get("sandbox", (0.0, None))
    if trouble == "" or (trouble and time.monotonic() - when < REMEMBERED):
        return trouble
    trouble = _try_sandbox()
    _known["sandbox"] = time.monotonic(), trouble
    return trouble


def _try_sandbox():
    try:
        tried = subprocess.run(
            [*_sandbox("/usr/bin/true"), "--", *_limits(10, 512 * MEGABYTE), "true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            env={},
            cwd="/",
            **_user(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap does not run ({error})"
    if tried.returncode == 0:
        return ""
    said = tried.stderr.decode(errors="replace").strip().splitlines()
    logger.warning("The sandbox for LibreOffice does not start: %s", said)
    return f"the sandbox does not start ({said[-1] if said else 'no reason given'}); {_setting()}"


def _setting():
    """The setting that most likely forbids user namespaces."""
    for name, good in (
        ("kernel/unprivileged_userns_clone", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "0"),
    ):
        with contextlib.suppress(OSError):
            if Path("/proc/sys", name).read_text().strip() != good:
                return f"set {name.replace('/', '.')}={good} with sysctl"
    with contextlib.suppress(OSError, ValueError):
        if int(Path("/proc/sys/user/max_user_namespaces").read_text()) == 0:
            return "set user.max_user_namespaces above 0 with sysctl"
    return "the container or service it runs in must allow user namespaces"
