#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# end.sh phone|peer FOLDER: one end of the call, as in the interop tests. The peer finds
# its keys in the environment, key_tx and key_rx, as the phone names them.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/interop/gstreamer_ends.sh
. "$TOP/tests/interop/gstreamer_ends.sh"

# shellcheck disable=SC2034 # Read by what was sourced.
{
	near=${address4[phone]} far=${address4[peer]}
	media_port=5004 rtcp_port=5005 suite=256 mki=none first_seq=65100
	phone_ssrc=0x11223344 peer_ssrc=0x55667788
}
case $1 in
is-listening) gstreamer_is_listening "$2" ;;
*) "gstreamer_$1" "$2" ;;
esac
