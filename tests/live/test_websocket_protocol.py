"""The cases of the Autobahn test suite's fuzzing client, sections 1 to 7, 9 and 10, up to the longest message we take.

The suite itself is written in Python 2. Its cases are tables, so they are tables here, under the names it gives them.
Where it waits a second to see that nothing happens, these ask with a ping, or send no more until the answer is there.
"""

import ast
import socket
from dataclasses import dataclass

import pytest

from slides.live import protocol
from tests.live import echo
from tests.live.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Raw, closing, fragments, frame, mask
from tests.site import Process, free_port, until
from tests.variables import ROOT

CAP = protocol.MAX_REMOTE_MESSAGE
CLEAN = {1000}
PROTOCOL_ERROR = {1002}
BAD_TEXT = {1007}
TOO_BIG = {1009}
GREEK = "κόσμε".encode()
SURROGATE = b"\xed\xa0\x80"
BEYOND = b"\xf4\x90\x80\x80"  # U+110000, wrong from its second byte on


@dataclass
class Case:
    """`sent` goes out piece by piece; `heard` comes back. A case that ends well is ended by us, with 1000."""

    name: str
    sent: list
    heard: list
    codes: set = None  # with which the server must end it
    chop: int | None = None

    def __str__(self):
        return self.name

    def may_be_dropped(self, kind):
        """Without a word: of plain Daphne whoever breaks the protocol, of ours who breaks it in saying goodbye."""
        goodbye = self.sent[-1][0] & 0x0F == CLOSE
        return self.codes in (PROTOCOL_ERROR, BAD_TEXT) and (kind != "ours" or goodbye)


def said(opcode, payload):
    """What echo.py answers."""
    return ("text" if opcode == TEXT or not payload else "binary", payload or b"nothing")


def cases():
    yield from section_1()
    yield from section_2()
    yield from section_3()
    yield from section_4()
    yield from section_5()
    yield from section_6()
    yield from section_7()
    yield from section_9()
    yield from section_10()


def section_1():
    """Messages of each length, and in pieces."""
    sizes = [(0, None), (125, None), (126, None), (127, None), (128, None), (65535, None), (65536, None), (65536, 997)]
    for part, opcode, letter in ((1, TEXT, b"*"), (2, BINARY, b"\xfe")):
        for number, (size, chop) in enumerate(sizes, 1):
            payload = letter * size
            yield Case(f"1.{part}.{number}", [frame(opcode, payload)], [said(opcode, payload)], chop=chop)


def section_2():
    """Pings and pongs."""
    binary = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"
    yield Case("2.1", [frame(PING)], [("pong", b"")])
    yield Case("2.2", [frame(PING, b"Hello, world!")], [("pong", b"Hello, world!")])
    yield Case("2.3", [frame(PING, binary)], [("pong", binary)])
    yield Case("2.4", [frame(PING, b"\xfe" * 125)], [("pong", b"\xfe" * 125)])
    yield Case("2.5", [frame(PING, b"\xfe" * 126)], [], PROTOCOL_ERROR)
    yield Case("2.6", [frame(PING, b"\xfe" * 125)], [("pong", b"\xfe" * 125)], chop=1)
    yield Case("2.7", [frame(PONG), frame(PING, b"alive")], [("pong", b"alive")])
    yield Case("2.8", [frame(PONG, b"unsolicited"), frame(PING, b"alive")], [("pong", b"alive")])
    yield Case("2.9", [frame(PONG, b"unsolicited"), frame(PING, b"mine")], [("pong", b"mine")])
    pings = [b"payload-%d" % number for number in range(10)]
    for number, chop in ((10, None), (11, 1)):
        sent = [frame(PING, payload) for payload in pings]
        yield Case(f"2.{number}", sent, [("pong", payload) for payload in pings], chop=chop)


def section_3():
    """Bits that are reserved."""
    hello = b"Hello, world!"
    yield Case("3.1", [frame(TEXT, hello, rsv=1)], [], PROTOCOL_ERROR)
    for number, rsv, chop in ((2, 2, None), (3, 3, None), (4, 4, 1)):
        sent = [frame(TEXT, hello), frame(TEXT, hello, rsv=rsv), frame(PING)]
        yield Case(f"3.{number}", sent, [("text", hello)], PROTOCOL_ERROR, chop)
    yield Case("3.5", [frame(BINARY, b"\x00\xff\xfe\xfd", rsv=5)], [], PROTOCOL_ERROR)
    yield Case("3.6", [frame(PING, b"Hello, world!", rsv=6)], [], PROTOCOL_ERROR)
    yield Case("3.7", [frame(CLOSE, rsv=7)], [], PROTOCOL_ERROR)


