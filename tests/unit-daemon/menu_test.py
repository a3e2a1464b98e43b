#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The menu Security Setup, driven by keys in a terminal as small as a phone's display.

menu_test.py PHONESEC BUS_SITE
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

import bus_test
from bus_test import until


@unittest.skipUnless(shutil.which("tmux"), "there is no tmux here")
class MenuCase(bus_test.BusCase):
	columns, lines = 26, 7

	def setUp(self):
		super().setUp()
		self.socket = f"{self.site.folder}/tmux"
		self.addCleanup(subprocess.run, [*self.tmux(), "kill-server"], check=False,
			stderr=subprocess.DEVNULL)
		# What the menu ends with stays on the screen.
		self.run_tmux("-f", "/dev/null", "new-session", "-d", "-x", str(self.columns), "-y",
			str(self.lines), f"exec sh -c '{bus_test.PHONESEC} menu; echo ended $?; cat'",
			";", "set", "status", "off", ";", "resize-window", "-x", str(self.columns),
			"-y", str(self.lines))

	def tmux(self):
		return ["tmux", "-S", self.socket]

	def run_tmux(self, *words):
		return subprocess.run([*self.tmux(), *words], env=self.site.environment, text=True,
			capture_output=True, timeout=20, check=True).stdout

	def screen(self):
		return self.run_tmux("capture-pane", "-p").rstrip("\n").split("\n")

	def press(self, *keys):
		self.run_tmux("send-keys", *keys)

	def sees(self, *patterns):
		"""Waits for a screen whose lines match so, and the rest is empty."""
		def match():
			lines = self.screen()
			return len(lines) >= len(patterns) and all(
				re.fullmatch(pattern, line.rstrip())
				for pattern, line in zip(patterns, lines))
		self.assertTrue(until(match, 5), "\n".join(self.screen()))

	def chosen(self):
		"""The first line in reverse below the title."""
		text = self.run_tmux("capture-pane", "-p", "-e").split("\n")
		reverse = False
		for line in text:
			pieces = re.split(r"(\x1b\[[\d;]*m)", line)
			shown = ""
			for piece in pieces:
				if piece.startswith("\x1b["):
					codes = piece[2:-1].split(";")
					ends = {"0", "27", ""} & set(codes)
					reverse = "7" in codes or (reverse and not ends)
				elif reverse:
					shown += piece
			if shown and line is not text[0]:
				return shown.strip()
		return ""

	def chooses(self, start):
		self.assertTrue(until(lambda: self.chosen().startswith(start), 5), self.chosen())


