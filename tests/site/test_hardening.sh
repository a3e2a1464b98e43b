#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 400
#
# The rules of [hardening] in the kernel: somebody on the wire claims to be the router, in every
# form that ARP has, and a router that really moves is found again. The room of the daemon that
# has them in force lays them, lays them again, and leaves them. Runs as a job in a guest:
#
#   tests/uml/run.sh --timeout 400 tests/site/test_hardening.sh

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"

forms=(gratuitous-request gratuitous-reply gratuitous-reply-to-phone unsolicited-reply
	request-to-phone broadcast-request)
router=${address4[peer]} phone=${address4[phone]} attacker=${address4[attacker]}

mac_of() { ip -n "$1" -o link show eth0 | sed 's/.*link.ether \([0-9a-f:]*\).*/\1/'; }
router_seen() {
	ip -n phone neigh show "$router" dev eth0 | sed -n 's/.*lladdr \([0-9a-f:]*\).*/\1/p'
}
# ssh_try: what timeout says; 124 where nobody answers.
ssh_try() { at attacker timeout 2 bash -c ": < /dev/tcp/$phone/22" 2> /dev/null; echo $?; }

# rules_set [WHAT IS OPEN...]: in one transaction.
rules_set() { "$TMPDIR/rules" "$@" > "$TMPDIR/rules.nft" && at phone nft -f "$TMPDIR/rules.nft"; }

packets_come() { at phone cat /sys/class/net/eth0/statistics/rx_packets; }

# takeover FORM: whose MAC the phone sends to once somebody has claimed to be the router.
takeover() {
	local before
	before=$(packets_come)
	if ! at attacker /usr/bin/python3 -B "$TOP/tests/site/forge_arp.py" "$1" "$router" \
		"$phone" "$(mac_of phone)" || [ $(($(packets_come) - before)) -lt 20 ]; then
		echo no attack
		return
	fi
	case $(router_seen) in
	"$(mac_of attacker)") echo attacker ;;
	"$(mac_of peer)") echo router ;;
	*) echo nobody ;;
	esac
}

topology_create
for setting in delay_first_probe_time:1 base_reachable_time_ms:2000 locktime:0; do
	at phone sysctl -qw "net.ipv4.neigh.eth0.${setting%:*}=${setting#*:}"
done
check rules-are-made cc -D_GNU_SOURCE -I"$TOP/userspace/phonesecd" -I"$TOP/userspace/lib" \
	-I"$TOP/include/uapi" -o "$TMPDIR/rules" "$TOP/tests/site/hardening_rules.c" \
	"$TOP/userspace/phonesecd/hardening_rules.c"

check open-is-set rules_set garp ssh
for form in "${forms[@]}"; do
	ip -n phone neigh flush dev eth0
	check "open-$form-router-answers" at phone ping -c 1 -W 2 "$router"
	check_equal "open-$form-takes-over" "$(takeover "$form")" attacker
done
check closed-is-set rules_set ssh
for form in "${forms[@]}"; do
	ip -n phone neigh flush dev eth0
	check "closed-$form-router-answers" at phone ping -c 1 -W 2 "$router"
	check_equal "closed-$form-fails" "$(takeover "$form")" router
	ip -n phone neigh flush dev eth0
	check_equal "closed-$form-plants-nothing" "$(takeover "$form")" nobody
done

# Others still find the phone, and are told in the form of RFC 826.
ip -n attacker neigh flush dev eth0
at attacker tcpdump -l -n -c 1 -x -i eth0 "arp[6:2] = 2 and ether dst $(mac_of attacker)" \
	> "$TMPDIR/answer" 2> "$TMPDIR/dump" &
wait_until 10 grep -q 'listening on' "$TMPDIR/dump"
check phone-is-found at attacker ping -c 1 -W 2 "$phone"
wait_until 5 grep -q 0x0010 "$TMPDIR/answer"
check_equal answer-names-who-asked "$(tr -d ' \n\t' < "$TMPDIR/answer" | grep -c 0a070003)" 1

check router-before-it-moves at phone ping -c 1 -W 2 "$router"
ip -n peer link set eth0 address 02:00:00:00:77:77
check router-that-moves-is-found wait_until 30 at phone ping -c 1 -W 1 "$router"
check_equal router-is-the-new-one "$(router_seen)" 02:00:00:00:77:77

