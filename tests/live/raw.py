"""A WebSocket of single bytes: frames that no client would send, in pieces that no network would make."""

import base64
import os
import re
import socket
import struct

PATIENCE = 20  # s
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = b"\x37\xfa\x21\x3d"
NAMES = {TEXT: "text", BINARY: "binary", PONG: "pong"}


def frame(opcode, payload=b"", *, fin=True, rsv=0, masked=True):
    head = bytes([fin << 7 | rsv << 4 | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([masked << 7 | size])
    elif size < 65536:
        head += struct.pack("!BH", masked << 7 | 126, size)
    else:
        head += struct.pack("!BQ", masked << 7 | 127, size)
    return head + KEY + mask(payload) if masked else head + payload


def mask(payload, begin=0):
    key = (KEY[begin % 4 :] + KEY[: begin % 4]) * (len(payload) // 4 + 1)
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key[: len(payload)], "big")).to_bytes(len(payload), "big")


def fragments(opcode, payload, size):
    """One message in frames of so many bytes."""
    parts = [payload[at : at + size] for at in range(0, len(payload), size)]
    last = len(parts) - 1
    return b"".join(
        frame(CONTINUATION if number else opcode, part, fin=number == last) for number, part in enumerate(parts)
    )


def closing(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


class Raw:
    def __init__(self, port, path="/", headers=""):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        self.code = None  # what the server closed with; None when it has not, 0 when it gave no code
        self.ended = False
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n".encode()
        )
        while b"\r\n\r\n" not in self._unread:
            self._read()
        answer, self._unread = self._unread.split(b"\r\n\r\n", 1)
        assert re.match(rb"HTTP/1.1 101 ", answer), answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data, chop=None):
        """False when the server has hung up, which it may while we are still speaking."""
        try:
            for at in range(0, len(data), chop or len(data) or 1):
                self._socket.sendall(data[at : at + (chop or len(data))])
        except OSError:
            return False
        return True

    def hear(self, most=None):
        """What comes: (name, payload) of so many messages and pongs, or of all there are until the end."""
        heard = []
        while (most is None or len(heard) < most) and (found := self._frame()):
            opcode, payload = found
            if opcode == CLOSE:
                self.code = int.from_bytes(payload[:2], "big")
                self.send(frame(CLOSE, payload[:2]))
            else:
                heard.append((NAMES[opcode], payload))
        return heard

    def _frame(self):
        while (size := _size_of(self._unread)) is None or len(self._unread) < sum(size):
            if not self._read():
                return None
        head, length = size
        data, self._unread = self._unread[: head + length], self._unread[head + length :]
        assert data[0] & 0xF0 == 0x80, "the server sends whole messages and no reserved bits"
        return data[0] & 0x0F, data[head:]

    def _read(self):
        try:
            some = self._socket.recv(65536)
        except ConnectionResetError:
            some = b""
        self._unread += some
        self.ended = not some
        return bool(some)


def _size_of(data):
    """(bytes of the head, bytes of the payload) of the frame that begins here, or None when it is too early to tell."""
    if len(data) < 2:
        return None
    assert not data[1] & 0x80, "a server masks nothing"
    short = data[1]
    if short < 126:
        return 2, short
    head, form = (4, "!H") if short == 126 else (10, "!Q")
    return (head, struct.unpack(form, data[2:head])[0]) if len(data) >= head else None
