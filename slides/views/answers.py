"""Kinds of answers that several pages give."""

from asgiref.sync import sync_to_async
from django.http import FileResponse, JsonResponse

from .. import files
from ..exporting.names import safe_name
from ..importing import sentences


def wants_json(request, otherwise=False):
    """Does a script ask? `otherwise` is the answer for a client that takes anything."""
    kinds = ["application/json", "text/html"] if otherwise else ["text/html", "application/json"]
    return request.get_preferred_type(kinds) == "application/json"


def private_json(data, status=200):
    """Facts for one person: no cache may keep them."""
    return JsonResponse(data, status=status, headers={"Cache-Control": "no-store"})


def refusal_status(sentence):
    """Of a file that was not taken."""
    return 413 if sentence.startswith(sentences.TOO_BIG.partition("{")[0]) else 422


def original_file(revision):
    """The file as it came, to be saved under the name it came with and never to be shown by the browser."""
    return _File(
        files.upload(revision.source_key).open("rb"),
        as_attachment=True,
        filename=safe_name(revision.source_name),
        content_type="application/octet-stream",
    )


class _File(FileResponse):
    async def __aiter__(self):
        # Piece by piece: under ASGI Django would read the whole file into memory first.
        read = sync_to_async(self.file_to_stream.read, thread_sensitive=False)
        while piece := await read(256 * 1024):
            yield piece
