"""Access tokens, id tokens and refresh tokens: signed JWTs with the claims that Entra puts into them."""

import base64
import itertools
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

GRAPH_AUDIENCE = "https://graph.microsoft.com"
KEY_ID = "fleet-simulated-key"


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """The key that signs every token of this process; made once because it is slow to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True)
class Access:
    """What a verified access token allows."""

    tenant_id: str
    app: str
    permissions: frozenset[str]
    expires: float
    serial: int
    """Counts the tokens of the service: a later token has a higher one."""
    carried_claims: bool
    """Whether it was asked for with the claims of a challenge."""
    user_id: str | None = None
    """Who signed in; None for an application by itself."""


class TokenRefused(Exception):
    """An access token that Graph does not take; the message is Graph's."""


def encode_part(data: bytes) -> str:
    """Base64 for web addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(slots=True)
class Mint:
    """Makes and verifies the tokens of one service."""

    issuer: str = ""
    _serial: Any = field(default_factory=lambda: itertools.count(1))
    _known: dict[str, Access] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    latest: int = 0
    """Serial of the last token made."""

    def access_token(
        self,
        *,
        tenant_id: str,
        app: str,
        permissions: frozenset[str],
        now: datetime,
        lifetime: int,
        user_id: str | None = None,
        carried_claims: bool = False,
    ) -> str:
        """A signed access token for Graph: app-only with `roles`, or delegated with `scp`."""
        with self._lock:
            self.latest = next(self._serial)
            serial = self.latest
        issued = now.timestamp()
        claims: dict[str, Any] = {
            "aud": GRAPH_AUDIENCE,
            "iss": f"{self.issuer}/{tenant_id}/v2.0",
            "iat": int(issued),
            "nbf": int(issued),
            "exp": int(issued) + lifetime,
            "appid": app,
            "tid": tenant_id,
            "oid": user_id or app,
            "uti": str(serial),
            "idtyp": "user" if user_id else "app",
            "ver": "1.0",
            "xms_challenged": carried_claims,
        }
        if user_id:
            claims["scp"] = " ".join(sorted(permissions))
        else:
            claims["roles"] = sorted(permissions)
        return jwt.encode(claims, signing_key(), algorithm="RS256", headers={"kid": KEY_ID})

    def id_token(self, *, tenant_id: str, app: str, user: dict[str, Any], now: datetime, nonce: str | None) -> str:
        """A signed id token of a person who signed in."""
        claims = {
            "aud": app,
            "iss": f"{self.issuer}/{tenant_id}/v2.0",
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(hours=1)).timestamp()),
            "oid": user["id"],
            "sub": user["id"],
            "tid": tenant_id,
            "name": user.get("displayName"),
            "preferred_username": user.get("userPrincipalName"),
            "ver": "2.0",
        }
        if nonce:
            claims["nonce"] = nonce
        return jwt.encode(claims, signing_key(), algorithm="RS256", headers={"kid": KEY_ID})

    def verify(self, token: str, now: datetime) -> Access:
        """What the token allows; raises `TokenRefused` for a bad signature or one that has expired."""
        access = self._known.get(token)
        if access is None:
            access = _decode(token)
            if len(self._known) > 2000:
                self._known.clear()
            self._known[token] = access
        if access.expires <= now.timestamp():
            raise TokenRefused("Lifetime validation failed, the token is expired.")
        return access


def _decode(token: str) -> Access:
    try:
        claims = jwt.decode(
            token,
            signing_key().public_key(),
            algorithms=["RS256"],
            audience=GRAPH_AUDIENCE,
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise TokenRefused("CompactToken parsing failed with error code: 80049217") from error
    granted = claims["roles"] if "roles" in claims else claims.get("scp", "").split()
    return Access(
        tenant_id=claims["tid"],
        app=claims["appid"],
        permissions=frozenset(granted),
        expires=float(claims["exp"]),
        serial=int(claims["uti"]),
        carried_claims=bool(claims["xms_challenged"]),
        user_id=claims["oid"] if claims["idtyp"] == "user" else None,
    )


def client_info(user_id: str, tenant_id: str) -> str:
    """The `client_info` of a token answer, from which MSAL makes the account's id."""
    return encode_part(orjson.dumps({"uid": user_id, "utid": tenant_id}))


def public_keys() -> dict[str, Any]:
    """The JWKS document with the public half of the signing key."""
    numbers = signing_key().public_key().public_numbers()
    return {
        "keys": [
            {
                "kty": "RSA",
                "use": "sig",
                "kid": KEY_ID,
                "n": encode_part(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
                "e": encode_part(numbers.e.to_bytes(3, "big")),
            }
        ]
    }


def new_secret_text() -> str:
    """An opaque code or refresh token."""
    return f"0.{encode_part(uuid4().bytes + uuid4().bytes)}"
