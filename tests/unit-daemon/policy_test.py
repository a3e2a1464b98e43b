#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The site's policy in the daemon as it is built, told to by the helper.

policy_test.py PHONESEC PHONESECD
"""
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import unittest

import bus_test
import life_test
from bus_test import until


def in_fips_mode():
	with contextlib.suppress(FileNotFoundError), \
			open("/proc/sys/crypto/fips_enabled", encoding="ascii") as file:
		return file.read().strip() == "1"
	return False


class PolicyCase(life_test.LifeCase):
	def policy(self, text, section=""):
		self.phone.more = f"[{section}]\n{text}" if section else text
		self.start()

	def method(self, interface, name):
		return self.phone.busctl("call", bus_test.PHONE, bus_test.PATH,
			bus_test.PHONE + interface, name).returncode


class Audit(PolicyCase):
	def test_a_full_log_takes_the_phone_out_of_service(self):
		with socket.create_server(("127.0.0.1", 0)) as closed:
			port = closed.getsockname()[1]
		self.config_put(full=False, encrypted=True)
		self.policy(f"[audit]\nmode = external\ntransport = tcp\non-full = halt\n"
			f"server = 127.0.0.1:{port}\nspool-size = 64\n")
		self.assertEqual(self.answer("status")["status"]["service"], "in-service")
		self.assertNotIn("audit", self.phone.ask("REGISTER"))
		for _ in range(600):
			self.assertEqual(self.method(".Policy", "AuditTest"), 0)
			if self.answer("audit")["audit"]["halted"]:
				break
		self.assertTrue(self.answer("audit")["audit"]["halted"])
		status = self.answer("status")["status"]
		self.assertEqual(status["service"], "audit-halted")
		self.assertEqual(status["service_problem"]["code"], "audit-halted")
		for method in ("INVITE", "REGISTER"):
			answer = self.phone.ask(method)
			self.assertTrue(answer.startswith("SIP/2.0 503"), answer)
			self.assertIn("security events cannot be kept", answer)
		# Started anew it is still full; with another policy it is no reason.
		self.phone.daemon_end()
		self.phone.daemon_run()
		self.assertTrue(until(self.phone.ready))
		self.assertEqual(self.answer("status")["status"]["service"], "audit-halted")
		with open(f"{self.folder}/phonesecd.conf", "r+", encoding="ascii") as file:
			text = file.read().replace("on-full = halt", "on-full = ignore")
			file.seek(0)
			file.write(text)
			file.truncate()
		self.assertEqual(self.method("", "Reload"), 0)
		self.assertEqual(self.answer("status")["status"]["service"], "in-service")
		self.assertNotIn("security events", self.phone.ask("INVITE"))


class Directory(PolicyCase):
	def search(self, name="ali", password="pass:word ü", user="alice", status=0):
		return self.answer("contacts", "search", name, "--user", user, given=password,
			status=status)

	def test_a_search_needs_credentials_and_a_server_that_is_known(self):
		folder = f"{self.folder}/directory"
		os.mkdir(folder)
		server = life_test.StandIn(self, "directory.py", "--folder", folder)
		self.policy(f"[directory]\nurl = https://127.0.0.1:{server.ports[0]}/cucm-uds/users\n")
		# Nobody vouches for it yet.
		self.assertEqual(self.search(status=5)["error"]["code"], "verify-none")
		with open(f"{folder}/ca.pem", encoding="ascii") as file:
			anchor = file.read()
		with open(f"{self.folder}/anchors/directory.pem", "w", encoding="ascii") as file:
			file.write(anchor)
		found = self.search()["contacts"]
		self.assertEqual([(one["name"], one["number"]) for one in found], [("ali", "1001")])
		self.assertEqual(self.search(password="wrong", status=1)["error"]["code"],
			"directory-refused")
		self.assertEqual(self.search(user="a:b", status=5)["error"]["code"],
			"directory-credentials")
		self.assertNotIn("pass:word", self.logged())

	def test_there_may_be_none(self):
		self.policy("")
		self.assertEqual(self.search(status=1)["error"]["code"], "directory-missing")


class Hardening(PolicyCase):
	def options(self):
		return {one["element"]: one for one in self.answer("hardening")["hardening"]["options"]}

	def test_rules_of_the_file_and_of_the_site(self):
		with open(f"{self.folder}/nft", "w", encoding="ascii") as file:
			file.write(f"#!/bin/sh\ncat > {self.folder}/rules\n")
		os.chmod(f"{self.folder}/nft", 0o755)
		self.phone.nft = f"{self.folder}/nft"
		self.policy("ssh-access = no\nssh-port = 2222\n", section="hardening")
		self.assertTrue(until(lambda: self.answer("hardening")["hardening"]["rules"]
			["state"] == "in-force"))
		with open(f"{self.folder}/rules", encoding="ascii") as file:
			self.assertIn("tcp dport 2222", file.read())
		options = self.options()
		self.assertEqual((options["sshAccess"]["name"], options["sshAccess"]["value"],
			options["sshAccess"]["source"]), ("hardening.ssh-access", "no", "file"))
		self.assertTrue(all(one["title"] and one["effect"] for one in options.values()))
		self.assertEqual(options["webAccess"]["source"], "default")

	def test_a_rule_that_fails_is_told(self):
		self.phone.nft = "/nonexistent/nft"
		self.policy("")
		rules = self.answer("hardening")["hardening"]["rules"]
		self.assertEqual((rules["state"], rules["problem"]["code"]), ("failed", "rules-failed"))

	def test_the_local_password(self):
		self.policy("settings-access = disabled\n", section="hardening")
		self.assertEqual(self.answer("hardening")["hardening"]["access"]["settings_access"],
			"disabled")
		code = self.phone.run("password", "set", "--json", given="1234").stdout
		self.assertIn("password-policy", code)
		password = self.answer("password", "set", given="Quite-9-secret")["password"]
		self.assertTrue(password["password_set"])
		self.assertNotIn("Quite-9-secret", self.logged())
		self.assertTrue(self.answer("password", "unlock", given="")["password"]
			["unlocked_until"])
		self.assertFalse(self.answer("password", "lock")["password"]["unlocked_until"])

	def test_fips_check_tells_beforehand(self):
		self.policy("")
		result = self.phone.run("fips", "check", "--json")
		rows = json.loads(result.stdout)["checks"]
		self.assertIn("prevents", [row["verdict"] for row in rows])
		self.assertEqual(result.returncode, 1)
		fips = self.answer("fips")["fips"]
		self.assertEqual((fips["on"], fips["wanted"]), (False, False))


class Authentication(PolicyCase):
	def lacking(self):
		return {one["name"]: (one["verdict"], one["text"]) for one in json.loads(
			self.phone.run("dot1x", "doctor", "--json").stdout)["checks"]
			if one["name"] in ("supplicant", "anchors", "credentials")}

	def test_doctor_of_an_empty_phone(self):
		self.policy("supplicant = /nonexistent/supplicant\n", section="dot1x")
		lacking = self.lacking()
		self.assertEqual({verdict for verdict, _ in lacking.values()}, {"warning"}, lacking)
		self.assertIn("/nonexistent/supplicant", lacking["supplicant"][1])
		self.assertIn("neither an LSC nor a MIC", lacking["credentials"][1])

	def test_doctor_of_a_phone_that_is_to_authenticate(self):
		self.policy("supplicant = /bin/true\ndevice-authentication = on\nmethods = fast\n",
			section="dot1x")
		lacking = self.lacking()
		self.assertEqual({name: one[0] for name, one in lacking.items()},
			{"supplicant": "ok", "anchors": "problem", "credentials": "problem"})
		self.assertIn("EAP-FAST needs fast-user", lacking["credentials"][1])


@unittest.skipIf(os.geteuid(), "groups can be made by root only")
class SettingsAccess(PolicyCase):
	"""Members of the group, at a phone whose settings are not open to them."""
	password = "Quite-9-secret"

	def setUp(self):
		super().setUp()
		os.chmod(self.folder, 0o755)

	def asks(self, method, user, interface=".Policy"):
		"""What a user is told: nothing, or what the error says."""
		return self.phone.busctl("call", bus_test.PHONE, bus_test.PATH,
			bus_test.PHONE + interface, method, user=user).stderr

	def reload(self, user):
		return self.asks("Reload", user, interface="")

	def locked(self, said, access):
		self.assertIn(f"settings access is {access}", said)

	def access_is(self, access):
		name = f"{self.folder}/phonesecd.conf"
		with open(name, encoding="ascii") as file:
			text = file.read()
		with open(name, "w", encoding="ascii") as file:
			for word in ("full", "restricted", "disabled"):
				text = text.replace(f"settings-access = {word}", f"settings-access = {access}")
			file.write(text)
		# Root can change the file, and is never refused.
		self.assertEqual(self.reload("root"), "")

	def unlocked(self):
		return self.answer("hardening")["hardening"]["access"]["unlocked_until"]

	def members(self):
		self.policy("settings-access = full\n[credentials]\nunlock-time = 10\n",
			section="hardening")
		self.answer("password", "set", given=self.password)
		self.assertIn("is allowed to", self.reload("daemon"))
		self.assertEqual((self.asks("FipsCheck", "nobody"), self.reload("nobody")), ("", ""))
		self.access_is("restricted")
		self.assertEqual(self.asks("FipsCheck", "nobody"), "")
		self.locked(self.reload("nobody"), "restricted")
		self.access_is("disabled")
		for method in ("FipsCheck", "AuditTest"):
			self.locked(self.asks(method, "nobody"), "disabled")
		self.locked(self.reload("nobody"), "disabled")
		error = self.phone.run("fips", "check", "--json", user="nobody")
		self.assertEqual((json.loads(error.stdout)["error"]["code"], error.returncode),
			("settings-locked", 4))
		self.unlock()

	def unlock(self):
		"""For who knows the password, for nobody else, and for a while."""
		wrong = self.phone.run("password", "unlock", "--json", user="nobody",
			given="Quite-8-secret")
		self.assertNotEqual(wrong.returncode, 0, wrong.stdout)
		self.locked(self.reload("nobody"), "disabled")
		# Whoever was wrong waits before the next one is looked at.
		self.assertTrue(until(lambda: self.phone.run("password", "unlock", user="nobody",
			given=self.password).returncode == 0, 30), self.logged())
		since = time.monotonic()
		self.assertEqual((self.asks("FipsCheck", "nobody"), self.reload("nobody")), ("", ""))
		self.locked(self.reload("games"), "disabled")
		self.assertTrue(self.unlocked())
		self.assertTrue(until(lambda: self.reload("nobody"), 20))
		self.assertGreater(time.monotonic() - since, 8)
		self.locked(self.reload("nobody"), "disabled")
		self.assertFalse(self.unlocked())

	def test_members_of_the_group(self):
		"""In a mount namespace with a group phonesec of two."""
		if os.environ.get("POLICY_TEST_GROUP"):
			self.members()
			return
		with open("/etc/group", encoding="utf-8") as file:
			groups = [line for line in file if not line.startswith("phonesec:")]
		with open(f"{self.folder}/group", "w", encoding="utf-8") as file:
			file.writelines(groups + ["phonesec:x:61234:nobody,games\n"])
		result = subprocess.run(["unshare", "-m", "sh", "-c",
			'mount --bind "$0" /etc/group && exec "$@"', f"{self.folder}/group",
			sys.executable, __file__, bus_test.PHONESEC, life_test.PHONESECD,
			"SettingsAccess.test_members_of_the_group"],
			env=dict(os.environ, POLICY_TEST_GROUP="1"), capture_output=True, text=True,
			timeout=120, check=False)
		self.assertEqual(result.returncode, 0, result.stderr)


class Fips(PolicyCase):
	"""What keeps FIPS mode from being as the site wants it, up to the restart that it needs."""
	provider = f"{bus_test.TOP}/build/apt/fips-provider/fips.so"

	def setUp(self):
		super().setUp()
		self.number = 0
		if not os.path.exists(self.provider):
			self.skipTest(f"{self.provider} is not there")

	def begin(self, module):
		self.config_put(load="first")
		self.policy(f"provider-module = {module}\nprovider-config = "
			f"{self.folder}/fipsmodule.cnf\nprivate-keys = approved\n", section="fips")
		subprocess.run(["openssl", "fipsinstall", "-quiet", "-module", self.provider, "-out",
			f"{self.folder}/fipsmodule.cnf"], check=True, capture_output=True)
		self.assertTrue(until(lambda: self.load() == "first"), self.logged())
		self.told(False, "")

	def site(self, value):
		self.number += 1
		self.config_put(load=str(self.number),
			more=f"<vendorConfig><fipsMode>{value}</fipsMode></vendorConfig>")
		self.fetch(load=str(self.number))

	def told(self, wanted, code, detail=""):
		fips = self.answer("fips")["fips"]
		self.assertEqual((fips["on"], fips["wanted"], fips["problem"]["code"]),
			(False, wanted, code), fips)
		self.assertIn(detail, fips["problem"]["detail"])
		text = self.phone.run("fips", "status").stdout
		for part in ("code", "text", "mend"):
			self.assertEqual(bool(fips["problem"][part]), bool(code), part)
		self.assertEqual("not as wanted" in text, bool(code), text)
		self.assertIn(fips["problem"]["text"], text)
		said = self.phone.busctl("get-property", bus_test.PHONE, bus_test.PATH,
			bus_test.PHONE + ".Policy", "FipsReason").stdout
		self.assertEqual(said.strip(), f's "{code}"')

	def below(self):
		"""What is missing below the daemon; on a kernel in FIPS mode with the module, nothing."""
		if not in_fips_mode():
			return "fips-kernel"
		return "fips-restart" if os.path.exists("/sys/module/nf_srtp") else "fips-module"

	def test_it_waits_for_what_is_missing_below(self):
		self.begin(self.provider)
		self.site(1)
		self.told(True, self.below())
		self.site(0)
		self.told(False, "")

	def test_the_provider_is_tried_when_it_is_asked_for(self):
		with open(self.provider, "rb") as file:
			octets = bytearray(file.read())
		octets[-8] ^= 1
		with open(f"{self.folder}/tampered.so", "wb") as file:
			file.write(octets)
		self.begin(f"{self.folder}/tampered.so")
		self.site(1)
		self.told(True, "fips-self-test", "tampered.so")
		# The same once more is no other answer, and off is none at all.
		self.site(1)
		self.told(True, "fips-self-test", "tampered.so")
		self.site(0)
		self.told(False, "")

	def test_the_provider_is_missing(self):
		self.begin("/nonexistent/fips.so")
		self.site(1)
		self.told(True, "fips-provider", "/nonexistent/fips.so")

	def test_the_lsc_is_too_short(self):
		self.begin(self.provider)
		identity = f"{self.folder}/state/identity"
		os.makedirs(identity, mode=0o700, exist_ok=True)
		subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:1024", "-noenc", "-keyout",
			f"{identity}/lsc.pem", "-out", f"{self.folder}/short.pem", "-subj", "/CN=phone"],
			check=True, capture_output=True)
		with open(f"{self.folder}/short.pem", encoding="ascii") as certificate, \
				open(f"{identity}/lsc.pem", "a", encoding="ascii") as file:
			file.write(certificate.read())
		self.site(1)
		self.told(False, "fips-lsc", "RSA 1024")
		os.unlink(f"{identity}/lsc.pem")
		self.site(1)
		self.told(True, self.below())


if __name__ == "__main__":
	bus_test.PHONESEC, life_test.PHONESECD = (os.path.abspath(name) for name in sys.argv[1:3])
	unittest.main(argv=sys.argv[:1] + sys.argv[3:])
