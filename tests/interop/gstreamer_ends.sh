# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # lib.sh sets what is missing here.
#
# Sourced: the two ends of a call as GStreamer makes them, in one process each, with
# RTP, RTCP sender and receiver reports (rtpsession) and PCMU, 20 ms a packet.
#
#   gstreamer_phone   plain RTP, no SRTP element anywhere: what any program would do
#   gstreamer_peer    the same behind srtpenc and srtpdec, that is libsrtp2
#
# Speech comes from standard input, as mu-law samples. What is heard goes to the file
# FOLDER/END.heard, what comes in as RTCP to FOLDER/END.reports, END being phone or
# peer. Both run until they are killed. The caller has set
#   near, far       addresses of phone and peer
#   media_port      RTP port of both; rtcp_port the same, or the next one
#   phone_ssrc, peer_ssrc, first_seq, and for the peer suite, key_tx, key_rx, mki

# Scanning all plugins of a machine takes longer than a call, so only these are known.
gstreamer_plugins='coreelements udp rtp rtpmanager srtp rawparse'
gstreamer_buffer=4194304
gstreamer_create() {
	local plugin installed
	installed=$(echo /usr/lib/*/gstreamer-1.0)
	mkdir -p "$TMPDIR/gstreamer"
	for plugin in $gstreamer_plugins; do
		ln -sf "$installed/libgst$plugin.so" "$TMPDIR/gstreamer/"
	done
	export GST_PLUGIN_SYSTEM_PATH_1_0=$TMPDIR/gstreamer GST_REGISTRY_FORK=no
	export GST_REGISTRY=$TMPDIR/gstreamer/registry.bin
	gst-inspect-1.0 srtpdec > /dev/null
	# On a busy machine a program may not run for seconds, and is to lose nothing by that.
	sysctl -qw net.core.rmem_max=$gstreamer_buffer
}

# gstreamer_source ADDRESS PORT CAPS
gstreamer_source() {
	echo "udpsrc address=$1 port=$2 buffer-size=$gstreamer_buffer caps=$3"
}

# gstreamer_speech SSRC: a session that reports before it has media makes an SSRC up and
# offers it to the payloader, which takes it unless the link allows this one alone.
gstreamer_speech() {
	echo "fdsrc blocksize=160
		! rawaudioparse format=mulaw sample-rate=8000 num-channels=1
		! rtppcmupay ssrc=$1 seqnum-offset=$first_seq min-ptime=20000000 max-ptime=20000000
		! application/x-rtp,ssrc=(uint)$(($1))
		! session.send_rtp_sink"
}

# gstreamer_sink ADDRESS PORT: to a port, and from the same one. The receiver on that
# port binds to one address, this to any: so what arrives goes to the receiver.
gstreamer_sink() {
	local any=0.0.0.0
	[[ $1 != *:* ]] || any=::
	echo "udpsink host=$1 port=$2 bind-address=$any bind-port=$2 sync=false async=false"
}

gstreamer_file() { echo "filesink location=$1 buffer-mode=unbuffered async=false"; }

# gstreamer_phone FOLDER
gstreamer_phone() {
	local pipeline rtcp="application/x-rtcp"
	local rtp="application/x-rtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0"
	pipeline="rtpsession name=session
		$(gstreamer_speech "$phone_ssrc")
		session.send_rtp_src ! $(gstreamer_sink "$far" "$media_port")
		session.send_rtcp_src ! $(gstreamer_sink "$far" "$rtcp_port")
		$(gstreamer_source "$near" "$media_port" "$rtp") ! tee name=media
		media. ! session.recv_rtp_sink
		session.recv_rtp_src ! rtppcmudepay ! $(gstreamer_file "$1/phone.heard")"
	if [ "$rtcp_port" = "$media_port" ]; then
		pipeline+=" media. ! $(gstreamer_file "$1/phone.reports")"
	else
		pipeline+=" $(gstreamer_source "$near" "$rtcp_port" "$rtcp") ! tee name=reports
			reports. ! session.recv_rtcp_sink
			reports. ! $(gstreamer_file "$1/phone.reports")"
	fi
	# shellcheck disable=SC2086 # One word an element or property.
	exec ip netns exec phone gst-launch-1.0 -q $pipeline
}

# gstreamer_peer FOLDER
gstreamer_peer() {
	local pipeline cipher=aes-$suite-gcm encoder decoder caps
	encoder="key=$key_rx rtp-cipher=$cipher rtcp-cipher=$cipher rtp-auth=null rtcp-auth=null"
	caps="ssrc=(uint)$((phone_ssrc)),roc=(uint)0,srtp-key=(buffer)$key_tx"
	caps+=",srtp-cipher=(string)$cipher,srtp-auth=(string)null"
	caps+=",srtcp-cipher=(string)$cipher,srtcp-auth=(string)null"
	if [ "$mki" != none ]; then
		encoder+=" mki=$mki"
		caps+=",mki=(buffer)$mki"
	fi
	decoder="application/x-srtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0,$caps"
	pipeline="rtpsession name=session srtpenc name=encoder $encoder srtpdec name=decoder
		$(gstreamer_speech "$peer_ssrc")
		session.send_rtp_src ! encoder.rtp_sink_0
		encoder.rtp_src_0 ! $(gstreamer_sink "$near" "$media_port")
		session.send_rtcp_src ! encoder.rtcp_sink_0
		encoder.rtcp_src_0 ! $(gstreamer_sink "$near" "$rtcp_port")
		$(gstreamer_source "$far" "$media_port" "$decoder") ! decoder.rtp_sink
		decoder.rtp_src ! session.recv_rtp_sink
		session.recv_rtp_src ! rtppcmudepay ! $(gstreamer_file "$1/peer.heard")
		decoder.rtcp_src ! tee name=reports
		reports. ! session.recv_rtcp_sink
		reports. ! $(gstreamer_file "$1/peer.reports")"
	[ "$rtcp_port" = "$media_port" ] ||
		pipeline+=" $(gstreamer_source "$far" "$rtcp_port" "application/x-srtcp,$caps")
			! decoder.rtcp_sink"
	# shellcheck disable=SC2086 # One word an element or property.
	exec ip netns exec peer gst-launch-1.0 -q $pipeline
}

# gstreamer_is_listening NAMESPACE: its receivers have their ports.
gstreamer_is_listening() {
	at "$1" cat /proc/net/udp /proc/net/udp6 | awk -v wanted="$(printf '%04X\n%04X\n' \
		"$media_port" "$rtcp_port" | sort -u)" '
		{ split($2, address, ":") }
		address[1] !~ /^0*$/ { bound[address[2]] = 1 }
		END {
			count = split(wanted, ports, "\n")
			for (i = 1; i <= count; i++) if (!(ports[i] in bound)) exit 1
		}'
}
