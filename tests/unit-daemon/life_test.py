#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon as it is built, on an empty phone: from the first trust list to a registration with
its own certificate, and what it refuses on the way. Everything is on loopback.

life_test.py PHONESEC PHONESECD
"""
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest

import bus_test
from bus_test import until

NAME = "SEP001122334455"
PHONESECD = ""
CONFIG = """<device><fullConfig>{full}</fullConfig><deviceProtocol>SIP</deviceProtocol>
<deviceSecurityMode>3</deviceSecurityMode><transportLayerProtocol>3</transportLayerProtocol>
<devicePool><callManagerGroup><members><member priority="0"><callManager>
<ports><securedSipPort>{sip}</securedSipPort></ports><processNodeName>127.0.0.1</processNodeName>
</callManager></member></members></callManagerGroup></devicePool>
<capfAuthMode>{mode}</capfAuthMode><capfList><capf><phonePort>{capf}</phonePort>
<processNodeName>127.0.0.1</processNodeName></capf></capfList>
<TVS><members><member priority="0"><port>{tvs}</port><address>127.0.0.1</address></member>
</members></TVS><certHash>{hash}</certHash><encrConfig>{encrypted}</encrConfig>
<loadInformation>{load}</loadInformation>{more}</device>"""


class StandIn:
	"""A server of tests/site, which takes orders as lines of JSON."""

	def __init__(self, case, program, *words):
		self.process = subprocess.Popen([sys.executable, f"{bus_test.TOP}/tests/site/{program}",
			*words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
			bufsize=1)
		case.addCleanup(self.stop)
		self.ports = [int(word) for word in self.process.stdout.readline().split()[1:]]

	def order(self, **orders):
		self.process.stdin.write(json.dumps(orders) + "\n")
		return json.loads(self.process.stdout.readline())

	def stop(self):
		self.process.stdin.close()
		self.process.wait(timeout=10)
		self.process.stdout.close()


class CallManager:
	"""Accepts certificates of one authority, or one certificate, and every registration."""

	def __init__(self, identity, trusted):
		self.identity = identity
		self.trust(trusted)
		self.registered, self.refused, self.shown = 0, 0, ""
		self.listener = socket.create_server(("127.0.0.1", 0))
		self.port = self.listener.getsockname()[1]
		self.links = []
		threading.Thread(target=self.accept, daemon=True).start()

	def trust(self, trusted):
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.maximum_version = ssl.TLSVersion.TLSv1_2
		context.load_cert_chain(self.identity)
		context.load_verify_locations(trusted)
		context.verify_mode = ssl.CERT_REQUIRED
		context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
		self.context = context

	def cut(self):
		for link in self.links:
			link.close()
		self.links = []

	def accept(self):
		while True:
			try:
				plain, _ = self.listener.accept()
			except OSError:
				return
			threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

	def serve(self, plain):
		try:
			link = self.context.wrap_socket(plain, server_side=True)
		except (ssl.SSLError, OSError):
			self.refused += 1
			return
		self.links.append(link)
		self.shown = ssl.DER_cert_to_PEM_cert(link.getpeercert(True))
		data = b""
		try:
			while True:
				piece = link.recv(4096)
				if not piece:
					return
				data += piece
				data = self.answer(link, data)
		except OSError:
			return

	def answer(self, link, data):
		while data.startswith(b"\r\n\r\n"):
			link.sendall(b"\r\n")
			data = data[4:]
		head, end, rest = data.partition(b"\r\n\r\n")
		if not end or not head.startswith(b"REGISTER"):
			return data
		lines = head.decode().split("\r\n")
		kept = [line for line in lines[1:] if line.split(":")[0].lower() in
			("via", "from", "call-id", "cseq", "contact")]
		to = [line for line in lines if line.lower().startswith("to:")][0] + ";tag=1"
		link.sendall("\r\n".join(["SIP/2.0 200 OK", *kept, to, "Expires: 60",
			"Content-Length: 0", "", ""]).encode())
		self.registered += 1
		return rest

	def stop(self):
		self.listener.close()
		self.cut()


def free_port():
	with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


class Phone(bus_test.Site):
	"""The daemon with folders of its own, and a SIP program that registers."""

	# More sections of the configuration file.
	more = ""
	# Rules of the kernel are those of the machine that the test runs on.
	nft = "/bin/true"

	def start(self, http, https):
		self.sip = free_port()
		for name in ("state", "run", "anchors"):
			os.makedirs(f"{self.folder}/{name}", mode=0o700, exist_ok=True)
		with open(f"{self.folder}/phonesecd.conf", "w", encoding="ascii") as file:
			file.write(f"[phone]\nname = {NAME}\nsecurity-mode = encrypted\n"
				f"[program]\nlisten = 127.0.0.1:{self.sip}\n"
				f"[call-manager]\nconnect-timeout = 2\nkeep-alive = 5\n"
				f"[trust]\nlists = {self.folder}/state/trust\n"
				f"anchors = {self.folder}/anchors\n"
				f"[hardening]\nnft = {self.nft}\n"
				f"[identity]\nfolder = {self.folder}/state/identity\n"
				f"[capf]\ntries = 1\nanswer-timeout = 5\n"
				f"[provisioning]\nenabled = yes\nprimary = 127.0.0.1:{http}\n"
				f"https-port = {https}\ntftp-port = 0\n{self.more}")
		self.daemon_run()

	def daemon_run(self):
		environment = dict(self.environment, STATE_DIRECTORY=f"{self.folder}/state",
			RUNTIME_DIRECTORY=f"{self.folder}/run")
		environment.pop("JOURNAL_STREAM", None)
		self.log = open(f"{self.folder}/log", "a", encoding="utf-8")
		self.phone = subprocess.Popen([PHONESECD, "--config", f"{self.folder}/phonesecd.conf"],
			env=environment, stderr=self.log)

	def daemon_end(self):
		self.phone.send_signal(signal.SIGTERM)
		self.phone.wait(timeout=10)
		self.log.close()

	def register(self):
		"""One REGISTER of the program; whether it was answered with 200."""
		return self.ask("REGISTER").startswith("SIP/2.0 200")

	def ask(self, method):
		"""The final answer to a request of the program, or nothing."""
		number = getattr(self, "number", 0) + 1
		self.number = number
		with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as program:
			program.bind(("127.0.0.1", 0))
			program.settimeout(3)
			own = f"127.0.0.1:{program.getsockname()[1]}"
			program.sendto((f"{method} sip:cucm.example SIP/2.0\r\n"
				f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{number};rport\r\n"
				f"From: <sip:1001@cucm.example>;tag=a\r\nTo: <sip:1001@cucm.example>\r\n"
				f"Call-ID: {method}\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n"
				f"Contact: <sip:1001@{own}>\r\nExpires: 60\r\nContent-Length: 0\r\n"
				f"\r\n").encode(), ("127.0.0.1", self.sip))
			try:
				while True:
					answer = program.recv(4096)
					if not answer.startswith(b"SIP/2.0 1"):
						return answer.decode()
			except TimeoutError:
				return ""


class LifeCase(unittest.TestCase):
	"""An empty phone, and the servers of its site."""

	def setUp(self):
		import tempfile
		folder = tempfile.TemporaryDirectory()
		self.addCleanup(folder.cleanup)
		for name in ("files", "capf"):
			os.mkdir(f"{folder.name}/{name}")
		self.folder = folder.name
		self.files = StandIn(self, "config_server.py", "--folder", f"{self.folder}/files")
		self.capf = StandIn(self, "capf_server.py", "--folder", f"{self.folder}/capf")
		self.capf.order(mode="string", key="rsa-2048", string="123456", device=NAME)
		self.manager = CallManager(f"{self.folder}/files/signer.pem",
			f"{self.folder}/capf/capf.pem")
		self.addCleanup(self.manager.stop)
		self.files.order(know={"capf": f"{self.folder}/capf/capf.pem"})
		self.tvs_port = free_port()
		self.list_put()
		self.phone = Phone(self.folder)
		self.phone.bus_start()
		self.addCleanup(self.phone.bus_stop)

	def list_put(self, **options):
		records = [["signer", "SAST"], ["signer", "CCM+TFTP"], ["capf", "CAPF"], ["web", "TFTP"]]
		self.files.order(put={"name": f"ITL{NAME}.tlv", "kind": "list", "records": records,
			**options})

	def config_put(self, *, full=True, load="one", mode=1, encrypted=False, own="", more="",
			**options):
		text = CONFIG.format(tvs=self.tvs_port, full=str(full).lower(), mode=mode,
			sip=self.manager.port, capf=self.capf.ports[0], hash=own, load=load,
			encrypted=str(encrypted).lower(), more=more)
		kind = options.pop("kind", "signed")
		ending = ".cnf.xml.enc.sgn" if kind == "encrypted" else ".cnf.xml.sgn"
		self.files.order(put={"name": NAME + ending, "kind": kind, "text": text, **options})

	def start(self):
		self.phone.start(*self.files.ports[:2])
		self.addCleanup(lambda: self.phone.phone.poll() is None and self.phone.daemon_end())
		self.assertTrue(until(self.phone.ready), self.logged())

	def logged(self):
		with open(f"{self.folder}/log", encoding="utf-8") as file:
			return file.read()

	def answer(self, *words, status=0, given=""):
		result = self.phone.run(*words, "--json", given=given)
		self.assertEqual(result.returncode, status, result.stdout + self.logged())
		return json.loads(result.stdout)

	def config(self):
		return self.answer("config")["configuration"]

	def fetch(self, load=None, code=None):
		"""Asks for everything anew, and waits until it is so."""
		self.answer("config", "fetch")
		self.assertTrue(until(lambda: self.config()["state"] not in ("fetching",
			"asking")), self.config())
		if load:
			self.assertEqual(self.load(), load, self.logged())
		if code:
			self.assertEqual(self.config()["problem"]["code"], code, self.logged())

	def load(self):
		found = [row["value"] for row in self.config()["settings"]
			if row["name"] == "loadInformation"]
		return found[0] if found else None

	def certificate(self, place="lsc"):
		found = [one for one in self.answer("identity")["certificates"]
			if one["place"] == place]
		return found[0] if found else None

	def server(self):
		return self.answer("signalling")["servers"][0]

	def enrolled(self):
		"""An empty phone up to its registration."""
		self.config_put(full=False, encrypted=True)
		self.start()
		self.assertTrue(until(lambda: self.answer("lsc")["lsc"]["awaits_string"]),
			self.logged())
		self.answer("lsc", "update", given="123456")
		self.files.order(know={"lsc": f"{self.folder}/state/identity/lsc.pem"})
		self.config_put(full=False, encrypted=True, own="{hash}")
		self.config_put(kind="encrypted", load="secret", encrypted=True, own="{hash}")
		self.fetch(load="secret")
		self.assertTrue(until(lambda: self.server()["state"] == "active"), self.logged())
		self.assertTrue(until(self.phone.register), self.logged())
		self.assertTrue(until(lambda: not self.certificate()["on_trial"]), self.logged())


class Life(LifeCase):
	def test_empty_phone_to_registration(self):
		self.enrolled()
		lists = self.answer("trust")["lists"]
		self.assertEqual([one["place"] for one in lists], ["ITL"])
		self.assertEqual(sorted(record["role"] for record in self.answer("trust", "show")
			["records"]), ["CAPF", "CCM+TFTP", "SAST", "TFTP"])
		self.assertEqual(self.answer("lsc")["lsc"]["status"], "Installed")
		self.assertGreater(self.manager.registered, 0)
		with open(f"{self.folder}/state/identity/lsc.pem", encoding="ascii") as file:
			self.assertIn(self.manager.shown.strip(), file.read())
		self.assertTrue(self.config()["signed"])
		sources = {row["name"]: row["source"] for row in self.config()["settings"]}
		self.assertEqual((sources["call-manager.primary"], sources["phone.name"]),
			("device", "file"))
		# No key, no string, no file of somebody else's is in what everyone may read.
		shown = json.dumps([self.answer(*words) for words in (("identity",), ("lsc",),
			("config",), ("trust", "show"))]) + self.logged()
		self.assertNotIn("PRIVATE", shown)
		self.assertNotIn("123456", shown)
		# Started anew without servers it has what it had.
		self.phone.daemon_end()
		self.files.order(behave={"http": "close", "https": "close"})
		self.phone.daemon_run()
		self.assertTrue(until(self.phone.ready))
		self.assertTrue(until(lambda: self.server()["state"] == "active"), self.logged())
		self.assertTrue(self.config()["stored"])
		self.assertEqual(self.load(), "secret")

	def test_the_authority_is_known_while_files_are_away(self):
		self.config_put(full=False, encrypted=True)
		self.start()
		self.assertTrue(until(lambda: self.answer("lsc")["lsc"]["awaits_string"]),
			self.logged())
		self.files.order(behave={"http": "close", "https": "close"})
		self.fetch()
		self.assertEqual(self.config()["state"], "failed")
		lsc = self.answer("lsc", "update", given="123456")["lsc"]
		self.assertEqual(lsc["status"], "Installed", self.logged())

	def test_what_is_forged_changes_nothing(self):
		self.enrolled()
		before = self.answer("trust")["lists"], self.answer("trust", "show", "itl")
		self.list_put(signer="stranger")
		self.fetch(load="secret", code="file-signer")
		lists = self.answer("trust")["lists"]
		self.assertEqual(([one for one in lists if one["place"] == "ITL"],
			self.answer("trust", "show", "itl")), before)
		pending, = self.answer("trust", "pending")["pending"]
		self.assertEqual(pending["problem"]["code"], "file-signer")
		self.list_put()
		for fault, code in ({"fault": "tampered"}, "file-signature"), (
			{"signer": "stranger"}, "file-signer"), ({"as": "SEP0.cnf.xml.sgn"}, "file-name"), (
			{"time": 1000000000}, "file-older"), ({"fault": "truncated"}, None):
			self.config_put(full=False, encrypted=True, own="{hash}", **fault)
			self.fetch(load="secret", code=code)
			self.assertTrue(self.config()["problem"]["code"], fault)
		self.assertEqual(self.server()["state"], "active")

	def test_a_list_is_approved_by_its_fingerprint(self):
		self.enrolled()
		self.list_put(signer="stranger", records=[["stranger", "SAST"], ["stranger", "CCM+TFTP"],
			["signer", "CCM"], ["capf", "CAPF"]])
		self.fetch(code="file-signer")
		pending, = self.answer("trust", "pending")["pending"]
		self.assertEqual(pending["records"], 4)
		wrong = "0" * 64
		self.assertNotEqual(self.phone.run("trust", "approve", wrong).returncode, 0)
		self.answer("trust", "approve", pending["fingerprint"])
		self.assertEqual(self.answer("trust")["lists"][0]["fingerprint"], pending["fingerprint"])
		self.assertEqual(self.answer("trust", "pending"), {"pending": []})
		# Who signs from now on is known, and who did before is not.
		self.config_put(full=True, load="new", signer="stranger")
		self.fetch(load="new")
		self.config_put(full=True, load="old")
		self.fetch(load="new", code="file-role")

	def test_who_is_in_no_list_is_asked_about(self):
		"""Another signer, and another call manager, of whom the site's configuration says nothing."""
		files = f"{self.folder}/files"
		tvs = StandIn(self, "tvs_server.py", "--certificate", f"{files}/other.pem", "--key",
			f"{files}/other.pem")
		self.tvs_port = tvs.ports[0]
		self.list_put(records=[["signer", "SAST"], ["signer", "CCM+TFTP"], ["capf", "CAPF"],
			["web", "TFTP"], ["other", "TVS"]])
		self.enrolled()
		self.config_put(full=True, load="asked", signer="stranger")
		self.fetch(load="secret", code="file-signer")
		self.assertIn("verify-no", self.logged())
		tvs.order(know=f"{files}/stranger.pem:1,3:3600")
		# A "no" is not asked again for a while, other lists are.
		self.phone.phone.send_signal(signal.SIGHUP)
		self.assertTrue(until(lambda: self.load() == "asked", 20), self.logged())
		self.assertEqual([(record["place"], record["role"]) for record in
			self.answer("trust", "show", "tvs")["records"]], [("TVS", "CCM,TFTP")])
		server, = self.answer("tvs")["verify_servers"]
		self.assertEqual((server["port"], server["problem"]["code"]), (self.tvs_port, ""))
		self.assertTrue(server["answered"])
		self.manager.identity = f"{files}/stranger.pem"
		self.manager.trust(f"{self.folder}/capf/capf.pem")
		self.manager.cut()
		self.assertTrue(until(lambda: self.server()["state"] == "active" and
			"stranger" in self.server()["certificate_subject"], 20), self.logged())

	def test_fips_mode_is_asked_for(self):
		"""It is noted for the next start, which an LSC that is too short does not let happen."""
		def asked(load, value):
			self.config_put(load=load, more="<vendorConfig><fipsMode>"
				f"{value}</fipsMode></vendorConfig>")
			self.fetch(load=load)
			return os.path.exists(f"{self.folder}/state/fips-wanted")
		self.enrolled()
		self.assertTrue(asked("on", 1), self.logged())
		row, = [row for row in self.config()["settings"]
			if row["name"].endswith("fipsMode")]
		self.assertTrue(row["restart"], row)
		self.assertFalse(asked("off", 0), self.logged())
		self.assertNotIn("FIPS mode is not enabled", self.logged())
		lsc = f"{self.folder}/state/identity/lsc.pem"
		subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:1024", "-noenc", "-keyout",
			lsc, "-out", f"{self.folder}/short.pem", "-subj", f"/CN={NAME}"],
			check=True, capture_output=True)
		with open(f"{self.folder}/short.pem", encoding="ascii") as certificate, \
				open(lsc, "a", encoding="ascii") as file:
			file.write(certificate.read())
		self.assertFalse(asked("short", 1), self.logged())
		self.assertIn("FIPS mode is not enabled", self.logged())
		self.assertIn("RSA 1024 (fips-lsc", self.logged())

	def test_wrong_string(self):
		self.config_put(full=False, encrypted=True)
		self.start()
		self.assertTrue(until(lambda: self.answer("lsc")["lsc"]["awaits_string"]),
			self.logged())
		error = self.answer("lsc", "update", given="999999", status=1)["error"]
		self.assertEqual(error["code"], "capf-refused")
		self.assertEqual(self.answer("lsc")["lsc"]["status"], "Not Installed")
		self.answer("lsc", "update", given="123456")
		self.assertEqual(self.answer("lsc")["lsc"]["status"], "Installed")
		self.capf.order(operation="delete")
		lsc = self.answer("lsc", "update", given="123456")["lsc"]
		self.assertEqual((lsc["status"], lsc["problem"]["code"]), ("Not Installed", ""))
		self.assertIsNone(self.certificate())

	def test_a_new_lsc_that_is_refused_goes_back(self):
		self.enrolled()
		first = self.certificate()["fingerprint"]
		# From now on it is this certificate alone that the call manager takes.
		self.manager.trust(f"{self.folder}/state/identity/lsc.pem")
		self.answer("lsc", "update", given="123456")
		self.assertTrue(until(lambda: self.manager.refused and
			self.certificate()["fingerprint"] == first, 20), self.logged())
		self.assertFalse(self.certificate()["on_trial"])
		self.assertEqual(self.answer("lsc")["lsc"]["problem"]["code"], "tls-client-refused")
		self.assertTrue(until(self.phone.register, 20), self.logged())

	def test_the_first_call_manager_needs_no_string(self):
		"""With another mode the phone enrols of itself, and the file it was for is read."""
		self.capf.order(mode="null-string")
		self.config_put(full=False, encrypted=True, mode=2)
		self.start()
		self.assertTrue(until(lambda: self.answer("lsc")["lsc"]["status"] == "Installed",
			20), self.logged())
		time.sleep(1)
		# The servers take a moment to know the certificate, and it is not asked for twice.
		self.assertEqual(len(self.capf.order()["sessions"]), 1)


if __name__ == "__main__":
	bus_test.PHONESEC, PHONESECD = (os.path.abspath(name) for name in sys.argv[1:3])
	unittest.main(argv=sys.argv[:1] + sys.argv[3:])
