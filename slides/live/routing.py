"""Which consumer answers which WebSocket path."""

from django.urls import path

from .consumers import RemoteConsumer, ViewerConsumer

websocket_urlpatterns = [
    path("ws/talks/<slug:public_id>/view/", ViewerConsumer.as_asgi()),
    path("ws/talks/<slug:public_id>/drive/", RemoteConsumer.as_asgi()),
]
