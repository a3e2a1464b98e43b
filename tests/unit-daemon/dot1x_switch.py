# SPDX-License-Identifier: Apache-2.0
"""A switch whose port is closed until hostapd has authorized the phone, with FreeRADIUS or
hostapd's own server behind it, and a network behind that.

The switch is in the namespace of this process; phone and network have their own. Closed is a
routing rule of the kernel: what comes in at the port goes nowhere.
"""
import contextlib
import ctypes
import os
import socket
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
NETWORK = "10.9.1.2"
RADIUS = """
prefix = /usr
localstatedir = {folder}
name = radius
confdir = {folder}
logdir = {folder}
run_dir = {folder}
libdir = /usr/lib/freeradius
pidfile = {folder}/radius.pid
max_request_time = 30
cleanup_delay = 5
max_requests = 1024
hostname_lookups = no
log {{
  destination = stdout
}}
security {{
max_attributes = 200
reject_delay = 0
status_server = no
}}
thread pool {{
start_servers = 1
max_servers = 2
min_spare_servers = 1
max_spare_servers = 1
max_requests_per_server = 0
}}
client lo {{
ipaddr = 127.0.0.1
secret = radius-secret
}}
modules {{
  eap {{
    default_eap_type = tls
    timer_expire = 60
    ignore_unknown_eap_types = no
    tls-config tls-common {{
      private_key_file = {server}.key
      certificate_file = {server}.pem
      ca_file = {phones}
      cipher_list = "DEFAULT"
      ecdh_curve = ""
      tls_min_version = "1.2"
      tls_max_version = "1.2"
      cache {{ enable = no }}
    }}
    tls {{
      tls = tls-common
    }}
  }}
}}
server default {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = 1812
  }}
  authorize {{
    eap
  }}
  authenticate {{
    eap
  }}
}}
"""
PORT = """
interface=sw0
driver=wired
logger_stdout=-1
logger_stdout_level=0
ctrl_interface={folder}/hostapd
ieee8021x=1
use_pae_group_addr=1
eap_reauth_period={reauthentication}
"""
BEHIND = """
own_ip_addr=127.0.0.1
nas_identifier=switch
auth_server_addr=127.0.0.1
auth_server_port=1812
auth_server_shared_secret=radius-secret
radius_retry_primary_interval=1
"""
INSIDE = """
eap_server=1
eap_user_file={folder}/users
ca_cert={phones}
server_cert={server}.pem
private_key={server}.key
dh_file={dh}
pac_opaque_encr_key={pac_key}
eap_fast_a_id=101112131415161718191a1b1c1d1e1f
eap_fast_a_id_info=switch
eap_fast_prov={provisioning}
pac_key_lifetime=604800
pac_key_refresh_time=86400
"""


def run(*words):
	done = subprocess.run(words, capture_output=True, text=True, check=False)
	assert not done.returncode, (words, done.stderr)


def until(what, seconds=15):
	"""Waits until what() is true and returns what it is then."""
	end = time.monotonic() + seconds
	while True:
		result = what()
		if result or time.monotonic() > end:
			return result
		time.sleep(0.02)


class Namespace:
	"""A network namespace, for as long as its only process lives."""

	def __init__(self, case):
		self.process = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec sleep 1h"],
			stdout=subprocess.PIPE)
		case.addCleanup(self.end)
		self.process.stdout.readline()
		self.enter = ["nsenter", f"--net=/proc/{self.process.pid}/ns/net"]

	def run(self, *words):
		run(*self.enter, *words)

	def socket(self, address):
		"""A socket stays in the namespace of the thread that made it."""
		made = []

		def make():
			libc = ctypes.CDLL(None, use_errno=True)
			with open(f"/proc/{self.process.pid}/ns/net", encoding="ascii") as file:
				assert libc.setns(file.fileno(), CLONE_NEWNET) == 0
			end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
			end.bind(address)
			end.settimeout(0.4)
			made.append(end)

		thread = threading.Thread(target=make)
		thread.start()
		thread.join()
		return made[0]

	def end(self):
		self.process.kill()
		self.process.wait()
		self.process.stdout.close()


