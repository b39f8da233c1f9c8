"""Static files as `collectstatic` leaves them: under names with a hash, and joined to one style sheet and one script a
page (slides/styles.py, slides/scripts.py).
"""

from pathlib import Path

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

from . import scripts, styles


class CollectedStorage(ManifestStaticFilesStorage):
    def post_process(self, paths, dry_run=False, **options):
        if not dry_run:
            for name, content in self._joined():
                target = Path(self.path(name))
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _joined(self):
        for page in styles.PAGES:
            yield styles.joined(page), b"\n".join(Path(self.path(name)).read_bytes() for name in styles.files(page))
        for entry in scripts.entries():
            yield scripts.joined(entry), scripts.join(entry, self.base_url).encode()
