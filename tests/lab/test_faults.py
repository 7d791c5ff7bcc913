"""Fault rules: which requests they match, how often, and that a reset clears them."""

import threading
import time

import httpx
import pytest

LONG = {"X": "a" * 1025}


@pytest.fixture
def rules(lab):
    """Sets fault rules for ARM, or for another service."""

    def make(*effects, **more):
        each = [{"service": "arm", "effect": effect, **more} for effect in effects]
        return lab.faults({"rules": each, "seed": 1})

    return make


@pytest.fixture
def core(lab):
    return lab.site("core")["resourceId"]


@pytest.fixture
def faults(lab):
    """The faults in the request log of a service, None for a request that met none."""
    return lambda service="arm": [entry.get("fault") for entry in lab.requests(service)]


def test_a_new_lab_has_no_faults(lab):
    config = lab.faults()

    assert {"seed", "struck", "hanging"} == config.keys()
    assert ({"rules": [], "throttle": 0}, []) == (config["struck"], config["hanging"])


def test_faults_are_returned_as_they_were_sent_with_a_seed(lab):
    made = {"graphLagSeconds": 2, "rules": [{"service": "arm", "effect": {"delay": 0}}]}
    told = lab.faults(made)

    assert told == lab.faults()
    assert made.items() <= told.items()
    assert isinstance(told["seed"], int)
    assert 7 == lab.faults({"seed": 7})["seed"]
    assert "rules" not in lab.faults({})


