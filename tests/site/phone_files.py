# SPDX-License-Identifier: Apache-2.0
"""
Trust lists, signed and encrypted files as call managers make them, from the description of
their format alone.
"""
import hashlib
import os
import struct
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

DIGESTS = {"sha1": (1, hashes.SHA1), "sha256": (2, hashes.SHA256), "sha512": (3, hashes.SHA512)}
ROLES = {"SAST": 0, "CCM": 1, "CCM+TFTP": 2, "TFTP": 3, "CAPF": 4, "APP-SERVER": 7, "TVS": 21}
PADDING = 0x0D


def element(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def text(tag, value):
    return element(tag, value.encode() + b"\0")


def name_of(name):
    """A distinguished name in the order of the certificate, joined as call managers do."""
    return ";".join(f"{part.rfc4514_attribute_name}={part.value}" for part in name)


def serial_of(certificate):
    number = certificate.serial_number
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


class Signer:
    """Who signs files: a certificate and its RSA key."""

    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key

    def identity(self):
        return element(3, text(4, name_of(self.certificate.subject)) +
                       element(5, serial_of(self.certificate)) +
                       text(6, name_of(self.certificate.issuer)))

    def sign(self, digest, data):
        return self.key.sign(data, padding.PKCS1v15(), DIGESTS[digest][1]())


def header_and_body(signer, body, name, *, version=(1, 0), digest="sha512", when=None,
                    signer_version=None, more=b""):
    """A whole file. The signature covers all of it but its own element."""
    size = signer.key.key_size // 8
    front = element(1, bytes(version))
    behind = b"" if signer_version is None else element(28, bytes(signer_version))
    behind += signer.identity()
    behind += element(7, element(8, bytes([DIGESTS[digest][0]])) +
                      element(9, element(10, b"\0") +
                              element(11, bytes([{64: 0, 128: 1, 256: 2, 512: 3}[size]]))))
    after = text(14, name) + element(15, struct.pack(">I", int(when or time.time()))) + more
    length = len(front) + 5 + len(behind) + 3 + size + len(after)
    after += bytes([PADDING]) * (-length % 4)
    length += -length % 4
    front += element(2, struct.pack(">H", length)) + behind
    signature = signer.sign(digest, front + after + body)
    return front + element(12, signature) + after + body


def record(certificate, role, empty=False):
    """@empty: without the certificate, as a site has it that went back from secure mode"""
    der = certificate.public_bytes(serialization.Encoding.DER)
    key = certificate.public_key()
    if hasattr(key, "curve"):
        public = key.public_bytes(serialization.Encoding.X962,
                                  serialization.PublicFormat.UncompressedPoint)
    else:
        public = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    content = (text(2, "") + text(3, name_of(certificate.subject)) +
               element(4, struct.pack(">H", ROLES[role])) + text(5, name_of(certificate.issuer)) +
               element(6, serial_of(certificate)))
    content += (element(7, b"") + element(8, b"") + element(9, b"") if empty else
                element(7, public) + element(8, certificate.signature) + element(9, der))
    return element(1, struct.pack(">H", len(content) + 5)) + content


def trust_list(signer, records, name="ITLFile.tlv", **options):
    body = b"".join(record(*one) for one in records)
    return header_and_body(signer, body, name, version=(1, 2), **options)


def signed(signer, body, name, **options):
    return header_and_body(signer, body, name, **options)


def encrypted(signer, plain, name, recipient, **options):
    """@recipient: the public RSA key of the phone."""
    key, vector = os.urandom(16), os.urandom(16)
    pad = 16 - len(plain) % 16
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    body = cipher.update(plain + bytes([PADDING]) * pad) + cipher.finalize()
    wrapped = recipient.encrypt(key, padding.PKCS1v15())
    more = element(16, element(17, element(18, b"\0") + element(19, vector) +
                               element(20, struct.pack(">H", pad))) +
                   element(21, element(22, b"\0") +
                           element(23, struct.pack(">H", recipient.key_size)) +
                           element(24, b"\1") + element(25, wrapped)))
    more += element(26, b"\3") + element(27, hashlib.sha512(plain).digest())
    return header_and_body(signer, body, name, version=(2, 0), more=more, **options)


def hash_of(certificate):
    """certHash of a configuration."""
    return hashlib.md5(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
