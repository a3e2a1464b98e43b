#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon's bus service and the helper's commands on it, over a bus of their own.

bus_test.py PHONESEC BUS_SITE
"""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as tree

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
PHONE = "org.phonesec.Phone1"
PATH = "/org/phonesec/Phone1"
PHONESEC = SITE = ""

# Open to everyone, since it is the daemon that is to refuse; bus_policy.sh has the bus's own.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/>
</policy></busconfig>
"""


def until(what, seconds=10):
	"""Waits until what() is true and returns what it is then."""
	end = time.monotonic() + seconds
	while True:
		result = what()
		if result or time.monotonic() > end:
			return result
		time.sleep(0.02)


def stop(process):
	process.send_signal(signal.SIGTERM)
	process.wait(timeout=10)


class Site:
	"""A bus, and a daemon on it that does what it is told."""

	def __init__(self, folder):
		self.folder = folder
		self.environment = dict(os.environ,
			DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={folder}/bus", LC_ALL="C.UTF-8")
		with open(f"{folder}/bus.conf", "w", encoding="ascii") as file:
			file.write(BUS % folder)
		self.bus = self.daemon = None

	def bus_start(self):
		with contextlib.suppress(FileNotFoundError):
			os.unlink(f"{self.folder}/bus")
		self.bus = subprocess.Popen(["dbus-daemon", f"--config-file={self.folder}/bus.conf",
			"--nofork"], stderr=subprocess.DEVNULL)
		assert until(lambda: os.path.exists(f"{self.folder}/bus"))
		os.chmod(f"{self.folder}/bus", 0o777)

	def bus_stop(self):
		stop(self.bus)
		self.bus = None

	def daemon_start(self):
		self.log = open(f"{self.folder}/log", "w+", encoding="utf-8")
		self.daemon = subprocess.Popen([SITE], stdin=subprocess.PIPE, stdout=self.log,
			env=self.environment, text=True, bufsize=1)

	def daemon_stop(self):
		self.daemon.stdin.close()
		assert self.daemon.wait(timeout=10) == 0, "the daemon, or a sanitizer in it, failed"
		self.log.close()
		self.daemon = None

	def heard(self):
		with open(f"{self.folder}/log", encoding="utf-8") as file:
			return file.read().splitlines()

	def tell(self, *lines):
		"""Lines that reach the daemon in one piece, and are done when this returns."""
		before = len([line for line in self.heard() if line.startswith("done ")])
		self.daemon.stdin.write("".join(line + "\n" for line in lines))
		self.daemon.stdin.flush()
		assert until(lambda: len([line for line in self.heard()
			if line.startswith("done ")]) == before + len(lines))

	def run(self, *words, user=None, given="", program=None):
		command = [program or PHONESEC, *words]
		if user:
			command = ["setpriv", "--reuid", user, "--regid", "nogroup", "--init-groups",
				*command]
		return subprocess.run(command, env=self.environment, input=given, text=True,
			capture_output=True, timeout=60, check=False)

	def ready(self):
		return self.run("status").returncode == 0

	def busctl(self, *words, user=None):
		return self.run(f"--address={self.environment['DBUS_SYSTEM_BUS_ADDRESS']}", *words,
			program="busctl", user=user)

	def get(self, path, interface, name):
		answer = self.busctl("--json=short", "get-property", PHONE, path, interface, name)
		return json.loads(answer.stdout)["data"]


class BusCase(unittest.TestCase):
	def setUp(self):
		folder = tempfile.TemporaryDirectory()
		self.addCleanup(folder.cleanup)
		os.chmod(folder.name, 0o755)
		self.site = Site(folder.name)
		self.site.bus_start()
		self.addCleanup(lambda: self.site.bus and self.site.bus_stop())
		self.site.daemon_start()
		self.addCleanup(lambda: self.site.daemon and self.site.daemon_stop())
		self.assertTrue(until(self.site.ready))

	def answer(self, *words, status=0, given="", user=None):
		"""The JSON of a command that ends so."""
		result = self.site.run(*words, "--json", given=given, user=user)
		self.assertEqual(result.returncode, status, result.stdout + result.stderr)
		self.assertEqual(result.stderr, "")
		return json.loads(result.stdout)

	def refused(self, code, status, *words, given="", user=None):
		error = self.answer(*words, status=status, given=given, user=user)["error"]
		self.assertEqual((error["code"], error["exit"]), (code, status))
		return error


def members(node):
	"""What an interface consists of, without the comments."""
	found = {}
	for interface in node.iter("interface"):
		for member in interface:
			arguments = [(arg.get("type"), arg.get("name"), arg.get("direction"))
				for arg in member.iter("arg")]
			notes = sorted((note.get("name"), note.get("value"))
				for note in member.iter("annotation"))
			# The default of a property, which introspection tells and people leave out.
			notes = [note for note in notes if note[1] not in ("true",) and
				"Unprivileged" not in note[0]]
			found[interface.get("name"), member.tag, member.get("name")] = (
				member.get("type"), member.get("access"), arguments, notes)
	return found


class Service(BusCase):
	"""What any program sees on the bus."""

	def test_documentation_is_what_is_there(self):
		self.site.tell("add 1")
		live = {}
		for path in (PATH, PATH + "/server/primary", PATH + "/call/1"):
			text = self.site.busctl("introspect", "--xml-interface", PHONE, path).stdout
			found = members(tree.fromstring(text))
			live.update({key: found[key] for key in found if key[0].startswith(PHONE)})
		with open(f"{TOP}/docs/org.phonesec.Phone1.xml", encoding="utf-8") as file:
			text = file.read()
		self.assertEqual(members(tree.fromstring(text)), live)
		for _, kind, name in live:
			documented = rf'<!-- {name}: (?:(?!-->).)+\. -->\s*<{kind} name="{name}"'
			self.assertTrue(re.search(documented, text, re.DOTALL), name)

	def test_properties(self):
		self.site.tell("add 1")
		for path, interface, name, value in (
			(PATH, PHONE, "SecurityMode", "Encrypted"),
			(PATH, PHONE, "Proxy", "127.0.0.1:5060"),
			(PATH, PHONE, "ProtectedDevice", True),
			(PATH, PHONE, "Registered", True),
			(PATH, PHONE, "Registrations", [
				["sip:1001@cucm.example", "active", "primary", 95, 200, "OK"],
				["sip:1002@cucm.example", "refused", "", 0, 403, "No"]]),
			(PATH, PHONE, "ModuleState", "ready"),
			(PATH + "/server/primary", PHONE + ".Server", "TlsVersion", "TLSv1.3"),
			(PATH + "/server/primary", PHONE + ".Server", "Resumed", True),
			(PATH + "/server/secondary", PHONE + ".Server", "LastReason",
				"server-expired"),
			(PATH + "/server/srst", PHONE + ".Server", "State", "absent"),
			(PATH + "/call/1", PHONE + ".Call", "Icon", "lock"),
			(PATH + "/call/1", PHONE + ".Call", "Since", 1764000000),
			(PATH + "/call/1", PHONE + ".Call", "Media", [["audio", True, True, 7,
				"AEAD_AES_256_GCM", True, True, "10.0.0.1:4000", "10.0.0.2:5000",
				12]]),
		):
			self.assertEqual(self.site.get(path, interface, name), value, name)
		self.site.tell("module no")
		self.assertEqual(self.site.get(PATH, PHONE, "ModuleState"), "module-missing")
		self.assertIn("modprobe", self.site.get(PATH, PHONE, "ModuleMend"))

	def test_text_of_the_network_cannot_harm(self):
		self.site.tell("add 1")
		name = self.site.get(PATH + "/call/1", PHONE + ".Call", "FarName")
		self.assertEqual(name, "Jürgen ??[31m?")
		self.assertNotIn("bus-missing", " ".join(self.site.heard()))

	def monitor(self):
		"""Signals as dictionaries, in a list that grows in a file."""
		path = f"{self.site.folder}/signals"
		with open(path, "w", encoding="utf-8") as file:
			process = subprocess.Popen(["busctl", "--json=short", "--address=" +
				self.site.environment["DBUS_SYSTEM_BUS_ADDRESS"], "monitor", PHONE],
				stdout=file, stderr=subprocess.PIPE)
		self.addCleanup(process.stderr.close)
		self.addCleanup(stop, process)
		process.stderr.readline()

		def signals():
			with open(path, encoding="utf-8") as file:
				messages = [json.loads(line) for line in file if line.endswith("}\n")]
			return [(message["path"], message["member"], message["payload"]["data"])
				for message in messages if message["type"] == "signal" and
				message["path"].startswith(PATH)]
		return signals

	def test_signals(self):
		signals = self.monitor()
		self.site.tell("add 5")
		self.site.tell("secure 5 no", "tone 5 nonsecure", "display 5 Not secure")
		self.site.tell("remove 5")
		until(lambda: len(signals()) == 5)
		found = [(path, member) for path, member, _ in signals()]
		call = PATH + "/call/5"
		# What is heard is seen before: the change comes first, once.
		self.assertEqual(found, [(PATH, "InterfacesAdded"), (call, "PropertiesChanged"),
			(call, "Tone"), (call, "Display"), (PATH, "InterfacesRemoved")])
		self.assertEqual(signals()[1][2][1]["Icon"]["data"], "shield")
		self.assertEqual(signals()[2][2], ["nonsecure"])
		self.assertEqual(signals()[3][2], ["Not secure"])
		self.assertIn(PHONE + ".Call", signals()[4][2][1])

	def test_display_of_the_phone(self):
		signals = self.monitor()
		self.site.tell("register", "display 0 Phone failed to register")
		until(lambda: len(signals()) == 2)
		self.assertEqual([(path, member) for path, member, _ in signals()],
			[(PATH, "PropertiesChanged"), (PATH, "Display")])
		self.assertEqual(signals()[1][2], ["Phone failed to register"])

	def test_changes_of_a_turn_are_one_signal(self):
		self.site.tell("add 5", "add 6")
		signals = self.monitor()
		self.site.tell("burst 5 200", "burst 6 200", "register", "register", "server")
		until(lambda: len(signals()) >= 4)
		time.sleep(0.3)
		self.assertEqual(sorted(path for path, _, _ in signals()), [PATH, PATH + "/call/5",
			PATH + "/call/6", PATH + "/server/secondary"])
		changed = [data[1] for path, _, data in signals() if path == PATH][0]
		self.assertEqual(set(changed), {"Registered", "Registrations"})

	def test_a_call_that_is_gone_at_once_is_not_told(self):
		signals = self.monitor()
		self.site.tell("add 5", "remove 5", "add 6")
		until(lambda: len(signals()) >= 1)
		time.sleep(0.3)
		self.assertEqual([data[0] for _, _, data in signals()], [PATH + "/call/6"])

	def test_errors(self):
		answer = self.site.busctl("call", PHONE, PATH, PHONE, "Reload")
		self.assertIn("not one of those allowed. (phonesecd.conf:3)", answer.stderr)
		self.assertIn("reload", self.site.heard())

	def test_the_bus_may_go_and_come(self):
		self.site.tell("add 1")
		self.site.bus_stop()
		self.assertTrue(until(lambda: "log bus-missing the connection ended" in
			self.site.heard()))
		self.site.tell("remove 1", "add 2", "tone 2 secure", "burst 2 3", "display 2 x")
		self.assertEqual(self.site.run("status").returncode, 3)
		# Long enough for three attempts in vain.
		time.sleep(1)
		self.site.bus_start()
		self.assertTrue(until(self.site.ready, 20))
		# Told once, however often it was tried.
		self.assertEqual(" ".join(self.site.heard()).count("bus-missing"), 1)
		self.assertEqual([call["id"] for call in self.answer("call")["calls"]], [2])

	def test_the_bus_may_come_later(self):
		self.site.daemon_stop()
		self.site.bus_stop()
		self.site.daemon_start()
		self.site.tell("add 3")
		self.site.bus_start()
		self.assertTrue(until(self.site.ready, 20))
		self.assertEqual([call["id"] for call in self.answer("call")["calls"]], [3])

	def test_a_bus_that_hangs_is_not_waited_for(self):
		self.site.tell("add 1")
		self.site.bus.send_signal(signal.SIGSTOP)
		try:
			self.site.tell(*(["change 1", "tone 1 secure", "server"] * 50))
		finally:
			self.site.bus.send_signal(signal.SIGCONT)
		self.assertTrue(until(self.site.ready))

	def test_a_second_daemon_waits_for_the_name(self):
		with tempfile.TemporaryDirectory() as folder:
			other = Site(folder)
			other.environment = self.site.environment
			other.daemon_start()
			self.assertTrue(until(lambda: "another program" in " ".join(other.heard())))
			self.site.daemon_stop()
			self.assertTrue(until(self.site.ready, 20))
			other.daemon_stop()


class Access(BusCase):
	"""Reads for everyone, changes for root and the group."""

	changes = (("call", "end", "1"), ("call", "rekey", "1"), ("signalling", "retry"),
		("oauth", "login"), ("oauth", "logout"))

	def capture(self, number, seconds, user=None):
		return self.site.busctl("call", PHONE, f"{PATH}/call/{number}", PHONE + ".Call",
			"Capture", "u", str(seconds), user=user)

	@unittest.skipIf(os.geteuid(), "only root may")
	def test_root_may_capture(self):
		self.site.tell("add 1", "add 9")
		answer = self.capture(1, 60)
		self.assertEqual((answer.returncode, answer.stdout[:2]), (0, "h "), answer.stderr)
		self.assertEqual(self.site.heard()[-1], "capture 1 60 by somebody")
		self.assertIn("FIPS", self.capture(9, 60).stderr)

	def test_a_capture_is_seen(self):
		self.site.tell("add 1", "add 2")
		self.assertNotIn("RECORDED", self.site.run("status").stdout)
		self.site.tell("captured 2 yes")
		self.assertTrue(self.site.run("status").stdout.startswith(
			"CALL 2 IS BEING RECORDED IN CLEAR"))
		self.assertIn("recorded in clear", self.site.run("call", "show", "2").stdout)
		self.assertEqual([call["captured"] for call in self.answer("call")["calls"]],
			[False, True])
		self.site.tell("captured 2 no")
		self.assertNotIn("RECORDED", self.site.run("status").stdout)

	@unittest.skipIf(os.geteuid(), "other users can be taken on by root only")
	def test_others_read_and_change_nothing(self):
		self.site.tell("add 1", "oauth yes")
		status = self.answer("status", user="nobody")["status"]
		self.assertEqual(status["calls"][0]["id"], 1)
		before = self.site.heard()
		for words in self.changes:
			self.refused("bus-not-allowed", 4, *words, given="token", user="nobody")
		self.assertEqual(self.site.heard(), before)
		answer = self.site.busctl("call", PHONE, PATH, PHONE, "Reload", user="nobody")
		self.assertNotEqual(answer.returncode, 0)
		self.assertNotIn("reload", self.site.heard())

	@unittest.skipIf(os.geteuid(), "groups can be made by root only")
	def test_the_group_may_change(self):
		"""In a mount namespace where nobody is in the group phonesec."""
		if os.environ.get("BUS_TEST_GROUP"):
			self.site.tell("add 1")
			self.answer("call", "end", "1", user="nobody")
			self.assertIn("end 1", self.site.heard())
			self.refused("bus-not-allowed", 4, "call", "end", "1", user="games")
			answer = self.capture(1, 60, user="nobody")
			self.assertIn("to root alone", answer.stderr)
			self.assertFalse([line for line in self.site.heard() if "capture" in line])
			return
		with open("/etc/group", encoding="utf-8") as file:
			groups = [line for line in file if not line.startswith("phonesec:")]
		with open(f"{self.site.folder}/group", "w", encoding="utf-8") as file:
			file.writelines(groups + ["phonesec:x:61234:nobody\n"])
		result = subprocess.run(["unshare", "-m", "sh", "-c",
			'mount --bind "$0" /etc/group && exec "$@"', f"{self.site.folder}/group",
			sys.executable, __file__, PHONESEC, SITE, "Access.test_the_group_may_change"],
			env=dict(os.environ, BUS_TEST_GROUP="1"), capture_output=True, text=True,
			timeout=60, check=False)
		self.assertEqual(result.returncode, 0, result.stderr)


class Helper(BusCase):
	"""The commands, as people and as scripts use them."""

	def test_status(self):
		self.site.tell("add 1", "add 2", "secure 2 no")
		status = self.answer("status")["status"]
		self.assertEqual(status["security_mode"], "Encrypted")
		self.assertEqual(status["module"], "ready")
		self.assertEqual([server["role"] for server in status["servers"]],
			["primary", "secondary", "tertiary", "srst"])
		self.assertEqual([call["suite"] for call in status["calls"]],
			["AEAD_AES_256_GCM", ""])
		text = self.site.run("status").stdout
		self.assertRegex(text, r"(?m)^ +1 +sip:2002@cucm.example +connected +Encrypted +yes +"
			r"AEAD_AES_256_GCM +12 +yes +yes$")
		self.assertNotIn("tertiary", text)
		self.site.tell("module no")
		self.assertEqual(self.answer("status")["status"]["module_problem"]["code"],
			"module-missing")
		self.assertIn("modprobe nf_srtp", self.site.run("status").stdout)

	def test_out_of_service(self):
		self.assertEqual(self.answer("status")["status"]["service"], "in-service")
		self.site.tell("service no")
		status = self.answer("status")["status"]
		self.assertEqual(status["service"], "audit-halted")
		self.assertEqual(status["service_problem"]["code"], "audit-halted")
		self.assertIn("phonesec audit status", self.site.run("status").stdout)
		self.site.tell("service yes")
		self.assertEqual(self.site.get(PATH, PHONE, "ServiceState"), "in-service")

	def test_servers_as_people_see_them(self):
		"""One that is not configured is left out, wherever it stands in the order."""
		for words in (("status",), ("signalling", "show")):
			self.site.tell("srst yes")
			text = self.site.run(*words).stdout
			for word in ("primary", "secondary", "srst", "router.example"):
				self.assertIn(word, text, words)
			self.assertNotIn("tertiary", text, words)
			self.site.tell("srst no")
			self.assertNotIn("srst", self.site.run(*words).stdout, words)
		self.assertEqual(len(self.answer("signalling")["servers"]), 4)

	def test_calls(self):
		self.assertEqual(self.answer("call", "list"), {"calls": []})
		self.assertEqual(self.site.run("call").stdout, "no calls\n")
		self.site.tell("add 10", "add 9")
		calls = self.answer("call")["calls"]
		self.assertEqual([call["id"] for call in calls], [9, 10])
		self.assertEqual(set(calls[0]), {"id", "call_id", "direction", "progress", "far_uri",
			"far_name", "security", "told_security", "icon", "signalling_secure", "suite",
			"key_age_s", "heard", "sent", "since", "recovered", "captured", "media"})
		self.assertEqual(calls[0]["media"], [{"kind": "audio", "active": True,
			"secure": True, "session_id": 7, "suite": "AEAD_AES_256_GCM",
			"heard": True, "sent": True, "local": "10.0.0.1:4000",
			"remote": "10.0.0.2:5000", "key_age_s": 12}])
		self.assertEqual(self.answer("call", "show", "9")["call"], calls[0])
		self.assertIn("2025-11-24T16:00:00Z", self.site.run("call", "show", "9").stdout)
		self.assertEqual(self.answer("call", "rekey", "10"), {"call": {"id": 10}})
		self.assertEqual(self.site.run("call", "end", "10").stdout, "call 10 ends\n")
		self.assertEqual(self.site.heard()[-2:], ["rekey 10", "end 10"])
		# The object is gone, and it goes while it is asked: one reason, with the detail.
		self.refused("call-missing", 1, "call", "show", "77")
		self.refused("call-missing", 1, "call", "end", "77")
		error = self.refused("call-missing", 1, "call", "end", "9")
		self.assertEqual(error["detail"], "it has just ended")

	def test_require_secure(self):
		self.site.tell("add 1")
		self.answer("call", "list", "--require-secure")
		self.answer("call", "show", "1", "--require-secure")
		self.site.tell("add 2", "secure 2 no")
		self.answer("call", "show", "1", "--require-secure")
		self.assertEqual(self.answer("call", "show", "2", "--require-secure",
			status=5)["call"]["security"], "Authenticated")
		self.assertEqual(len(self.answer("call", "--require-secure", status=5)["calls"]), 2)
		result = self.site.run("call", "--require-secure")
		self.assertEqual(result.returncode, 5)
		self.assertIn("call-insecure", result.stderr)

	def watch(self, *words):
		"""A monitor that is known to hear, and what it has written about calls but 15."""
		path = f"{self.site.folder}/events"
		with open(path, "w", encoding="utf-8") as file:
			process = subprocess.Popen([PHONESEC, "call", "monitor", "--json", *words],
				env=self.site.environment, stdout=file)
		self.addCleanup(stop, process)

		def lines():
			with open(path, encoding="utf-8") as file:
				events = [json.loads(line) for line in file if line.endswith("}\n")]
			return [event for event in events if event.get("id") != 15]

		def heard():
			self.site.tell("add 15")
			self.site.tell("remove 15")
			return os.path.getsize(path)
		self.assertTrue(until(heard))
		return process, lines

	def test_monitor(self):
		_, lines = self.watch()
		self.site.tell("add 3")
		self.site.tell("secure 3 no")
		self.site.tell("tone 3 nonsecure", "display 3 Not secure")
		self.site.tell("remove 3")
		until(lambda: len(lines()) == 5)
		self.assertEqual([(line["event"], line["id"]) for line in lines()],
			[(event, 3) for event in ("added", "changed", "tone", "display", "removed")])
		self.assertEqual([line["security"] for line in lines()],
			["Encrypted"] + 4 * ["Authenticated"])
		_, _, tone, display, _ = lines()
		self.assertEqual((tone["tone"], display["text"]), ("nonsecure", "Not secure"))
		self.assertNotIn("tone", display)
		self.assertTrue(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z", tone["time"]))

	def test_monitor_tells_of_captures(self):
		_, lines = self.watch()
		self.site.tell("add 3")
		self.site.tell("captured 3 yes")
		self.site.tell("captured 3 no")
		until(lambda: len(lines()) == 3)
		self.assertEqual([line["captured"] for line in lines()], [False, True, False])

	def test_monitor_ends_at_its_limit(self):
		self.site.tell("add 1", "add 2", "add 3")
		process = subprocess.Popen([PHONESEC, "call", "monitor", "--limit", "2"],
			env=self.site.environment, stdout=subprocess.PIPE, text=True)
		self.addCleanup(process.stdout.close)

		def ended():
			self.site.tell("change 1", "change 2", "change 3")
			return process.poll() is not None
		self.assertTrue(until(ended))
		self.assertEqual(process.returncode, 0)
		self.assertRegex(process.stdout.read(), r"(?s)^\S+ changed call \d [^\n]+\n"
			r"\S+ changed call \d connected Encrypted heard yes [^\n]+\n$")

	def test_monitor_sees_the_daemon_come_back(self):
		_, lines = self.watch()
		self.site.tell("add 3")
		until(lambda: len(lines()) == 1)
		self.site.daemon_stop()
		until(lambda: len(lines()) == 2)
		self.site.daemon_start()
		self.site.tell("add 8")
		until(lambda: len(lines()) == 3)
		self.assertEqual([line.get("event") for line in lines()], ["added", None, "added"])
		self.assertEqual(lines()[1]["error"]["code"], "daemon-missing")
		self.assertEqual(lines()[2]["id"], 8)

	def test_signalling(self):
		servers = self.answer("signalling")["servers"]
		self.assertEqual(servers[0]["certificate_expires"], "2030-03-17T17:46:40Z")
		self.assertEqual(servers[1]["last"]["code"], "server-expired")
		text = self.site.run("signalling", "show").stdout
		self.assertIn("TLS_AES_256_GCM_SHA384", text)
		self.assertIn("The certificate of the server has expired.", text)
		self.assertIn("Renew the server's certificate", text)
		self.assertEqual(text.count("last problem"), 1)
		self.answer("signalling", "retry")
		self.assertIn("retry", self.site.heard())

	def test_register(self):
		self.assertEqual(self.answer("register")["registrations"][0], {
			"aor": "sip:1001@cucm.example", "state": "active", "server": "primary",
			"expires_s": 95, "status": 200, "text": "OK"})
		self.assertRegex(self.site.run("register", "status").stdout,
			r"sip:1002@cucm.example +refused +- +0 +403 +No")

	def test_oauth(self):
		self.assertEqual(self.answer("oauth")["oauth"]["state"], "off")
		self.refused("settings-missing", 1, "oauth", "login", given="x")
		self.site.tell("oauth yes")
		oauth = self.answer("oauth", "login", given="r" * 16383 + "\n")["oauth"]
		self.assertEqual(oauth["state"], "unreachable")
		self.assertEqual(oauth["problem"]["detail"], "HTTP 500")
		self.assertIn("login 16383 r", self.site.heard())
		self.refused("key-text-long", 2, "oauth", "login", given="r" * 16385)
		self.refused("token-missing", 1, "oauth", "login", given="\n")
		self.refused("token-missing", 1, "oauth", "logout")
		self.assertIn("logout", self.site.heard())

	def test_without_daemon(self):
		self.site.daemon_stop()
		for words in (("status",), ("call",), ("call", "show", "1"), ("call", "monitor"),
			("call", "end", "1"), ("register",), ("signalling",), ("signalling", "retry"),
			("oauth",), ("oauth", "login"), ("oauth", "logout")):
			self.refused("daemon-missing", 3, *words, given="token")
		self.site.bus_stop()
		self.refused("bus-missing", 3, "status")
		self.refused("bus-missing", 3, "call", "monitor")

	def test_completion_knows_the_calls(self):
		self.site.tell("add 12", "add 3")
		self.assertEqual(self.site.run("complete", "call", "end", "").stdout, "3\n12\n")


if __name__ == "__main__":
	PHONESEC, SITE = (os.path.abspath(name) for name in sys.argv[1:3])
	unittest.main(argv=sys.argv[:1] + sys.argv[3:])
