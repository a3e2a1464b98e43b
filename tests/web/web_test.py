#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of the phone, over a bus of their own and a stand-in of the daemon.

web_test.py PHONESEC_WEB [TEST...]
"""
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
WEB = ""
sys.path.insert(0, os.path.join(HERE, "..", "unit-daemon"))
# pylint: disable=wrong-import-position
from bus_test import BUS
SCRIPT = "<script>alert('x')</script>\"&"

PHONE = {
	"Phone1": {"Version": "1.2.3", "SecurityMode": "Encrypted", "MediaPolicy": "required",
		"Registered": True, "ModuleState": "ready", "TokenState": "off",
		"Registrations": [("sip:1001@cucm", "active", "primary", 60, 200, "OK")]},
	"Identity": {"LscStatus": "Installed", "Certificates": [("lsc", "valid", "CN=SEP00112233",
		"CN=CAPF", "1f", "aa" * 32, "RSA 2048", 1700000000, 1900000000, True, False)]},
	"Configuration": {"State": "current", "File": "SEP001122334455.cnf.xml.sgn",
		"Loaded": 1700000000, "Signed": True, "RestartNeeded": False, "LastText": "",
		"Settings": [("phone.name", "SEP001122334455", "file", False),
			("capf.server", SCRIPT, "device", True),
			("oauth.token-endpoint", "https://hidden.example", "file", False),
			("identity.lsc-key", "pkcs11:pin-value=hidden", "file", False)]},
	"Network": {"DeviceAuthentication": "Enabled", "TransactionStatus": "Connected",
		"Protocols": "EAP-TLS", "VoiceVlanId": 110, "SwitchName": SCRIPT,
		"Ports": [("lan", "eth0", "00:11:22:33:44:55", True, True)]},
	"Server/primary": {"Role": "primary", "State": "active", "Host": "cucm.example",
		"Port": 5061, "TlsVersion": "TLSv1.3", "TlsSuite": "TLS_AES_256_GCM_SHA384",
		"LastText": ""},
}


def until(what, seconds=5):
	end = time.monotonic() + seconds
	while True:
		result = what()
		if result or time.monotonic() > end:
			return result
		time.sleep(0.02)


def stop(process, by=signal.SIGTERM):
	process.send_signal(by)
	return process.wait(timeout=10)


def port_find():
	with socket.socket() as one:
		one.bind(("127.0.0.1", 0))
		return one.getsockname()[1]


def listening(pid):
	"""TCP ports that a process listens on."""
	inodes = set()
	for fd in os.listdir(f"/proc/{pid}/fd"):
		try:
			target = os.readlink(f"/proc/{pid}/fd/{fd}")
		except FileNotFoundError:
			continue
		if target.startswith("socket:["):
			inodes.add(target[8:-1])
	ports = set()
	for table in ("tcp", "tcp6"):
		with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
			for line in list(file)[1:]:
				words = line.split()
				if words[3] == "0A" and words[9] in inodes:
					ports.add(int(words[1].rsplit(":", 1)[1], 16))
	return ports


class WebCase(unittest.TestCase):
	def setUp(self):
		self.folder = tempfile.mkdtemp()
		self.addCleanup(shutil.rmtree, self.folder)
		self.environment = dict(os.environ, STATE_DIRECTORY=self.folder,
			LOCALDOMAIN="site.example",
			DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={self.folder}/bus")
		self.http, self.https = port_find(), port_find()
		self.bus = self.phone = self.web = None
		self.bus_start()
		self.phone_start()
		self.web_start()

	def end(self, name):
		process = getattr(self, name)
		if process and process.poll() is None:
			stop(process)
		for stream in (process.stdin, process.stdout):
			if stream:
				stream.close()

	def bus_start(self):
		with open(f"{self.folder}/bus.conf", "w", encoding="ascii") as file:
			file.write(BUS % self.folder)
		if os.path.exists(f"{self.folder}/bus"):
			os.unlink(f"{self.folder}/bus")
		self.bus = subprocess.Popen(["dbus-daemon", "--nofork",
			f"--config-file={self.folder}/bus.conf"], stderr=subprocess.DEVNULL)
		self.addCleanup(self.end, "bus")
		self.assertTrue(until(lambda: os.path.exists(f"{self.folder}/bus")))

	def phone_start(self):
		self.phone = subprocess.Popen([sys.executable, f"{HERE}/phone_stand_in.py",
			self.environment["DBUS_SYSTEM_BUS_ADDRESS"]], stdin=subprocess.PIPE,
			stdout=subprocess.PIPE, text=True)
		self.addCleanup(self.end, "phone")
		self.assertEqual(self.phone.stdout.readline(), "ready\n")
		self.tell(PHONE)

	def web_start(self):
		self.web = subprocess.Popen([WEB], env=self.environment)
		self.addCleanup(self.web_end)

	def web_end(self):
		"""It is still there, and ends well, which sanitizers have a say in."""
		if self.web:
			self.assertIsNone(self.web.poll(), "it has ended by itself")
			self.assertEqual(stop(self.web), 0)
		self.web = None

	def tell(self, order):
		self.phone.stdin.write((order if isinstance(order, str) else json.dumps(order)) + "\n")
		self.phone.stdin.flush()
		return self.phone.stdout.readline().strip()

	def policy(self, **changes):
		self.tell({"Policy": dict({"WebAccess": True, "WebHttpsOnly": False,
			"WebHttpPort": self.http, "WebHttpsPort": self.https, "FipsMode": False,
			"FipsProvider": "", "SettingsAccess": "full", "AuditMode": "off",
			"Options": [("hardening.web-access", "Web access", "webAccess", "yes", "no",
				"file", "pages", ""), ("credentials.length", "", "", "8", "8",
				"default", "hidden", "")]}, **changes)})

	def listens(self, *ports, seconds=5):
		ok = until(lambda: listening(self.web.pid) == set(ports), seconds)
		self.assertTrue(ok, f"listens on {listening(self.web.pid)}, not on {ports}")

	def open(self, **changes):
		self.policy(WebHttpsPort=0, **changes)
		self.listens(self.http)

	def ask(self, path, method="GET", headers=None, address="127.0.0.1", secure=False):
		connection = http.client.HTTPConnection(address, self.http, timeout=10)
		if secure:
			connection = http.client.HTTPSConnection(address, self.https, timeout=10,
				context=ssl._create_unverified_context())
		connection.request(method, path, headers=headers or {})
		answer = connection.getresponse()
		body = answer.read().decode()
		connection.close()
		return answer, body


class Pages(WebCase):
	"""What is shown."""

	def test_status(self):
		self.open()
		answer, body = self.ask("/status.json")
		self.assertEqual(answer.status, 200)
		told = json.loads(body)
		self.assertEqual(told["phone"]["security_mode"], "Encrypted")
		self.assertEqual(told["phone"]["registered"], True)
		self.assertEqual(told["network"]["voice_vlan_id"], 110)
		self.assertEqual(told["servers"][0]["tls_version"], "TLSv1.3")
		self.assertEqual(told["lines"], [{"aor": "sip:1001@cucm", "state": "active",
			"server": "primary"}])
		answer, body = self.ask("/", address="::1")
		self.assertEqual(answer.status, 200)
		self.assertIn("TLS_AES_256_GCM_SHA384", body)

	def test_configuration_shows_what_it_may_alone(self):
		self.open()
		for path in ("/configuration", "/configuration.json"):
			answer, body = self.ask(path)
			self.assertEqual(answer.status, 200)
			for word in ("SEP001122334455", "hardening.web-access", "CN=CAPF"):
				self.assertIn(word, body)
			for word in ("hidden", "pin-value", "credentials", "identity.lsc-key"):
				self.assertNotIn(word, body)
		told = json.loads(body)
		self.assertEqual(told["source"]["loaded"], "2023-11-14T22:13:20Z")
		self.assertEqual(told["hardening"], [{"name": "hardening.web-access",
			"value": "yes", "default": "no", "source": "file", "problem": ""}])

	def test_texts_are_no_markup(self):
		self.open()
		for path in ("/", "/configuration"):
			body = self.ask(path)[1]
			self.assertNotIn("<script", body)
			self.assertIn("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;",
				body)

	def test_no_script_and_nothing_of_others(self):
		self.open()
		for path in ("/", "/configuration", "/status.json", "/style.css", "/nothing"):
			answer, body = self.ask(path)
			self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
			self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
			self.assertEqual(answer.headers["X-Frame-Options"], "DENY")
			self.assertEqual(answer.headers["Cache-Control"], "no-store")
			self.assertIsNone(answer.headers["Server"])

	def test_other_requests_are_refused(self):
		self.open()
		for method in ("POST", "PUT", "DELETE", "OPTIONS"):
			answer, _ = self.ask("/", method)
			self.assertEqual(answer.status, 405, method)
			self.assertEqual(answer.headers["Allow"], "GET, HEAD")
		self.assertEqual(self.ask("/", "HEAD")[1], "")
		for path in ("/nothing", "/../etc/passwd", "//", "/status.json/"):
			self.assertEqual(self.ask(path)[0].status, 404, path)

	def test_another_name_is_refused(self):
		self.open()
		own = socket.gethostname().split(".")[0]
		for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "",
			f"{own}.evil.example", f"evil.{own}.site.example", "site.example"):
			self.assertEqual(self.ask("/", headers={"Host": host})[0].status, 421, host)
		for host in ("192.0.2.1", "192.0.2.1:8080", "[2001:db8::1]:80", "[::1]", own,
			own.upper(), f"{own}.site.example", f"{own}.site.example:443",
			"localhost"):
			self.assertEqual(self.ask("/", headers={"Host": host})[0].status, 200, host)

	def test_what_is_no_host_is_refused(self):
		self.open()
		for host in ("[::1", "[::1]x", "[::1]:", "[::1]:x", "[::1]:123456", "[]", "[", "]",
			"::1", "[127.0.0.1]", "127.0.0.1:", "127.0.0.1:80x", "127.0.0.1:80:80",
			":80", "127.0.0.1]", "[[::1]]", "a" * 300, "127.0.0.1 evil.example"):
			self.assertEqual(self.ask("/", headers={"Host": host})[0].status, 421, host)

	def browse(self, url, *more):
		"""Chromium shows a page, and finds nothing that it must not load."""
		common = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
			f"--user-data-dir={self.folder}/chromium", "--no-first-run",
			"--disable-background-networking", "--virtual-time-budget=3000", *more]
		dom = subprocess.run([*common, "--enable-logging=stderr", "--dump-dom", url],
			timeout=120, capture_output=True, text=True, check=True)
		self.assertIn("<td>Encrypted</td>", dom.stdout)
		self.assertIn("<td>00:11:22:33:44:55</td>", dom.stdout)
		self.assertNotIn("<script", dom.stdout)
		self.assertNotIn("Content Security Policy", dom.stderr)
		picture = f"{self.folder}/page.png"
		subprocess.run([*common, f"--screenshot={picture}", "--window-size=800,1200", url],
			timeout=120, capture_output=True, check=True)
		with open(picture, "rb") as file:
			self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
		self.assertGreater(os.path.getsize(picture), 5000)
		if os.environ.get("WEB_TEST_PICTURE"):
			shutil.copy(picture, os.environ["WEB_TEST_PICTURE"])

	def test_in_a_browser(self):
		self.open()
		self.browse(f"http://127.0.0.1:{self.http}/")

	def test_in_a_browser_over_https(self):
		self.policy(WebHttpsOnly=True)
		self.listens(self.https)
		self.browse(f"https://127.0.0.1:{self.https}/", "--ignore-certificate-errors")


class Access(WebCase):
	"""Whether anything listens."""

	def closed(self):
		self.listens(seconds=5)
		with self.assertRaises(ConnectionRefusedError):
			socket.create_connection(("127.0.0.1", self.http), timeout=5)

	def test_nothing_listens_before_the_daemon_says_so(self):
		time.sleep(0.5)
		self.closed()

	def test_disabled(self):
		self.policy(WebAccess=False)
		time.sleep(0.5)
		self.closed()
		self.open()
		kept = socket.create_connection(("127.0.0.1", self.http), timeout=5)
		self.policy(WebAccess=False)
		self.closed()
		self.assertEqual(kept.recv(1), b"", "an open connection outlives the page")
		kept.close()
		self.open()

	def test_another_port(self):
		self.open()
		before, self.http = self.http, port_find()
		self.policy(WebHttpsPort=0)
		self.listens(self.http)
		self.assertNotEqual(before, self.http)

	def test_what_is_no_word_opens_nothing(self):
		for changes in ({"WebAccess": "yes"}, {"WebHttpsOnly": "no"}, {"WebHttpPort": 0},
			{"WebHttpsOnly": True}):
			self.policy(**dict({"WebHttpsPort": 0}, **changes))
			time.sleep(0.3)
			self.assertEqual(listening(self.web.pid), set(), changes)

	def test_without_the_daemon(self):
		self.open()
		self.tell("drop")
		self.closed()
		self.tell("take")
		self.listens(self.http)
		stop(self.phone, signal.SIGKILL)
		self.closed()
		self.phone.stdin.close()
		self.phone.stdout.close()
		self.phone_start()
		self.open()

	def test_without_the_bus(self):
		self.open()
		stop(self.bus, signal.SIGKILL)
		self.closed()
		stop(self.phone)
		self.phone.stdin.close()
		self.phone.stdout.close()
		self.bus_start()
		self.phone_start()
		self.policy(WebHttpsPort=0)
		self.listens(self.http, seconds=10)
		self.assertEqual(self.ask("/")[0].status, 200)

	def test_a_port_that_is_taken(self):
		with socket.socket() as other:
			other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
			other.bind(("0.0.0.0", self.http))
			other.listen()
			self.policy(WebHttpsPort=0)
			time.sleep(0.5)
			self.assertEqual(listening(self.web.pid), set())
		self.listens(self.http, seconds=10)


class Https(WebCase):
	"""HTTPS, and when there is none."""

	def certificate(self):
		text = ssl.get_server_certificate(("127.0.0.1", self.https), timeout=10)
		return subprocess.run(["openssl", "x509", "-noout", "-text"], input=text,
			capture_output=True, text=True, check=True).stdout

	def connects(self, *options):
		"""What openssl agrees on with it, or nothing."""
		done = subprocess.run(["openssl", "s_client", "-brief", "-connect",
			f"127.0.0.1:{self.https}", *options], stdin=subprocess.DEVNULL,
			capture_output=True, text=True, timeout=20, check=False)
		words = dict(line.split(": ", 1) for line in done.stderr.splitlines()
			if ": " in line)
		return (words.get("Protocol version"), words.get("Ciphersuite"))

	def test_both(self):
		self.policy()
		self.listens(self.http, self.https)
		self.assertEqual(self.ask("/")[0].status, 200)
		answer, body = self.ask("/status.json", secure=True)
		self.assertEqual(answer.status, 200)
		self.assertEqual(json.loads(body)["phone"]["security_mode"], "Encrypted")
		self.assertEqual(self.ask("/", address="::1", secure=True)[0].status, 200)

	def test_https_only(self):
		self.policy(WebHttpsOnly=True)
		self.listens(self.https)
		self.assertEqual(self.ask("/", secure=True)[0].status, 200)
		kept = socket.create_connection(("127.0.0.1", self.https), timeout=5)
		self.policy(WebHttpsOnly=True, WebAccess=False)
		self.listens()
		self.assertEqual(kept.recv(1), b"", "an open connection outlives the page")
		kept.close()

	def test_not_in_fips_mode(self):
		self.policy(WebHttpsOnly=True)
		self.listens(self.https)
		self.policy(WebHttpsOnly=True, FipsMode=True)
		self.listens()
		time.sleep(0.5)
		self.listens()
		self.policy(FipsMode=True)
		self.listens(self.http)
		self.policy(FipsMode="no")
		time.sleep(0.5)
		self.listens(self.http)

	def test_certificate(self):
		self.policy(WebHttpsOnly=True)
		self.listens(self.https)
		text = self.certificate()
		own = socket.gethostname().split(".")[0]
		for words in ("ASN1 OID: prime256v1", "Signature Algorithm: ecdsa-with-SHA256",
			f"DNS:{own}", f"DNS:{own}.site.example", "DNS:localhost",
			"IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1", "CA:FALSE",
			"TLS Web Server Authentication"):
			self.assertIn(words, text)
		self.policy(WebAccess=False)
		self.listens()
		self.policy()
		self.listens(self.http, self.https)
		self.assertEqual(self.certificate(), text, "it has another certificate")
		self.web_end()
		self.web_start()
		self.listens(self.http, self.https)
		self.assertNotEqual(self.certificate(), text, "it is kept anywhere")

	def test_protocols_and_ciphers(self):
		self.policy(WebHttpsOnly=True)
		self.listens(self.https)
		for options, agreed in (
			((), ("TLSv1.3", "TLS_AES_256_GCM_SHA384")),
			(("-ciphersuites", "TLS_AES_128_GCM_SHA256"),
				("TLSv1.3", "TLS_AES_128_GCM_SHA256")),
			(("-tls1_2",), ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")),
			(("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"),
				("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")),
			(("-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", "-tls1_3"),
				(None, None)),
			(("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"), (None, None)),
			(("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"), (None, None)),
			(("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), (None, None)),
			(("-tls1", "-cipher", "ALL:@SECLEVEL=0"), (None, None))):
			self.assertEqual(self.connects(*options), agreed, options)


class Limits(WebCase):
	"""What others can do to it."""

	def test_connections(self):
		self.open()
		kept = [socket.create_connection(("127.0.0.1", self.http), timeout=10)
			for _ in range(20)]
		# All stay open until they are counted: the place of one is taken by another.
		answered = 0
		for one in kept:
			try:
				one.sendall(b"GET /style.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
				answered += one.recv(12) == b"HTTP/1.1 200"
			except OSError:
				pass
		for one in kept:
			one.close()
		self.assertGreater(answered, 0)
		self.assertLessEqual(answered, 6)
		self.assertTrue(until(lambda: self.ask("/")[0].status == 200))

	def test_a_request_that_is_too_long(self):
		self.open()
		answer, _ = self.ask("/", headers={"X-Long": "x" * 20000})
		self.assertEqual(answer.status, 431)
		self.assertEqual(self.ask("/" + "x" * 20000)[0].status, 414)
		self.assertEqual(self.ask("/")[0].status, 200)

	def test_who_says_nothing_is_cut_off(self):
		self.open()
		with socket.create_connection(("127.0.0.1", self.http), timeout=15) as quiet:
			begin = time.monotonic()
			quiet.sendall(b"GET / HTTP/1.1\r\n")
			while quiet.recv(1000):
				pass
			self.assertLess(time.monotonic() - begin, 10)

	def test_who_trickles_is_cut_off(self):
		self.open()
		with socket.create_connection(("127.0.0.1", self.http), timeout=0.5) as slow:
			begin = time.monotonic()
			slow.sendall(b"GET / HTTP/1.1\r\nX: ")
			with self.assertRaises((BrokenPipeError, ConnectionResetError, EOFError)):
				while time.monotonic() - begin < 30:
					slow.sendall(b"x")
					try:
						if not slow.recv(1000):
							raise EOFError
					except socket.timeout:
						pass
			self.assertLess(time.monotonic() - begin, 24)
		self.assertEqual(self.ask("/")[0].status, 200)

	def test_the_daemon_is_not_asked_for_every_request(self):
		self.open()
		before, begin = int(self.tell("count")), time.monotonic()
		for _ in range(50):
			self.assertEqual(self.ask("/")[0].status, 200)
		seconds = time.monotonic() - begin
		asked = int(self.tell("count")) - before
		self.assertLessEqual(asked, 7 * (int(seconds) + 2))

	def test_a_daemon_that_hangs(self):
		self.open()
		self.tell("hang 6")
		answer, body = self.ask("/status.json")
		self.assertEqual(answer.status, 503)
		self.assertEqual(json.loads(body)["error"]["code"], "daemon-missing")
		self.assertTrue(until(lambda: self.ask("/")[0].status == 200, 15))


if __name__ == "__main__":
	WEB = os.path.abspath(sys.argv.pop(1))
	unittest.main()
