# SPDX-License-Identifier: Apache-2.0
"""What a run leaves behind in the guest: keys as the far end tells them, and where none may be."""
import base64
import os
import pathlib
import re
import shutil
import subprocess

LOGS = pathlib.Path(os.environ["SITE_LOGS"])
CAPTURE = str(LOGS / "call.pcap")
# The media relay logs what it is told, keys and all: the one file that stays in the guest.
RELAY_LOG = LOGS / "rtpengine.log"


def keys():
    """Master keys with their salts of the phone's leg, in the order in which the relay saw them."""
    told = RELAY_LOG.read_text(encoding="utf-8", errors="replace")
    found = re.findall(r"a=crypto:\d+ AEAD_AES_256_GCM inline:([A-Za-z0-9+/]{59})", told)
    # 44 octets; some leave out the sign that fills the last group.
    return [base64.b64decode(text + "=") for text in dict.fromkeys(found)]


def manager_log():
    """What the call manager has logged."""
    return (LOGS / "kamailio.log").read_text(encoding="utf-8", errors="replace")


def files(daemon):
    """Everything that could hold a key and must not, by name."""
    places = [path for path in LOGS.iterdir() if path.is_file() and path != RELAY_LOG]
    places += [path for folder in ("run", "state") for path in (daemon.folder / folder).rglob("*")
               if path.is_file()]
    found = {str(path): path.read_bytes() for path in places}
    found["dmesg"] = subprocess.run(["dmesg"], capture_output=True, check=True).stdout
    return found


def key_forms(master):
    """The ways in which a key could stand in a file: its bytes, hexadecimal, base64."""
    key = master[:-12]
    forms = []
    for part in (master, key, master[:16]):
        # Whole groups of base64 only: the last one depends on what follows.
        forms += [part, part.hex().encode(), part.hex().upper().encode(),
                  part.hex(" ").encode(), part.hex(":").encode(),
                  base64.b64encode(part)[:len(part) // 3 * 4]]
    return forms


def key_places(masters, contents):
    """Names of the files that hold a key in any form."""
    forms = [form for master in masters for form in key_forms(master)]
    return [name for name, data in contents.items() if any(form in data for form in forms)]


def keep(folder):
    """Copies what the host judges: capture, recordings, and logs without keys."""
    for path in LOGS.iterdir():
        if path.is_dir():
            shutil.copytree(path, os.path.join(folder, path.name), dirs_exist_ok=True)
        elif path != RELAY_LOG:
            shutil.copy(path, folder)