def section_4():
    """Opcodes that are reserved."""
    hello = b"Hello, world!"
    for part, opcodes in ((1, range(3, 8)), (2, range(11, 16))):
        for number, opcode in enumerate(opcodes, 1):
            name, payload = f"4.{part}.{number}", hello if number in (2, 4) else b""
            if number < 3:
                yield Case(name, [frame(opcode, payload)], [], PROTOCOL_ERROR)
            else:
                sent = [frame(TEXT, hello), frame(opcode, payload), frame(PING)]
                yield Case(name, sent, [("text", hello)], PROTOCOL_ERROR, 1 if number > 3 else None)


def section_5():
    """Messages in several frames."""
    one, two, three, four, five = (b"fragment%d" % number for number in range(1, 6))
    first = frame(TEXT, one, fin=False)
    last = frame(CONTINUATION, two)
    both = [("text", one + two)]
    yield Case("5.1", [frame(PING, one, fin=False), frame(CONTINUATION, two)], [], PROTOCOL_ERROR)
    yield Case("5.2", [frame(PONG, one, fin=False), frame(CONTINUATION, two)], [], PROTOCOL_ERROR)
    for number, chop in ((3, None), (4, len(first)), (5, 1)):
        yield Case(f"5.{number}", [first, last], both, chop=chop)
    for number, chop in ((6, None), (7, len(first)), (8, 1)):
        yield Case(f"5.{number}", [first, frame(PING, b"ping"), last], [("pong", b"ping"), *both], chop=chop)
    hello = frame(TEXT, b"Hello, world!")
    for number, fin, chop in ((9, True, None), (10, True, 40), (11, True, 1), (12, False, None), (13, False, 40)):
        orphan = frame(CONTINUATION, b"non-continuation payload", fin=fin)
        yield Case(f"5.{number}", [orphan + hello], [], PROTOCOL_ERROR, chop)
    orphan = frame(CONTINUATION, b"non-continuation payload", fin=False)
    yield Case("5.14", [orphan + hello], [], PROTOCOL_ERROR, 1)
    sent = [first + last + frame(CONTINUATION, three, fin=False) + frame(TEXT, four)]
    yield Case("5.15", sent, both, PROTOCOL_ERROR)
    for number, fin in ((16, False), (17, True)):
        again = frame(CONTINUATION, one, fin=fin) + frame(TEXT, two, fin=False) + frame(CONTINUATION, three)
        yield Case(f"5.{number}", [again * 2], [], PROTOCOL_ERROR)
    yield Case("5.18", [first, frame(TEXT, two)], [], PROTOCOL_ERROR)
    long = [
        *(first, frame(CONTINUATION, two, fin=False), frame(PING, b"pongme 1!")),
        *(frame(CONTINUATION, three, fin=False), frame(CONTINUATION, four, fin=False), frame(PING, b"pongme 2!")),
        frame(CONTINUATION, five),
    ]
    heard = [("pong", b"pongme 1!"), ("pong", b"pongme 2!"), ("text", one + two + three + four + five)]
    for number, chop in ((19, None), (20, 8)):
        yield Case(f"5.{number}", long, heard, chop=chop)


def section_6():
    """Text that is UTF-8, and text that is not, which is refused at the first wrong byte."""
    yield Case("6.1.1", [frame(TEXT)], [said(TEXT, b"")])
    nothing = [frame(TEXT, fin=False), frame(CONTINUATION, fin=False), frame(CONTINUATION)]
    yield Case("6.1.2", nothing, [said(TEXT, b"")])
    middle = [frame(TEXT, fin=False), frame(CONTINUATION, b"middle frame payload", fin=False), frame(CONTINUATION)]
    yield Case("6.1.3", middle, [("text", b"middle frame payload")])
    valid = "Hello-µ@ßöäüàá-UTF-8!!".encode()
    half = len(valid) // 2
    yield Case("6.2.1", [frame(TEXT, valid)], [("text", valid)])
    for number, size in ((2, half), (3, 1)):
        yield Case(f"6.2.{number}", [fragments(TEXT, valid, size)], [("text", valid)])
    yield Case("6.2.4", [fragments(TEXT, GREEK, 1)], [("text", GREEK)])
    wrong = GREEK + SURROGATE + b"edited"
    yield Case("6.3.1", [frame(TEXT, wrong)], [], BAD_TEXT)
    yield Case("6.3.2", [fragments(TEXT, wrong, 1)], [], BAD_TEXT)
    # Fail fast: what would make the message whole is never sent.
    for number, begin, more in ((1, GREEK, BEYOND), (2, GREEK + BEYOND[:1], BEYOND[1:2])):
        ping = frame(PING, b"still there")
        sent = [frame(TEXT, begin, fin=False), ping, frame(CONTINUATION, more, fin=False)]
        yield Case(f"6.4.{number}", sent, [("pong", b"still there")], BAD_TEXT)
        whole = GREEK + BEYOND + b"edited"
        head = frame(TEXT, whole)[: -len(whole)]
        yield Case(f"6.4.{number + 2}", [head + mask(begin), mask(more, len(begin))], [], BAD_TEXT)
    for name, payload, good in utf8():
        yield Case(name, [frame(TEXT, payload)], [("text", payload)] if good else [], None if good else BAD_TEXT)


