"""Client assertions: the signed JWT by which an app proves that it holds the key of its certificate."""

import hmac
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from fleet.demo.service.tokens import encode_part

CLOCK_SKEW = 300
"""Seconds that Entra allows clocks to differ."""


class AssertionRefused(Exception):
    """An assertion that Entra refuses: `number` is its AADSTS code."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number
        self.text = text


def verify_assertion(assertion: str, certificate_pem: str | None, app: str, audience: str, now: datetime) -> None:
    """Check signature, thumbprint, audience, issuer, subject and time; raises `AssertionRefused`.

    MSAL sends RS256 with `x5t` or PS256 with `x5t#S256`, keeps the padding of both, and writes times as floats.
    """
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.InvalidTokenError as error:
        raise AssertionRefused(50027, "JWT token is invalid or malformed.") from error
    if certificate_pem is None:
        raise AssertionRefused(700027, _no_certificate(header, app))
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    _check_thumbprint(header, certificate, app)
    _check_certificate_dates(certificate, now)
    try:
        claims = jwt.decode(
            assertion,
            certificate.public_key(),  # type: ignore[arg-type]  # an app's certificate always holds an RSA key
            algorithms=["RS256", "PS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
    except (jwt.InvalidTokenError, TypeError) as error:
        raise AssertionRefused(
            700027, "The certificate with identifier used to sign the client assertion failed signature validation."
        ) from error
    _check_claims(claims, app, audience, now)


def _check_thumbprint(header: dict[str, Any], certificate: x509.Certificate, app: str) -> None:
    for name, algorithm in (("x5t#S256", hashes.SHA256()), ("x5t", hashes.SHA1())):  # noqa: S303  # Entra's own format
        if name in header:
            expected = encode_part(certificate.fingerprint(algorithm))
            if hmac.compare_digest(str(header[name]).rstrip("="), expected):
                return
            raise AssertionRefused(700027, _no_certificate(header, app))
    if "kid" not in header:
        raise AssertionRefused(700027, _no_certificate(header, app))


def _check_certificate_dates(certificate: x509.Certificate, now: datetime) -> None:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if start <= now.astimezone(UTC) <= end:
        return
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303  # as Entra prints it
    raise AssertionRefused(
        700027,
        "The certificate with identifier used to sign the client assertion is expired on application. "
        f"[Reason - The key used is expired., Thumbprint of key used by client: '{thumbprint}', "
        f"Found key 'Start={start:%m/%d/%Y %H:%M:%S}, End={end:%m/%d/%Y %H:%M:%S}']",
    )


def _check_claims(claims: dict[str, Any], app: str, audience: str, now: datetime) -> None:
    if claims.get("aud") != audience:
        raise AssertionRefused(700023, "Client assertion audience claim does not match Realm issuer.")
    if claims.get("iss") != app or claims.get("sub") != app:
        raise AssertionRefused(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
    moment = now.timestamp()
    expires, starts = claims.get("exp"), claims.get("nbf", claims.get("iat", moment))
    if not isinstance(expires, int | float) or expires + CLOCK_SKEW < moment or starts - CLOCK_SKEW > moment:
        raise AssertionRefused(700024, "Client assertion is not within its valid time range.")


def _no_certificate(header: dict[str, Any], app: str) -> str:
    used = header.get("x5t#S256") or header.get("x5t") or header.get("kid") or "none"
    return (
        "The certificate with identifier used to sign the client assertion is not registered on application. "
        f"[Reason - The key was not found., Thumbprint of key used by client: '{used}', "
        f"Please visit the application '{app}' in the portal]"
    )
