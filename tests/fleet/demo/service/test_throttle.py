"""The published limits: a bucket per tenant and per app, that fills again with time."""

from fleet.demo.service.throttle import Limit, Throttle, published, retry_after
from tests.fleet.demo.service.caller import DEVICES


class Stopwatch:
    """Seconds that a test sets."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_published_limits_are_the_published_ones():
    limits = published()
    assert limits["devices.any.app"] == Limit(2000, 20)
    assert limits["devices.write.app"] == Limit(200, 20)
    assert limits["exports.any.tenant"] == Limit(100, 60)


def test_a_bucket_empties_and_fills_again_with_time():
    watch = Stopwatch()
    throttle = Throttle({"devices.any.app": Limit(2, 20)}, watch)
    taken = [throttle.take("devices", "a", "app") for _ in range(3)]
    assert taken == [None, None, 10.0]
    watch.seconds = 10.0
    assert throttle.take("devices", "a", "app") is None
    assert throttle.take("devices", "a", "app") == 10.0


def test_apps_tenants_and_families_do_not_share_a_bucket():
    throttle = Throttle({"devices.any.app": Limit(1, 20)}, Stopwatch())
    assert throttle.take("devices", "a", "app") is None
    assert throttle.take("devices", "b", "app") is None
    assert throttle.take("exports", "a", "app") is None
    assert throttle.take("devices", "a", "app") is not None


def test_writes_have_a_limit_of_their_own():
    throttle = Throttle({"devices.any.app": Limit(9, 20), "devices.write.app": Limit(1, 20)}, Stopwatch())
    assert throttle.take("devices", "a", "app", write=True) is None
    assert throttle.take("devices", "a", "app", write=True) == 20.0
    assert throttle.take("devices", "a", "app") is None


def test_retry_after_is_whole_seconds_and_at_least_one():
    assert [retry_after(seconds) for seconds in (0.01, 1.0, 1.2)] == ["1", "1", "2"]


def test_the_service_answers_429_over_the_limit_and_names_the_wait(caller, service):
    service.throttle.limits = {"devices.any.app": Limit(2, 1e6)}
    assert [caller.get(DEVICES).status_code for _ in range(3)] == [200, 200, 429]
    assert int(caller.get(DEVICES).headers["Retry-After"]) > 1
    assert caller.get("users").status_code == 200


def test_users_cost_resource_units(caller, service):
    service.throttle.limits = {"identity.any.app": Limit(3, 1e9)}
    assert caller.get("users").status_code == 200
    assert caller.get("users").status_code == 429
    assert caller.get("users?$select=id").status_code == 200