def test_a_reset_clears_the_faults(lab, arm, core, rules):
    rules({"status": 500})
    lab.reset("story")

    assert {"seed", "struck", "hanging"} == lab.faults().keys()
    assert 200 == arm.get(core).status_code


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"rain": True}, "The fault configuration has no member 'rain'"),
        ({"graphLagSeconds": "2"}, "graphLagSeconds must be a number of seconds."),
        ({"armStaleSeconds": -1}, "armStaleSeconds must be a number of seconds, 0 or more."),
        ({"armLateStatus": 204}, "armLateStatus must be 200 or 202."),
        ({"armLateStatus": [200]}, "armLateStatus must be a whole number"),
        ({"armRefusals": {"*": "No"}}, "armRefusals.* must be one of DenyAssignmentAuthoriz"),
        ({"apiVersions": ["2023-12-01"]}, "apiVersions must be one of any, usgovernment."),
        ({"gateLagSeconds": True}, "gateLagSeconds must be a number of seconds."),
        ({"tokenCacheSeconds": None}, "tokenCacheSeconds must be a number of seconds."),
        ({"seed": 1.5}, "seed must be a whole number, 0 or more."),
        ({"refusedRights": {"arm": "*"}}, "refusedRights.arm must be an array of strings."),
        ({"refusedRights": {"entra": []}}, "refusedRights has no member 'entra'"),
        ({"sites": {"core": "slow"}}, "sites.core must be one of stopped, quota-exceeded, "),
        ({"fronts": {"core": "wall"}}, "fronts.core must be one of application-gateway, "),
        ({"fronts": {"nobody": "waf"}}, "The lab has no app 'nobody'."),
        ({"sites": {"nobody": "stopped"}}, "The lab has no app 'nobody'."),
        ({"gate": {"platformOs": "mac"}}, "gate.platformOs must be one of linux, windows."),
        ({"gate": {"strictIssuer": 1}}, "gate.strictIssuer must be true or false."),
        ({"injectAllowedApplicationsOnPut": 0}, "must be true or false."),
        ({"freshAuthSettings": []}, "freshAuthSettings must be {}"),
        ({"identityErrors": "loud"}, "identityErrors must be one of opaque, aadsts."),
        ({"tenantPolicy": True}, "tenantPolicy must be an object."),
        ({"keyRollover": True}, "keyRollover must be one of announced, unannounced."),
        ({"throttle": {}}, "throttle.every must be a whole number, 1 or more."),
        ({"throttle": {"every": 2, "services": ["dns"]}}, "throttle.services must be one of"),
        ({"rules": {}}, "rules must be an array."),
        ({"rules": [{"effect": {"cut": True}}]}, "rules[0] needs the member 'service'."),
        ({"rules": [{"service": "arm", "effect": {}}]}, "rules[0].effect must be one of status"),
        (
            {"rules": [{"service": "arm", "effect": {"cut": True, "delay": 1}}]},
            "rules[0].effect must be one of status",
        ),
        (
            {"rules": [{"service": "arm", "effect": {"drop": True}}]},
            "rules[0].effect.drop must be one of before, after.",
        ),
        (
            {"rules": [{"service": "arm", "path": "(", "effect": {"cut": True}}]},
            "rules[0].path must be a regular expression.",
        ),
        (
            {"rules": [{"service": "arm", "part": "a", "effect": {"cut": True}}]},
            "rules[0].part is for the service graph alone.",
        ),
        (
            {"rules": [{"service": "arm", "chance": 2, "effect": {"cut": True}}]},
            "rules[0].chance must be a number from 0 to 1.",
        ),
        (
            {"rules": [{"service": "arm", "path": "a" * 257, "effect": {"cut": True}}]},
            "rules[0].path must have at most 256 characters.",
        ),
        (
            {"rules": [{"service": "graph", "part": "a" * 257, "effect": {"status": 500}}]},
            "rules[0].part must have at most 256 characters.",
        ),
        ({"rules": [{"service": "arm", "effect": {"cut": True}}] * 101}, "rules must have at most"),
        ({"refusedRights": {"arm": ["a"] * 101}}, "refusedRights.arm must have at most 100"),
        ({"refusedRights": {"graph": ["a" * 1025]}}, "at most 1024 characters."),
        ({"sites": {str(n): "stopped" for n in range(101)}}, "sites must have at most 100"),
        ({"graphLagSeconds": 10**400}, "graphLagSeconds must be at most"),
        ({"seed": 2**64}, "seed must be at most"),
        (
            {"rules": [{"service": "arm", "effect": {"status": 500, "headers": LONG}}]},
            "must have at most 1024 characters.",
        ),
        (
            {"rules": [{"service": "arm", "effect": {"status": 42}}]},
            "rules[0].effect.status must be a whole number, 200 or more.",
        ),
    ],
)
def test_an_invalid_fault_configuration_is_refused_in_a_sentence(lab, config, sentence):
    before = lab.faults()
    response = lab.control("POST", "faults", json=config)

    assert 400 == response.status_code
    assert sentence in response.json()["error"]["message"]
    assert before == lab.faults()


def test_a_status_answers_instead_of_the_service(lab, arm, core, rules, faults):
    body, headers = {"any": ["thing"]}, {"Retry-After": "3", "X-Own": "yes"}
    rules({"status": 503, "headers": headers, "body": body}, method="patch")
    response = arm.patch(core, json={"identity": {"type": "SystemAssigned"}})

    assert (503, body) == (response.status_code, response.json())
    assert headers.items() <= {name.title(): v for name, v in response.headers.items()}.items()
    assert not lab.site("core")["hasIdentity"]
    assert 200 == arm.get(core).status_code
    assert ["rules[0]", None] == faults()


def test_a_status_without_a_body_is_in_the_services_own_words(lab, arm, core):
    effect = {"status": 429}
    lab.faults({"rules": [{"service": each, "effect": effect} for each in ("arm", "graph")]})
    with lab.client("graph") as graph:
        directory = graph.get("/v1.0/applications").json()

    assert {"code", "message"} == arm.get(core).json()["error"].keys()
    assert "TooManyRequests" == directory["error"]["code"]
    assert "request-id" in directory["error"]["innerError"]


def test_a_text_is_answered_as_it_is(arm, core, rules):
    rules({"status": 502, "body": "<html>bad</html>"})

    assert "<html>bad</html>" == arm.get(core).text


