#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Device authentication against a real switch: hostapd, FreeRADIUS and wpa_supplicant in network
namespaces. What is not installed is skipped, with the reason.

dot1x_test.py DOT1X_SITE
"""
import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from dot1x_switch import Switch, until

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.append(f"{TOP}/tests/site")
from certificates import EXPIRED, PHONE, Folder  # pylint: disable=wrong-import-position

SITE = ""
CERTIFICATES = None
PASSWORD = "fast-secret-4711"
# Takes EAP-TLS of everyone whose certificate is good, and EAP-FAST of one user.
TLS = '* TLS\n'
FAST = '"anonymous" FAST\n"phone" {} "' + PASSWORD + '" [2]\n'
FAST_KEYS = f"methods=fast\nfast-user=phone\nfast-password={{folder}}/password\n"
CONFIG = """[phone]
name=SEP001122334455
[call-manager]
primary=127.0.0.1
[trust]
anchors={certificates}/{anchors}.pem
[identity]
folder={folder}/identity
[network]
switch-port=ph0
[dot1x]
start-period=1
held-period=3
server-name=auth.site.test
{keys}
"""


def certificates_make(folder):
	made = Folder(folder)
	for name in ("server-ca", "manufacturer-ca", "capf-ca", "stranger-ca"):
		made.authority(name, f"Site {name}")
	made.server("auth", ["auth.site.test"], "server-ca")
	made.server("auth-expired", ["auth.site.test"], "server-ca", valid=EXPIRED)
	made.server("auth-stranger", ["auth.site.test"], "stranger-ca")
	made.server("auth-other", ["other.site.test"], "server-ca")
	made.phone("mic", "manufacturer-ca")
	made.phone("mic-expired", "manufacturer-ca", valid=EXPIRED)
	made.phone("mic-stranger", "stranger-ca")
	made.phone("lsc", "capf-ca", kind="p256")
	made.phone("lsc-rsa", "capf-ca")
	made.server("auth-short", ["auth.site.test"], "server-ca", kind="rsa1024")
	made.phone("lsc-expired", "capf-ca", valid=EXPIRED)
	# hostapd has one file for what it shows and whom it trusts.
	made.bundle("phones.pem", ["manufacturer-ca", "capf-ca", "server-ca"])
	subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
		"group:ffdhe2048", "-out", f"{folder}/dh.pem"], check=True, capture_output=True)
	return made


def private_open(path):
	return open(path, "w", encoding="ascii",
		opener=lambda name, flags: os.open(name, flags, 0o600))


def setUpModule():  # pylint: disable=invalid-name
	global CERTIFICATES
	for program in ("hostapd", "freeradius", "wpa_supplicant"):
		if not shutil.which(program, path="/usr/sbin:/sbin:/usr/bin"):
			raise unittest.SkipTest(f"{program} is not installed")
	folder = tempfile.mkdtemp(prefix="phonesec-dot1x.")
	unittest.addModuleCleanup(shutil.rmtree, folder)
	CERTIFICATES = certificates_make(folder)


class Phone:
	"""The room on the phone's end of the link."""

	def __init__(self, case, switch, folder, keys="", anchors="server-ca"):
		self.folder, self.lines = folder, []
		case.addCleanup(self.end)
		with open(f"{folder}/phone.conf", "w", encoding="ascii") as file:
			file.write(CONFIG.format(folder=folder, certificates=CERTIFICATES.path,
				anchors=anchors, keys=keys.format(folder=folder)))
		with open(f"{folder}/phone.log", "a", encoding="utf-8") as log:
			self.process = subprocess.Popen([*switch.phone.enter, SITE,
				f"{folder}/phone.conf", f"{folder}/run", f"{folder}/state"],
				stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
				text=True, env=dict(os.environ, FIPS_FILE=f"{folder}/fips_enabled"))
		self.reader = threading.Thread(target=self.read, daemon=True)
		self.reader.start()

	def read(self):
		for line in self.process.stdout:
			line, _, detail = line.rstrip("\n").partition(" detail=")
			self.lines.append(dict(part.split("=", 1)
				for part in re.split(r" (?=[a-z]+=)", line)) | {"detail": detail})

	def tell(self, command):
		self.process.stdin.write(command + "\n")
		self.process.stdin.flush()

	def status(self):
		count = len(self.lines)
		self.tell("status")
		assert until(lambda: len(self.lines) > count), self.log()
		return self.lines[-1]

	def becomes(self, seconds=15, **wanted):
		"""Waits for a status with these values, and returns it."""
		def found():
			said = self.status()
			return said if all(said.get(key) == str(value)
				for key, value in wanted.items()) else None
		return until(found, seconds)

	def log(self):
		with open(f"{self.folder}/phone.log", encoding="utf-8") as file:
			return file.read()

	def supplicant(self):
		"""The process, which is the only child."""
		with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
				encoding="ascii") as file:
			return [int(word) for word in file.read().split()]

	def end(self):
		if self.process.poll() is None:
			self.process.stdin.close()
			self.process.wait(timeout=10)
		with contextlib.suppress(BrokenPipeError):
			self.process.stdin.close()
		self.reader.join()
		self.process.stdout.close()


