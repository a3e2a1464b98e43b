#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make ratios of samples and hold them against limits.json.

    report.py FOLDER JSON     everything: a table, and the same as a JSON file
    report.py --instructions FOLDER    instruction counts alone
    report.py --check FOLDER           fails when they exceed the recorded ones

FOLDER holds what the guests measured ("instructions", "ratios" and "signalling_guest",
lines of a name and a value) and what ran on the machine itself printed ("native.json",
"signalling"). Ratios are made
round by round; value is the median of the rounds.
"""
import collections
import json
import pathlib
import statistics
import sys

SIZES = (160, 1200)
LIMITS = pathlib.Path(__file__).with_name("limits.json")


def samples_read(path):
    samples = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        name, value = line.split()
        samples[name].append(float(value))
    return samples


def spread(values, unit):
    return {"value": statistics.median(values), "min": min(values), "max": max(values),
            "unit": unit}


def ratio(above, below):
    return spread([a / b for a, b in zip(above, below, strict=True)], "ratio")


def quotient(above, below):
    return {"value": above["value"] / below["value"], "min": above["min"] / below["max"],
            "max": above["max"] / below["min"], "unit": "ratio"}


def less(values, base):
    """A packet's own share: its whole way less that of packets dropped at once."""
    return [value - statistics.median(base) for value in values]


def instructions(samples):
    sources = {"plain_forward": ("plain", "none"), "forward_protect": ("protect", "none"),
               "forward_unprotect": ("unprotect", "none_sealed"), "drop": ("drop", "none"),
               "nft_drop": ("nft", "none"), "forward_libsrtp": ("user", "none_paced")}
    results = {}
    for size in SIZES:
        for key, (kind, base) in sources.items():
            whole, at_once = samples.get(f"{kind}_{size}"), samples.get(f"{base}_{size}")
            if whole and at_once:
                results[f"instructions.{key}_{size}"] = spread(less(whole, at_once),
                                                               "instructions")
        if size == 160 and "many_160" in samples:
            results["instructions.forward_protect_160_sessions_10000"] = spread(
                less(samples["many_160"], samples["none_160"]), "instructions")
        for key, name in (("cipher", "seal"), ("cipher_open", "open"),
                          ("transform_protect", "protect"),
                          ("transform_unprotect", "unprotect")):
            if f"{name}_ns_{size}" in samples:
                results[f"instructions.{key}_{size}"] = spread(samples[f"{name}_ns_{size}"],
                                                               "instructions")
    return results


def transforms(samples, name):
    results = {}
    for size in SIZES:
        key = f"{name}_{size}"
        parts = {
            "protect": ratio(samples[f"seal_ns_{size}"], samples[f"protect_ns_{size}"]),
            "unprotect": ratio(samples[f"open_ns_{size}"], samples[f"unprotect_ns_{size}"]),
        }
        results[key] = dict(min(parts.values(), key=lambda part: part["value"]))
        for part, values in parts.items():
            results[f"{key}_{part}"] = values
    return results


def instruction_ratios(samples, results):
    """The ratios once more, by instructions: they do not depend on who else is busy."""
    found = transforms(samples, "transform_vs_cipher_instructions")
    for size in SIZES:
        user, kernel, nft, drop = (results[f"instructions.{key}_{size}"] for key in
                                   ("forward_libsrtp", "forward_protect", "nft_drop", "drop"))
        found[f"forward_vs_libsrtp_instructions_{size}"] = quotient(user, kernel)
        found[f"drop_vs_nft_instructions_{size}"] = quotient(nft, drop)
    return found


def relays(samples):
    """A relay's own time for a packet, in user space ÷ in the kernel."""
    results = {}
    for size in SIZES:
        none, forward = samples[f"none_ns_{size}"], samples[f"forward_ns_{size}"]
        source, user = samples[f"user_source_ns_{size}"], samples[f"user_ns_{size}"]
        results[f"forward_vs_libsrtp_{size}"] = spread(
            [(s + u - n) / (f - n) for s, u, f, n in
             zip(source, user, forward, none, strict=True)], "ratio")
    return results


