# SPDX-License-Identifier: Apache-2.0
"""The report of the demonstration: one page that needs nothing but itself."""
from html import escape

import pictures

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1c2024; --soft: #667; --line: #d5d9de;
  --card: #f5f7f9; --good: #0a7d4b; --bad: #c22f2f; --said: #0072b2; --heard: #d07a00; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --ink: #e6e9ec; --soft: #98a2ac;
  --line: #353c44; --card: #1d2226; --good: #4cc38a; --bad: #ff7b72; --said: #58a6e0;
  --heard: #e6a23c; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1040px; padding: 32px 24px 64px; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 28px; margin: 0 0 4px } h2 { font-size: 19px; margin: 40px 0 8px }
p { margin: 4px 0 12px; max-width: 74ch } .soft { color: var(--soft) }
.verdict { display: inline-block; padding: 3px 14px; border-radius: 99px; font-weight: 600;
  color: var(--ground); background: var(--good) } .verdict.bad { background: var(--bad) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 14.5px }
th { text-align: left; font-weight: 600; color: var(--soft) }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
td.name { white-space: nowrap } .ok { color: var(--good); font-weight: 600 }
.failed { color: var(--bad); font-weight: 600 }
figure { margin: 0; padding: 14px; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; overflow-x: auto } figure + figure { margin-top: 14px }
svg { display: block; width: 100%; min-width: 640px; height: auto;
  font: 13.5px system-ui, sans-serif }
text { fill: var(--ink) } text.small { font-size: 12px; fill: var(--soft) }
text.strong { font-weight: 600; font-size: 15px } text.ours-text { fill: var(--ground) }
.axis { stroke: var(--soft) } .grid { stroke: var(--line) }
.mark { stroke: var(--bad); stroke-dasharray: 4 3 }
.said { fill: var(--said) } .heard { fill: var(--heard) } .wrong { fill: var(--bad) }
.open { fill: none; stroke-width: 2 } .said.open { stroke: var(--said) }
.heard.open { stroke: var(--heard); stroke-dasharray: 6 4 }
.host, .wire, .bad rect { fill: var(--ground); stroke: var(--line) }
rect.bad { fill: var(--ground); stroke: var(--bad) } .ours { fill: var(--good) }
.plain { stroke: var(--soft); stroke-width: 2; stroke-dasharray: 2 3 }
.secure { stroke: var(--good); stroke-width: 3 } .hostile { stroke: var(--bad); stroke-width: 2 }
"""


def verdict_table(entries):
    rows = "".join(
        f'<tr><td class="{"ok" if entry["ok"] else "failed"}">{"ok" if entry["ok"] else "FAILED"}'
        f'</td><td class="name">{escape(entry["name"])}</td><td>{escape(entry["figure"])}</td></tr>'
        for entry in entries)
    return f'<div class="scroll"><table><tr><th>verdict</th><th>what</th><th>figure</th></tr>' \
           f"{rows}</table></div>"


def attack_table(attacks):
    rows = "".join(
        f'<tr><td>{escape(told["kind"])}</td><td class="number">{told["sent"]:,}</td>'
        f'<td class="number">{told["counted"]:,}</td><td>'
        + ("left to the host: not a protected port" if told["reason"] == "free"
           else escape(told["reason"])) + "</td></tr>" for told in attacks)
    return ('<div class="scroll"><table><tr><th>the attacker sends</th><th class="number">sent</th>'
            f'<th class="number">counted</th><th>as</th></tr>{rows}</table></div>')


def account_words(account):
    added = account["added"]
    rx, ingress = added["module"]["rx"], added["ingress"]
    dropped = sum(rx["drops"].values())
    return (f"The phone's interface received <b>{added['interface']:,}</b> packets: "
            f"{ingress['media']:,} to protected ports, {ingress['free']:,} to other ports and "
            f"{ingress['rest']:,} that were not UDP (TLS, ARP, ICMP). Of those to protected ports "
            f"{rx['rtp']:,} were RTP and {rx['rtcp']:,} RTCP of the call and passed; "
            f"{dropped:,} were dropped, each under its reason.")


def report_write(path, entries, recordings, watch, account):
    bad = sum(not entry["ok"] for entry in entries)
    word = "all verdicts are good" if not bad else f"{bad} verdicts failed"
    waves = "".join(f"<figure>{pictures.waveforms(recording)}</figure>" for recording in recordings)
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>phonesec: a call, watched and attacked</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>
<body>
<h1>A call, watched and attacked</h1>
<p><span class="verdict{' bad' if bad else ''}">{word}</span>
<span class="soft">{len(entries) - bad} of {len(entries)}</span></p>
<p>A stock SIP program that knows nothing of encryption registers and calls. phonesecd makes its
signalling SIP over TLS and agrees on keys; the kernel module nf_srtp makes SRTP
(AEAD_AES_256_GCM) of what leaves and opens what arrives. Kamailio is the call manager, rtpengine
its media relay, a second baresip is who is called. While both speak, keys are changed, an
attacker on the same switch floods the phone, and phonesecd is killed.</p>
<figure>{pictures.topology()}</figure>
<h2>What was said and what was heard</h2>{waves}
<h2>Packets by fate over time</h2>
<p>{account_words(account)}</p>
<figure>{pictures.fates(watch)}</figure>
<h2>The attack</h2>{attack_table(account["attacks"])}
<h2>Verdicts</h2>{verdict_table(entries)}
<p class="soft">Beside this page: call.pcap from the switch, what both ends said and heard as WAV,
summary.json, and the logs of phonesecd and of all others.</p>
</body></html>
"""
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)
