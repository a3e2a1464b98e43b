#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of the phone with the daemon as it is built, which says when there are any.

daemon_test.py PHONESEC PHONESECD PHONESEC_WEB
"""
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import unittest
import unittest.mock

import web_test

# They are where web_test has looked already.
import bus_test
import life_test
from web_test import listening, stop, until

WEB = ""


class Pages(life_test.LifeCase):
	def setUp(self):
		super().setUp()
		self.http, self.https = web_test.port_find(), web_test.port_find()
		self.web = subprocess.Popen([WEB], env=self.phone.environment)
		self.addCleanup(self.web_end)

	def web_end(self):
		self.assertIsNone(self.web.poll(), "it has ended by itself")
		self.assertEqual(stop(self.web), 0)

	def phone_start(self, hardening="web-access = yes\n"):
		self.phone.more = (f"[hardening]\n{hardening}"
			f"[web]\nhttp-port = {self.http}\nhttps-port = {self.https}\n")
		self.start()

	def listens(self, *ports):
		ok = until(lambda: listening(self.web.pid) == set(ports))
		self.assertTrue(ok, f"listens on {listening(self.web.pid)}, not on {ports}\n"
			+ self.logged())

	def ask(self, path, secure=False):
		connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)
		if secure:
			connection = http.client.HTTPSConnection("127.0.0.1", self.https,
				timeout=10, context=ssl._create_unverified_context())
		connection.request("GET", path)
		answer = connection.getresponse()
		body = answer.read().decode()
		connection.close()
		self.assertEqual(answer.status, 200, body)
		return body

	def test_what_is_shown(self):
		self.phone_start()
		self.listens(self.http, self.https)
		status = json.loads(self.ask("/status.json"))
		self.assertEqual(status["policy"]["fips_mode"], False)
		self.assertEqual(status["network"]["device_authentication"], "Disabled")
		self.assertEqual([one["port"] for one in status["ports"]], ["lan", "pc"])
		self.assertEqual(len(status["servers"]), 4)
		told = json.loads(self.ask("/configuration.json", secure=True))
		access = [one for one in told["hardening"] if one["name"] == "hardening.web-access"]
		self.assertEqual([(one["value"], one["source"]) for one in access], [("yes", "file")])
		names = {one["name"]: one["value"] for one in told["settings"]}
		self.assertEqual(names["web.http-port"], str(self.http))
		for name in ("phone.name", "dot1x.device-authentication", "network.voice-vlan",
			"fips.mode", "audit.mode"):
			self.assertIn(name, names)
		self.assertFalse([name for name in names if name.startswith(("identity.", "oauth.t",
			"credentials.", "directory."))])
		for path in ("/", "/configuration"):
			self.assertIn("</html>", self.ask(path))

	def test_it_is_as_the_daemon_says(self):
		self.phone_start("")
		self.assertFalse(until(lambda: listening(self.web.pid), 1))
		self.phone.daemon_end()
		self.phone_start("web-access = yes\nweb-https-only = yes\n")
		self.listens(self.https)
		self.ask("/", secure=True)
		with open(f"{self.folder}/phonesecd.conf", "r+", encoding="ascii") as file:
			text = file.read().replace("web-access = yes", "web-access = no")
			file.seek(0)
			file.write(text)
			file.truncate()
		self.assertEqual(self.phone.busctl("call", bus_test.PHONE, bus_test.PATH,
			bus_test.PHONE, "Reload").returncode, 0)
		self.listens()

	def test_the_site_closes_it(self):
		self.config_put()
		self.phone_start()
		self.listens(self.http, self.https)
		closed = life_test.CONFIG.replace("</device>",
			"<vendorConfig><webAccess>1</webAccess></vendorConfig></device>")
		with unittest.mock.patch.object(life_test, "CONFIG", closed):
			self.config_put(load="two")
		self.fetch(load="two")
		self.listens()

	def test_without_the_daemon(self):
		self.phone_start()
		self.listens(self.http, self.https)
		stop(self.phone.phone, signal.SIGKILL)
		self.phone.log.close()
		self.listens()
		self.phone.daemon_run()
		self.listens(self.http, self.https)
		self.ask("/")


if __name__ == "__main__":
	bus_test.PHONESEC, life_test.PHONESECD, WEB = (os.path.abspath(name)
		for name in sys.argv[1:4])
	unittest.main(argv=sys.argv[:1] + sys.argv[4:])
