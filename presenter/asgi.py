"""HTTP and WebSocket, one Django session: the application that Daphne, uvicorn or any ASGI server runs."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presenter.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()  # loads the apps, so it comes before anything that needs them

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from slides.importing.consumers import ImportsConsumer
from slides.live.hub import hub
from slides.live.limits import Doorkeeper, crowd
from slides.live.routing import websocket_urlpatterns

from .doors import SignedIn, nowhere
from .gate import Gate
from .immutable import Immutable

pages = Gate(pages)


async def http(scope, receive, send):
    hub.wake()  # what happens here has to reach the sockets of other processes, also when this one has none
    await pages(scope, receive, send)


sockets = URLRouter(
    [*websocket_urlpatterns, path("ws/imports/", SignedIn(ImportsConsumer.as_asgi())), re_path("", nowhere)]
)
application = ProtocolTypeRouter({"http": Immutable(http), "websocket": Doorkeeper(sockets, crowd)})
