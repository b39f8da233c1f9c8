"""One system call that sends to a whole hall: Linux's io_uring (io_uring(7)), without threads and without waiting.

A `send` for each viewer enters the kernel a thousand times. Here the requests stand in memory that is shared with it,
and all but two of their fields never change.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import struct
import sys
from array import array

ENTRIES = 1024  # requests of one call; one that sends to all takes some 7 ms
LONGEST = 64 * 1024  # bytes

# linux/io_uring.h. The numbers of the system calls are the same on all but one of Linux's architectures (Alpha).
_SETUP, _ENTER = 425, 426
_SUBMIT_ALL = 1 << 7  # a request that fails does not stop those after it; from Linux 5.18 on
_WAIT = 1  # IORING_ENTER_GETEVENTS
_REQUESTS = 0x10000000  # where in the ring's file the requests are
_SEND = 26
_PARAMS = struct.Struct("=30I")  # 10 words, then 10 of offsets of the submission ring and 10 of the completion ring
_REQUEST = struct.Struct(
    "=BBHiQQIIQ24x"
)  # opcode, flags, priority, fd, offset, address, length, message flags, user data
_DESCRIPTOR, _LENGTH, _WORDS = 1, 6, 16  # of a request, in words of 4 bytes
_RESULT, _RESULT_WORDS = 2, 4  # the same of a completion, which begins with its request's user data
_DONT_WAIT, _NO_SIGNAL = 0x40, 0x4000


class Ring:
    """Belongs to one thread. The kernel reads and writes the shared memory within that thread's own system calls, so
    what Python does before and after them is in order without further ado."""

    def __init__(self, entries=ENTRIES):
        """Raises `OSError` where there is no io_uring, or it is forbidden, as Docker does."""
        if sys.platform != "linux":
            raise OSError(errno.ENOSYS, "only Linux has io_uring")
        self._call = ctypes.CDLL(None, use_errno=True).syscall
        self._call.argtypes, self._call.restype = [ctypes.c_long] * 7, ctypes.c_long
        params = ctypes.create_string_buffer(_PARAMS.pack(0, 0, _SUBMIT_ALL, *[0] * 27), _PARAMS.size)
        self._file = self._checked(_SETUP, entries, ctypes.addressof(params))
        try:
            self._map(_PARAMS.unpack(params.raw))
        except BaseException:
            os.close(self._file)
            raise

    def _map(self, params):
        self._entries, self._completions = params[:2]
        submitted, completed = params[10:20], params[20:30]
        size = max(submitted[6] + 4 * self._entries, completed[5] + 4 * _RESULT_WORDS * self._completions)
        memory = memoryview(mmap.mmap(self._file, size))
        self._words = memory.cast("I")
        self._head, self._tail = completed[0] // 4, completed[1] // 4
        self._next, order = submitted[1] // 4, submitted[6] // 4
        for place in range(self._entries):
            self._words[order + place] = place
        self._done = memory[completed[5] :][: 4 * _RESULT_WORDS * self._completions].cast("i")
        requests = mmap.mmap(self._file, _REQUEST.size * self._entries, offset=_REQUESTS)
        self._bytes = ctypes.create_string_buffer(LONGEST)
        address = ctypes.addressof(self._bytes)
        for place in range(self._entries):
            request = (_SEND, 0, 0, -1, 0, address, 0, _DONT_WAIT | _NO_SIGNAL, place)
            _REQUEST.pack_into(requests, _REQUEST.size * place, *request)
        self._requests = memoryview(requests).cast("i")

    def send(self, descriptors, data):
        """Sends the same bytes to each of the sockets, an `array("i")` of their descriptors. Returns for each how many
        it took, or the negated errno; for fewer than were asked for when the kernel took no more requests. Raises
        `ValueError` for more than LONGEST bytes."""
        if len(data) > LONGEST:
            raise ValueError(f"{len(data)} bytes are more than {LONGEST}")
        ctypes.memmove(self._bytes, data, len(data))
        results = []
        for first in range(0, len(descriptors), self._entries):
            some = descriptors[first : first + self._entries]
            results += self._send(some, len(data))
            if len(results) < first + len(some):
                break
        return results

    def _send(self, descriptors, size):
        first, count = self._words[self._next], len(descriptors)
        self._fill(_DESCRIPTOR, first, descriptors)
        self._fill(_LENGTH, first, array("i", [size]) * count)
        self._words[self._next] = _wrapped(first + count)
        try:
            taken = self._checked(_ENTER, self._file, count)
        except OSError:
            taken = 0
        self._words[self._next] = _wrapped(first + taken)  # what was not taken must not go out with the next
        return self._results(first, taken, size)

    def _fill(self, word, first, values):
        """Writes one field of the requests from that number on; behind the last place comes the first."""
        place = first % self._entries
        until_end = self._entries - place
        for begin, some in ((place, values[:until_end]), (0, values[until_end:])):
            if some:
                self._requests[begin * _WORDS + word : (begin + len(some)) * _WORDS : _WORDS] = some

    def _results(self, first, count, size):
        head = self._words[self._head]
        while _wrapped(self._words[self._tail] - head) < count:  # not for long: none of them waits for its socket
            with contextlib.suppress(InterruptedError):
                self._checked(_ENTER, self._file, 0, count, _WAIT)
        results = self._completed(_RESULT, head, count)
        if results.count(size) != count:
            # They need not be done in the order in which they were asked for.
            places = self._completed(0, head, count)
            found = dict(zip(places, results, strict=True))
            results = [found[(first + number) % self._entries] for number in range(count)]
        self._words[self._head] = _wrapped(head + count)
        return results

    def _completed(self, word, head, count):
        place = head % self._completions
        end = min(place + count, self._completions)
        values = self._done[place * _RESULT_WORDS + word : end * _RESULT_WORDS : _RESULT_WORDS].tolist()
        rest = count - len(values)
        return values + (self._done[word : rest * _RESULT_WORDS : _RESULT_WORDS].tolist() if rest else [])

    def _checked(self, *args):
        answer = self._call(*args, *[0] * (7 - len(args)))
        if answer < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return answer


def _wrapped(number):
    """The rings count in 32 bits."""
    return number & 0xFFFFFFFF
