# SPDX-License-Identifier: Apache-2.0
"""Certificates of a site with throw-away keys: certificates.py FOLDER

In FOLDER come NAME.pem and NAME.key for each NAME below, the folder `anchors` with what
a phone trusts, phones.pem with what the call manager trusts, and revoked.txt with
fingerprints. Issuers:

    manager-ca   call managers          tomcat-ca        web services and the OAuth port
    ecdsa-ca     those with EC keys     manufacturer-ca  MICs
    capf-ca      LSCs                   stranger-ca      nobody trusts it
"""

import datetime
import ipaddress
import pathlib
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DEVICE = "SEP001122334455"
PHONE = f"CP-8841-{DEVICE}"
MANAGER = ("manager.site.test", "10.7.0.10")
SUBSCRIBER = ("subscriber.site.test", "10.7.0.11")
SRST = ("srst.site.test", "10.7.0.20")
NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)
VALID = (NOW - DAY, NOW + 365 * DAY)
EXPIRED = (NOW - 30 * DAY, NOW - DAY)
FUTURE = (NOW + 30 * DAY, NOW + 365 * DAY)


def key_create(kind):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[kind])


def subject(name):
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "XX"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Site Test"),
                      x509.NameAttribute(NameOID.COMMON_NAME, name)])


def alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Folder:
    """Where certificates are written, and which ones there are."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.certificates = {}
        self.keys = {}

    def write(self, name, certificate, key):
        self.certificates[name], self.keys[name] = certificate, key
        (self.path / f"{name}.pem").write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM))
        file = self.path / f"{name}.key"
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                           serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))

    def create(self, name, common, issuer=None, kind="rsa2048", names=(), usage=None,
               valid=VALID, authority=False):
        """One certificate; without an issuer it signs itself."""
        key = key_create(kind)
        signer = self.keys[issuer] if issuer else key
        builder = x509.CertificateBuilder().subject_name(subject(common))
        builder = builder.issuer_name(self.certificates[issuer].subject if issuer
                                      else subject(common))
        builder = builder.public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(valid[0]).not_valid_after(valid[1])
        builder = builder.add_extension(
            x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False)
        builder = builder.add_extension(x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_agreement=False,
            key_encipherment=kind.startswith("rsa") and not authority, data_encipherment=False,
            key_cert_sign=authority, crl_sign=authority, encipher_only=False,
            decipher_only=False), critical=True)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([alternative(entry) for entry in names]),
                critical=False)
        self.write(name, builder.sign(signer, hashes.SHA256()), key)

    def authority(self, name, common, kind="rsa2048"):
        self.create(name, common, kind=kind, authority=True)

    def server(self, name, names, issuer, **options):
        self.create(name, names[0], issuer, names=names,
                    usage=[ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
                    **options)

    def phone(self, name, issuer, **options):
        self.create(name, PHONE, issuer,
                    usage=[ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
                    **options)

    def pss(self, name, names, issuer):
        """A key for RSA-PSS alone, and a signature of that kind: openssl has both."""
        folder = self.path
        entries = ",".join(f"{'IP' if entry[0].isdigit() else 'DNS'}:{entry}" for entry in names)
        extensions = folder / f"{name}.extensions"
        extensions.write_text(f"subjectAltName={entries}\nextendedKeyUsage=serverAuth\n")
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"]
        for words in (
                ["req", "-new", "-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048",
                 "-noenc", "-keyout", f"{name}.key", "-out", f"{name}.request",
                 "-subj", f"/CN={names[0]}", *pss],
                ["x509", "-req", "-in", f"{name}.request", "-CA", f"{issuer}.pem",
                 "-CAkey", f"{issuer}.key", "-days", "90", "-set_serial", "4711",
                 "-extfile", extensions.name, "-out", f"{name}.pem", "-sha256", *pss]):
            subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
        extensions.unlink()
        (folder / f"{name}.request").unlink()

    def bundle(self, file, names):
        (self.path / file).write_bytes(b"".join(
            self.certificates[name].public_bytes(serialization.Encoding.PEM) for name in names))

    def fingerprint(self, name):
        return self.certificates[name].fingerprint(hashes.SHA256()).hex()


def site_create(path):
    folder = Folder(path)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.authority("manager-ca", "Site Call Manager CA")
    folder.authority("tomcat-ca", "Site Tomcat CA")
    folder.authority("ecdsa-ca", "Site EC CA", "p384")
    folder.authority("manufacturer-ca", "Phone Manufacturing CA")
    folder.authority("capf-ca", "CAPF-00112233")
    # EC keys where the kind does not matter: they are made in no time.
    folder.authority("stranger-ca", "Site Call Manager CA", "p256")

    folder.server("manager", MANAGER, "manager-ca")
    folder.server("subscriber", SUBSCRIBER, "manager-ca")
    folder.server("tomcat", MANAGER, "tomcat-ca")
    folder.server("manager-ecdsa", MANAGER, "ecdsa-ca", kind="p256")
    folder.server("manager-revoked", MANAGER, "manager-ca", kind="p256")
    folder.server("manager-expired", MANAGER, "manager-ca", kind="p256", valid=EXPIRED)
    folder.server("manager-future", MANAGER, "manager-ca", kind="p256", valid=FUTURE)
    folder.server("manager-wrong-name", ("elsewhere.site.test", "10.7.0.99"), "manager-ca",
                  kind="p256")
    folder.server("manager-stranger", MANAGER, "stranger-ca", kind="p256")
    folder.server("manager-short", MANAGER, "manager-ca", kind="rsa1024")
    folder.pss("manager-pss", MANAGER, "manager-ca")
    folder.server("verifier", MANAGER, "manager-ca", kind="p256")
    folder.server("srst", SRST, None)
    folder.server("srst-other", SRST, None, kind="p256")

    folder.phone("mic", "manufacturer-ca")
    folder.phone("lsc", "capf-ca")
    folder.phone("lsc-ecdsa", "capf-ca", kind="p256")
    folder.phone("lsc-expired", "capf-ca", kind="p256", valid=EXPIRED)
    folder.phone("lsc-stranger", "stranger-ca", kind="p256")

    # Programs that want one file have it.
    for name in ("lsc", "mic"):
        (folder.path / f"{name}-with-key.pem").write_bytes(
            (folder.path / f"{name}.pem").read_bytes() + (folder.path / f"{name}.key").read_bytes())
    (folder.path / "anchors").mkdir(exist_ok=True)
    for name in ("manager-ca", "tomcat-ca", "ecdsa-ca"):
        folder.bundle(f"anchors/{name}.pem", [name])
    folder.bundle("anchors.pem", ["manager-ca", "tomcat-ca", "ecdsa-ca"])
    folder.bundle("phones.pem", ["manufacturer-ca", "capf-ca"])
    (folder.path / "revoked.txt").write_text(folder.fingerprint("manager-revoked") + "\n")


if __name__ == "__main__":
    site_create(sys.argv[1])
