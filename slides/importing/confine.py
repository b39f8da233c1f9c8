"""What a process gives up before it opens a stranger's file. No Django here; runs in the confined process itself.

The limits always hold. Namespaces take the network away, and Landlock leaves nothing to write to but the job's folder
and nothing to read but the file, Python and the fonts; both only where the kernel allows it, so `confine` says what
it reached.
"""

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sysconfig
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
CLONE_NEWIPC = 0x08000000

# The same numbers on every architecture Linux has had since 5.1.
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_RULE_PATH_BENEATH = 1

READ_FILE, READ_DIR = 1 << 2, 1 << 3
# All ways to touch a file that a version of Landlock knows: 13 in the first, later renaming, truncating, device calls.
FILE_ACCESS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
# Write, read, list, remove and make plain files and folders, rename and truncate; no links, pipes, devices, programs.
PLAIN_FILES = sum(1 << bit for bit in (1, 2, 3, 4, 5, 7, 8, 13, 14))
NO_TCP = 0b11  # bind and connect; from version 4
SCOPES = 0b11  # abstract sockets and signals; from version 6

FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts", "/etc/fonts")

OPEN_FILES = 64
FILE_BYTES = 256 * 1024 * 1024

libc = ctypes.CDLL(None, use_errno=True)


def limit(memory, seconds):
    """Before anything else. `memory` in bytes, `seconds` of processor time."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def confine(folder, source):
    """After the imports, before the file is opened and before the first thread. Returns what could be had."""
    reached = []
    if _leave_the_network():
        reached.append("no network")
    version = _landlock(folder, source)
    if version:
        reached.append(f"Landlock {version}")
    libc.prctl(PR_SET_DUMPABLE, 0)
    return reached


def _leave_the_network():
    # As root a network namespace needs no user namespace, but the user namespace also takes root's powers away.
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC, CLONE_NEWNET))


def _landlock(folder, source):
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_CREATE_RULESET_VERSION)
    if version < 1:
        return 0
    handled = FILE_ACCESS[max(known for known in FILE_ACCESS if known <= version)]
    rules = struct.pack("=QQQ", handled, NO_TCP, SCOPES)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), 0)
    if ruleset < 0:
        return 0
    try:
        allowed = _allow(ruleset, folder, PLAIN_FILES & handled) and _allow(ruleset, source, READ_FILE)
        for path in _readable():
            _allow(ruleset, path, READ_FILE | READ_DIR)
        return version if allowed and libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0 else 0
    finally:
        os.close(ruleset)


def _readable():
    """Python's modules, which it may yet load, and the fonts that stand in for those a file does not bring."""
    paths = sysconfig.get_paths()
    code = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return dict.fromkeys([*code, Path(__file__).parent, *FONTS])


def _allow(ruleset, path, access):
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", access, descriptor)
            return libc.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0) == 0
        finally:
            os.close(descriptor)
    return False
