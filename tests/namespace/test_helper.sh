#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The command phonesec from end to end: every command in text and in JSON, what
# it says when it is refused, and what it tells of packets and events.
#
# Runs as a job in a guest: tests/uml/run.sh tests/namespace/test_helper.sh

# shellcheck disable=SC2317,SC2119 # Functions are called by name; module_load may have none.
# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"

key_a=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis
key_b=//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eDf3t3c29rZ2NfW1dQ
key_c=QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpams
suite=AEAD_AES_256_GCM
said=$TMPDIR/said
complaint=$TMPDIR/complaint
transcript=$TMPDIR/transcript

# run NAME STATUS COMMAND...: what it wrote is in $said and $complaint, and in the transcript
run() {
	local name=$1 status=$2 found=0
	shift 2
	"$@" > "$said" 2> "$complaint" || found=$?
	cat "$said" "$complaint" >> "$transcript"
	if [ $found = "$status" ]; then
		ok "$name"
	else
		not_ok "$name" "ended with $found, wanted $status"
		sed 's/^/  /' "$said" "$complaint"
	fi
}

# says NAME PATTERN: the last command wrote it
says() { check "$1" holds "$2" "$said"; }
complains() { check "$1" holds "$2" "$complaint"; }
holds() { # PATTERN FILE: shows the file when it does not
	grep -qE -- "$1" "$2" || { cat "$2"; return 1; }
}

# tells NAME EXPRESSION WANTED: the last command wrote JSON d, of which a Python expression is so
tells() {
	check_equal "$1" "$(python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(eval("(" + sys.argv[2] + ")"))' "$said" "$2" 2>&1)" "$3"
}

keyed() { # TEXT COMMAND...: key lines on standard input
	local text=$1
	shift
	printf '%s\n' "$text" | "$@"
}

media() { at "$1" "$phonesec" media "${@:2}"; }

# send NAMESPACE COUNT FIRST: RTP in clear from the program of that host to the other one
send() {
	at "$1" python3 - "$@" << 'PYTHON'
import socket, struct, sys
where, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
own, far = (("10.7.0.1", 4000), ("10.7.0.2", 5000))
if where == "peer":
    own, far = far, own
program = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
program.bind(own)
for sequence in range(first, first + count):
    header = struct.pack("!BBHII", 0x80, 0, sequence, sequence * 160, 0xdecaf)
    program.sendto(header + bytes(160), far)
PYTHON
}

addresses_phone=(--local 10.7.0.1:4000 --remote 10.7.0.2:5000)
addresses_peer=(--local 10.7.0.2:5000 --remote 10.7.0.1:4000)

no_module() {
	run missing-module 3 media phone list
	complains missing-module-says 'module-missing'
	run missing-module-json 3 media phone list --json
	tells missing-module-code 'd["error"]["code"], d["error"]["exit"]' "('module-missing', 3)"
	run doctor-no-module 3 media phone doctor --json
	tells doctor-no-module-says 'd["checks"][0]["name"], d["checks"][0]["verdict"]' \
		"('module', 'problem')"
}

policy() {
	run policy-show 0 media phone policy --json
	tells policy-first 'd["policy"]["mode"], d["policy"]["ranges"]' "('off', [])"
	run doctor-off 1 media phone doctor
	says doctor-off-policy '^problem +policy: '
	says doctor-off-ports '^problem +protected-ports: '
	says doctor-off-mends 'mend: .*media policy --mode enforce'
	run policy-set 0 media phone policy --mode enforce --protect 4000-4999 --protect 6000 \
		--pass stun,dtls --auth-failure-threshold 20 --replay-threshold 30 --json
	tells policy-set-mode 'd["policy"]["mode"], d["policy"]["pass"]' "('enforce', ['stun', 'dtls'])"
	tells policy-set-ranges '[(r["first"], r["last"]) for r in d["policy"]["ranges"]]' \
		'[(4000, 4999), (6000, 6000)]'
	tells policy-set-limits \
		'[d["policy"][k + "_threshold"] for k in ("auth_failure", "replay")]' \
		'[20, 30]'
	run policy-one-thing 0 media phone policy --pass none
	says policy-one-thing-text '^ +mode +enforce$'
	says policy-ranges-text '^ +4000 +4999$'
	run doctor-enforced 0 media phone doctor --json
	tells doctor-enforced-says '[c["verdict"] for c in d["checks"] if c["name"] in
		("module", "self-test", "policy", "protected-ports", "keys", "privilege")]' \
		"['ok', 'ok', 'ok', 'ok', 'ok', 'ok']"
	run policy-peer 0 media peer policy --auth-failure-threshold 20
}