def test_a_rule_skips_and_ends_as_it_says(arm, core, rules, lab):
    rules({"status": 500}, skip=1, times=2)

    assert [200, 500, 500, 200] == [arm.get(core).status_code for _ in range(4)]
    assert [2] == lab.faults()["struck"]["rules"]


def test_a_rule_is_about_a_service_a_method_and_a_path(lab, arm, core, rules):
    rules({"status": 500}, method="GET", path=r"/config/authsettingsV2\?")
    settings = f"{core}/config/authsettingsV2"

    assert 200 == arm.get(core).status_code
    assert 200 == arm.put(settings, json={"properties": {}}).status_code
    assert 500 == arm.get(settings).status_code
    with lab.client("graph") as graph:
        assert 200 == graph.get("/v1.0/applications").status_code


def test_a_path_is_meant_in_any_case(arm, core, rules):
    rules({"status": 500}, path="/CONFIG/authsettingsv2")

    assert 500 == arm.get(f"{core}/config/authsettingsV2").status_code


def test_the_first_rule_that_applies_wins(arm, core, rules):
    rules({"status": 500}, {"status": 501}, times=1)

    assert [500, 501, 200] == [arm.get(core).status_code for _ in range(3)]


def test_chance_is_the_same_for_the_same_seed(lab, arm, core):
    def seen(seed):
        rule = {"service": "arm", "chance": 0.5, "effect": {"status": 500}}
        lab.faults({"seed": seed, "rules": [rule]})
        return [arm.get(core).status_code for _ in range(12)]

    assert seen(3) == seen(3)
    assert {200, 500} == set(seen(3))
    assert seen(3) != seen(4)


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True)])
def test_a_dropped_connection_has_no_answer(lab, arm, core, rules, faults, when, done):
    rules({"drop": when}, method="PATCH", times=1)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        arm.patch(core, json={"identity": {"type": "SystemAssigned"}})

    assert done == lab.site("core")["hasIdentity"]
    assert ["rules[0]"] == faults()
    assert lab.requests("arm")[0]["status"] is None


