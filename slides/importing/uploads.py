"""Uploaded files on their way in: to disk as they arrive, measured and counted, and no further than the limit."""

import hashlib

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from . import sentences
from .pages import Refused
from .workspace import check_space


class UploadHandler(TemporaryFileUploadHandler):
    """Leaves `sha256` on each file; what is refused on the way is in `request.refused_uploads`: (name, sentence)."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.request.refused_uploads = []

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.digest = hashlib.sha256()
        self.most = settings.MAX_UPLOAD_MB * 1024 * 1024
        self.size = 0

    def receive_data_chunk(self, raw_data, start):
        self.size += len(raw_data)
        if self.size > self.most:
            self._refuse(sentences.TOO_BIG.format(settings.MAX_UPLOAD_MB))
        try:
            check_space()
            super().receive_data_chunk(raw_data, start)
        except Refused as refusal:
            self._refuse(str(refusal))
        except OSError:
            self._refuse(sentences.DISK_FULL)
        self.digest.update(raw_data)

    def file_complete(self, file_size):
        file = super().file_complete(file_size)
        file.sha256 = self.digest.hexdigest()
        return file

    def _refuse(self, sentence):
        self.request.refused_uploads.append((self.file_name, sentence))
        self.file.close()
        raise SkipFile