sessions() {
	run list-empty 0 media phone
	says list-empty-text '^no sessions$'
	run list-empty-json 0 media phone list --json
	tells list-empty-list 'd' "{'sessions': []}"
	run add 0 keyed "tx $suite inline:$key_a=|2^40"$'\n'"rx $suite inline:$key_b" \
		media phone add "${addresses_phone[@]}" --roc tx:0xdecaf=0 --silence-timeout 300 \
		--json
	tells add-id 'd' "{'session': {'id': 1}}"
	run add-peer 0 keyed "rx 1 $suite inline:$key_a"$'\n'"tx a=crypto:1 $suite inline:$key_b=" \
		media peer add "${addresses_peer[@]}"
	says add-peer-text '^session 1 added$'
	run add-twice 1 keyed "tx $suite inline:$key_a" \
		media phone add "${addresses_phone[@]}" --json
	tells add-twice-code 'd["error"]["code"], "another session" in d["error"]["detail"]' \
		"('session-exists', True)"
	run add-key-fd 0 bash -c "ip netns exec phone $phonesec media add --local [fd07::1]:4100 \
		--remote [fd07::2]:5100 --rtcp-mux --hold rx --pass stun --key-fd 7 --json \
		7<<< 'tx AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw|1066:4'"
	# Numbers are not used again, not even that of a session which was refused.
	second=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["session"]["id"])' < "$said")
	run list 0 media phone list
	says list-table '^ +1 +active +AEAD_AES_256_GCM +10.7.0.1:4000 rtcp 4001 +10.7.0.2:5000 '
	says list-ipv6 "^ +$second +active +AEAD_AES_128_GCM +\[fd07::1\]:4100 +\[fd07::2\]:5100 +yes +rx "
	run show 0 media phone show "$second"
	says show-mki '^ +0000042a +yes '
	says show-lifetime ' 2\^48 '
	run show-json 0 media phone show 1 --json
	tells show-suite 'd["session"]["suite"], d["session"]["state"]' "('AEAD_AES_256_GCM', 'active')"
	tells show-key '[(k["lifetime"], k["active"], k["mki"])
		for k in d["session"]["tx"]["keys"]]' \
		"[(1099511627776, True, '')]"
	run show-missing 1 media phone show 77 --json
	tells show-missing-code 'd["error"]["code"]' session-missing
	run doctor-half-keyed 0 media phone doctor
	says doctor-half-keyed-says "^warning +keys: Session $second, rx: "
}