def ratios(samples):
    results = transforms(samples, "transform_vs_cipher")
    for size in SIZES:
        results[f"forward_vs_plain_{size}"] = ratio(samples[f"plain_ns_{size}"],
                                                    samples[f"forward_ns_{size}"])
    results.update(relays(samples))
    results["drop_vs_nft"] = ratio(samples["nft_ns_160"], samples["drop_ns_160"])
    one = statistics.median(samples["sessions_1_ns"])
    results["sessions_10000_vs_1"] = spread(
        [one / many for many in samples["sessions_many_ns"]], "ratio")
    results["cpu2_vs_1"] = ratio(samples["protect_cpu2"], samples["protect_cpu1"])
    # What the machine itself gives: without another idle core there is nothing to win.
    results["cpu2_vs_1_plain"] = ratio(samples["plain_cpu2"], samples["plain_cpu1"])
    for key, name, unit in (("session_bytes", "session_own_bytes", "bytes"),
                            ("session_bytes_told", "session_module_bytes", "bytes"),
                            ("session_bytes_with_ciphers", "session_all_bytes", "bytes"),
                            ("session_setups", "session_setups", "1/s")):
        results[key] = spread(samples[name], unit)
    for name in ("plain", "forward"):
        results[f"packets_per_second_{name}_160"] = spread(
            [1e9 / value for value in samples[f"{name}_ns_160"]], "1/s")
    return results


def native(path):
    results = {}
    for key, entry in json.loads(path.read_text()).items():
        unit = "ns" if key.startswith("nanoseconds") else "ratio"
        results[key] = {"value": entry["median"], "min": entry["min"], "max": entry["max"],
                        "unit": unit}
    return results


def calls(samples, key, prefix=""):
    """What the daemon adds to a call."""
    names = {"processor_us": "processor_ms_per_call"}
    for way in ("invite_added", "answer_added", "both_without"):
        names[f"{way}_us"], names[f"{way}_p99_us"] = f"{way}_ms", f"{way}_p99_ms"
    return {f"{key}.{to}": spread([value / 1000 for value in samples[prefix + name]], "ms")
            for name, to in names.items()}


def signalling(native_samples, guest_samples):
    results = calls(native_samples, "signalling")
    for when in ("start", "registered", "calls_50"):
        for kind in ("rss", "pss"):
            values = native_samples.get(f"{kind}_kib_{when}")
            if values:
                results[f"memory.{kind}_mib_{when}"] = spread([kib / 1024 for kib in values],
                                                              "MiB")
    # In a guest only the two of them can be compared: with sessions in the kernel, without.
    for mode in ("authenticated", "encrypted"):
        results.update(calls(guest_samples, f"signalling_guest.{mode}", f"{mode}_"))
    return results


def judge(results, limits):
    for key, entry in results.items():
        limit = limits.get(key, {})
        entry["limit"] = limit.get("minimum", limit.get("maximum"))
        entry["limit_is"] = next(iter(limit), None)
        entry["reached"] = None
        if "minimum" in limit:
            entry["reached"] = entry["value"] >= limit["minimum"]
        if "maximum" in limit:
            entry["reached"] = entry["value"] <= limit["maximum"]
    missing = limits.keys() - results.keys()
    if missing:
        sys.exit(f"not ok bench: nothing measured for {', '.join(sorted(missing))}")


def text(value):
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def table_print(results):
    print(f"{'':54}{'value':>9}{'min':>9}{'max':>9}  {'limit':>8}  reached")
    for key, entry in results.items():
        limit = ""
        if entry["limit"] is not None:
            limit = {"minimum": "≥ ", "maximum": "≤ "}[entry["limit_is"]] + f"{entry['limit']:g}"
        reached = {None: "", True: "yes", False: "NO"}[entry["reached"]]
        print(f"{key:54}{text(entry['value']):>9}{text(entry['min']):>9}"
              f"{text(entry['max']):>9}  {limit:>8}  {reached}")


def nested(results):
    """Keys with a dot as objects within objects."""
    tree = {}
    for key, entry in results.items():
        *branches, leaf = key.split(".")
        at = tree
        for branch in branches:
            at = at.setdefault(branch, {})
        at[leaf] = entry
    return tree


def main():
    mode, folder, *target = sys.argv[1:] if sys.argv[1].startswith("--") else ["", *sys.argv[1:]]
    folder = pathlib.Path(folder)
    recorded = json.loads(LIMITS.read_text())
    samples = samples_read(folder / "instructions")
    results = instructions(samples)
    if mode == "--instructions":
        judge(results, {key: limit for key, limit in recorded["limits"].items() if key in results})
    elif mode == "--check":
        judge(results, recorded["regressions"])
    else:
        results.update(instruction_ratios(samples, results))
        results.update(ratios(samples_read(folder / "ratios")))
        results.update(native(folder / "native.json"))
        results.update(signalling(samples_read(folder / "signalling"),
                                  samples_read(folder / "signalling_guest")))
        judge(results, recorded["limits"])
        pathlib.Path(target[0]).write_text(json.dumps(nested(results), indent="\t") + "\n")
    table_print(results)
    if mode == "--check":
        worse = [key for key, entry in results.items() if entry["reached"] is False]
        if worse:
            sys.exit(f"not ok bench: more instructions than recorded: {', '.join(worse)}")
        print("ok bench-instructions")


main()
