# SPDX-License-Identifier: Apache-2.0
"""OpenSSL's FIPS provider for the phone of a site, and what such a phone shows."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

from daemon import BUILD
from hosts import inside

FOLDER = pathlib.Path(os.environ["SITE"], "fips")
PROVIDER = FOLDER / "fips.so"
CONFIG = FOLDER / "fipsmodule.cnf"
# The section [fips] of a phone in FIPS mode.
FIPS = {"mode": "yes", "provider-module": PROVIDER, "provider-config": CONFIG}
DISPLAY_WEAK = "Phone failed to register. Cert key size is not FIPS compliant"


def provider_install():
    FOLDER.mkdir(exist_ok=True)
    FOLDER.chmod(0o755)
    shutil.copy(f"{BUILD}/apt/fips-provider/fips.so", PROVIDER)
    subprocess.run(["openssl", "fipsinstall", "-quiet", "-module", PROVIDER, "-out", CONFIG],
                   check=True, capture_output=True)
    CONFIG.chmod(0o644)


@contextlib.contextmanager
def display():
    """What goes to the phone's display, as a list that grows."""
    with inside("phone"), open(FOLDER / "display", "w+", encoding="utf-8") as file:
        monitor = subprocess.Popen(["dbus-monitor", "--address",
                                    os.environ["DBUS_SYSTEM_BUS_ADDRESS"],
                                    "type='signal',member='Display'"], stdout=file)
        time.sleep(1)
        try:
            yield lambda: [line.split('"')[1] for line in
                           (FOLDER / "display").read_text().splitlines() if 'string "' in line
                           and ":1." not in line and "org." not in line]
        finally:
            monitor.terminate()
            monitor.wait()
