"""The door through which presenters hear about their imports. `presenter.asgi` has seen to origin and login before."""

from channels.generic.websocket import AsyncWebsocketConsumer

from .. import access
from . import watch

SIGN_IN = 4401
NOT_ALLOWED = 4403
SUBPROTOCOL = "presenter.v1"
HERE = '"here"'  # the one message that a client has for us
NO_LAYER = "the watcher feeds this socket"  # names no channel layer


class ImportsConsumer(AsyncWebsocketConsumer):
    """Speaks of imports; all it understands is that a client is there."""

    channel_layer_alias = NO_LAYER
    listener = None

    async def connect(self):
        await self.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in self.scope["subprotocols"] else None)
        login = self.scope["login"]
        if not await watch.ask(access.may_present, login.user):
            await self.close(NOT_ALLOWED)
            return
        self.listener = watch.Listener(login, self.tell, self.sign_out)
        watch.watcher().join(self.listener)

    async def tell(self, text):
        await self.send(text_data=text)

    async def sign_out(self):
        await self.close(SIGN_IN)

    async def receive(self, text_data=None, bytes_data=None):
        if self.listener is not None and text_data and HERE in text_data:
            await self.listener.here()

    async def disconnect(self, code):
        if self.listener is not None:
            watch.watcher().leave(self.listener)
