#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon as it is built, in FIPS mode on an empty phone: enrolment under each policy for
private keys. The kernel's word for FIPS mode is the test's, and there are no calls.

fips_test.py PHONESEC PHONESECD FIPS_WORD
"""
import os
import re
import subprocess
import sys
import unittest

import bus_test
import life_test
from bus_test import until

FIPS_WORD = ""
PROVIDERS = (f"{bus_test.TOP}/build/apt/fips-provider/fips.so",
	"/usr/lib/x86_64-linux-gnu/ossl-modules/fips.so")
FIPS = """[phone]
media = off
[fips]
mode = {mode}
private-keys = {keys}
provider-module = {module}
provider-config = {folder}/fipsmodule.cnf
"""


class Enrolment(life_test.LifeCase):
	def setUp(self):
		module = next(filter(os.path.exists, PROVIDERS), None)
		if not module:
			self.skipTest("OpenSSL's FIPS provider is not there")
		super().setUp()
		self.module = module
		subprocess.run(["openssl", "fipsinstall", "-quiet", "-module", module, "-out",
			f"{self.folder}/fipsmodule.cnf"], check=True, capture_output=True)
		with open(f"{self.folder}/word", "w", encoding="ascii") as file:
			file.write("1\n")
		self.phone.environment.update(LD_PRELOAD=FIPS_WORD, FIPS_WORD=f"{self.folder}/word")

	def begin(self, keys, mode="yes", full=False):
		"""Without its full configuration the phone waits for the string of an LSC."""
		self.phone.more = FIPS.format(mode=mode, keys=keys, module=self.module,
			folder=self.folder)
		self.config_put(full=full, encrypted=not full, load="first")
		self.start()
		self.assertEqual(self.answer("fips")["fips"]["on"], mode == "yes", self.logged())
		self.assertTrue(until(lambda: self.load() == "first" if full else
			self.answer("lsc")["lsc"]["awaits_string"]), self.logged())

	def again(self, old, new):
		"""The daemon once more, with something else in its settings."""
		self.phone.daemon_end()
		with open(f"{self.folder}/phonesecd.conf", "r+", encoding="ascii") as file:
			text = file.read()
			self.assertIn(old, text)
			file.seek(0)
			file.write(text.replace(old, new))
			file.truncate()
		self.phone.daemon_run()
		self.assertTrue(until(self.phone.ready), self.logged())

	def active(self):
		self.assertTrue(until(lambda: self.server()["state"] == "active", 20),
			self.logged())

	def update(self, key, code=""):
		"""Has the authority ask for a key of that kind, and tries."""
		self.capf.order(key=key, string="123456")
		if code:
			error = self.answer("lsc", "update", given="123456", status=5)["error"]
			self.assertEqual(error["code"], code, self.logged())
		else:
			lsc = self.answer("lsc", "update", given="123456")["lsc"]
			self.assertEqual((lsc["status"], lsc["problem"]["code"]), ("Installed", ""),
				self.logged())

	def key(self):
		shown = subprocess.run(["openssl", "pkey", "-noout", "-text", "-in",
			f"{self.folder}/state/identity/lsc.pem"], check=True, capture_output=True,
			text=True).stdout
		return re.search(r"Private-Key: \((\d+) bit", shown)[1]

	def test_approved_keys_are_enrolled(self):
		self.begin("approved")
		for kind, bits in ("rsa-2048", "2048"), ("p-256", "256"), ("p-384", "384"):
			self.update(kind)
			self.assertEqual(self.key(), bits)
		# With the last of them the phone is registered.
		self.files.order(know={"lsc": f"{self.folder}/state/identity/lsc.pem"})
		self.config_put(full=True, own="{hash}", load="full", encrypted=False)
		self.fetch(load="full")
		self.active()
		self.assertTrue(until(self.phone.register), self.logged())

	def test_approved_is_not_for_keys_that_are_short(self):
		self.begin("approved")
		for kind in "rsa-1024", "rsa-512":
			self.update(kind, "identity-key-weak")
			self.assertFalse(os.path.exists(
				f"{self.folder}/state/identity/lsc.pem"), kind)
		self.update("rsa-2048")
		self.update("rsa-1024", "identity-key-weak")
		self.assertEqual(self.key(), "2048")

	def test_no_is_for_every_key(self):
		self.begin("no", full=True)
		# What needs no key of the phone's goes on.
		self.assertTrue(self.config()["signed"])
		for kind in "rsa-2048", "p-256":
			self.update(kind, "fips-keys")
		self.update("rsa-1024", "identity-key-weak")
		kept = [name for _, _, names in os.walk(f"{self.folder}/state/identity")
			for name in names]
		self.assertEqual(kept, [])
		self.config_put(full=True, load="second")
		self.fetch(load="second")

	def test_no_takes_an_lsc_of_before_out_of_use(self):
		self.begin("no", mode="no")
		self.update("rsa-2048")
		self.files.order(know={"lsc": f"{self.folder}/state/identity/lsc.pem"})
		self.config_put(full=True, own="{hash}", load="full")
		self.fetch(load="full")
		self.active()
		self.again("\nmode = no", "\nmode = yes")
		self.assertTrue(until(lambda: "(fips-keys;" in self.logged()), self.logged())
		self.assertFalse(until(lambda: self.server()["state"] == "active", 3),
			self.logged())
		self.assertFalse(self.phone.register())
		# The same certificate under the other policy.
		self.again("private-keys = no", "private-keys = approved")
		self.active()


if __name__ == "__main__":
	bus_test.PHONESEC, life_test.PHONESECD, FIPS_WORD = (os.path.abspath(name)
		for name in sys.argv[1:4])
	unittest.main(argv=sys.argv[:1] + sys.argv[4:])