changes() {
	run set 0 media phone set "$second" --remote '[fd07::3]:5200' --pass none \
		--silence-timeout 1000 --roc tx:7=9 --json
	tells set-id 'd' "{'session': {'id': $second}}"
	run set-shown 0 media phone show "$second" --json
	tells set-changed '[d["session"][k] for k in ("remote", "pass", "silence_timeout_ms")]' \
		"[{'address': 'fd07::3', 'port': 5200}, [], 1000]"
	tells set-roc '[(x["ssrc"], x["roc"]) for x in d["session"]["tx"]["streams"]]' '[(7, 9)]'
	run hold 0 media phone hold "$second" both
	says hold-text "^session $second on hold$"
	run hold-shown 0 media phone show "$second" --json
	tells hold-both 'd["session"]["hold"]' "['tx', 'rx']"
	run resume 0 media phone hold "$second" none --json
	run resume-shown 0 media phone show "$second" --json
	tells resume-none 'd["session"]["hold"]' '[]'
	run rekey-without-context 2 keyed "tx $suite inline:$key_c" media phone rekey 1
	complains rekey-without-context-why 'RFC 3711 section 3.3.1.*RFC 4568 section 7.1.4'
	run rekey-other-suite 2 keyed "tx $suite inline:$key_c" \
		media phone rekey "$second" --context new --json
	tells rekey-other-suite-why 'd["error"]["code"], d["error"]["detail"]' \
		"('key-suites', 'the session has AEAD_AES_128_GCM')"
	run rekey-used-key 5 keyed "tx $suite inline:$key_a" \
		media phone rekey 1 --context same --json
	tells rekey-used-key-why '"generate a new one" in d["error"]["detail"]' True
	run rekey-standby 0 keyed \
		"tx AEAD_AES_128_GCM inline:QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaWw==|1067:4" \
		media phone rekey "$second" --context same --standby
	says rekey-standby-text "^session $second has a standby key$"
	run rekey-standby-shown 0 media phone show "$second" --json
	tells rekey-standby-keys '[(k["mki"], k["active"]) for k in d["session"]["tx"]["keys"]]' \
		"[('0000042a', True), ('0000042b', False)]"
	run activate 0 media phone set "$second" --activate 1067:4
	run activate-shown 0 media phone show "$second" --json
	tells activate-keys '[(k["mki"], k["active"]) for k in d["session"]["tx"]["keys"]]' \
		"[('0000042a', False), ('0000042b', True)]"
	run activate-unknown 1 media phone set "$second" --activate 7:4 --json
	tells activate-unknown-why '"key.mki" in d["error"]["detail"]' True
}

packets() {
	media peer monitor --limit 2 --json > "$TMPDIR/first" &
	local monitor=$!
	sleep 1
	send phone 10 1
	wait $monitor
	cp "$TMPDIR/first" "$said"
	check_equal monitor-events "$(python3 -c 'import json, sys
print(sorted(json.loads(line)["event"] for line in open(sys.argv[1])))' "$said")" \
		"['first-packet', 'ssrc']"
	run stats 0 media phone stats --json
	tells stats-sent 'len(d["counters"]), d["counters"][0]["tx"]["rtp_packets"],
		d["counters"][0]["tx"]["rtp_bytes"]' '(1, 10, 1720)'
	run stats-session 0 media peer stats 1 --json
	tells stats-received 'd["counters"][0]["session_id"], d["counters"][0]["rx"]["rtp_packets"],
		d["counters"][0]["rx"]["dropped"]' '(1, 10, 0)'
	run stats-all 0 media phone stats --all
	says stats-all-text '^ +1 +10 '
	run stats-all-json 0 media phone stats --all --json
	tells stats-all-ids '[c["session_id"] for c in d["counters"]]' "[1, $second]"
	run show-stream 0 media peer show 1
	says show-stream-ssrc '0x000decaf +0 +10 '
}

# auth_failures CAUSE RECEIVER SENDER: the receiver takes another key than the sender has
auth_failures() {
	local monitor
	run "rekey-$1" 0 keyed "rx $suite inline:$key_c" media "$2" rekey 1 --context new
	media "$2" monitor --limit 1 > "$TMPDIR/event" &
	monitor=$!
	sleep 1
	send "$3" 25 100
	wait $monitor
	cp "$TMPDIR/event" "$said"
	says "monitor-$1" "auth-failures session 1 rx .*cause $1 - .*\. .*\."
}

