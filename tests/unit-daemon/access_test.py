#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Network access, policy and the directory on the bus, and the helper's commands.

access_test.py PHONESEC BUS_SITE
"""
import os
import sys
import unittest

import bus_test
from bus_test import BusCase, until

PASSWORD = "Open7-sesame"


class Rights(BusCase):
	"""Everyone reads, the group changes, and the site's policy may close that."""

	changes = (("dot1x", "enable"), ("dot1x", "disable"), ("dot1x", "reauthenticate"),
		("dot1x", "logoff"), ("fips", "check"), ("audit", "test"), ("password", "lock"),
		("password", "unlock"), ("password", "set"),
		("contacts", "search", "a", "--user", "u"))

	@unittest.skipIf(os.geteuid(), "other users can be taken on by root only")
	def test_others_read_and_change_nothing(self):
		for words in (("network",), ("dot1x",), ("vlan",), ("fips",), ("hardening",),
			("audit",), ("password",)):
			self.answer(*words, user="nobody")
		before = self.site.heard()
		for words in self.changes:
			self.refused("bus-not-allowed", 4, *words, given="1234", user="nobody")
		self.assertEqual(self.site.heard(), before)

	def test_settings_access_is_asked_for_every_method(self):
		self.site.tell("settings disabled")
		before = self.site.heard()
		for words in self.changes:
			if words != ("password", "unlock"):
				self.refused("bus-not-allowed", 4, *words, given=PASSWORD)
		for words in (("lsc", "delete"), ("config", "fetch"), ("trust", "reset")):
			self.refused("bus-not-allowed", 4, *words)
		self.assertEqual(self.site.heard(), before)
		self.answer("password", "unlock", given=PASSWORD)
		self.answer("dot1x", "enable")

	def test_who_asked_for_what_is_audited(self):
		self.site.tell("audit connected", "settings disabled")
		self.refused("bus-not-allowed", 4, "dot1x", "enable")
		self.refused("value-invalid", 2, "password", "unlock", given="wrong")
		self.answer("password", "unlock", given=PASSWORD)
		self.answer("audit", "test")
		user = os.geteuid()
		self.assertEqual([line for line in self.site.heard() if line.startswith("asked")], [
			f"asked Network.SetDeviceAuthentication by {user}: bus-not-allowed",
			f"asked Policy.Unlock by {user}: value-invalid",
			f"asked Policy.Unlock by {user}: done",
			f"asked Policy.AuditTest by {user}: done"])


class Network(BusCase):
	def test_status(self):
		network = self.answer("network")["network"]
		self.assertEqual(network["dot1x"], {"device_authentication": "Disabled",
			"fixed": False, "state": "Disabled", "transaction_status": "Disconnected",
			"protocols": "None", "method": "", "tls": "", "identity": "",
			"problem": {"code": "", "text": "", "mend": "", "detail": ""}})
		self.assertEqual(network["ports"][0], {"role": "lan", "interface": "eth0",
			"address": "02:00:00:00:00:01", "up": True, "carrier": True})
		self.assertEqual((network["vlan"]["state"], network["vlan"]["id"],
			network["vlan"]["interface"]), ("off", 0, "eth0"))
		text = self.site.run("network").stdout
		for part in ("802.1X", "device authentication", "voice VLAN", "02:00:00:00:00:01"):
			self.assertIn(part, text)

	def test_dot1x(self):
		self.site.tell("dot1x open")
		dot1x = self.answer("dot1x")["dot1x"]
		self.assertEqual((dot1x["device_authentication"], dot1x["state"],
			dot1x["transaction_status"], dot1x["protocols"], dot1x["identity"]),
			("Enabled", "Authenticated", "Connected", "EAP-TLS", "lsc"))
		self.site.tell("dot1x held")
		dot1x = self.answer("dot1x")["dot1x"]
		self.assertEqual((dot1x["state"], dot1x["transaction_status"],
			dot1x["problem"]["code"], dot1x["problem"]["detail"]),
			("Held", "Disconnected", "server-unreachable", "eth0"))

	def test_what_is_asked_for(self):
		dot1x = self.answer("dot1x", "enable")["dot1x"]
		self.assertEqual(dot1x["device_authentication"], "Enabled")
		dot1x = self.answer("dot1x", "disable")["dot1x"]
		self.assertEqual(dot1x["device_authentication"], "Disabled")
		self.answer("dot1x", "reauthenticate")
		self.answer("dot1x", "logoff")
		self.assertEqual([line for line in self.site.heard() if not line.startswith("done")],
			["dot1x enable", "dot1x disable", "reauthenticate", "logoff"])
		self.site.tell("dot1x fixed")
		error = self.refused("value-invalid", 2, "dot1x", "disable")
		self.assertEqual(error["detail"], "the configuration decides")

	def test_vlan(self):
		self.site.tell("vlan learned")
		vlan = self.answer("vlan")["vlan"]
		# What the neighbour calls itself is for no terminal.
		self.assertEqual((vlan["state"], vlan["id"], vlan["source"], vlan["interface"],
			vlan["switch_name"], vlan["switch_port"]),
			("up", 110, "lldp-med", "eth0.110", "switch?1", "Gi1/0/7"))
		self.site.tell("vlan failed")
		vlan = self.answer("vlan")["vlan"]
		self.assertEqual((vlan["state"], vlan["problem"]["code"]), ("failed", "system"))

	def verdicts(self, status):
		return {check["name"]: (check["verdict"], check["mend"])
			for check in self.answer("dot1x", "doctor", status=status)["checks"]}

	def test_doctor(self):
		checks = self.verdicts(0)
		self.assertEqual(checks["port"], ("ok", ""))
		self.assertIn("phonesec dot1x enable", checks["authentication"][1])
		self.site.tell("dot1x held", "vlan failed")
		checks = self.verdicts(1)
		self.assertEqual((checks["authentication"][0], checks["voice-vlan"][0]),
			("problem", "problem"))
		self.assertTrue(checks["authentication"][1])
		self.site.tell("dot1x open", "vlan learned")
		self.assertEqual({verdict for verdict, _ in self.verdicts(0).values()}, {"ok"})

	def test_doctor_tells_what_is_lacking(self):
		for need in ("supplicant", "anchors", "credentials"):
			self.site.tell("dot1x off", f"dot1x lacks {need}")
			checks = self.verdicts(0)
			self.assertEqual(checks[need][0], "warning")
			self.site.tell("dot1x held")
			checks = self.verdicts(1)
			self.assertEqual({name: verdict for name, (verdict, _) in checks.items()
				if name in ("supplicant", "anchors", "credentials") and verdict != "ok"},
				{need: "problem"})
			self.assertIn("[dot1x]", checks[need][1])
			self.assertIn(f"no {need}", self.site.run("dot1x", "doctor").stdout)
		self.site.tell("dot1x lacks nothing", "dot1x open")
		self.assertEqual({verdict for verdict, _ in self.verdicts(0).values()}, {"ok"})

	def test_changes_are_told(self):
		def state():
			return self.site.get(bus_test.PATH, f"{bus_test.PHONE}.Network", "State")
		self.assertEqual(state(), "Disabled")
		self.site.tell("dot1x open")
		self.assertTrue(until(lambda: state() == "Authenticated"))


