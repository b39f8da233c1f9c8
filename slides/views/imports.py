"""Files on their way in: add decks, replace a deck's file, dismiss an import."""

from pathlib import Path

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from .. import access, files
from ..importing import bundles, chunks, kinds, queue, sentences
from ..importing.pages import Refused
from ..models import Upload
from .answers import private_json, refusal_status, wants_json
from .guards import presenters_only

NO_FILE = "No file arrived. Choose one and try again."
ONE_FILE = "A deck has one file. Choose a single one."


@require_POST
@presenters_only
def add(request):
    """One or several files in the field `file`; each becomes a deck, and several pictures become one together."""
    if request.POST.getlist("upload"):
        return _finish(request, "library")
    return _answer(request, "library", *_take(request))


@require_POST
@presenters_only
def replace(request, pk):
    """A new file for a deck; it is shown when all of it is ready, and talks that run keep the old one."""
    deck = get_object_or_404(access.decks(request.user), pk=pk)
    if len(request.FILES.getlist("file")) > 1 or len(request.POST.getlist("upload")) > 1:
        return _answer(request, deck, [], [("", ONE_FILE)])
    if request.POST.getlist("upload"):
        return _finish(request, deck, deck)
    return _answer(request, deck, *_take(request, deck=deck))


@require_POST
@presenters_only
def dismiss(request, pk):
    """Stops an import that is under way; hides one that has ended."""
    job = get_object_or_404(access.imports(request.user), pk=pk)
    queue.dismiss(job)
    return private_json({"dismissed": True}) if wants_json(request) else redirect("library")


@require_POST
@presenters_only
def retry(request, pk):
    """Puts an import in line once more that failed through no fault of its file."""
    job = get_object_or_404(access.imports(request.user), pk=pk)
    queued = queue.retry(job)
    if wants_json(request):
        return private_json({"queued": queued}, status=200 if queued else 409)
    if not queued:
        messages.error(request, sentences.GONE)
    return redirect("library")


def _finish(request, back, deck=None):
    """Files that have come in pieces (slides/views/uploads.py); several are pictures and become one deck."""
    keys = list(dict.fromkeys(request.POST.getlist("upload")))
    if not all(files.KEY.fullmatch(key) for key in keys):
        raise Http404
    found = access.uploads(request.user).in_bulk(keys, field_name="key")
    if len(found) < len(keys):
        raise Http404
    try:
        job = chunks.finish([found[key] for key in keys], request.user, deck)
    except chunks.Unfinished:
        return private_json({"imports": [], "error": sentences.NOT_ALL_HERE}, status=409)
    except Upload.DoesNotExist as error:
        raise Http404 from error
    except Refused as refusal:
        return _answer(request, back, [], [(found[keys[0]].name, str(refusal))])
    return _answer(request, back, [job], [])


def _take(request, deck=None):
    """Queues what was uploaded. Returns the imports and the refusals, (name, sentence) each."""
    files = request.FILES.getlist("file")
    taken, refused = [], list(getattr(request, "refused_uploads", []))
    for group in _grouped(files):
        try:
            taken.append(_accept(group, request.user, deck))
        except Refused as refusal:
            refused.append((queue.shown_name(group[0].name), str(refusal)))
    if not taken and not refused:
        refused.append(("", NO_FILE))
    return taken, refused


def _grouped(files):
    """Each file by itself, pictures together in the place of the first."""
    pictures = [file for file in files if kinds.is_picture(Path(file.temporary_file_path()))]
    return [pictures if file in pictures else [file] for file in files if file not in pictures[1:]]


def _accept(group, owner, deck):
    if len(group) > 1:
        return bundles.accept([(Path(file.temporary_file_path()), file.name) for file in group], owner)
    file = group[0]
    return queue.accept(file.temporary_file_path(), file.name, owner, sha256=file.sha256, deck=deck)


def _answer(request, back, taken, refused):
    if wants_json(request):
        answer = {"imports": queue.messages(taken)}
        if refused:
            answer["refused"] = [{"name": name, "error": sentence} for name, sentence in refused]
        if not taken:
            answer["error"] = refused[0][1]
        return private_json(answer, status=200 if taken else refusal_status(refused[0][1]))
    for name, sentence in refused:
        messages.error(request, f"{name}: {sentence}" if name else sentence)
    return redirect(back) if isinstance(back, str) else redirect("deck", back.pk)
