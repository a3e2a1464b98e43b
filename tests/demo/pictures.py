# SPDX-License-Identifier: Apache-2.0
"""Pictures of the report as SVG that stands inside a page and takes its colours."""
from html import escape

import speech

WIDTH = 960
LEFT = 78
RIGHT = 12
PLOT = WIDTH - LEFT - RIGHT

# Told apart on light and on dark ground, and by those who see few colours.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#b59f00", "#8a6fd1",
           "#7f7f7f", "#a0522d", "#4c9f70", "#c44e52")

# What of the watch is named in the picture.
MARKS = {name: name for name in ("call", "re-key", "attack over", "kill -9", "daemon back", "hold",
                                 "resume")} | {"plain RTP": "attack"}


def svg(height, body, label):
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">'
            f"{body}</svg>")


def text(x, y, words, kind="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
            f"{escape(words)}</text>")


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def box(x, y, width, height, kind):
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" class="{kind}"/>'


def nice_step(span, parts):
    """A round number that divides a span into about so many parts."""
    step = 1
    while span / step > parts:
        step = step * 2 if str(step)[0] in "15" else step // 2 * 5
    return step


def time_axis(seconds, y):
    body = ""
    step = nice_step(seconds, 14)
    for second in range(0, int(seconds) + 1, step):
        x = LEFT + PLOT * second / seconds
        body += line(x, y, x, y + 4, "axis") + text(x, y + 17, f"{second} s", "small", "middle")
    return line(LEFT, y, LEFT + PLOT, y, "axis") + body


def host(x, y, name, address, lines, kind="host"):
    body = box(x, y, 236, 112, kind)
    body += text(x + 118, y + 24, name, "strong", "middle")
    body += text(x + 118, y + 42, address, "small", "middle")
    for number, words in enumerate(lines):
        body += text(x + 118, y + 66 + 17 * number, words, "", "middle")
    return body


def topology():
    """Who is who, and what flows where."""
    body = host(4, 12, "phone", "10.7.0.1", ["baresip: plain SIP and RTP", "knows of no encryption"])
    body += box(4, 142, 114, 34, "ours") + text(61, 164, "phonesecd", "strong ours-text", "middle")
    body += box(126, 142, 114, 34, "ours") + text(183, 164, "nf_srtp", "strong ours-text", "middle")
    body += line(61, 124, 61, 142, "plain") + text(68, 138, "SIP", "small")
    body += line(183, 124, 183, 142, "plain") + text(190, 138, "RTP", "small")
    body += host(243, 12, "manager", "10.7.0.10", ["Kamailio: TLS", "rtpengine: SRTP"])
    body += host(482, 12, "far", "10.7.0.2", ["baresip: TLS", "DTLS-SRTP of its own"])
    body += host(720, 12, "attacker", "10.7.0.3", ["sees the switch", "forges any address"], "bad")
    body += box(58, 214, 844, 40, "wire")
    words = "switch, in a namespace of its own: here the capture is taken"
    body += text(480, 239, words, "", "middle")
    for x, words in ((61, "TLS"), (183, "SRTP"), (361, "TLS, SRTP"), (600, "TLS, SRTP")):
        body += line(x, 124 if x > 240 else 176, x, 214, "secure")
        body += text(x + 8, 200, words, "small")
    body += line(838, 124, 838, 214, "hostile") + text(848, 174, "the flood", "small")
    return svg(264, body, "Phone, call manager, far end and attacker on one switch")


def wave(codes, top, height, bins, kind):
    """One recording as the band between its lowest and highest samples."""
    middle, half = top + height / 2, height / 2
    band = speech.envelope(codes, bins)
    step = PLOT / bins
    upper = " ".join(f"{LEFT + step * n:.1f},{middle - high * half:.1f}"
                     for n, (_, high) in enumerate(band))
    lower = " ".join(f"{LEFT + step * n:.1f},{middle - low * half:.1f}"
                     for n, (low, _) in reversed(list(enumerate(band))))
    return line(LEFT, middle, LEFT + PLOT, middle, "grid") + \
        f'<polygon points="{upper} {lower}" class="{kind}"/>'


def waveforms(recording):
    """What one said, what the other heard, and what lies between."""
    said, heard = recording["said"], recording["heard"]
    seconds = max(len(said) / speech.RATE, 1)
    wrong = bytes(255 if a == b else 0 for a, b in zip(said, heard))
    body = ""
    rows = ((recording["speaker"] + " says", said, 84, "said"),
            (recording["listener"] + " hears", heard, 84, "heard"),
            ("difference", wrong, 28, "wrong"))
    top = 4
    for name, codes, height, kind in rows:
        words = name.split(" ")
        for number, word in enumerate(words):
            y = top + height / 2 + 4 + 14 * (number - (len(words) - 1) / 2)
            body += text(LEFT - 8, y, word, "small", "end")
        body += wave(codes, top, height, 700, kind)
        top += height + 8
    body += time_axis(seconds, top)
    return svg(top + 24, body, f"Speech from {recording['speaker']} to {recording['listener']}")


