"""A message to a web address: JSON by HTTPS POST, tried three times, never redirected.

Such an address is often a secret itself, so no message repeats it.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.utils import get_environ_proxies

from fleet.http.lines import Lines
from fleet.post.outcomes import NotSent

ATTEMPTS = 3
_HOPELESS = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


def post(
    address: str, body: Mapping[str, Any], *, timeout: float, ca_bundle: Path | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> None:  # fmt: skip
    """Send it. Raises `NotSent` when no attempt was answered with success."""
    host = urlsplit(address).hostname or "the webhook"
    with requests.Session() as session:
        session.trust_env = False  # No .netrc; the proxy is honoured below.
        why = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                pause(2.0**attempt)
            lines = Lines()
            for scheme in ("https://", "http://"):
                session.mount(scheme, lines.adapter())
            try:
                with lines.within(timeout), session.post(
                    address, data=orjson.dumps(body), headers={"Content-Type": "application/json", "User-Agent": "council-fleet"},
                    timeout=timeout, allow_redirects=False, verify=str(ca_bundle) if ca_bundle else True,
                    proxies=dict(get_environ_proxies(address)), stream=True,
                ) as response:  # fmt: skip
                    if 200 <= response.status_code < 300:
                        return
                    why = f"answered {response.status_code}"
                    if response.status_code in _HOPELESS or 300 <= response.status_code < 400:
                        break
            except (requests.RequestException, OSError) as error:
                why = f"can't be reached ({type(error).__name__})"
    raise NotSent(f"The webhook at {host} {why}.")
