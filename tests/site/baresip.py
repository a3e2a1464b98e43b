# SPDX-License-Identifier: Apache-2.0
"""baresip as it is packaged, driven over its control socket.

    phone = Baresip("phone", '<sip:1001@10.7.0.10>;outbound="sip:127.0.0.1:5060;lr"')
    phone.start()
    phone.register()
    phone.call("sip:1002@10.7.0.10")
    phone.established()
    phone.hears("far")

It speaks its name's melody (voice.py) and records what it hears, or with `echo` says what
it hears: since it records nothing more once its media was on hold, the other end has to
listen then, after echo_again(). Events are kept in their order; each wait goes on behind
what the last one found.
"""

import glob
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import voice
from hosts import inside

# Seconds; a slow machine needs more.
PATIENCE = int(os.environ.get("PATIENCE", "20"))
GOODBYE = 5
CONTROL_PORT = 4444
LOGS = os.environ["SITE_LOGS"]
# Found once: where the package keeps them differs between architectures.
MODULES = next(path for path in ("/usr/lib/baresip/modules",
                                 *glob.glob("/usr/lib/*/baresip/modules"))
               if os.path.isdir(path))

CONFIG = """\
poll_method             epoll
call_local_timeout      120
call_max_calls          4
audio_source            {source}
audio_player            {player}
rtp_ports               {first_port}-{last_port}
jitter_buffer_delay     2-5
ctrl_tcp_listen         127.0.0.1:{control_port}
snd_path                {heard}
ringback_disabled       yes
redial_attempts         0
module_path             {modules}
{lines}
"""