def utf8():
    """The sequences of Markus Kuhn's UTF-8 test, and whether each is text."""
    lonely = [range(0xC0, 0xDF), range(0xE0, 0xEF), range(0xF0, 0xF7), range(0xF8, 0xFB), range(0xFC, 0xFD)]
    cut_off = [b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xf8\x80\x80\x80", b"\xfc\x80\x80\x80\x80"]
    cut_off += [b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf", b"\xfb\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf"]
    surrogates = [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf"]
    low = [b"\xed\xb0\x80", b"\xed\xbe\x80", b"\xed\xbf\xbf"]
    groups = {
        5: ["hello$world", "hello¢world", "hello€world", "hello𤭢world", "κόσμε"],
        6: [GREEK[:length] for length in range(1, len(GREEK) + 1)],
        7: [b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"],
        8: [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
        9: [b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"],
        10: [b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"],
        11: [b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf", BEYOND],
        12: [(b"\x80\xbf" * 4)[:length] for length in range(1, 8)] + [b"\xbf", bytes(range(0x80, 0xBF))],
        13: [b"".join(bytes([byte]) + b" " for byte in some) for some in lonely],
        14: cut_off,
        15: [b"".join(cut_off)],
        16: [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
        17: [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf", b"\xfc\x80\x80\x80\x80\xaf"],
        18: [b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf"],
        19: [b"\xc0\x80", b"\xe0\x80\x80", b"\xf0\x80\x80\x80", b"\xf8\x80\x80\x80\x80", b"\xfc\x80\x80\x80\x80\x80"],
        20: surrogates + low,
        21: [high + one for high in surrogates for one in (low[0], low[2])],
        # No characters, but UTF-8 all the same.
        22: [chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)],
        23: ["\ufffd", "\ufffe\uffff", "\ufdd0\ufdef"],
    }
    for group, texts in groups.items():
        for number, text in enumerate(texts, 1):
            payload = text.encode() if isinstance(text, str) else text
            yield f"6.{group}.{number}", payload, _is_utf8(payload)


def _is_utf8(payload):
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def section_7():
    """Ends."""
    hello = frame(TEXT, b"Hello, world!")
    echo = [("text", b"Hello, world!")]
    yield Case("7.1.1", [hello], echo)
    yield Case("7.1.2", [closing(1000), closing(1000)], [], CLEAN)
    yield Case("7.1.3", [closing(1000), frame(PING)], [], CLEAN)
    yield Case("7.1.4", [closing(1000), hello], [], CLEAN)
    last = frame(CONTINUATION, b"fragment2")
    yield Case("7.1.5", [frame(TEXT, b"fragment1", fin=False), closing(1000), last], [], CLEAN)
    big = frame(TEXT, b"BAsd7&jh23" * (CAP // 10))
    yield Case("7.1.6", [big, hello, closing(1000), frame(PING)], [("text", b"BAsd7&jh23" * (CAP // 10)), *echo], CLEAN)
    yield Case("7.3.1", [frame(CLOSE)], [], {0, 1000})
    yield Case("7.3.2", [frame(CLOSE, b"a")], [], PROTOCOL_ERROR)
    yield Case("7.3.3", [closing(1000)], [], CLEAN)
    yield Case("7.3.4", [closing(1000, b"Hello World!")], [], CLEAN)
    yield Case("7.3.5", [closing(1000, b"*" * 123)], [], CLEAN)
    yield Case("7.3.6", [closing(1000, b"*" * 124)], [], PROTOCOL_ERROR)
    yield Case("7.5.1", [closing(1000, GREEK + SURROGATE + b"edited")], [], BAD_TEXT)
    good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
    for number, code in enumerate(good, 1):
        yield Case(f"7.7.{number}", [closing(code)], [], {1000, code})
    for number, code in enumerate([0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999], 1):
        yield Case(f"7.9.{number}", [closing(code)], [], PROTOCOL_ERROR)
    for number, code in enumerate([5000, 65535], 1):
        yield Case(f"7.13.{number}", [closing(code)], [], PROTOCOL_ERROR)  # the suite leaves this open


def section_9():
    """Long messages, as long as we take them, in frames and pieces of many sizes; and many short ones."""
    for part, opcode, letter in ((1, TEXT, b"*"), (2, BINARY, b"\xfe")):
        yield Case(f"9.{part}.1", [frame(opcode, letter * CAP)], [said(opcode, letter * CAP)])
        yield Case(f"9.{part}.2", [frame(opcode, letter * (CAP + 1))], [], TOO_BIG)
        too_much = fragments(opcode, letter * (CAP + 1), CAP // 2)
        yield Case(f"9.{part}.3", [too_much], [], TOO_BIG)
        for number, size in enumerate((64, 256, 1024, 4096, 16384, 65536), 1):
            sent = [fragments(opcode, letter * CAP, size)]
            yield Case(f"9.{part + 2}.{number}", sent, [said(opcode, letter * CAP)])
        for number, chop in enumerate((64, 128, 256, 512, 1024, 2048), 1):
            yield Case(f"9.{part + 4}.{number}", [frame(opcode, letter * CAP)], [said(opcode, letter * CAP)], chop=chop)


def section_10():
    payload = b"*" * CAP
    yield Case("10.1.1", [fragments(TEXT, payload, 1300)], [("text", payload)])


@pytest.fixture(scope="module", params=["ours", "plain Daphne"])
def server(request):
    """What serves the echo, and the port of it."""
    port = free_port()
    command = {
        "ours": ["-m", "tests.live.echo", str(port)],
        "plain Daphne": ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), "tests.live.echo:application"],
    }[request.param]
    process = Process(command, {"PYTHONPATH": str(ROOT)})
    until(lambda: process.ended() or _answers(port), 30)
    yield request.param, port
    process.end(15)


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_it_speaks_websocket_as_the_standard_says(server, case):
    kind, port = server
    if kind != "ours" and case.codes == TOO_BIG:
        pytest.skip("plain Daphne has other limits")
    with Raw(port) as raw:
        for piece in case.sent:
            raw.send(piece, case.chop)
        if case.codes is None:
            assert raw.hear(len(case.heard)) == case.heard
            raw.send(closing(1000))
            assert raw.hear() == []
            assert raw.code == 1000
        else:
            heard = raw.hear()
            # What was under way when the connection failed may be lost, but nothing else may come.
            assert heard == case.heard[: len(heard)]
            assert raw.code in case.codes | ({None} if case.may_be_dropped(kind) else set())
        assert raw.ended


@pytest.mark.parametrize("server", ["ours"], indirect=True)
def test_a_connection_that_has_gone_leaves_nothing_for_the_garbage_collector(server):
    _, port = server
    for number in range(20):
        with Raw(port) as raw:
            raw.send(frame(TEXT, b"Hello"))
            raw.hear(1)
            if number % 2:
                raw.send(closing(1000))
                raw.hear()
    with Raw(port) as raw:

        def left():
            raw.send(frame(TEXT, echo.LEFT.encode()))
            return sorted(ast.literal_eval(raw.hear(1)[0][1].decode()))

        until(lambda: left() == ["Inbox", "PresenterWebSocket"])  # this one's


def test_a_command_in_many_frames_and_pieces_is_one_command(site):
    talk = site.talk(site.deck(slides=9, pictures=False))
    session = site.do("session", name=talk["presenter"])
    headers = f"Origin: {site.url}\r\nCookie: sessionid={session}\r\n"
    command = b'{"type":"talk.goto","ref":7,"slide":4}'
    with Raw(site.port, f"/ws/talks/{talk['public_id']}/drive/?device=a-raw-tablet", headers) as raw:
        raw.send(frame(PING, b"first") + fragments(TEXT, command, 5), chop=3)
        heard = []
        while b'"reply"' not in (heard or [b""])[-1]:
            heard += [payload for _, payload in raw.hear(1)]

    assert b"first" in heard
    assert heard[-1] == b'{"type":"reply","ref":7,"ok":true,"seq":1}'


@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["9.7", "9.8"])
def test_many_messages_come_back_one_by_one(server, opcode):
    _, port = server
    with Raw(port) as raw:
        for size in (0, 16, 64, 256, 1024, 4096):
            payload = b"*" * size
            for _ in range(200):
                raw.send(frame(opcode, payload))
                assert raw.hear(1) == [said(opcode, payload)]