class Switch:
	"""hostapd on the port sw0; the phone has the other end, ph0."""

	def __init__(self, case, folder, certificates):
		self.folder, self.certificates = folder, certificates
		self.process = self.radius = self.control = None
		self.environment = {}
		self.phone, self.network = Namespace(case), Namespace(case)
		case.addCleanup(self.end)
		run("ip", "link", "set", "lo", "up")
		with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
			file.write("1")
		self.lock = threading.Lock()
		self.port_set(False)
		for port, end, name, address in ((("sw0"), self.phone, "ph0", "10.9.0.%d"),
				("up0", self.network, "net0", "10.9.1.%d")):
			run("ip", "link", "add", port, "type", "veth", "peer", "name", name,
				"netns", str(end.process.pid))
			run("ip", "address", "add", address % 1 + "/24", "dev", port)
			run("ip", "link", "set", port, "up")
			end.run("ip", "link", "set", "lo", "up")
			end.run("ip", "address", "add", address % 2 + "/24", "dev", name)
			end.run("ip", "link", "set", name, "up")
			end.run("ip", "route", "add", "default", "via", address % 1)
		self.sender = self.phone.socket(("0.0.0.0", 0))
		self.receiver = self.network.socket((NETWORK, 7000))

	def port_set(self, is_open):
		"""The watcher and the test may both want it."""
		with self.lock:
			while is_open == ("blackhole" in subprocess.run(["ip", "rule"], check=True,
					capture_output=True, text=True).stdout):
				subprocess.run(["ip", "rule", "del" if is_open else "add", "dev",
					"sw0", "blackhole", "pref", "100"], check=False)

	def passes(self):
		"""Whether something that the phone sends arrives in the network."""
		with contextlib.suppress(TimeoutError):
			while True:
				self.receiver.recv(64, socket.MSG_DONTWAIT | socket.MSG_TRUNC)
		for _ in range(3):
			self.sender.sendto(b"through the port", (NETWORK, 7000))
		try:
			return self.receiver.recv(64) == b"through the port"
		except TimeoutError:
			return False

	def log(self, name):
		with open(f"{self.folder}/{name}.log", encoding="utf-8", errors="replace") as file:
			return file.read()

	def program_start(self, name, words):
		with open(f"{self.folder}/{name}.log", "a", encoding="utf-8") as log:
			return subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT,
				stdin=subprocess.DEVNULL, env=os.environ | self.environment)

	def file_write(self, name, text):
		with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
			file.write(text)

	def start(self, users="", server="auth", phones="phones.pem", reauthentication=0,
			pac_key="00" * 16, provisioning=3, more=""):
		"""With FreeRADIUS behind it; with users hostapd is the server itself."""
		certificates = self.certificates
		words = {"folder": self.folder, "server": f"{certificates}/{server}",
			"phones": f"{certificates}/{phones}", "dh": f"{certificates}/dh.pem",
			"reauthentication": reauthentication, "pac_key": pac_key,
			"provisioning": provisioning}
		if not users:
			self.file_write("radiusd.conf", RADIUS.format(**words))
			self.radius_start()
		self.file_write("users", users)
		self.file_write("hostapd.conf",
			(PORT + (INSIDE if users else BEHIND)).format(**words) + more)
		self.port_start()

	def radius_start(self):
		self.radius = self.program_start("radius", ["freeradius", "-f", "-d", self.folder,
			"-n", "radiusd", "-l", "stdout", "-xx"])
		assert until(lambda: "Ready to process" in self.log("radius")), self.log("radius")

	def radius_stop(self):
		if self.radius:
			self.radius.kill()
			self.radius.wait()
			os.unlink(f"{self.folder}/radius.log")
		self.radius = None

	def port_start(self):
		self.process = self.program_start("hostapd", ["hostapd", "-t",
			f"{self.folder}/hostapd.conf"])
		name = f"{self.folder}/hostapd/sw0"
		assert until(lambda: os.path.exists(name)), self.log("hostapd")
		self.control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		self.control.bind(f"{self.folder}/watch")
		self.control.connect(name)
		self.control.send(b"ATTACH")
		assert self.control.recv(64) == b"OK\n"
		threading.Thread(target=self.watch, args=[self.control], daemon=True).start()

	def watch(self, control):
		"""The port is as hostapd says."""
		with contextlib.suppress(OSError):
			while event := control.recv(4096):
				if b"AP-STA-CONNECTED" in event:
					self.port_set(True)
				elif b"AP-STA-DISCONNECTED" in event or b"AP-DISABLED" in event:
					self.port_set(False)

	def port_stop(self):
		if self.process:
			self.process.kill()
			self.process.wait()
			self.control.shutdown(socket.SHUT_RDWR)
			self.control.close()
			for name in ("watch", "hostapd/sw0"):
				with contextlib.suppress(FileNotFoundError):
					os.unlink(f"{self.folder}/{name}")
		self.process = None
		self.port_set(False)

	def link(self, state):
		run("ip", "link", "set", "sw0", state)

	def end(self):
		self.port_stop()
		self.radius_stop()
		self.port_set(True)
		self.sender.close()
		self.receiver.close()
		for port in ("sw0", "up0"):
			run("ip", "link", "del", port)
