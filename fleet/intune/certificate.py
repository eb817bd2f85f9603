"""The client certificate: one PEM file with the private key and the certificate, made here and judged before it is used."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fleet.config import TenantConfig
from fleet.errors import ConfigurationProblem, NoAccess

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate


KEY_BITS = 3072
CLOCK_SKEW = timedelta(minutes=5)
"""A new certificate begins that long ago: another machine's clock may be behind."""


def new_certificate(name: str, now: datetime, *, days: int = 365, bits: int = KEY_BITS) -> tuple[str, str]:
    """A private key and a self-signed certificate for it, both PEM: the kind an application of Entra signs in with."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), certificate.public_bytes(Encoding.PEM).decode()


def thumbprint(pem: str) -> str:
    """A certificate's thumbprint as Entra lists it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303


def certificate_expiry(path: Path) -> datetime:
    """When the certificate in a PEM file ends. Raises `ConfigurationProblem` when the file holds none."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(_read(path))[0].not_valid_after_utc
    except ValueError:
        raise ConfigurationProblem(
            f"{path} holds no certificate. It must be PEM with the key and certificate."
        ) from None


def client_certificate(tenant: TenantConfig, now: datetime) -> dict[str, str]:
    """The certificate as MSAL wants it, which then signs with PS256.

    Raises `NoAccess` when it has expired or is not valid yet, `ConfigurationProblem` when the file is not usable.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    path = tenant.certificate
    assert path is not None
    pem = _read(path)
    key = _private_key(path, pem)
    certificate = _certificate_of(path, pem, key)
    if certificate.not_valid_after_utc <= now:
        raise NoAccess(
            f"Tenant {tenant.key}: the certificate {path} expired on {certificate.not_valid_after_utc:%d %b %Y}. "
            f"Make a new one with: fleet tenant renew {tenant.key}",
            code="expired-certificate",
            expired_at=certificate.not_valid_after_utc,
        )
    if certificate.not_valid_before_utc > now:
        raise NoAccess(
            f"Tenant {tenant.key}: the certificate {path} is valid only from "
            f"{certificate.not_valid_before_utc:%d %b %Y %H:%M} UTC. Check this machine's clock.",
            code="certificate-not-yet-valid",
        )
    return {
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "public_certificate": certificate.public_bytes(Encoding.PEM).decode(),
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationProblem(f"The certificate {path} can't be read: {error.strerror}.") from None


def _private_key(path: Path, pem: bytes) -> "RSAPrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    begin = pem.find(b"-----BEGIN ", 0)
    while begin >= 0 and b"PRIVATE KEY" not in pem[begin : pem.find(b"\n", begin)]:
        begin = pem.find(b"-----BEGIN ", begin + 1)
    try:
        key = load_pem_private_key(pem[begin:] if begin >= 0 else b"", password=None)
    except TypeError:
        raise ConfigurationProblem(
            f"The key in {path} has a passphrase, which nobody can type at night. Store it without one and chmod 600 it."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationProblem(
            f"{path} holds no private key. It must be PEM with the key and the certificate."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationProblem(f"The key in {path} isn't RSA, the only kind Entra takes. Make an RSA certificate.")
    return key


def _certificate_of(path: Path, pem: bytes, key: "RSAPrivateKey") -> "Certificate":
    """The certificate in the file that belongs to the key; a chain may stand beside it."""
    from cryptography import x509

    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise ConfigurationProblem(
            f"{path} holds no certificate. It must be PEM with the key and the certificate."
        ) from None
    public = key.public_key()
    for certificate in certificates:
        if certificate.public_key() == public:
            return certificate
    raise ConfigurationProblem(
        f"The certificate in {path} doesn't belong to the key beside it. Put the right pair there."
    )
