"""A plain Graph caller for tests: no retries, no cleverness, every answer as it came."""

from collections.abc import Iterator
from typing import Any

import requests

from fleet.demo.directory import TenantDirectory
from fleet.demo.service import Service
from tests.fleet.demo.service.factory import SECRET

SCOPE = "https://graph.microsoft.com/.default"
DEVICES = "deviceManagement/managedDevices"


class Caller:
    """Calls one tenant of a service with a token of its own."""

    def __init__(self, service: Service, directory: TenantDirectory) -> None:
        self.service = service
        self.directory = directory
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(service.ca_pem)
        self.token = self.new_token()

    def new_token(self, **form: str) -> str:
        """An access token by secret; more form fields may be given."""
        answer = self.ask_token(grant_type="client_credentials", client_secret=SECRET, scope=SCOPE, **form)
        return str(answer.json()["access_token"])

    def ask_token(self, tenant_id: str | None = None, **form: str) -> requests.Response:
        """The token endpoint's answer to a form."""
        address = f"{self.service.authority}/{tenant_id or self.directory.tenant_id}/oauth2/v2.0/token"
        return self.session.post(address, data={"client_id": self.directory.client_id, **form}, timeout=10)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any call; `path` is an address or what follows `/v1.0/`."""
        address = path if path.startswith("https://") else f"{self.service.graph}/v1.0/{path}"
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.session.request(method, address, headers=headers, timeout=options.pop("timeout", 10), **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        """A GET."""
        return self.call("GET", path, **options)

    def pages(self, path: str = DEVICES, most: int = 20) -> Iterator[dict[str, Any]]:
        """Every page of a list, at most so many."""
        address: str | None = path
        for _ in range(most):
            if address is None:
                return
            page = self.get(address).json()
            yield page
            address = page.get("@odata.nextLink")

    def rows(self, path: str = DEVICES) -> list[dict[str, Any]]:
        """The rows of all pages of a list."""
        return [row for page in self.pages(path) for row in page["value"]]

    def close(self) -> None:
        """Leave."""
        self.session.close()