class Baresip:
    """One user agent in a namespace.

    @account: as in baresip's file of accounts
    @modules: beside the ones that every program has ("srtp.so")
    @ports: range of its media
    @speech: a WAV file that it says instead of its melody
    """

    def __init__(self, namespace, account, name=None, modules=(), ports=(16384, 16483),
                 control_port=CONTROL_PORT, lines="", echo=False, speech=None):
        self.namespace, self.account = namespace, account
        self.name = name or namespace
        self.folder = pathlib.Path(os.environ["SITE"], f"baresip-{self.name}")
        self.heard_folder = pathlib.Path(LOGS, f"heard-{self.name}")
        self.control_port, self.ports = control_port, ports
        self.modules = ("account.so", "menu.so", "ctrl_tcp.so", "g711.so", "aufile.so",
                        "sndfile.so", *modules)
        self.lines, self.echo = lines, echo
        self.speech = speech or self.folder / "says.wav"
        if echo:
            self.modules += ("aubridge.so",)
        self.echoes = 0
        self.events, self.position = [], 0
        self.answers = {}
        self.news = threading.Condition()
        self.process = self.control = None
        self.token = 0

    def start(self):
        for folder in (self.folder, self.heard_folder):
            folder.mkdir(parents=True, exist_ok=True)
        if not os.path.exists(self.speech):
            voice.wav_write(self.speech, self.name)
        lines = [f"module {name}" for name in self.modules
                 if name not in ("account.so", "menu.so", "ctrl_tcp.so")]
        lines += [f"module_app {name}" for name in ("account.so", "menu.so", "ctrl_tcp.so")]
        (self.folder / "config").write_text(CONFIG.format(
            source="aubridge,echo" if self.echo else f"aufile,{self.speech}",
            player="aubridge,echo" if self.echo else "none,none",
            heard=self.heard_folder, modules=MODULES, control_port=self.control_port,
            first_port=self.ports[0], last_port=self.ports[1],
            lines="\n".join(lines) + "\n" + self.lines))
        # An empty file would be filled with an account of whoever runs this.
        (self.folder / "accounts").write_text("# none at first\n")
        (self.folder / "contacts").write_text("# none\n")
        log = open(f"{LOGS}/baresip-{self.name}.log", "ab")
        with inside(self.namespace):
            self.process = subprocess.Popen(
                ["baresip", "-4", "-v", "-s", "-f", str(self.folder)], stdout=log,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            self.control = self.connect()
        threading.Thread(target=self.listen, daemon=True).start()
        return self

    def connect(self):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.control_port))
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def listen(self):
        """Netstrings of JSON: answers to commands, and events."""
        octets = b""
        while True:
            try:
                more = self.control.recv(65536)
            except OSError:
                return
            if not more:
                return
            octets += more
            while b":" in octets:
                length, _, rest = octets.partition(b":")
                if len(rest) < int(length) + 1:
                    break
                message = json.loads(rest[:int(length)])
                octets = rest[int(length) + 1:]
                with self.news:
                    if message.get("response"):
                        self.answers[message["token"]] = message
                    else:
                        self.events.append(message)
                    self.news.notify_all()

    def command(self, name, parameters=""):
        """Gives a command; what it said comes back."""
        with self.news:
            self.token += 1
            token = str(self.token)
        text = json.dumps({"command": name, "params": parameters, "token": token}).encode()
        self.control.sendall(b"%d:%s," % (len(text), text))
        with self.news:
            assert self.news.wait_for(lambda: token in self.answers, PATIENCE), \
                f"{self.name}: no answer to {name}"
            answer = self.answers.pop(token)
        assert answer["ok"], f"{self.name}: {name} {parameters}: {answer}"
        return answer["data"]

    def wait(self, *kinds, seconds=PATIENCE, **values):
        """The next event of one of these kinds; none later is passed over."""
        def find():
            for index in range(self.position, len(self.events)):
                event = self.events[index]
                if event.get("type") in kinds and all(
                        value in str(event.get(key)) for key, value in values.items()):
                    self.position = index + 1
                    return event
            return None

        with self.news:
            event = self.news.wait_for(find, seconds)
            seen = [one.get("type") for one in self.events[self.position:]]
        assert event, f"{self.name}: no {' or '.join(kinds)} but {seen}"
        return event

    def seen(self, kind):
        """All events of a kind so far."""
        with self.news:
            return [event for event in self.events if event.get("type") == kind]

    def register(self, wanted="REGISTER_OK"):
        self.command("uanew", self.account)
        event = self.wait("REGISTER_OK", "REGISTER_FAIL")
        assert event["type"] == wanted, f"{self.name}: {event}"
        return event

    def call(self, uri):
        self.command("dial", uri)

    def incoming(self):
        return self.wait("CALL_INCOMING")

    def answer(self):
        self.command("accept")

    def established(self):
        return self.wait("CALL_ESTABLISHED")

    def closed(self):
        return self.wait("CALL_CLOSED")

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")

    def echo_again(self):
        """After media on hold player and source have lost each other: a new pair of them."""
        self.echoes += 1
        self.command("ausrc", f"aubridge,echo{self.echoes}")
        self.command("auplay", f"aubridge,echo{self.echoes}")

    def hang_up(self):
        self.command("hangup")

    def heard(self):
        """The newest recording of what came in."""
        recordings = sorted(self.heard_folder.glob("*-dec.wav"), key=os.path.getmtime)
        return voice.wav_read(recordings[-1]) if recordings else []

    def hears(self, speaker, seconds=1.5, patience=PATIENCE):
        """From now on the speaker is heard, for so many seconds."""
        begin, end = len(self.heard()), time.monotonic() + patience
        while True:
            found = voice.seconds_of(self.heard()[begin:], speaker)
            if found >= seconds:
                return found
            assert time.monotonic() < end, \
                f"{self.name} hears {speaker} for {found} s, wanted {seconds}"
            time.sleep(0.3)

    def hears_nobody(self, seconds=1.5):
        """From now on nothing is heard that has a tone in it."""
        begin = len(self.heard())
        time.sleep(seconds)
        notes = [note for note in voice.notes_of(self.heard()[begin:]) if note is not None]
        # What was on its way still comes.
        assert len(notes) <= 5, f"{self.name} hears {notes}"

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(GOODBYE)
            except subprocess.TimeoutExpired:
                # It waits for the answer to a BYE that no script gives.
                self.process.kill()
                self.process.wait()
        if self.control:
            self.control.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
