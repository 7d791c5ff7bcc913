import pytest

from miwire.easyauth.model import GateVerdict, Rule
from miwire.probe.response import Answer, Origin

CHALLENGE = {"www-authenticate": 'Bearer realm="api.example" resource_id="1"'}
OFF_PERHAPS = GateVerdict(None, Rule.PLATFORM_OFF, "settings of version 1", 200, ("version 1",))
OFF = GateVerdict(200, Rule.PLATFORM_OFF, "it is off", 200)
PASSES = GateVerdict(200, Rule.PASSES, "as wanted", 200)
REFUSED = GateVerdict(403, Rule.ALLOWED_APPLICATIONS, "not listed", 403)
UNKNOWN = GateVerdict(None, Rule.ALLOWED_APPLICATIONS, "an empty list", 403, ("a switch",))


def answer(status, headers=(), body=""):
    return Answer(status, dict(headers), body, elapsed_ms=1)


@pytest.mark.parametrize(
    ("seen", "predicted", "origin"),
    [
        pytest.param(answer(401, CHALLENGE), None, Origin.PLATFORM, id="the platform's challenge"),
        pytest.param(answer(401, CHALLENGE), PASSES, Origin.PLATFORM, id="whatever was prediction"),
        pytest.param(
            answer(401, {"www-authenticate": 'Bearer realm="x"'}), None, Origin.UNKNOWN, id="others"
        ),
        pytest.param(
            answer(403, {"x-ms-middleware-request-id": "1"}), None, Origin.UNKNOWN, id="middleware"
        ),
        pytest.param(answer(403), REFUSED, Origin.PLATFORM, id="as prediction"),
        pytest.param(answer(403, body="IIS"), REFUSED, Origin.PLATFORM, id="with a page of IIS"),
        pytest.param(answer(403), UNKNOWN, Origin.UNKNOWN, id="not prediction for sure"),
        pytest.param(answer(401), REFUSED, Origin.UNKNOWN, id="another refusal than prediction"),
        pytest.param(answer(403), PASSES, Origin.UNKNOWN, id="bare, where none was prediction"),
        pytest.param(answer(403, body="no"), PASSES, Origin.APP, id="worded, where none was"),
        pytest.param(answer(403), OFF, Origin.APP, id="there is no gate"),
        pytest.param(answer(401, CHALLENGE), OFF, Origin.APP, id="the app's copy of a challenge"),
        pytest.param(
            answer(401, CHALLENGE), OFF_PERHAPS, Origin.PLATFORM, id="off, or perhaps not"
        ),
        pytest.param(answer(200), None, Origin.APP, id="no refusal"),
        pytest.param(answer(200), REFUSED, Origin.APP, id="no refusal, where one was prediction"),
        pytest.param(
            answer(302, {"location": "/.auth/login/aad"}), None, Origin.PLATFORM, id="a login"
        ),
        pytest.param(
            answer(302, {"location": "/.auth/login/aad"}), OFF, Origin.APP, id="the app's login"
        ),
        pytest.param(
            answer(403, {"x-ms-forbidden-ip": "1"}), REFUSED, Origin.NETWORK, id="the front end"
        ),
        pytest.param(
            answer(403, body="<title>Web App is stopped</title>"),
            None,
            Origin.NETWORK,
            id="stopped",
        ),
    ],
)
def test_who_answered_is_told_by_what_only_one_of_them_says(seen, predicted, origin):
    assert origin is seen.origin(predicted)
