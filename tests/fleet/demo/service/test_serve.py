"""Running by itself: credentials that only the owner reads, and a configuration that the product takes as it is."""

import signal
import stat
import threading

import msal
import requests

from fleet.config import load_config
from fleet.demo.directory import AppleDirectory
from fleet.demo.service import Service
from fleet.demo.service.serve import config_text, serve_forever, served, write_credentials
from fleet.intune.actions import ActionClient
from fleet.intune.auth import token_source
from fleet.intune.sign_in import acting_tenant
from tests.fleet.demo.service.caller import SCOPE
from tests.fleet.demo.service.factory import SECRET, guid, make_directory


def tenants():
    """One tenant with a secret, one with a certificate."""
    by_certificate = make_directory(3, 2, "southmoor")
    by_certificate.secret = None
    return [make_directory(3, 2), by_certificate]


def test_the_printed_configuration_is_read_and_signs_in_with_secret_and_certificate(tmp_path):
    directories = tenants()
    write_credentials(directories, tmp_path)
    with Service(directories, folder=tmp_path) as service:
        (tmp_path / "config.toml").write_text(config_text(service, directories), encoding="utf-8")
        config = load_config(tmp_path, {})
        session = requests.Session()
        session.trust_env = False
        session.verify = str(config.tenants["southmoor"].ca_bundle)
        for tenant in config.tenants.values():
            pem = tenant.certificate.read_text() if tenant.certificate else ""
            key, _, public = pem.partition("-----BEGIN CERTIFICATE-----")
            certificate = {"private_key": key, "public_certificate": f"-----BEGIN CERTIFICATE-----{public}"}
            app = msal.ConfidentialClientApplication(
                tenant.client_id,
                client_credential=tenant.secret({}) or certificate,
                authority=f"{tenant.authority}/{tenant.tenant_id}",
                instance_discovery=False,
                http_client=session,
            )
            assert "access_token" in app.acquire_token_for_client([SCOPE])
        session.close()
    assert config.organisations["northbridge"].name == "Northbridge Council"
    assert config.tenants["northbridge"].secret({}) == SECRET


def test_credentials_are_for_the_owner_only_and_a_certificate_is_used_again(tmp_path):
    directories = tenants()
    write_credentials(directories, tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"northbridge.secret": 0o600, "southmoor.pem": 0o600}
    first = directories[1].certificate_pem
    again = tenants()
    write_credentials(again, tmp_path)
    assert again[1].certificate_pem == first
    (tmp_path / "southmoor.pem").write_text("rubbish")
    write_credentials(again, tmp_path)
    assert again[1].certificate_pem != first


def test_names_with_quotes_stay_valid_toml(tmp_path):
    directory = make_directory(1, 1, "odd key")
    directory.display_name = 'The "Old" Council 🏛'
    with Service([directory], folder=tmp_path) as service:
        (tmp_path / "config.toml").write_text(config_text(service, [directory]), encoding="utf-8")
    assert load_config(tmp_path, {}).organisations["odd key"].name == 'The "Old" Council 🏛'


def test_serving_goes_on_until_the_signal_and_puts_handlers_back(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    told = []

    def answer_once(text):
        told.append(text)
        signal.raise_signal(signal.SIGTERM)

    serve_forever(tenants(), tmp_path, announce=answer_once)
    assert "[tenant.southmoor]" in told[0]
    assert (tmp_path / "ca.pem").exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_serving_in_another_thread_is_stopped_by_its_event(tmp_path):
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=serve_forever, args=(tenants(), tmp_path), kwargs={"announce": lambda _text: ready.set(), "stop": stop}
    )
    thread.start()
    assert ready.wait(timeout=20)
    stop.set()
    thread.join(timeout=20)
    assert not thread.is_alive()


def test_served_tenants_take_remote_actions_from_an_application_and_from_people(tmp_path):
    with served(tenants(), tmp_path, "\n[rules.not-seen-30]\ndays = 45\n") as service:
        config = load_config(tmp_path, {})
        first, second = (config.tenants[key] for key in ("northbridge", "southmoor"))
        assert first.actions.client_id != first.client_id
        assert (first.actions.sign_in, second.actions.sign_in) == (None, "device-code")
        assert stat.S_IMODE(first.actions.secret_file.stat().st_mode) == 0o600
        assert config.rules == {"not-seen-30": {"days": 45}}
        with ActionClient(first, token_source(acting_tenant(first))) as client:
            assert client.read(guid("northbridge", "device", 1)).ownership == "company"
        assert service.check_in_after is not None


def test_served_again_the_configuration_leads_to_the_new_port_and_keeps_what_was_added(tmp_path):
    apple = [AppleDirectory("northbridge", "northbridge", "BUSINESSAPI.1", "key-1")]
    with served(tenants(), tmp_path, apple=apple) as service:
        first = service.graph
    path = tmp_path / "config.toml"
    added = "\n# mine\n[rules.not-seen-30]\ndays = 45\n"
    path.write_text(path.read_text(encoding="utf-8") + added, encoding="utf-8")
    with served(tenants(), tmp_path, "\n[rules.vanished]\nruns = 3\n", apple) as service:
        text = path.read_text(encoding="utf-8")
        assert service.graph != first
        assert first not in text
        assert text.count(service.graph) == 6
    assert text.endswith(added)
    path.write_text("[organisation.other]\n", encoding="utf-8")
    with served(tenants(), tmp_path, "\n[rules.vanished]\nruns = 3\n"):
        assert load_config(tmp_path, {}).rules == {"vanished": {"runs": 3}}