at phone /usr/bin/python3 -B -c 'import socket
with socket.create_server(("", 22)) as s:
    while True: s.accept()[0].close()' &
listener=$!
check ssh-is-open wait_until 10 at attacker bash -c ": < /dev/tcp/$phone/22"
check ssh-closes rules_set
check_equal ssh-is-closed "$(ssh_try)" 124
check ssh-opens rules_set ssh
check ssh-is-open-again at attacker bash -c ": < /dev/tcp/$phone/22"
kill "$listener"

# The room itself, whose program is not there at first, and fails for once.
read -ra netlink < <(pkg-config --cflags --libs libnl-3.0)
check room-is-made cc -std=c17 -D_GNU_SOURCE -DPHONESEC_VERSION='"test"' \
	-I"$TOP/userspace/phonesecd" -I"$TOP/userspace/lib" -I"$TOP/include/uapi" \
	-o "$TMPDIR/room" "$TOP/tests/site/hardening_room.c" \
	"$TOP"/userspace/phonesecd/{hardening,hardening_rules,nft_generation,nft_script}.c \
	"$TOP"/userspace/phonesecd/route_request.c \
	"$TOP"/userspace/phonesecd/{child,child_start,log,log_table}.c \
	"$TOP"/userspace/lib/{reason*,secret}.c "${netlink[@]}" -lsystemd
at phone nft flush ruleset
ip netns exec phone "$TMPDIR/room" "$TMPDIR/nft" > "$TMPDIR/room.said" 2> "$TMPDIR/room.log" &
room=$!
check missing-nft-is-told wait_until 10 grep -q '^failed ' "$TMPDIR/room.said"
printf '#!/bin/sh\ncat > /dev/null\necho no rules today >&2\nexit 1\n' > "$TMPDIR/nft.new"
chmod +x "$TMPDIR/nft.new"
mv "$TMPDIR/nft.new" "$TMPDIR/nft"
check failing-nft-is-told wait_until 45 grep -q '^failed .*no rules today' "$TMPDIR/room.said"
check_equal nothing-is-set-so-far "$(at phone nft list ruleset)" ""

# Other settings have it tried at once, by the real program now.
changes() { grep -c '^# new generation' "$TMPDIR/changes"; }
in_force() { [ "$(tail -n 1 "$TMPDIR/room.said")" = "in-force $1 " ]; }
forgery_table() { at phone nft list table arp phonesec; }
rules_kept() { at phone nft list ruleset | grep -c '^table .* phonesec'; }
forgery_fails() {
	ip -n phone neigh flush dev eth0
	check "$1-router-answers" at phone ping -c 1 -W 2 "$router"
	for form in unsolicited-reply broadcast-request; do
		check_equal "$1-$form-fails" "$(takeover "$form")" router
	done
}
ln -sf "$(command -v nft)" "$TMPDIR/nft"
ip netns exec phone stdbuf -oL nft monitor > "$TMPDIR/changes" 2>&1 &
monitor=$!
sleep 1
kill -USR1 "$room"
check room-has-rules-in-force wait_until 10 in_force garp-refused
check_equal room-sets-them-at-once "$(changes)" 1
forgery_fails room
at phone nft flush ruleset
check_equal flushed-takes-over "$(takeover unsolicited-reply)" attacker
check flushed-is-laid-again wait_until 45 forgery_table
check flushed-is-in-force-again wait_until 5 in_force garp-refused
forgery_fails laid-again
check_equal laid-again-once "$(changes)" 3

# What changes is one transaction: there is no moment without rules.
kill -USR1 "$room"
check change-is-in-force wait_until 10 in_force "garp-refused ssh-closed"
check_equal change-is-one-transaction "$(changes)" 4
check_equal change-has-both-tables "$(rules_kept)" 2
forgery_fails changed

kill -9 "$room"
{ wait "$room"; } 2> /dev/null
sleep 1
check_equal killed-room-leaves-both-tables "$(rules_kept)" 2
forgery_fails killed
ip netns exec phone "$TMPDIR/room" "$TMPDIR/nft" > "$TMPDIR/room.said" 2>> "$TMPDIR/room.log" &
room=$!
check next-room-is-in-force wait_until 10 in_force "garp-refused ssh-closed"
check_equal next-room-takes-their-place-at-once "$(changes)" 5
kill "$room" "$monitor"
topology_delete
finish
