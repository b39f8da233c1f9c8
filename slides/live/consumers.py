"""The doors: each checks who is there, turns frames into calls and hands the socket to the hub."""

import logging
import secrets
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from . import auth, commands, drawing, gauges, lanes, limits, protocol, store, wal, watch  # noqa: F401  wal keeps itself busy
from .hub import hub
from .presence import presence
from .sockets import REMOTE, SCREEN, VIEWER, Socket
from .wires import Frame, wire_for

logger = logging.getLogger(__name__)

NO_LAYER = "the hub feeds this socket"  # names no channel layer: a channel per viewer costs 15 times as much


class ViewerConsumer(AsyncWebsocketConsumer):
    """Follows a talk. There is no command here that changes one, so a viewer cannot move it even by mistake."""

    channel_layer_alias = NO_LAYER
    limit = protocol.MAX_VIEWER_MESSAGE
    socket = None

    async def __call__(self, scope, receive, send):
        # Channels' own loop keeps a second task per connection and sends each message past the one database thread.
        self.scope = scope
        self.base_send = send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            if self.socket is not None:
                hub.leave(self.socket)
                self.socket.released()

    async def dispatch(self, message):
        if message["type"] == "websocket.receive":
            await self.receive(message.get("text"))
        elif message["type"] == "websocket.connect":
            await self.connect()
        else:
            raise StopConsumer

    # Coming in: accepted first, because a browser gets to see a close code but not why a handshake failed

    async def connect(self):
        await self.accept(subprotocol=protocol.chosen(self.scope))
        try:
            if not auth.origin_allowed(self.scope):
                raise auth.Refused(protocol.CLOSE_NOT_ALLOWED)
            hub.wake()
            if hub.draining:
                raise auth.Refused(protocol.CLOSE_RESTARTING)
            changes = watch.changes
            self.socket = await self.enter(await self.room())
            hub.join(self.socket)
            if watch.changes != changes:
                watch.look_soon()  # a right may have ended while it was looked up
        except auth.Refused as refused:
            await self.refuse(refused.code)
        except DatabaseError:
            logger.exception("The database did not answer at the door.")
            await self.refuse(protocol.CLOSE_TOO_MANY)

    async def refuse(self, code):
        gauges.refused[code] += 1
        await self.close(code)

    async def room(self):
        """The talk's room. Only the first who comes makes it; to the others an open talk costs no query."""
        public_id = self.scope["url_route"]["kwargs"]["public_id"]
        room = hub.public.get(public_id)
        if room is None:
            found = await lanes.reads.run(store.find, public_id)
            if found is None:
                raise auth.Refused(protocol.CLOSE_NO_SUCH_TALK)
            room = hub.open_room(*found)
        return room

    async def enter(self, room):
        """The socket of somebody who may come in."""
        screen = parse_qs(self.scope["query_string"].decode("latin-1")).get("role") == ["screen"]
        who, key = None, auth.session_key(self.scope)
        if not room.entry.open:
            who = await lanes.reads.run(auth.may_follow, room.entry.id, key)
        elif screen and key:
            who = await lanes.reads.run(auth.paired_screen, room.entry.id, key)
        return self.made(room, SCREEN if screen else VIEWER, who, device_key=auth.device_key(self.scope))

    def made(self, room, role, who, **device):
        self.messages = limits.messages(role)
        login = who.of_socket if who else {}
        return Socket(wire_for(self.scope, self.base_send), room, role, **login, **device)

    # Being in

    async def receive(self, text_data=None, bytes_data=None):
        if self.socket is None or self.socket.closed:
            return
        if not self.messages.take():
            self.socket.close(protocol.CLOSE_TOO_MANY)
            return
        try:
            message = protocol.parse(text_data, self.limit)
            if isinstance(message, protocol.Here):
                presence.here(self.socket, message)
            else:
                await self.obey(message)
        except protocol.BadMessage as bad:
            if bad.fatal:
                self.socket.close(protocol.CLOSE_BAD_MESSAGE)
            else:
                self.reply({"type": protocol.REPLY, "ref": bad.ref, "ok": False, "error": bad.code})

    async def obey(self, command):
        raise protocol.BadMessage(protocol.UNKNOWN_TYPE, ref=command.ref)

    def reply(self, message):
        if message["ref"] is not None:
            self.socket.say(Frame.of(message))


class RemoteConsumer(ViewerConsumer):
    """Follows a talk and drives it."""

    limit = protocol.MAX_REMOTE_MESSAGE

    async def enter(self, room):
        # A client that names no device is a new one each time.
        key = auth.device_key(self.scope) or secrets.token_urlsafe(16)
        session_key, user_agent = auth.session_key(self.scope), auth.user_agent(self.scope)
        who, device = await lanes.reads.run(auth.may_drive, room.entry.id, session_key, key, user_agent)
        return self.made(room, REMOTE, who, device_key=key, device=device)

    async def obey(self, command):
        if not isinstance(command, protocol.Command):
            reply = await drawing.obey(self.socket, command)
            if reply:
                self.reply(reply)
            return
        outcome = await commands.run(self.socket.room.entry.id, command, device=self.socket.device)
        self.reply(outcome.reply(command.ref))