def test_a_cut_answer_ends_in_the_middle(lab, arm, core, rules):
    rules({"cut": True}, times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        arm.patch(core, json={"identity": {"type": "SystemAssigned"}})

    assert lab.site("core")["hasIdentity"]
    assert 200 == arm.get(core).status_code


def test_one_rule_makes_a_service_slow(lab, arm, core, rules, faults):
    rules({"delay": 0.2})
    started = time.monotonic()

    assert [200, 200] == [arm.get(core).status_code for _ in range(2)]
    assert 0.4 <= time.monotonic() - started < 5
    assert ["rules[0]"] * 2 == faults()
    lab.reset("story")
    started = time.monotonic()
    arm.get(core)
    assert time.monotonic() - started < 0.2


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True)])
def test_a_request_hangs_until_its_caller_gives_up(lab, arm, core, rules, when, done):
    rules({"hang": when}, method="PATCH")
    with pytest.raises(httpx.ReadTimeout):
        arm.patch(core, json={"identity": {"type": "SystemAssigned"}}, timeout=0.3)

    assert done == lab.site("core")["hasIdentity"]
    deadline = time.monotonic() + 5
    while lab.faults()["hanging"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [] == lab.faults()["hanging"]


def test_who_hangs_is_told_and_freed_by_a_reset(lab, arm, core, rules):
    rules({"hang": "before"})
    ends = []

    def ask():
        with pytest.raises(httpx.TransportError) as caught:
            arm.get(core, timeout=20)
        ends.append(caught.type)

    asking = threading.Thread(target=ask)
    asking.start()
    deadline = time.monotonic() + 5
    while not (hanging := lab.faults()["hanging"]) and time.monotonic() < deadline:
        time.sleep(0.02)
    lab.reset("story")
    asking.join(5)

    url = f"{lab.arm}{core}?api-version=2025-05-01"
    assert [{"service": "arm", "method": "GET", "url": url}] == hanging
    assert ends in ([httpx.ReadError], [httpx.RemoteProtocolError])


def test_a_delayed_request_is_served_when_the_faults_change(lab, arm, core, rules):
    rules({"delay": 60})
    statuses = []
    asking = threading.Thread(target=lambda: statuses.append(arm.get(core).status_code))
    asking.start()
    time.sleep(0.2)
    lab.faults({})
    asking.join(5)

    assert [200] == statuses


def test_a_lock_follows_a_gateway_timeout_that_took_effect(arm, core, rules, lab):
    rules({"exclusiveLock": True})
    body = {"properties": {"platform": {"enabled": True}}}
    settings = f"{core}/config/authsettingsV2"
    first = arm.put(settings, json=body)
    kept = arm.get(settings).json()["properties"]["platform"]["enabled"]
    locked = arm.put(settings, json={"properties": {}})
    untouched = arm.get(settings).json()["properties"]["platform"]["enabled"]

    assert (504, "GatewayTimeout") == (first.status_code, first.json()["error"]["code"])
    assert kept
    assert 429 == locked.status_code
    assert locked.json()["Message"].startswith("Cannot acquire exclusive lock to create, update")
    assert untouched
    assert 200 == arm.put(settings, json=body).status_code
    assert [2] == lab.faults()["struck"]["rules"]


def test_one_part_of_a_batch_is_struck(lab):
    effect = {"status": 429, "headers": {"Retry-After": "2"}}
    rule = {"service": "graph", "method": "GET", "part": "^/servicePrincipals", "effect": effect}
    lab.faults({"rules": [{**rule, "times": 1}]})
    urls = ["/applications?$top=1", "/servicePrincipals?$top=1"]
    parts = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate(urls)]
    with lab.client("graph") as graph:
        answers = [graph.post("/v1.0/$batch", json={"requests": parts}).json() for _ in range(2)]
        alone = graph.get("/v1.0/servicePrincipals")

    first, second = ({each["id"]: each for each in answer["responses"]} for answer in answers)
    assert (200, 429) == (first["0"]["status"], first["1"]["status"])
    assert "2" == first["1"]["headers"]["Retry-After"]
    assert "TooManyRequests" == first["1"]["body"]["error"]["code"]
    assert (200, 200) == (second["0"]["status"], second["1"]["status"])
    assert 200 == alone.status_code


@pytest.mark.parametrize(("more", "header"), [({"retryAfter": 4}, "4"), ({}, None)])
def test_every_nth_request_is_one_too_many(lab, arm, core, faults, more, header):
    lab.faults({"throttle": {"every": 3, "services": ["arm"], **more}})
    answers = [arm.get(core) for _ in range(6)]

    assert [200, 200, 429] * 2 == [each.status_code for each in answers]
    assert header == answers[2].headers.get("Retry-After")
    assert [None, None, "throttle"] * 2 == faults()
    assert 2 == lab.faults()["struck"]["throttle"]


@pytest.mark.parametrize("service", ["identity", "entra", "gate"])
def test_each_service_can_have_faults(lab, service):
    urls = {
        "identity": f"{lab.environment['IDENTITY_ENDPOINT']}?resource=a",
        "entra": f"{lab.entra}/common/v2.0/.well-known/openid-configuration",
        "gate": lab.url("stranger"),
    }
    lab.faults({"rules": [{"service": service, "effect": {"status": 503}, "times": 1}]})

    struck, spared = (lab.http.get(urls[service]).status_code for _ in range(2))

    assert 503 == struck
    assert spared in {200, 401}


def test_nothing_of_it_is_in_the_labs_log(lab, arm, core, rules):
    rules({"drop": "before"}, {"drop": "after"}, {"cut": True}, {"status": 500}, times=1)
    for _ in range(3):
        with pytest.raises(httpx.TransportError):
            arm.get(core)
    log = lab.info.state_dir / "lab.log"

    assert "Traceback" not in log.read_text()
    assert "ASGI" not in log.read_text()