class Case(unittest.TestCase):
	def setUp(self):
		self.folder = tempfile.mkdtemp(prefix="phonesec-dot1x.")
		self.addCleanup(shutil.rmtree, self.folder)
		for name in ("run", "state", "identity", "switch"):
			os.mkdir(f"{self.folder}/{name}", mode=0o700)
		self.password_write(PASSWORD)
		self.identity_put("mic")
		self.switch = Switch(self, f"{self.folder}/switch", CERTIFICATES.path)
		self.phone = None

	def password_write(self, password):
		with private_open(f"{self.folder}/password") as file:
			file.write(password + "\n")

	def identity_put(self, name, place="mic"):
		"""Replaced whole, as the keystore does."""
		path = CERTIFICATES.path
		with private_open(f"{self.folder}/new") as file:
			for part in (f"{name}.pem", f"{name}.key"):
				file.write((path / part).read_text())
		os.rename(f"{self.folder}/new", f"{self.folder}/identity/{place}.pem")

	def phone_start(self, keys="", enabled=True, **options):
		if enabled:
			keys += "device-authentication=on\n"
		self.phone = Phone(self, self.switch, self.folder, keys, **options)
		return self.phone

	def connected(self, **wanted):
		said = self.phone.becomes(state="Authenticated", connected=1, **wanted)
		self.assertTrue(said, f"{self.phone.status()}\n{self.phone.log()}")
		self.assertTrue(until(self.switch.passes, 2), self.switch.log("hostapd"))
		return said

	def refused(self, reason, words="", **wanted):
		"""No success, the reason is told, and the port stays closed."""
		said = self.phone.becomes(last=reason, connected=0, successes=0, **wanted)
		self.assertTrue(said, f"{self.phone.status()}\n{self.phone.log()}")
		self.assertIn(words, said["detail"])
		self.assertFalse(self.switch.passes())
		self.assertNotIn("AP-STA-CONNECTED", self.switch.log("hostapd"))
		return said


