"""What Graph's errors mean, whatever they are wrapped in."""

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import NoAccess, SourceUnavailable
from fleet.intune.refusals import DeltaExpired, NotThere, Refusal, dig, problem_for

EXAMPLES = Path(__file__).parents[4] / "shared" / "graph" / "examples" / "real-errors-intune.json"


def body(code: object, message: object, **error: Any) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, **error}}).encode()


def nested(**inner: Any) -> str:
    return json.dumps({"_version": 3, "CustomApiErrorPhrase": "", "RetryAfter": None, **inner})


def test_a_plain_error_is_read() -> None:
    sent = body("BadRequest", "No.", innerError={"request-id": "44be9ec1-489e"})
    assert dig(sent) == Refusal("BadRequest", "No.", "44be9ec1-489e")


def test_the_real_code_is_dug_out_of_two_layers() -> None:
    sent = body(
        "UnknownError", json.dumps({"ErrorCode": "Forbidden", "Message": nested(Message="An error has occurred")})
    )
    assert dig(sent) == Refusal("Forbidden", "An error has occurred", None)


def test_a_phrase_of_the_inner_error_is_its_code() -> None:
    sent = body("CancelledOnServiceTimeout", nested(Message="Late", CustomApiErrorPhrase="CancelOnTimeout"))
    assert dig(sent).code == "CancelOnTimeout"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<html>",
        b"[]",
        b"5",
        b'{"error": "text"}',
        body(None, None),
        body(7, ["x"]),
        body("x" * 200, "{"),
        body("a\nb", "{" * 5000),
        body("E", nested(Message=nested(Message=nested(Message=nested(Message=nested(Message="deep")))))),
    ],
)
def test_no_error_body_breaks_the_reader(sent: bytes) -> None:
    found = dig(sent)
    assert found.code is None or found.code.isprintable()


@pytest.mark.skipif(not EXAMPLES.is_file(), reason="recorded answers are not beside the project")
def test_every_recorded_error_gives_one_clean_line() -> None:
    for example in json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]:
        response = example["response"]
        sent = json.dumps(response.get("body", {})).encode()
        problem = problem_for("t", response["status"], sent, "/v1.0/deviceManagement/managedDevices")
        assert "\n" not in problem.message
        assert "manage.microsoft.com" not in problem.message
        assert problem.exit_code in (4, 5)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "stable"),
    [
        (400, "BadRequest", "Request not applicable to target tenant.", NoAccess, "no-intune-licence"),
        (400, "BadRequest", "Something else", SourceUnavailable, "refused"),
        (400, "syncStateNotFound", "", DeltaExpired, "delta-expired"),
        (404, "resyncRequired", "", DeltaExpired, "delta-expired"),
        (410, "Gone", "", DeltaExpired, "delta-expired"),
        (401, "InvalidAuthenticationToken", "", NoAccess, "token-refused"),
        (401, "Authorization_IdentityNotFound", "", NoAccess, "token-refused"),
        (403, "Authorization_RequestDenied", "", NoAccess, "missing-permission"),
        (403, None, "", SourceUnavailable, "refused"),
        (404, "ResourceNotFound", "", NotThere, "not-found"),
        (429, "TooManyRequests", "", SourceUnavailable, "throttled"),
        (500, "InternalServerError", "", SourceUnavailable, "unavailable"),
        (504, "UnknownError", "", SourceUnavailable, "unavailable"),
        (302, None, "", SourceUnavailable, "refused"),
    ],
)
def test_each_status_has_its_meaning(status: int, code: str | None, message: str, kind: type, stable: str) -> None:
    problem = problem_for("northbridge", status, body(code, message), "/v1.0/users")
    assert (type(problem), problem.code) == (kind, stable)
    assert problem.message.startswith("Tenant northbridge: ")
    assert problem.exit_code == (5 if kind is NoAccess else 4)


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/v1.0/users/delta", "User.Read.All"),
        ("GET", "/v1.0/deviceManagement/managedDeviceOverview", "DeviceManagementManagedDevices.Read.All"),
        ("POST", "/v1.0/deviceManagement/reports/exportJobs", "DeviceManagementConfiguration.ReadWrite.All"),
        ("GET", "/v1.0/deviceManagement/reports/exportJobs('x')", "DeviceManagementConfiguration.Read.All"),
    ],
)
def test_a_403_names_the_least_permission(method: str, path: str, permission: str) -> None:
    problem = problem_for("t", 403, body("Forbidden", ""), path, method)
    assert problem.facts["permission"] == permission
    assert permission in problem.message
