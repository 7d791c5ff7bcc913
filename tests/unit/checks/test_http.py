import pytest

from miwire.checks import http as checks
from miwire.easyauth.model import GateVerdict, Rule
from miwire.finding import Verdict
from miwire.probe.model import ProbeCase
from miwire.probe.signatures import Origin

PASSES = GateVerdict(200, Rule.PASSES, "as wanted", 200)
REFUSED = GateVerdict(403, Rule.ALLOWED_APPLICATIONS, "core is not listed", 403)
UNSURE = GateVerdict(None, Rule.ISSUER, "another form", 200, ("strict_issuer",))


def case(name="with-token", status=200, origin=Origin.APP, **more):
    return ProbeCase(name, "let through", status, origin=origin, **more)


def finding(id_, judged):
    return next((each for each in checks.judged([judged]) if each.id == id_), None)


def test_every_check_explains_itself_and_has_an_id_of_its_own():
    explained = {check.id: bool(check.judge.__doc__) for check in checks.ALL}

    assert {f"MIW40{n}": True for n in range(1, 10)} == explained


@pytest.mark.parametrize(
    ("judged", "verdict"),
    [
        pytest.param(case(predicted=PASSES), Verdict.PASS, id="let through"),
        pytest.param(case(status=404, predicted=PASSES), Verdict.PASS, id="the app's own answer"),
        pytest.param(
            case(status=403, origin=Origin.PLATFORM, predicted=REFUSED), Verdict.PASS, id="refused"
        ),
        pytest.param(case(predicted=REFUSED), Verdict.WARN, id="let through after all"),
        pytest.param(
            case(status=401, origin=Origin.PLATFORM, predicted=PASSES),
            Verdict.WARN,
            id="refused after all",
        ),
        pytest.param(
            case(status=401, origin=Origin.PLATFORM, predicted=REFUSED),
            Verdict.WARN,
            id="refused by another rule",
        ),
        pytest.param(
            case(status=403, origin=Origin.UNKNOWN, predicted=PASSES),
            Verdict.UNKNOWN,
            id="refused by nobody knows whom",
        ),
        pytest.param(case(predicted=UNSURE), Verdict.UNKNOWN, id="not prediction for sure"),
    ],
)
def test_an_answer_is_compared_with_the_one_that_was_predicted(judged, verdict):
    assert finding("MIW404", judged).verdict is verdict


@pytest.mark.parametrize(
    "judged",
    [
        pytest.param(case(), id="settings that could not be read"),
        pytest.param(case(status=None, predicted=PASSES), id="a case that was not tried"),
    ],
)
def test_nothing_is_compared_where_there_is_nothing_to_compare(judged):
    assert finding("MIW404", judged) is None


@pytest.mark.parametrize(
    ("judged", "rules"),
    [
        pytest.param(case(predicted=REFUSED), ("allowed-applications", "passes"), id="through"),
        pytest.param(
            case(status=401, origin=Origin.PLATFORM, predicted=PASSES),
            ("passes", "signature or issuer or audience or lifetime"),
            id="not taken",
        ),
        pytest.param(
            case("without-token", 403, Origin.PLATFORM, predicted=PASSES),
            ("passes", "no-token-return403"),
            id="no token",
        ),
    ],
)
def test_a_wrong_prediction_names_both_rules(judged, rules):
    seen = finding("MIW404", judged).seen

    assert [True, True] == [rule in seen for rule in rules]


def test_a_wrong_prediction_is_told_where_an_exact_status_was_asked_for_too():
    judged = case(predicted=REFUSED, exact=True)

    assert ["MIW404"] == [each.id for each in checks.judged([judged])]


@pytest.mark.parametrize(
    ("ok", "status", "verdict"),
    [
        pytest.param(True, 401, Verdict.PASS, id="refused"),
        pytest.param(False, 200, Verdict.FAIL, id="let in"),
        pytest.param(None, None, Verdict.UNKNOWN, id="not tried"),
    ],
)
def test_a_forged_token_has_to_be_refused(ok, status, verdict):
    judged = case("tampered", status, None, ok=ok, why="reason")

    assert [("MIW405", verdict)] == [(each.id, each.verdict) for each in checks.judged([judged])]


@pytest.mark.parametrize(
    ("status", "verdict"), [(401, Verdict.PASS), (200, Verdict.FAIL), (302, Verdict.FAIL)]
)
def test_a_request_without_a_token_has_to_get_the_expected_rejection(status, verdict):
    holds = verdict is Verdict.PASS
    judged = ProbeCase("without-token", "401", status, ok=holds, why="no token is required")

    assert finding("MIW401", judged).verdict is verdict
