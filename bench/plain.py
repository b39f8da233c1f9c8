"""The same site served the plain way, to measure against: every file through Django's own `serve` view.

daphne bench.plain:application
"""

import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presenter.settings")

from django.conf import settings
from django.core.asgi import get_asgi_application

settings.ROOT_URLCONF = __name__
application = get_asgi_application()

from django.urls import include, path, re_path
from django.views.static import serve

urlpatterns = [
    re_path(r"^static/(?P<path>.*)$", serve, {"document_root": Path(settings.STATIC_ROOT)}),
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": Path(settings.MEDIA_ROOT)}),
    path("", include("presenter.urls")),
]
