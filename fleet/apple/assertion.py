"""The client assertion by which an API account of Apple Business Manager proves who it is: a JWT signed with ES256.

Header and claims: https://developer.apple.com/documentation/apple-school-and-business-manager-api/implementing-oauth-for-the-apple-school-manager-and-apple-business-api
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from fleet.config.apple import AppleConfig
from fleet.config.secrets import others_can_read
from fleet.errors import ConfigurationProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUDIENCE = "https://account.apple.com/auth/oauth2/v2/token"
LIFETIME = timedelta(minutes=20)
"""Apple takes up to 180 days; one is made for each sign-in and needs to last no longer."""
CLOCK_SKEW = timedelta(minutes=5)


def client_assertion(account: AppleConfig, now: datetime) -> str:
    """A signed assertion. Raises `ConfigurationProblem` for a key that is missing, open to others or of another kind."""
    import jwt

    claims = {
        "iss": account.client_id,
        "sub": account.client_id,
        "aud": AUDIENCE,
        "iat": int((now - CLOCK_SKEW).timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": str(uuid4()),
    }
    key = private_key(account.key, account.key_file)
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": account.key_id})


def private_key(account: str, path: Path) -> "EllipticCurvePrivateKey":
    """The account's key. Raises `ConfigurationProblem` saying what is wrong with the file."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        is_open, content = others_can_read(path), path.read_bytes()
    except OSError as error:
        raise ConfigurationProblem(f"Apple account {account}: {path} can't be read: {error.strerror}.") from None
    if is_open:
        raise ConfigurationProblem(f"Apple account {account}: {path} can be read by others. Run: chmod 600 {path}")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationProblem(
            f"Apple account {account}: {path} holds no P-256 private key in PEM. Put the file there that Apple Business "
            "Manager gave when the API account was made; it can't be fetched again, only made anew."
        )
    return key
