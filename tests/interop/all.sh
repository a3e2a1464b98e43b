#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs as a job in a guest (tests/machine/job.sh): calls between nf_srtp on the host
# "phone" and implementations that nobody here wrote on the host "peer", both ways.
#
#   libsrtp.sh     libsrtp2: every combination of suite, address family, RTCP port
#                  and MKI, and each pair of these with every pattern of wrap, loss
#                  and disorder
#   gstreamer.sh   GStreamer's srtpenc and srtpdec with real speech: each pair of
#                  these choices
#
# make -C tests/interop builds what this needs.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
here=$TOP/tests/interop
# shellcheck source=tests/interop/session.sh
. "$here/session.sh"
# shellcheck source=tests/interop/libsrtp.sh
. "$here/libsrtp.sh"
# shellcheck source=tests/interop/gstreamer.sh
. "$here/gstreamer.sh"

module_load
topology_create
libsrtp_calls
gstreamer_calls
assert_module_clean
finish
