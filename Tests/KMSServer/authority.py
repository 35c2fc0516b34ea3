"""A private certificate authority, made anew at every start, and the server's certificate.

TLS as AWS endpoints have it: 1.2 or 1.3, HTTP/1.1 by ALPN.
"""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2")


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """A certificate authority in a folder: `ca_path` is what a client must trust, and all that it needs."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name("KMSServer test authority")
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = self._builder(self._subject, self._key.public_key(), days=30)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        certificate = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.ca_path = self._folder / "ca.pem"
        self.ca_path.write_bytes(_pem(certificate))

    def server_context(self, names=(), days=30):
        """A TLS context of a certificate for loopback, and for `names` instead where given; negative `days`:
        expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        san = [x509.DNSName(name) for name in names or self._loopback_names()]
        if not names:
            san += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
        builder = self._builder(_name("KMSServer"), key.public_key(), days)
        builder = builder.add_extension(x509.SubjectAlternativeName(san), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        certificate = builder.sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._folder / f"server-{certificate.serial_number:x}.pem"
        path.touch(mode=0o600)
        path.write_bytes(private + _pem(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(path)
        return context

    def _loopback_names(self):
        """Host names for every way a client may be pointed here; AWS's own names serve a client behind a proxy or a
        changed resolver."""
        regional = [form.format(region) for region in _REGIONS for form in ("{}.localhost", "kms.{}.amazonaws.com")]
        return ["localhost", *regional]

    def _builder(self, subject, public_key, days):
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=60))
            .not_valid_after(now + datetime.timedelta(days=days))
        )
