#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates, trust lists, configuration and images on the bus, and the helper's commands.

device_test.py PHONESEC BUS_SITE
"""
import fcntl
import json
import os
import pty
import re
import subprocess
import sys
import unittest

import bus_test
from bus_test import PATH, PHONE, BusCase, until

FINGERPRINT = "f00d" + "0" * 60


class DeviceCase(BusCase):
	def file(self, text, name="file"):
		path = f"{self.site.folder}/{name}"
		with open(path, "w", encoding="ascii") as file:
			file.write(text)
		return path

	def call(self, interface, method, types, *values, files=()):
		"""Calls a method with descriptors, which busctl cannot hand over, by python3-dbus."""
		import dbus
		import dbus.bus
		connection = dbus.bus.BusConnection(
			self.site.environment["DBUS_SYSTEM_BUS_ADDRESS"])
		self.addCleanup(connection.close)
		item = connection.get_object(PHONE, PATH, introspect=False)
		return item.get_dbus_method(method, f"{PHONE}.{interface}")(
			*[dbus.types.UnixFd(value) if kind == "h" else value
				for kind, value in zip(types, values)], signature=types)


class Rights(DeviceCase):
	"""Everyone reads, the group changes, root decides about trust."""

	changes = (("lsc", "update"), ("lsc", "delete"), ("identity", "import", "vpn"),
		("identity", "request", "vpn"), ("trust", "reset"),
		("trust", "approve", FINGERPRINT), ("config", "fetch"), ("identity", "provision"))
	for_root = (("trust", "reset"), ("trust", "approve", FINGERPRINT),
		("identity", "provision"), ("image", "verify"), ("image", "install"))

	@unittest.skipIf(os.geteuid(), "other users can be taken on by root only")
	def test_others_read_and_change_nothing(self):
		self.site.tell("lists pending")
		for words in (("identity",), ("lsc",), ("trust",), ("trust", "pending"), ("tvs",),
			("config",), ("image",)):
			self.answer(*words, user="nobody")
		before = self.site.heard()
		for words in self.changes:
			self.refused("bus-not-allowed", 4, *words, given="1234", user="nobody")
		path = self.file("+")
		for words in (("trust", "explain", path), ("image", "verify", path),
			("image", "install", path), ("identity", "install", "vpn", path)):
			self.refused("bus-not-allowed", 4, *words, user="nobody")
		self.assertEqual(self.site.heard(), before)

	@unittest.skipIf(os.geteuid(), "groups can be made by root only")
	def test_the_group_does_not_decide_about_trust(self):
		"""In a mount namespace where nobody is in the group phonesec."""
		if os.environ.get("DEVICE_TEST_GROUP"):
			path = self.file("+")
			self.answer("lsc", "delete", user="nobody")
			self.answer("trust", "explain", path, user="nobody")
			before = self.site.heard()
			for words in self.for_root:
				words += (path,) if words[0] == "image" else ()
				error = self.refused("bus-not-allowed", 4, *words, given="x",
					user="nobody")
				self.assertEqual(error["detail"], "to root alone")
			self.assertEqual(self.site.heard(), before)
			return
		with open("/etc/group", encoding="utf-8") as file:
			groups = [line for line in file if not line.startswith("phonesec:")]
		with open(f"{self.site.folder}/group", "w", encoding="utf-8") as file:
			file.writelines(groups + ["phonesec:x:61234:nobody\n"])
		result = subprocess.run(["unshare", "-m", "sh", "-c",
			'mount --bind "$0" /etc/group && exec "$@"', f"{self.site.folder}/group",
			sys.executable, __file__, bus_test.PHONESEC, bus_test.SITE,
			"Rights.test_the_group_does_not_decide_about_trust"],
			env=dict(os.environ, DEVICE_TEST_GROUP="1"), capture_output=True, text=True,
			timeout=60, check=False)
		self.assertEqual(result.returncode, 0, result.stderr)

	def test_a_secret_comes_in_a_closed_pipe(self):
		import dbus
		for kind in ("open", "file"):
			ends = os.pipe()
			os.write(ends[1], b"1234")
			other = os.open(self.file("1234"), os.O_RDONLY)
			with self.assertRaises(dbus.exceptions.DBusException) as caught:
				self.call("Identity", "LscUpdate", "h",
					ends[0] if kind == "open" else other)
			self.assertIn("KeySourceRead", caught.exception.get_dbus_name())
			for end in (*ends, other):
				os.close(end)
		self.assertNotIn("update", " ".join(self.site.heard()))

	def test_a_file_is_sealed(self):
		"""What could change after it was judged, or never answer, is not read."""
		import dbus
		for seals in (0, fcntl.F_SEAL_WRITE, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW):
			copy = os.memfd_create("file", os.MFD_ALLOW_SEALING)
			os.write(copy, b"+")
			fcntl.fcntl(copy, fcntl.F_ADD_SEALS, seals)
			with self.assertRaises(dbus.exceptions.DBusException) as caught:
				self.call("Trust", "Explain", "hs", copy, "")
			self.assertIn("FileRead", caught.exception.get_dbus_name())
			os.close(copy)
		plain = os.open(self.file("+"), os.O_RDONLY)
		with self.assertRaises(dbus.exceptions.DBusException):
			self.call("Trust", "Explain", "hs", plain, "")
		os.close(plain)
		self.assertNotIn("explain", " ".join(self.site.heard()))


class Identity(DeviceCase):
	def test_show(self):
		self.site.tell("lsc installed")
		mic, lsc = self.answer("identity")["certificates"]
		# What is no text becomes a question mark on its way to the bus.
		self.assertEqual(mic, {"place": "mic", "state": "valid", "shown": False,
			"subject": "CN=CP-8865-SEP001122334455?", "issuer": "CN=Maker",
			"serial": "01ab", "fingerprint": "00ff", "key": "RSA 2048",
			"on_trial": False, "from": "2023-11-14T22:13:20Z", "to": "2030-03-17T17:46:40Z"})
		self.assertEqual((lsc["place"], lsc["state"], lsc["shown"]),
			("lsc", "expiring", True))
		text = self.site.run("identity", "show").stdout
		self.assertIn("EC P-256", text)
		self.assertNotIn("KEY", text)

	def test_provision_and_import(self):
		self.answer("identity", "provision", given="-----BEGIN MIC")
		self.answer("identity", "provision", self.file("Pem"))
		self.assertEqual([line for line in self.site.heard() if "provision" in line],
			["provision 14 -", "provision 3 P"])
		# A password is asked for from nobody where there is no terminal.
		self.answer("identity", "import", "vpn", self.file("\x30binary"))
		self.assertEqual(self.site.heard()[-3:], ["import vpn", "file 7 0", "password 0 -"])
		for words in (("identity", "import", ".."), ("identity", "import", "a/b"),
			("identity", "import", "v." + "x" * 63)):
			self.refused("value-invalid", 2, *words, given="x")
		self.refused("file-read", 1, "identity", "import", "vpn", given="")
		self.refused("file-read", 1, "identity", "import", "vpn", "/nowhere/at/all")
		self.refused("key-text-long", 2, "identity", "import", "vpn", given="x" * 65537)

	def test_password_by_descriptor(self):
		script = '"$0" identity import vpn --password-fd 3 --json 3< "$1"'
		result = subprocess.run(["sh", "-c", script, bus_test.PHONESEC,
			self.file("geheim\n")], input="0binary", env=self.site.environment,
			capture_output=True, text=True, timeout=60, check=False)
		self.assertEqual(result.returncode, 0, result.stderr)
		self.assertEqual(self.site.heard()[-1], "password 6 g")

	def test_request(self):
		process = subprocess.Popen([bus_test.PHONESEC, "identity", "request", "vpn", "--key",
			"ec-384"], env=self.site.environment, stdout=subprocess.PIPE, text=True)
		self.assertTrue(until(lambda: "request vpn ec-384" in self.site.heard()))
		self.assertIsNone(process.poll())
		# The daemon goes on with other things meanwhile.
		self.answer("identity")
		self.site.tell("answer -----BEGIN CERTIFICATE REQUEST-----")
		self.assertEqual(process.communicate(timeout=10)[0],
			"-----BEGIN CERTIFICATE REQUEST-----")
		self.refused("value-invalid", 2, "identity", "request", "bad")
		self.refused("value-invalid", 2, "identity", "request", "vpn", "--key", "rsa-512")

	def test_request_on_a_bus_that_goes(self):
		process = subprocess.Popen([bus_test.PHONESEC, "identity", "request", "vpn"],
			env=self.site.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
			text=True)
		self.assertTrue(until(lambda: "request vpn rsa-2048" in self.site.heard()))
		self.site.bus_stop()
		self.assertTrue(until(lambda: "forget" in self.site.heard()))
		self.assertEqual(process.wait(timeout=10), 3)
		process.stdout.close()
		process.stderr.close()
		self.site.tell("answer late")

	def test_install(self):
		self.answer("identity", "install", "vpn", self.file("certificate"))
		self.assertEqual(self.site.heard()[-1], "install vpn 11 c")


class Lsc(DeviceCase):
	def test_status(self):
		self.assertEqual(self.answer("lsc")["lsc"]["status"], "Not Installed")
		self.site.tell("lsc installed")
		lsc = self.answer("lsc", "status")["lsc"]
		self.assertEqual((lsc["status"], lsc["renewal"]), ("Installed", "2028-08-16T00:53:20Z"))
		self.site.tell("lsc string")
		self.assertTrue(self.answer("lsc")["lsc"]["awaits_string"])
		self.answer("lsc", "delete")
		self.assertEqual(self.site.heard()[-1], "delete")

	def update(self, *words, given="123456\n"):
		process = subprocess.Popen([bus_test.PHONESEC, "lsc", "update", *words],
			env=self.site.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
			stderr=subprocess.PIPE, text=True)
		process.stdin.write(given)
		process.stdin.close()
		process.stdin = None
		self.addCleanup(process.stdout.close)
		self.addCleanup(process.stderr.close)
		self.assertTrue(until(lambda: [line for line in self.site.heard()
			if line.startswith("update")]))
		return process

	def test_update_is_watched_to_its_end(self):
		process = self.update()
		self.assertIn("update 6 1", self.site.heard())
		self.assertEqual(process.stdout.readline(), "LSC: Connecting...\n")
		for text in ("Generating keys...", "Waiting for the certificate..."):
			self.site.tell("progress " + text)
			self.assertEqual(process.stdout.readline(), f"LSC: {text}\n")
		self.assertIsNone(process.poll())
		self.site.tell("lsc installed")
		self.assertEqual(process.stdout.read(), "LSC: Installed\n")
		self.assertEqual(process.wait(timeout=10), 0)

	def test_update_that_fails(self):
		process = self.update("--json", given="")
		self.assertIn("update 0 -", self.site.heard())
		self.site.tell("lsc failed")
		error = json.loads(process.communicate(timeout=10)[0])["error"]
		self.assertEqual((error["code"], error["detail"], process.returncode),
			("server-unreachable", "capf.example:3804", 1))

	def test_string_is_digits(self):
		for given in ("123", "12345678901234567", "12a4", "1234 5"):
			code = "string-form" if len(given) < 18 else "key-text-long"
			error = self.refused(code, 2, "lsc", "update", given=given)
			self.assertNotIn(given, json.dumps(error))
		self.refused("key-in-arguments", 2, "lsc", "update", "A" * 40)
		self.assertNotIn("update", " ".join(self.site.heard()))

	def test_string_from_the_terminal_is_not_shown(self):
		child, terminal = pty.fork()
		if not child:
			os.execve(bus_test.PHONESEC, [bus_test.PHONESEC, "lsc", "update"],
				self.site.environment)
		self.addCleanup(os.close, terminal)
		said = b""
		while b"for none: " not in said:
			said += os.read(terminal, 1000)
		os.write(terminal, b"8642\n")
		self.assertTrue(until(lambda: "update 4 8" in self.site.heard()))
		self.site.tell("lsc installed")
		while b"Installed" not in said:
			said += os.read(terminal, 1000)
		self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
		self.assertNotIn(b"8642", said)


class Trust(DeviceCase):
	def test_lists(self):
		self.assertEqual(self.answer("trust"), {"lists": []})
		self.assertEqual(self.site.run("trust").stdout, "no trust list\n")
		self.site.tell("lists both")
		lists = self.answer("trust", "list")["lists"]
		self.assertEqual([one["place"] for one in lists], ["CTL", "ITL"])
		self.assertEqual(lists[0]["timestamp"], "2025-11-24T16:00:00Z")
		self.assertRegex(self.site.run("trust").stdout, r"(?m)^CTL +3 +4711 +2025\S+ +CN=SAST")
		self.assertEqual([record["role"] for record in self.answer("trust", "show")["records"]],
			["SAST", "CCM+TFTP", "CAPF", "CCM,TFTP"])
		self.assertEqual([record["subject"] for record in
			self.answer("trust", "show", "itl")["records"]], ["CN=ucm1", "CN=CAPF"])
		self.refused("value-invalid", 2, "trust", "show", "all")

	def test_pending_and_approval(self):
		self.assertEqual(self.answer("trust", "pending"), {"pending": []})
		self.site.tell("lists pending")
		pending, = self.answer("trust", "pending")["pending"]
		self.assertEqual((pending["fingerprint"], pending["problem"]["code"]),
			("f00d", "file-signer"))
		text = self.site.run("trust", "pending").stdout
		self.assertIn("phonesec trust approve f00d", text)
		# Fingerprints as others write them; nothing short of a whole one.
		spaced = ":".join(re.findall("..", FINGERPRINT.upper()))
		self.refused("value-invalid", 2, "trust", "approve", spaced)
		self.assertEqual(self.site.heard()[-1], f"approve {FINGERPRINT}")
		self.refused("value-invalid", 2, "trust", "approve", "f00d")
		self.assertEqual(self.site.heard()[-1], f"approve {FINGERPRINT}")
		self.answer("trust", "reset")
		self.assertEqual(self.site.heard()[-1], "reset")

	def test_explain(self):
		good = self.answer("trust", "explain", self.file("+good"))["judgement"]
		self.assertTrue(good["accepted"])
		self.assertEqual((good["found"], good["digest"]), ("ITL", "SHA-512"))
		bad = self.answer("trust", "explain", self.file("bad"), "--name", "SEP1.cnf.xml.sgn",
			status=5)["judgement"]
		self.assertEqual((bad["accepted"], bad["asks"], bad["problem"]["code"]),
			(False, True, "file-signer"))
		self.assertEqual(self.site.heard()[-1], "explain 'SEP1.cnf.xml.sgn' 3")
		result = self.site.run("trust", "explain", self.file("bad"))
		self.assertEqual(result.returncode, 5)
		self.assertIn("phonesec trust pending", result.stdout)
		self.refused("file-read", 1, "trust", "explain", "/nowhere")
		self.refused("file-too-long", 1, "trust", "explain", self.file("x" * 1048577))

	def test_a_long_name_of_a_file_is_no_key(self):
		path = self.file("+", "Z" * 40)
		result = subprocess.run([bus_test.PHONESEC, "trust", "explain", "Z" * 40],
			cwd=self.site.folder, env=self.site.environment, capture_output=True,
			timeout=60, check=False)
		self.assertEqual(result.returncode, 0, result.stderr)
		os.unlink(path)
		self.refused("key-in-arguments", 2, "trust", "explain", "Z" * 40)

	def test_tvs(self):
		self.site.tell("lists both")
		servers = self.answer("tvs")["verify_servers"]
		self.assertEqual((servers[0]["host"], servers[0]["port"], servers[0]["latency_ms"]),
			("tvs.example", 2445, 12))
		self.assertEqual(servers[1]["problem"]["code"], "server-unreachable")
		text = self.site.run("tvs", "status").stdout
		self.assertIn("server-unreachable", text)
		self.assertIn("CN=ucm2", text)
		self.assertNotIn("CN=ucm1", text)


class Configuration(DeviceCase):
	def test_show(self):
		found = self.answer("config")["configuration"]
		self.assertEqual((found["state"], found["restart"], found["problem"]["code"]),
			("failed", True, "file-older"))
		self.assertEqual(found["settings"][1], {"name": "srst.router", "value": "192.0.2.77",
			"source": "common", "restart": False})
		self.assertEqual(found["problems"], [{"element": "capfAuthMode", "value": "9",
			"text": "not one of 0 to 4"}])
		text = self.site.run("config", "show").stdout
		self.assertRegex(text, r"(?m)^srst.router +common +no +192.0.2.77$")
		self.assertIn("capfAuthMode", text)
		self.answer("config", "fetch")
		self.assertEqual(self.site.heard()[-1], "fetch")

	def test_image(self):
		self.assertEqual(self.answer("image")["image"]["state"], "none")
		self.assertTrue(self.answer("image", "verify", self.file("+"))["judgement"]["accepted"])
		self.assertEqual(self.site.heard()[-1], "verify '' 1")
		bad = self.answer("image", "install", self.file("bad"), status=5)["judgement"]
		self.assertEqual((bad["accepted"], bad["problem"]["code"]), (False, "file-signer"))
		self.answer("image", "install", self.file("+"), "--name", "sip88xx.sbn")
		self.assertEqual(self.site.heard()[-1], "image 'sip88xx.sbn' 1")


class Changes(DeviceCase):
	def test_changes_are_told(self):
		path = f"{self.site.folder}/signals"
		with open(path, "w", encoding="utf-8") as file:
			process = subprocess.Popen(["busctl", "--json=short", "--address=" +
				self.site.environment["DBUS_SYSTEM_BUS_ADDRESS"], "monitor", PHONE],
				stdout=file, stderr=subprocess.PIPE)
		self.addCleanup(process.stderr.close)
		self.addCleanup(bus_test.stop, process)
		process.stderr.readline()

		def signals():
			with open(path, encoding="utf-8") as file:
				messages = [json.loads(line) for line in file if line.endswith("}\n")]
			return [(message["member"], message["payload"]["data"])
				for message in messages if message["type"] == "signal" and
				message["path"] == PATH]
		self.site.tell("lsc works", "progress Generating keys...", "lists both")
		self.site.tell("show Certificate updated")
		self.assertTrue(until(lambda: len(signals()) >= 3))
		identity, trust, display = signals()
		self.assertEqual(identity[1][0], PHONE + ".Identity")
		self.assertEqual(identity[1][1]["LscStatus"]["data"], "Generating keys...")
		self.assertEqual((trust[1][0], len(trust[1][1]["Records"]["data"])),
			(PHONE + ".Trust", 4))
		self.assertEqual(display, ("Display", ["Certificate updated"]))


if __name__ == "__main__":
	bus_test.PHONESEC, bus_test.SITE = (os.path.abspath(name) for name in sys.argv[1:3])
	unittest.main(argv=sys.argv[:1] + sys.argv[3:])
