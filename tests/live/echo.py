"""An application that gives back what it gets, for tests of what lies below ours.

`python -m tests.live.echo PORT` serves it with our server.
"""

import gc
import os
import socket
import sys

LEFT = "what is left of connections?"
PARTS = {"PresenterWebSocket", "PresenterRequest", "Inbox"}


async def application(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == LEFT:
            message = {
                "text": str([type(thing).__name__ for thing in gc.get_objects() if type(thing).__name__ in PARTS])
            }
        # Daphne sends no empty message, and ours has none to send; that one came is told in a word.
        given = message.get("text") or message.get("bytes") or "nothing"
        await send({"type": "websocket.send", "text" if isinstance(given, str) else "bytes": given})


def main(port):
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    gc.disable()  # what stays is what keeps itself
    from presenter.server import PresenterServer

    PresenterServer(application, socket.create_server(("127.0.0.1", port))).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
