#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the AES-GCM vector files of this folder from their published form.

  generate.py cavp FOLDER > aes_gcm_cavp.txt
      FOLDER holds NIST's gcmEncryptExtIV{128,256}.rsp and gcmDecrypt{128,256}.rsp;
      Debian's package python3-cryptography-vectors ships them.
  generate.py wycheproof FILE > aes_gcm_wycheproof.txt
      FILE is Wycheproof's aes_gcm_test.json; Debian's source package nss ships it.

One vector a line, fields in hexadecimal, "-" for an empty one:
  name key iv aad plaintext ciphertext tag result
where result is "pass" or, when the tag must be refused, "fail". Kept is what
SRTP can meet: IVs of 96 bits, tags of 128 bits, keys of 128 and 256 bits.
"""

import json
import os
import re
import sys

IV_BITS = 96
TAG_BITS = 128
KEY_BITS = (128, 256)
# Of each of CAVP's groups (one pair of text and AAD length) so many are kept.
KEPT_PASS = 2
KEPT_FAIL = 2


def show_vector(name, key, iv, aad, plaintext, ciphertext, tag, result):
    fields = (key, iv, aad, plaintext, ciphertext, tag)
    print(name, *(field or "-" for field in fields), result)


def read_rsp(path):
    """Yield (group, vector) of a NIST response file, both as dictionaries."""
    group, vector = {}, {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            line = line.strip()
            header = re.fullmatch(r"\[(\w+) = (\d+)\]", line)
            if header:
                group = {**group, header[1]: int(header[2])}
            elif line == "FAIL":
                vector["FAIL"] = True
            elif "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                vector[key.strip()] = value.strip()
            elif not line and vector:
                yield group, vector
                vector = {}
    if vector:
        yield group, vector


def show_cavp(folder):
    for kind in ("EncryptExtIV", "Decrypt"):
        for bits in KEY_BITS:
            kept = {}
            for group, vector in read_rsp(os.path.join(folder, f"gcm{kind}{bits}.rsp")):
                if group["IVlen"] != IV_BITS or group["Taglen"] != TAG_BITS:
                    continue
                result = "fail" if "FAIL" in vector else "pass"
                place = (group["PTlen"], group["AADlen"], result)
                kept[place] = kept.get(place, 0) + 1
                if kept[place] > (KEPT_FAIL if result == "fail" else KEPT_PASS):
                    continue
                name = f"cavp-{kind.lower()}-{bits}-{place[0]}-{place[1]}-{vector['Count']}"
                show_vector(name, vector["Key"], vector["IV"], vector["AAD"],
                            vector.get("PT", ""), vector["CT"], vector["Tag"], result)


def show_wycheproof(path):
    with open(path, encoding="utf-8") as file:
        groups = json.load(file)["testGroups"]
    for group in groups:
        if (group["ivSize"], group["tagSize"]) != (IV_BITS, TAG_BITS):
            continue
        if group["keySize"] not in KEY_BITS:
            continue
        for test in group["tests"]:
            result = {"valid": "pass", "invalid": "fail"}[test["result"]]
            show_vector(f"wycheproof-{test['tcId']}", test["key"], test["iv"], test["aad"],
                        test["msg"], test["ct"], test["tag"], result)


def main():
    kinds = {"cavp": show_cavp, "wycheproof": show_wycheproof}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](sys.argv[2])


main()