class Policy(BusCase):
	def test_hardening(self):
		hardening = self.answer("hardening")["hardening"]
		self.assertEqual(hardening["options"][0], {"name": "hardening.web-access",
			"title": "Web access", "problem": "",
			"element": "webAccess", "value": "on", "default": "off", "source": "device",
			"effect": "Whether the phone serves web pages."})
		self.assertEqual(hardening["web"], {"access": True, "https_only": False,
			"http_port": 80, "https_port": 443})
		self.assertEqual(hardening["access"]["settings_access"], "full")
		self.assertIn("hardening.gratuitous-arp", self.site.run("hardening").stdout)

	def test_fips(self):
		self.assertEqual(self.answer("fips")["fips"]["on"], False)
		checks = self.answer("fips", "check", status=1)["checks"]
		self.assertEqual([(check["feature"], check["verdict"]) for check in checks],
			[("media", "ok"), ("digest authentication", "stops")])
		self.assertEqual(checks[1]["effect"], "Registration with a password stops.")
		self.site.tell("fips on")
		self.answer("fips", "check", status=0)
		fips = self.answer("fips")["fips"]
		self.assertEqual((fips["on"], fips["kernel"], fips["provider"], fips["private_keys"]),
			(True, True, "OpenSSL FIPS Provider 3.5.0", "no"))
		self.site.tell("fips refused")
		self.assertEqual(self.answer("fips")["fips"]["problem"]["detail"], "LSC of 1024 bits")

	def test_audit(self):
		self.assertEqual(self.answer("audit", "test")["audit"]["written"], 4)
		self.assertIn(f"audit test of {os.geteuid()}", self.site.heard())
		self.site.tell("audit halted")
		audit = self.answer("audit")["audit"]
		self.assertEqual((audit["mode"], audit["state"], audit["server"],
			audit["transport"], audit["spooled"], audit["halted"]),
			("external", "waiting", "logs.example:601", "tcp", 1 << 33, True))

	def test_passwords(self):
		self.assertEqual(self.answer("password")["password"]["password_set"], False)
		password = self.answer("password", "set", given=PASSWORD + "\n")["password"]
		self.assertEqual(password["password_set"], True)
		self.refused("value-invalid", 2, "password", "set", given="other")
		self.site.tell("settings restricted")
		self.refused("value-invalid", 2, "password", "unlock", given="other")
		password = self.answer("password", "unlock", given=PASSWORD + "\n")["password"]
		self.assertEqual(password["unlocked_until"], "2030-03-17T17:46:40Z")
		password = self.answer("password", "lock")["password"]
		self.assertEqual(password["unlocked_until"], "")
		self.assertEqual([line for line in self.site.heard() if not line.startswith("done")],
			["password 0 12", "password 0 5", "unlock 5", "unlock 12", "lock"])

	def test_a_password_is_no_argument(self):
		self.refused("operand-extra", 2, "password", "unlock", PASSWORD)
		self.assertNotIn("unlock", " ".join(self.site.heard()))


class Directory(BusCase):
	def test_search(self):
		contacts = self.answer("contacts", "search", "al", "--user", "me", given="secret\n")
		nothing = dict.fromkeys(("mobile", "home", "uri", "mail", "department", "title"), "")
		self.assertEqual(contacts["contacts"], [
			{"name": "Alice ?[2J", "number": "+15550100", "mobile": "+15550103",
				"home": "+15550102", "uri": "sip:a@example", "mail": "a@example",
				"department": "Sales", "title": "Dr", "user": "alice"},
			{"name": "Bob", "number": "+15550101", **nothing, "user": "bob"}])
		text = self.site.run("contacts", "search", "al", "--user", "me",
			given="secret\n").stdout
		self.assertIn("2 of 3", text)
		self.assertIn("search 'al' 'me' 6", self.site.heard())

	def test_without_credentials_nobody_is_asked(self):
		self.refused("option-missing", 2, "contacts", "search", "al", given="secret")
		self.refused("value-invalid", 2, "contacts", "search", "al", "--user", "me")


if __name__ == "__main__":
	bus_test.PHONESEC, bus_test.SITE = map(os.path.abspath, sys.argv[1:3])
	unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
