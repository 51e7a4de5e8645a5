"""Certificates of servers on loopback, and of apps, each signed by itself."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def make_certificate(
    folder: Path, issuer: str = "localhost", *, days: int = 2, host: str = "127.0.0.1"
) -> tuple[Path, Path]:
    """Write a certificate of `localhost` and an address, and its key, and return their files: `cert.pem`, `key.pem`.

    Two that are trusted together need issuers of different names: by that one is looked for.
    """
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(host))]
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, form, plain))
    return certificate, key