class Menu(MenuCase):
	def at_start(self):
		self.sees("Security Setup", r"Security mode +Encrypted", r"LSC +.*", "Trust List",
			"802.1x Authentication")

	def test_tables(self):
		self.at_start()
		self.sees(*[".*"] * 2, r"LSC +Not Installed", *[".*"] * 3, r" +Back")
		self.chooses("Security mode")
		self.press("Enter")
		self.at_start()
		self.press("Down", "Down")
		self.chooses("Trust List")
		self.sees(*[".*"] * 6, r"Select +Back")
		self.press("Enter")
		self.sees("Trust List", "CTL File", "ITL File", r"Configuration \(signed\)")
		self.press("Down", "Down", "Enter")
		self.sees(r"Configuration \(signed\)", r"SRST Router +None")
		self.site.tell("srst yes")
		self.sees(r"Configuration \(signed\)", r"SRST Router", " router.example|.*router.example")
		self.press("Escape")
		self.sees("Trust List")
		# One comes back to where one was.
		self.chooses("Configuration")
		self.press("Escape")
		self.at_start()
		self.press("Down", "Enter")
		self.sees("802.1x Authentication", r"Device authentication", " Disabled",
			"Transaction Status")
		self.press("Down", "Enter")
		self.sees("Transaction Status", r"Transaction Status", " Disconnected",
			r"Protocols +None")
		self.press("Escape", "Escape", "Escape")
		self.sees("ended 0")

	def test_network_access(self):
		self.at_start()
		self.press("Down", "Down", "Down", "Enter")
		self.sees("802.1x Authentication", "Device authentication", " Disabled",
			"Transaction Status", "", "", r"Change +Back")
		self.press("Enter")
		self.sees("802.1x Authentication", "Device authentication", " Enabled")
		self.assertIn("dot1x enable", self.site.heard())
		self.press("Down", "Enter")
		self.site.tell("dot1x open")
		self.sees("Transaction Status", r"Transaction Status", " Connected",
			r"Protocols +EAP-TLS")
		self.site.tell("dot1x held")
		self.sees("Transaction Status", r"Transaction Status", " Disconnected", "Protocols",
			" EAP-TLS, EAP-FAST")
		# What the configuration decides is not to be changed here.
		self.press("Escape", "Up")
		self.site.tell("dot1x fixed")
		self.sees("802.1x Authentication", "Device authentication", " Enabled",
			"Transaction Status", "", "", r" +Back")
		self.press("Enter")
		self.sees("802.1x Authentication", "Device authentication", " Enabled")
		self.assertEqual([line for line in self.site.heard() if line.startswith("dot1x ")],
			["dot1x enable"])

	def test_hardening(self):
		self.at_start()
		self.press(*["Down"] * 4)
		self.chooses("Hardening")
		self.press("Enter")
		self.sees("Hardening", r"Web access +on \(device\)", r"Gratuitous ARP",
			r" +off \(default\)", "", "", r"Select +Back")
		self.press("Down")
		self.chooses("Gratuitous ARP")
		self.press("Enter")
		self.sees("Gratuitous ARP", "Value +off", "From +default", "Default +off",
			"Element +garp", "Not taken", r" +Back")
		self.press(*["Down"] * 4)
		self.sees(".*", *[".*"] * 4, r" +closed by the file", r" +Back")
		# It only tells, so that it is told where settings are closed, too.
		self.press("Escape")
		self.site.tell("settings disabled")
		self.sees("Hardening", r"Web access +on \(device\)")
		self.press("Escape")
		self.chooses("Hardening")

	def test_settings_that_are_closed(self):
		for closed in ("restricted", "disabled"):
			self.site.tell("settings " + closed)
			self.at_start()
			self.press("Down")
			self.chooses("LSC")
			self.sees("Security Setup", *[".*"] * 5, r" +Back")
			self.press("Enter")
			self.at_start()
			self.press("Down", "Down", "Enter")
			self.sees("802.1x Authentication", *[".*"] * 5, r" +Back")
			self.site.tell("settings unlocked")
			self.sees("802.1x Authentication", *[".*"] * 5, r"Change +Back")
			self.site.tell("settings " + closed)
			self.sees("802.1x Authentication", *[".*"] * 5, r" +Back")
			self.press("Escape", "Up", "Up", "Up")
		self.assertNotIn("dot1x enable", self.site.heard())

	def test_lists(self):
		self.at_start()
		self.press("Down", "Down", "Enter", "Enter")
		self.sees("CTL File", "Not Installed")
		self.site.tell("lists both")
		self.sees("CTL File", r"Signature +f00d", r"SAST +SAST")
		self.press("Escape", "Down", "Enter")
		self.sees("ITL File", r"Signature +f00d", r"ucm1 +CCM\+TFTP", r"CAPF +CAPF")
		self.press("Down", "Enter")
		self.sees("Certificate", r"Role +CCM\+TFTP", r"Subject +CN=ucm1", r"Issuer +CN=ucm1",
			r"Serial number +78", r"Host +ucm1.example", r" +Back")
		# More than the display has lines.
		self.press(*["Down"] * 9)
		self.sees("Certificate", *[".*"] * 4, r"SHA-256 +bb", r" +Back")
		# The record that is looked at goes with its list.
		self.site.tell("lists none")
		self.sees(".*", "None")
		self.press("Escape")
		self.sees("ITL File", "Not Installed")

	def ask(self):
		self.at_start()
		self.press("Down")
		self.chooses("LSC")
		self.press("Enter")
		self.sees("LSC", "Authentication string:", "", *[".*"] * 3, r"Submit +Cancel")

	def test_lsc_is_installed(self):
		self.ask()
		self.press("9", "x", "BSpace", "1", "2", "3", "4", "5", "6")
		self.sees("LSC", "Authentication string:", r"\*{6}")
		self.press("Enter")
		self.sees("Security Setup", ".*", "LSC +Connecting...")
		self.assertIn("update 6 1", self.site.heard())
		for text in ("Generating keys", "Waiting for CAPF"):
			self.site.tell("progress " + text)
			self.sees("Security Setup", ".*", "LSC +" + text)
		# Nothing is asked for while it goes on.
		self.press("Enter")
		self.sees("Security Setup", *[".*"] * 5, r" +Back")
		self.site.tell("lsc installed")
		self.sees("Security Setup", ".*", "LSC +Installed", *[".*"] * 3, r"Update +Back")
		self.press("Enter")
		self.sees("LSC", "Authentication string:")
		self.press("Enter")
		self.assertTrue(until(lambda: "update 0 -" in self.site.heard()))

	def test_lsc_is_not_installed(self):
		self.ask()
		self.press("1", "2", "3", "4", "Enter")
		self.assertTrue(until(lambda: "update 4 1" in self.site.heard()))
		self.site.tell("lsc failed")
		self.sees("Security Setup", ".*", "LSC +Not Installed")
		# What was wrong is told where it is tried again.
		self.press("Enter")
		self.sees("LSC", "Authentication string:", "", "No connection to the", ".*")

	def test_a_string_that_is_none(self):
		self.ask()
		self.press("1", "2", "3", "Enter")
		self.sees("Security Setup", "The authentication string", *[".*"] * 4, r" +Back")
		self.assertNotIn("update", " ".join(self.site.heard()))
		self.press("Escape")
		self.at_start()
		self.press("Enter")
		# Nothing of what was typed is left.
		self.sees("LSC", "Authentication string:", "")
		self.press("1", "Escape")
		self.at_start()

	def test_the_daemon_goes_and_comes(self):
		self.at_start()
		self.site.daemon_stop()
		self.sees("Security Setup", "The daemon phonesecd does", "not answer.*")
		self.site.daemon_start()
		self.at_start()
		self.site.bus_stop()
		self.sees("Security Setup", "The message bus.*")
		self.site.bus_start()
		self.at_start()

	def test_the_terminal_changes(self):
		self.at_start()
		self.run_tmux("resize-window", "-x", "60", "-y", "20")
		self.sees("Security Setup", r"Security mode {38,}Encrypted")
		self.run_tmux("resize-window", "-x", "12", "-y", "4")
		self.sees("Security Set", ".*", ".*", " +Back")
		self.press("q")
		self.sees("ended 0")

	def test_without_a_terminal(self):
		self.refused("menu-terminal", 2, "menu")


class SmallMenu(MenuCase):
	columns, lines = 20, 6

	def test_everything_is_reached(self):
		self.sees("Security Setup", r"Security mode", " Encrypted")
		self.press("Down", "Down", "Down")
		self.chooses("802.1x Authenticati")
		self.sees("Security Setup", *[".*"] * 4, r"Select +Back")
		self.press("Enter")
		self.sees("802.1x Authenticatio", "Device authenticatio|Device authentication", " Disabled")


if __name__ == "__main__":
	bus_test.PHONESEC, bus_test.SITE = (os.path.abspath(name) for name in sys.argv[1:3])
	unittest.main(argv=sys.argv[:1] + sys.argv[3:])