def rates(watch):
    """Packets a second between two looks: [(from, to, {fate: rate})]."""
    looks = [entry for entry in watch if "module" in entry]
    spans = []
    for one, other in zip(looks, looks[1:]):
        seconds = other["time"] - one["time"]
        if seconds < 0.05:
            continue
        rx, before = other["module"]["rx"], one["module"]["rx"]
        tx, tx_before = other["module"]["tx"], one["module"]["tx"]
        rate = {"decrypted": rx["rtp"] - before["rtp"], "encrypted": tx["rtp"] - tx_before["rtp"]}
        rate |= {reason: count - before["drops"].get(reason, 0)
                 for reason, count in rx["drops"].items()}
        spans.append((one["time"], other["time"],
                      {fate: count / seconds for fate, count in rate.items() if count}))
    return spans


def scale(top, height, highest):
    """Lines across a plot with their numbers, and the function from value to y."""
    step = nice_step(highest, 4)
    body = ""
    for value in range(0, int(highest) + 1, step):
        y = top + height * (1 - value / highest)
        body += line(LEFT, y, LEFT + PLOT, y, "grid")
        body += text(LEFT - 6, y + 4, f"{value:,}", "small", "end")
    return body


def call_rates(spans, seconds, top, height):
    """The call itself, which is to stay as it is whatever else happens."""
    highest = 100
    body = scale(top, height, highest)
    for fate, kind in (("encrypted", "said"), ("decrypted", "heard")):
        points = " ".join(f"{LEFT + PLOT * (first + last) / 2 / seconds:.1f},"
                          f"{top + height * (1 - min(rate.get(fate, 0), highest) / highest):.1f}"
                          for first, last, rate in spans)
        body += f'<polyline points="{points}" class="{kind} open"/>'
    return body


def drop_rates(spans, seconds, top, height, colours):
    """Dropped packets by reason, one column a look."""
    sums = [sum(rate.get(reason, 0) for reason in colours) for _, _, rate in spans]
    highest = max(sums + [100]) * 1.1
    body = scale(top, height, highest)
    for first, last, rate in spans:
        x = LEFT + PLOT * first / seconds
        width = max(PLOT * (last - first) / seconds - 1, 1)
        y = top + height
        for reason, colour in colours.items():
            part = height * rate.get(reason, 0) / highest
            y -= part
            if part:
                body += (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                         f'height="{part:.1f}" fill="{colour}">'
                         f"<title>{escape(reason)}: {rate[reason]:,.0f}/s</title></rect>")
    return body


def legend(colours, top):
    body, x = "", LEFT
    for reason, colour in colours.items():
        width = 24 + 7.2 * len(reason)
        if x + width > WIDTH:
            x, top = LEFT, top + 20
        body += f'<rect x="{x}" y="{top - 10}" width="11" height="11" rx="2" fill="{colour}"/>'
        body += text(x + 16, top, reason, "small")
        x += width
    return body, top


def fates(watch):
    """Two plots over one time: the call, and what was dropped meanwhile."""
    spans = rates(watch)
    seconds = max([last for _, last, _ in spans] + [1])
    reasons = sorted({fate for _, _, rate in spans for fate in rate} - {"encrypted", "decrypted"})
    colours = {reason: PALETTE[n % len(PALETTE)] for n, reason in enumerate(reasons)}
    body = text(LEFT, 14, "the call: RTP packets a second", "small")
    for x, fate, kind in ((320, "encrypted", "said"), (420, "decrypted", "heard")):
        body += f'<rect x="{x}" y="8" width="14" height="4" class="{kind}"/>'
        body += text(x + 20, 14, fate, "small")
    body += call_rates(spans, seconds, 26, 90)
    body += text(LEFT, 146, "dropped packets a second, by reason", "small")
    body += drop_rates(spans, seconds, 158, 190, colours)
    for entry in watch:
        words = MARKS.get(entry.get("mark"))
        if words:
            x = LEFT + PLOT * entry["time"] / seconds
            y = 52 if entry["mark"] in ("attack over", "daemon back", "resume") else 37
            body += line(x, 26, x, 348, "mark") + text(x + 4, y, words, "small")
    body += time_axis(seconds, 348)
    keys, bottom = legend(colours, 390)
    return svg(bottom + 8, body + keys, "Packets by fate over time")