class Tls(Case):
	"""EAP-TLS, with FreeRADIUS behind the switch."""

	def test_nothing_passes_before_success(self):
		self.switch.start()
		phone = self.phone_start(enabled=False)
		self.assertTrue(phone.becomes(state="Disabled", connected=0, protocols=""))
		time.sleep(2)
		self.assertFalse(self.switch.passes())
		self.assertEqual(phone.supplicant(), [])
		phone.tell("enable")
		said = self.connected(protocols="EAP-TLS", method="EAP-TLS", certificate="mic",
			identity=PHONE, successes=1, failures=0, last="none")
		self.assertEqual(said["carrier"], "1")
		# In the order in which phones show them.
		states = [line["state"] for line in phone.lines if "state" in line]
		order = ["Disabled", "Disconnected", "Acquired", "Authenticating", "Authenticated"]
		self.assertEqual([state for i, state in enumerate(states)
			if not i or state != states[i - 1]], order)
		phone.tell("disable")
		self.assertTrue(phone.becomes(state="Disabled", connected=0))
		self.assertTrue(until(lambda: not self.switch.passes()))
		self.assertIn("EAPOL-Logoff", self.switch.log("hostapd"))
		self.assertTrue(until(lambda: not phone.supplicant()))

	def test_nothing_secret_is_seen(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		pid, = phone.supplicant()
		with open(f"/proc/{pid}/cmdline", encoding="ascii") as file:
			self.assertEqual(file.read().split("\0")[1:-1], ["-c",
				f"{self.folder}/run/dot1x/supplicant.conf", "-i", "ph0", "-D", "wired"])
		with open(f"/proc/{pid}/environ", encoding="ascii") as file:
			self.assertEqual(file.read().split("=")[0], "PATH")
		for folder, _, files in os.walk(f"{self.folder}/run"):
			self.assertFalse(os.stat(folder).st_mode & 0o077, folder)
			for name in files:
				mode = os.lstat(f"{folder}/{name}").st_mode
				self.assertFalse(stat.S_ISREG(mode) and mode & 0o077, name)
				if stat.S_ISREG(mode):
					with open(f"{folder}/{name}", "rb") as file:
						self.assertNotIn(b"PRIVATE KEY", file.read())
		with open(f"/proc/{pid}/status", encoding="ascii") as file:
			self.assertIn(f"CapEff:\t{1 << 13 | 1 << 12:016x}\n", file.read())

	def test_server_of_another_authority(self):
		self.switch.start(server="auth-stranger")
		self.phone_start()
		self.refused("dot1x-server", "unable to get")

	def test_server_has_expired(self):
		self.switch.start(server="auth-expired")
		self.phone_start()
		self.refused("dot1x-server", "expired")

	def test_server_has_another_name(self):
		self.switch.start(server="auth-other")
		self.phone_start()
		self.refused("dot1x-server", "mismatch")

	def test_server_speaks_old_tls(self):
		self.switch.start(users=TLS, more="tls_flags=[DISABLE-TLSv1.2][DISABLE-TLSv1.3]\n")
		self.phone_start()
		self.refused("dot1x-refused")

	def test_phone_of_another_authority(self):
		self.identity_put("mic-stranger")
		self.switch.start()
		self.phone_start()
		self.refused("dot1x-refused", state="Held")

	def test_phone_has_expired(self):
		self.identity_put("mic-expired")
		self.switch.start()
		self.phone_start()
		self.refused("dot1x-refused", "the certificate mic is expired")

	def test_no_certificate(self):
		os.unlink(f"{self.folder}/identity/mic.pem")
		self.switch.start()
		self.phone_start()
		self.refused("identity-missing", state="Disconnected")
		self.identity_put("mic")
		self.phone.tell("identity")
		self.connected()

	def test_no_switch_that_asks(self):
		self.phone_start()
		said = self.phone.becomes(seconds=30, last="dot1x-silent", state="Disconnected",
			connected=0, successes=0)
		self.assertTrue(said, self.phone.status())
		self.assertFalse(self.switch.passes())


class Life(Case):
	"""What happens to a phone that was let in."""

	def test_link_flaps(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		for round_ in (2, 3):
			self.switch.port_stop()
			self.switch.link("down")
			self.assertTrue(phone.becomes(state="Disconnected", connected=0, carrier=0,
				seconds=1))
			self.switch.link("up")
			self.switch.port_start()
			self.assertFalse(self.switch.passes())
			self.connected(successes=round_, failures=0)

	def test_authentication_server_goes_away(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		self.switch.radius_stop()
		phone.tell("reauthenticate")
		self.assertTrue(phone.becomes(connected=0))
		self.assertFalse(phone.becomes(connected=1, seconds=4))
		self.switch.radius_start()
		self.connected(successes=2)

	def test_switch_restarts(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		self.switch.port_stop()
		self.assertFalse(self.switch.passes())
		self.switch.port_start()
		phone.tell("reauthenticate")
		self.connected(successes=2)

	def test_logoff(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		phone.tell("logoff")
		self.assertTrue(phone.becomes(state="Disconnected", connected=0, seconds=1))
		self.assertTrue(until(lambda: not self.switch.passes(), 3))
		self.assertFalse(phone.becomes(connected=1, seconds=3))
		phone.tell("reauthenticate")
		self.connected(successes=2)

	def test_switch_asks_again(self):
		self.switch.start(reauthentication=3)
		self.phone_start()
		self.connected()
		self.connected(successes=2, failures=0)

	def test_new_lsc(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected(certificate="mic")
		self.identity_put("lsc", "lsc")
		phone.tell("identity")
		self.connected(certificate="lsc", successes=2)
		# What is the same is not shown again.
		pids = phone.supplicant()
		phone.tell("identity")
		self.connected(certificate="lsc", successes=2)
		self.assertEqual(phone.supplicant(), pids)

	def test_new_lsc_that_cannot_be_used(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected(certificate="mic")
		with open(f"{self.folder}/identity/lsc.pem", "wb") as file:
			file.write((CERTIFICATES.path / "lsc.pem").read_bytes())
			file.write((CERTIFICATES.path / "mic.key").read_bytes())
		phone.tell("identity")
		said = self.connected(certificate="mic", successes=1)
		self.assertNotEqual(said["last"], "none")

	def test_expired_lsc_gives_way_to_the_mic(self):
		self.identity_put("lsc-expired", "lsc")
		self.switch.start()
		self.phone_start("expired=yes\n")
		self.connected(certificate="mic")

	def test_expired_lsc_locks_out_by_policy(self):
		self.identity_put("lsc-expired", "lsc")
		self.switch.start()
		self.phone_start("expired=no\n")
		self.refused("dot1x-expired", state="Disconnected")
		self.assertEqual(self.phone.supplicant(), [])

	def test_supplicant_dies(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		pid, = phone.supplicant()
		os.kill(pid, signal.SIGKILL)
		self.assertTrue(phone.becomes(connected=0, seconds=1))
		self.connected(successes=2)
		self.assertIn("signal 9", phone.log())

	def test_supplicant_hangs(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		pid, = phone.supplicant()
		os.kill(pid, signal.SIGSTOP)
		self.assertTrue(phone.becomes(connected=0, last="dot1x-supplicant", seconds=12))
		self.connected(successes=2)
		self.assertNotIn(pid, phone.supplicant())

	def test_daemon_dies(self):
		self.switch.start()
		phone = self.phone_start()
		self.connected()
		pid, = phone.supplicant()
		phone.process.kill()
		phone.process.wait()
		self.assertTrue(until(lambda: not os.path.exists(f"/proc/{pid}"), 3))

	def test_supplicant_is_not_installed(self):
		self.switch.start()
		self.phone_start("supplicant=/nowhere/wpa_supplicant\n")
		self.refused("dot1x-supplicant", "/nowhere/wpa_supplicant: No such file",
			state="Disconnected")


class Fast(Case):
	"""EAP-FAST, with the server that hostapd has."""

	def pac(self):
		return f"{self.folder}/state/dot1x.pac"

	def silent(self):
		"""Neither password nor keys are in what the phone tells."""
		with open(self.pac(), encoding="ascii") as file:
			keys = re.findall(r"PAC-Key=([0-9a-f]+)", file.read())
		self.assertTrue(keys)
		for secret in (PASSWORD, PASSWORD.encode().hex(), *keys):
			self.assertNotIn(secret, self.phone.log())
			self.assertFalse([line for line in self.phone.lines if secret in str(line)])
		self.assertFalse(os.stat(self.pac()).st_mode & 0o077)

	def provisioned(self, method, server_provisioning, keys):
		self.switch.start(users=FAST.format(method), provisioning=server_provisioning)
		phone = self.phone_start(FAST_KEYS + keys)
		self.connected(protocols="EAP-FAST", method="EAP-FAST", certificate="",
			identity="anonymous", pac=1)
		self.silent()
		# Also by the PAC alone.
		phone.tell("reauthenticate")
		self.assertTrue(phone.becomes(connected=0))
		self.connected(pac=1, last="none")

	def test_server_provisioning_gtc(self):
		self.provisioned("GTC", 2, "fast-provisioning=server\n")

	def test_server_provisioning_mschapv2(self):
		self.provisioned("MSCHAPV2", 2, "fast-provisioning=server\n")

	def test_anonymous_provisioning(self):
		self.provisioned("MSCHAPV2", 1, "fast-provisioning=anonymous\n")

	def test_anonymous_provisioning_is_refused_by_policy(self):
		self.switch.start(users=FAST.format("MSCHAPV2"), provisioning=1)
		self.phone_start(FAST_KEYS + "fast-provisioning=server\n")
		self.refused("dot1x-refused", pac=0)

	def test_server_of_another_authority(self):
		self.switch.start(users=FAST.format("GTC"), provisioning=2, server="auth-stranger")
		self.phone_start(FAST_KEYS)
		self.refused("dot1x-server", pac=0)

	def test_wrong_password(self):
		self.switch.start(users=FAST.format("MSCHAPV2"), provisioning=2)
		self.password_write("another-4712")
		self.phone_start(FAST_KEYS)
		self.refused("dot1x-refused", pac=0)
		self.assertNotIn("another-4712", self.phone.log())

	def another_pac(self, **server):
		"""The PAC of a server that is gone, as this one has another key."""
		self.switch.start(users=FAST.format("GTC"), provisioning=2)
		self.phone_start(FAST_KEYS)
		self.connected(pac=1)
		self.phone.end()
		self.switch.port_stop()
		os.unlink(f"{self.folder}/switch/hostapd.log")
		self.switch.start(users=FAST.format("GTC"), provisioning=2, pac_key="11" * 16,
			**server)
		self.phone_start(FAST_KEYS)

	def test_wrong_pac_and_the_certificate_of_the_server(self):
		self.another_pac()
		self.connected(pac=1, method="EAP-FAST")
		self.silent()

	def test_wrong_pac_and_a_server_of_another_authority(self):
		self.another_pac(server="auth-stranger")
		self.refused("dot1x-server")

	def test_damaged_pac(self):
		with private_open(self.pac()) as file:
			file.write("wpa_supplicant EAP-FAST PAC file - version 1\nSTART\nPAC-Ke")
		self.switch.start(users=FAST.format("GTC"), provisioning=2)
		self.phone_start(FAST_KEYS)
		self.connected(pac=1)

	def test_both_methods(self):
		self.switch.start(users=FAST.format("GTC") + TLS, provisioning=2)
		self.phone_start(FAST_KEYS.replace("=fast\n", "=tls-and-fast\n"))
		self.connected(protocols="EAP-TLS, EAP-FAST", certificate="mic")


def main():
	"""Runs the tests of the script that was called, in a network namespace."""
	global SITE
	SITE = os.path.abspath(sys.argv[1])
	if os.environ.get("DOT1X_TEST") != str(os.getpid()):
		os.environ["DOT1X_TEST"] = str(os.getpid())
		os.execvp("unshare", ["unshare", *(["-r"] if os.getuid() else []), "-n", *sys.argv])
	unittest.main(argv=sys.argv[:1] + sys.argv[2:])


if __name__ == "__main__":
	main()
