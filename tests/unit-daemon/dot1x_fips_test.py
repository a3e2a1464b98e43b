#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Device authentication in FIPS mode, at the switch of dot1x_test.py and with the real provider.
The kernel's word for FIPS mode is the test's.

dot1x_fips_test.py DOT1X_SITE
"""
import os
import shutil
import signal
import subprocess
import unittest

import dot1x_test

setUpModule = dot1x_test.setUpModule  # pylint: disable=invalid-name


def provider_find():
	"""OpenSSL's FIPS provider, of the tests or of the system."""
	for path in (f"{dot1x_test.TOP}/build/apt/fips-provider/fips.so",
			"/usr/lib/x86_64-linux-gnu/ossl-modules/fips.so"):
		if os.path.exists(path):
			return path
	raise unittest.SkipTest("OpenSSL's FIPS provider is not there")


class Fips(dot1x_test.Case):
	"""A phone in FIPS mode, whose supplicant has approved algorithms alone."""

	def setUp(self):
		provider = provider_find()
		super().setUp()
		self.module = f"{self.folder}/fips.so"
		shutil.copy(provider, self.module)
		subprocess.run(["openssl", "fipsinstall", "-quiet", "-module", self.module, "-out",
			f"{self.folder}/fipsmodule.cnf"], check=True, capture_output=True)
		with open(f"{self.folder}/fips_enabled", "w", encoding="ascii") as file:
			file.write("1\n")

	def fips_start(self, keys="", private="approved", choice="on", **options):
		return self.phone_start(f"{keys}device-authentication={choice}\n[fips]\nmode=yes\n"
			f"provider-module={self.module}\nprivate-keys={private}\n"
			f"provider-config={self.folder}/fipsmodule.cnf\n", enabled=False, **options)

	def module_tamper(self):
		"""Put in its place whole: what a process has loaded stays as it was."""
		with open(self.module, "rb") as file:
			octets = bytearray(file.read())
		octets[-8] ^= 1
		with open(f"{self.module}.new", "wb") as file:
			file.write(octets)
		os.rename(f"{self.module}.new", self.module)

	def supplicant_in_fips(self):
		"""It has the provider, and is told to use nothing else."""
		pid, = self.phone.supplicant()
		with open(f"/proc/{pid}/environ", encoding="ascii") as file:
			self.assertEqual(sorted(word.split("=")[0] for word in
				file.read().split("\0")[:-1]), ["OPENSSL_CONF"])
		with open(f"/proc/{pid}/maps", encoding="ascii") as file:
			self.assertIn(self.module, file.read())

	def test_tls_with_rsa(self):
		self.identity_put("lsc-rsa", "lsc")
		self.switch.start()
		self.fips_start()
		self.connected(certificate="lsc", method="EAP-TLS")
		self.supplicant_in_fips()

	def test_tls_with_p256(self):
		self.identity_put("lsc", "lsc")
		self.switch.start()
		self.fips_start()
		self.connected(certificate="lsc", method="EAP-TLS")
		self.supplicant_in_fips()

	def test_server_with_1024_bits(self):
		# Switches of long ago take such a certificate.
		with open(f"{self.folder}/weak.cnf", "w", encoding="ascii") as file:
			file.write("openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\n"
				"system_default = system\n[system]\n"
				"CipherString = DEFAULT@SECLEVEL=0\n")
		self.switch.environment["OPENSSL_CONF"] = f"{self.folder}/weak.cnf"
		self.switch.start(server="auth-short")
		self.fips_start()
		self.refused("dot1x-server", "too weak")

	def test_private_keys_are_not_used(self):
		self.switch.start()
		phone = self.fips_start(private="no")
		self.refused("fips-keys", state="Disconnected")
		self.assertEqual(phone.supplicant(), [])

	def test_anonymous_provisioning(self):
		self.switch.start(users=dot1x_test.FAST.format("MSCHAPV2"), provisioning=1)
		phone = self.fips_start(dot1x_test.FAST_KEYS + "fast-provisioning=anonymous\n")
		self.refused("fips-dot1x", "anonymous provisioning of EAP-FAST",
			state="Disconnected")
		self.assertEqual(phone.supplicant(), [])
		self.assertNotIn("EAPOL", self.switch.log("hostapd"))

	def test_fast_with_gtc(self):
		self.switch.start(users=dot1x_test.FAST.format("GTC"), provisioning=2)
		self.fips_start(dot1x_test.FAST_KEYS)
		self.connected(method="EAP-FAST", pac=1)
		self.supplicant_in_fips()

	def test_fast_with_mschapv2(self):
		self.switch.start(users=dot1x_test.FAST.format("MSCHAPV2"), provisioning=2)
		self.fips_start(dot1x_test.FAST_KEYS)
		self.refused("dot1x-refused", pac=0)

	def test_tampered_before(self):
		self.switch.start()
		self.module_tamper()
		phone = self.fips_start()
		self.assertEqual(phone.process.wait(timeout=10), 1)
		self.assertIn("fips-self-test", phone.log())

	def test_tampered_meanwhile(self):
		self.switch.start()
		phone = self.fips_start(choice="user")
		phone.tell("enable")
		self.connected()
		self.module_tamper()
		pid, = phone.supplicant()
		os.kill(pid, signal.SIGKILL)
		said = phone.becomes(state="Disconnected", connected=0, last="fips-self-test")
		self.assertTrue(said, f"{phone.status()}\n{phone.log()}")
		self.assertIn("it is not the file that was tested", said["detail"])
		self.assertFalse(phone.becomes(connected=1, seconds=4))
		# Nor does it come up when it is started anew.
		phone.tell("disable")
		self.assertTrue(phone.becomes(state="Disabled"))
		phone.tell("enable")
		self.assertTrue(phone.becomes(state="Disconnected", last="fips-self-test"))
		self.assertFalse(phone.becomes(connected=1, seconds=2))
		self.assertEqual(phone.supplicant(), [])


if __name__ == "__main__":
	dot1x_test.main()