failures() {
	# A receiver that has authenticated before blames the change of keys, a new one the key.
	auth_failures old-key peer phone
	auth_failures wrong-key phone peer
	run show-drops 0 media peer show 1
	says show-drops-reason '^ +auth-failed +25 +The authentication tag does not match'
	says show-drops-mend 'mend: Look at the cause'
	run show-drops-json 0 media peer show 1 --json
	tells show-drops-entry '[(x["reason"], x["packets"], bool(x["mend"])) for x in
		d["session"]["rx"]["drops"]]' "[('auth-failed', 25, True)]"
	run doctor-drops 1 media peer doctor
	says doctor-drops-says '^warning +drops-received: 25 packets were dropped'
}

refusals() {
	run argv-key 2 media phone add "${addresses_phone[@]}" "inline:$key_a" --json
	tells argv-key-code 'd["error"]["code"]' key-in-arguments
	run both-ways 5 keyed "tx $suite inline:$key_a"$'\n'"rx $suite inline:$key_a" \
		media phone add --local 10.7.0.1:4300 --remote 10.7.0.2:5300
	complains both-ways-code 'key-both-ways'
	run weak-suite 5 keyed "tx AES_CM_128_HMAC_SHA1_80 inline:$key_a" \
		media phone add --local 10.7.0.1:4300 --remote 10.7.0.2:5300 --json
	tells weak-suite-where 'd["error"]["line"], d["error"]["position"]' '(1, 4)'
	run kernel-text 1 keyed "tx $suite inline:$key_c" \
		media phone add --local 224.0.0.1:4300 --remote 10.7.0.2:5300 --json
	tells kernel-text-passed 'd["error"]["code"], "unicast" in d["error"]["detail"]' \
		"('kernel-refused', True)"
	# An unprivileged user reads and does not change.
	run user-reads 0 at phone setpriv --reuid=65534 --clear-groups "$phonesec" media list --json
	tells user-reads-all '[s["id"] for s in d["sessions"]]' "[1, $second]"
	run user-changes 4 at phone setpriv --reuid=65534 --clear-groups --inh-caps=-all \
		"$phonesec" media del 1 --json
	tells user-changes-code 'd["error"]["code"], d["error"]["exit"]' "('not-allowed', 4)"
	run user-doctor 0 at phone setpriv --reuid=65534 --clear-groups "$phonesec" media doctor
	says user-doctor-says '^warning +privilege: '
	# The netlink library prints messages where the environment asks for it; ours does not.
	run debug-environment 0 env NLCB=debug NLDBG=4 ip netns exec phone bash -c \
		"printf 'rx %s inline:%s\n' $suite $key_c | $phonesec media rekey 1 --context new"
	check_equal debug-environment-silent \
		"$(cat "$said" "$complaint" | grep -ciE '40 41 42 43|NETLINK MESSAGE')" 0
}

ends() {
	run del-drain 0 media phone del "$second" --drain 60000
	says del-drain-text "^session $second drains and ends$"
	run del-drain-shown 0 media phone show "$second" --json
	tells del-drain-state 'd["session"]["state"]' draining
	media phone monitor --limit 1 --json > "$TMPDIR/deleted" &
	local monitor=$!
	sleep 1
	run del 0 media phone del 1 --json
	wait $monitor
	cp "$TMPDIR/deleted" "$said"
	tells del-event 'd["event"], d["session_id"]' "('session-del', 1)"
	run del-again 1 media phone del 1
	run del-all 0 media phone del all --json
	tells del-all-ids 'd["sessions"]' "[{'id': $second}]"
	run completion 0 at peer "$phonesec" complete media show ''
	says completion-live '^1$'
	run del-peer 0 media peer del all
	says del-peer-text '^1 sessions? deleted$'
}

topology_create
no_module
module_load
policy
sessions
changes
packets
failures
refusals
ends
check_equal transcript-has-no-key \
	"$(grep -cF -e "${key_a:0:20}" -e "${key_b:0:20}" -e "${key_c:0:20}" "$transcript")" 0
assert_module_clean
finish
