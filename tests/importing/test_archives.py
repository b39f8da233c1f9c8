"""Zip files from strangers, looked at before and while they are read."""

import io
import stat
import struct
import zipfile

import pytest

from slides.importing.archives import Archive, Limits
from slides.importing.pages import Refused
from tests.importing import shows

LIMITS = Limits(entries=20, megabytes=12, ratio=50)
DAMAGED = "The file is damaged or incomplete. Save or download it once more and try again."
LEADS_OUT = (
    "The file has parts with names or links that lead out of it, so it is not opened. Save it as PDF and try again."
)
EXPANDS = "The file expands to more than 12 MB. Save it with smaller pictures, or ask your admin to allow more."


@pytest.fixture
def opened(tmp_path):
    def put(content):
        path = tmp_path / "file"
        path.write_bytes(content)
        return Archive(path, LIMITS)

    return put


def refusal(act, *given):
    with pytest.raises(Refused) as refused:
        act(*given)
    return str(refused.value)


def test_parts_are_read_by_name(opened):
    with opened(shows.zipped({"a.xml": "<a/>", "deep/b.xml": "<b/>"})) as archive:
        assert (archive.names, archive.read("deep/b.xml"), "c.xml" in archive) == (
            ["a.xml", "deep/b.xml"],
            b"<b/>",
            False,
        )


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "C:a", "a\\..\\b", "a\nb"])
def test_name_that_leads_out_is_refused(opened, name):
    assert refusal(opened, shows.zipped({"good": "", name: ""})) == LEADS_OUT


def test_link_is_refused(opened):
    link = zipfile.ZipInfo("media/image1.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    assert refusal(opened, shows.zipped({link: "/etc/passwd"})) == LEADS_OUT


def test_too_many_parts_are_refused(opened):
    parts = {str(number): "" for number in range(21)}

    assert refusal(opened, shows.zipped(parts)) == "The file has more than 20 parts. Save it as PDF and try again."


def test_long_directory_is_refused_before_it_is_loaded(opened):
    content = shows.zipped({"a": "", "b" * 60_000: ""})

    assert refusal(opened, content) == "The file has more than 20 parts. Save it as PDF and try again."


def test_what_says_it_expands_too_far_is_refused(opened):
    assert refusal(opened, shows.zipped({"a": bytes(13 << 20)})) == EXPANDS
    assert refusal(opened, shows.zipped({"a": bytes(11 << 20)})).startswith("The file expands to more than 50 times")


def test_what_expands_further_than_it_says_is_refused_while_it_is_read(opened):
    content = bytearray(shows.zipped({"a": bytes(13 << 20)}))
    size, directory = struct.pack("<I", 13 << 20), content.rfind(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 100)  # the directory now claims 100 bytes
    assert content.count(size)  # the part's own header still tells the truth; nobody is to ask it

    with opened(bytes(content)) as archive:
        assert archive.size("a") == 100
        try:
            data = archive.read("a")
        except Refused as refused:
            assert str(refused) in {EXPANDS, DAMAGED}
        else:
            assert len(data) <= 100


def test_parts_together_may_not_be_more_than_the_file(tmp_path):
    content = shows.zipped({str(number): bytes(6 << 20) + bytes([number]) for number in range(2)})
    path = tmp_path / "file"
    path.write_bytes(content)
    with Archive(path, Limits(entries=20, megabytes=13, ratio=10**6)) as archive:
        archive.left = 12 << 20
        archive.read("0")
        archive.read("0")  # the same once more counts no more

        assert "expands to more than 13 MB" in refusal(archive.read, "1")


def test_part_may_not_be_larger_than_makes_sense(opened):
    with opened(shows.zipped({"a": bytes(1000)})) as archive:
        assert "too large" in refusal(archive.read, "a", 999)


def test_two_parts_of_one_name_are_refused(opened):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a", "1")
        archive.writestr("a", "2")

    assert refusal(opened, file.getvalue()) == DAMAGED


@pytest.mark.parametrize("cut", [0.4, 0.9, 0.99])
def test_truncated_file_is_damaged(opened, cut):
    content = shows.powerpoint(shows.slide(shows.shape("Tides")))

    assert refusal(opened, content[: int(len(content) * cut)]) == DAMAGED


def test_encrypted_part_is_protected(opened):
    content = bytearray(shows.zipped({"a": "secret"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + place] |= 1

    assert refusal(opened, bytes(content)) == (
        "This file is protected by a password. Save it without one and try again."
    )
