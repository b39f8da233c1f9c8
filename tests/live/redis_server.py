"""A Redis server of the tests' own."""

import json
import os
import signal
import subprocess
import sys

from tests.site import free_port, until
from tests.variables import ROOT


class Redis:
    def __init__(self, folder):
        self.port = free_port()
        self.folder = folder
        self.url = f"redis://127.0.0.1:{self.port}"
        self.shipped = shipped_layer(self.url, folder)
        self.start()

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ping = ["redis-cli", "-p", str(self.port), "ping"]
        until(lambda: subprocess.run(ping, capture_output=True, text=True).stdout == "PONG\n")

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        self.process.send_signal(number)

    def ask(self, *words):
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def mend(self):
        """Running again, whatever was done to it."""
        if self.process.poll() is not None:
            self.start()
        self.process.send_signal(signal.SIGCONT)


def shipped_layer(url, folder):
    """How the settings that are shipped speak to this Redis."""
    ask = "import json; from presenter import settings; print(json.dumps(settings.CHANNEL_LAYERS))"
    environment = {**os.environ, "REDIS_URL": url, "DATA_DIR": str(folder)}
    answer = subprocess.run([sys.executable, "-c", ask], env=environment, cwd=ROOT, capture_output=True, check=True)
    return json.loads(answer.stdout)["default"]
