from django.contrib import messages

from ..importing import queue
from ..importing.pages import Refused


def queue_again(model_admin, request, revisions):
    queued = 0
    for revision in revisions:
        try:
            queue.reimport(revision, by=revision.deck.owner)
            queued += 1
        except Refused as refusal:
            model_admin.message_user(request, f"{revision.deck}: {refusal}", messages.ERROR)
    if queued:
        files = "1 file is" if queued == 1 else f"{queued} files are"
        model_admin.message_user(request, f"{files} in line. What is shown changes when all pages are ready.")
