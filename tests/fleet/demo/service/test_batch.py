"""Batches: every item has its own fate."""

from fleet.demo.service.throttle import Limit
from tests.fleet.demo.service.caller import DEVICES
from tests.fleet.demo.service.factory import guid

IDS = [guid("northbridge", "device", number) for number in range(25)]


def items(ids):
    return [
        {"id": str(number), "method": "GET", "url": f"/{DEVICES}/{one}?$select=id,iccid"}
        for number, one in enumerate(ids)
    ]


def send(caller, requests):
    return caller.call("POST", "$batch", json={"requests": requests})


def test_items_are_answered_in_any_order_each_with_its_body(caller):
    answer = send(caller, items(IDS[:20]))
    assert answer.status_code == 200
    responses = answer.json()["responses"]
    assert [entry["id"] for entry in responses] != [str(number) for number in range(20)]
    assert {entry["id"]: entry["body"]["id"] for entry in responses} == {str(n): IDS[n] for n in range(20)}


def test_an_unknown_device_is_404_and_the_others_are_not(caller):
    responses = send(caller, items([IDS[0], "nobody"])).json()["responses"]
    assert {entry["id"]: entry["status"] for entry in responses} == {"0": 200, "1": 404}


def test_malformed_batches_are_refused_as_a_whole(caller):
    assert send(caller, items(IDS[:21])).status_code == 400
    assert send(caller, []).status_code == 400
    assert send(caller, [items(IDS)[0]] * 2).status_code == 400
    assert send(caller, [{"id": "1", "url": "/users"}]).status_code == 400
    assert send(caller, [{"id": "1", "method": "GET", "url": "https://graph.example/users"}]).status_code == 400
    bodied = {"id": "1", "method": "PATCH", "url": f"/{DEVICES}/{IDS[0]}", "body": {"notes": "x"}}
    assert "Content-Type" in send(caller, [bodied]).json()["error"]["message"]
    assert caller.call("POST", "$batch", data=b"{", headers={"Content-Type": "application/json"}).status_code == 400


def test_a_write_in_a_batch_is_done(caller, directory):
    write = {
        "id": "1",
        "method": "PATCH",
        "url": f"/{DEVICES}/{IDS[0]}",
        "headers": {"Content-Type": "application/json"},
        "body": {"notes": "from a batch"},
    }
    assert send(caller, [write]).json()["responses"][0]["status"] == 200
    assert directory.devices[IDS[0]]["notes"] == "from a batch"


def test_an_item_whose_dependency_failed_is_424(caller):
    first, second = items(["nobody", IDS[0]])
    responses = send(caller, [first, {**second, "dependsOn": ["0"]}]).json()["responses"]
    assert {entry["id"]: entry["status"] for entry in responses} == {"0": 404, "1": 424}


def test_items_count_against_the_limits_one_by_one(caller, service):
    service.throttle.limits = {"devices.any.app": Limit(3, 1e9)}
    responses = send(caller, items(IDS[:5])).json()["responses"]
    assert sorted(entry["status"] for entry in responses) == [200, 200, 200, 429, 429]
    assert all(int(entry["headers"]["Retry-After"]) > 0 for entry in responses if entry["status"] == 429)


def test_items_are_noted_apart_from_requests(caller, service):
    send(caller, items(IDS[:2]))
    assert [entry.path for entry in service.requests if "batch" in entry.path] == ["/v1.0/$batch"]
    assert [entry.status for entry in service.batched] == [200, 200]
