"""Files that come in pieces: docs/uploads.md. `imports.add` and `imports.replace` take what has come whole."""

import re

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from .. import access, files
from ..importing import chunks, sentences
from ..importing.pages import Refused
from .answers import private_json, refusal_status
from .guards import presenters_only

CHECKSUM = re.compile(r"[0-9a-f]{8}")
NO_FILE = "No file arrived. Choose one and try again."


@require_POST
@presenters_only
def begin(request):
    """A file is about to come: `name` and `size`, in bytes."""
    name, size = request.POST.get("name", ""), request.POST.get("size", "")
    if not name or not size.isascii() or not size.isdecimal() or len(size) > 15:
        return private_json({"error": NO_FILE}, status=400)
    try:
        upload = chunks.begin(request.user, name, int(size))
    except Refused as refusal:
        return private_json({"error": str(refusal)}, status=_status(refusal))
    return _told(upload, status=201)


@require_http_methods(["GET", "HEAD", "DELETE"])
@presenters_only
def upload(request, key):
    """How much is here already; or nobody wants it any more."""
    upload = _find(request, key)
    if request.method == "DELETE":
        chunks.cancel(upload)
        return HttpResponse(status=204)
    return _told(upload)


@require_http_methods(["PUT"])
@presenters_only
def put(request, key, at):
    """One piece of the file, which begins at byte `at`."""
    upload = _find(request, key)
    checksum = request.headers.get("Checksum-CRC32", "")
    if not CHECKSUM.fullmatch(checksum) or int(request.headers.get("Content-Length") or chunks.CHUNK) > chunks.CHUNK:
        return private_json({"error": sentences.SPOILT}, status=400)
    try:
        reached = chunks.put(upload, at, request.read(chunks.CHUNK + 1), int(checksum, 16))
    except chunks.Spoilt:
        return _told(upload, status=422, error=sentences.SPOILT)
    except chunks.OutOfPlace as place:
        return _told(upload, status=409, reached=place.args[0])
    except FileNotFoundError as error:
        raise Http404 from error
    except Refused as refusal:
        return private_json({"error": str(refusal)}, status=_status(refusal))
    return _told(upload, reached=reached)


def _find(request, key):
    if not files.KEY.fullmatch(key):
        raise Http404
    return get_object_or_404(access.uploads(request.user), key=key)


def _told(upload, status=200, reached=None, **more):
    reached = chunks.offset(upload) if reached is None else reached
    facts = {"id": upload.key, "offset": reached, "size": upload.size, "chunk": chunks.CHUNK, **more}
    answer = private_json(facts, status=status)
    answer["Upload-Offset"] = reached
    return answer


def _status(refusal):
    if isinstance(refusal, chunks.NoSpace):
        return 507
    if isinstance(refusal, chunks.TooMany):
        return 429
    return refusal_status(str(refusal))
