#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
The daemon's service on the bus (docs/org.phonesec.Phone1.xml), with what it is told.

Each line on standard input is {"INTERFACE": {"PROPERTY": value}} to be told from now on, "drop" to
leave the bus's name, "take" to have it again, "hang SECONDS" to answer nothing for so long, or
"count" for how many questions were asked; each is answered with a line. It ends with its input.
"""
import json
import sys
import time

import dbus
import dbus.bus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.phonesec.Phone1"
PATH = "/org/phonesec/Phone1"
SIGNATURES = {
	"Registrations": "a(sssuus)", "Certificates": "a(sssssssxxbb)", "Settings": "a(sssb)",
	"Lists": "a(sssssxuussss)", "Options": "a(ssssssss)", "Ports": "a(sssbb)",
	"WebHttpPort": "q", "WebHttpsPort": "q", "VoiceVlanId": "q", "Port": "q", "Loaded": "x",
}


def value_of(name, value):
	kind = SIGNATURES.get(name)
	if kind == "q":
		return dbus.UInt16(value)
	if kind == "x":
		return dbus.Int64(value)
	if kind:
		return dbus.Array([dbus.Struct(one, signature=kind[2:-1]) for one in value],
			signature=kind[1:])
	return value


class Object(dbus.service.Object):
	"""An object with the properties of some interfaces."""

	def __init__(self, connection, path, interfaces):
		super().__init__(connection, path)
		self.interfaces = interfaces
		self.asked = 0

	@dbus.service.method("org.freedesktop.DBus.Properties", in_signature="s",
		out_signature="a{sv}")
	def GetAll(self, interface):
		self.asked += 1
		if interface not in self.interfaces:
			raise dbus.exceptions.DBusException("there is no such interface",
				name="org.freedesktop.DBus.Error.UnknownInterface")
		return {name: value_of(name, value)
			for name, value in self.interfaces[interface].items()}

	@dbus.service.signal("org.freedesktop.DBus.Properties", signature="sa{sv}as")
	def PropertiesChanged(self, interface, changed, gone):
		pass


class StandIn:
	"""The service, and the orders that come for it."""

	def __init__(self):
		self.bus = dbus.bus.BusConnection(sys.argv[1])
		self.loop = GLib.MainLoop()
		self.phone = Object(self.bus, PATH, {})
		self.servers = {role: Object(self.bus, f"{PATH}/server/{role}",
			{NAME + ".Server": {"Role": role, "State": "absent"}})
			for role in ("primary", "secondary", "tertiary", "srst")}
		self.bus.request_name(NAME)

	def tell(self, interface, properties):
		if interface.startswith("Server/"):
			server = self.servers[interface.split("/")[1]]
			server.interfaces[NAME + ".Server"] = properties
			return
		full = NAME if interface == "Phone1" else f"{NAME}.{interface}"
		self.phone.interfaces.setdefault(full, {}).update(properties)
		self.phone.PropertiesChanged(full, {name: value_of(name, value)
			for name, value in properties.items()}, [])

	def order(self, line):
		if line == "drop":
			self.bus.release_name(NAME)
		elif line == "take":
			self.bus.request_name(NAME)
		elif line.startswith("hang "):
			print("hangs", flush=True)
			time.sleep(float(line.split()[1]))
			return
		elif line == "count":
			print(self.phone.asked, flush=True)
			return
		else:
			for interface, properties in json.loads(line).items():
				self.tell(interface, properties)
		self.bus.flush()
		print("done", flush=True)

	def input_take(self, *_):
		line = sys.stdin.readline()
		if line:
			self.order(line.strip())
		else:
			self.loop.quit()
		return bool(line)


def main():
	dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
	stand_in = StandIn()
	GLib.io_add_watch(0, GLib.IO_IN | GLib.IO_HUP, stand_in.input_take)
	print("ready", flush=True)
	stand_in.loop.run()


if __name__ == "__main__":
	main()
