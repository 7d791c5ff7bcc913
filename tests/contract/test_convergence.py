"""A plan that was applied leaves nothing to plan; one that broke off is resumed."""

import pytest

from miwire.errors import StateChanged, Unreachable
from miwire.model import auth_settings as at
from miwire.model.site import AppName, SiteRef
from miwire.observe import identity
from miwire.observe import target as observe
from miwire.observe.callers import ObserveRequest
from miwire.operations import enable_identity, grant, protect
from miwire.operations.protect import Protection
from miwire.plan.apply import apply

TARGET, SOURCE = AppName.parse("integration"), AppName.parse("core")
NAMED = ObserveRequest(sources=(SOURCE,))


def nothing(_change):
    """Tell nobody."""


@pytest.fixture
def core(azure):
    """core with an identity."""
    apply(azure, enable_identity.plan(identity.observe(azure, SOURCE)), nothing)


def put(lab, properties):
    """Write authsettingsV2 as somebody else would."""
    with lab.client("arm") as arm:
        path = f"{lab.site('integration')['resourceId']}/config/authsettingsV2"
        answer = arm.put(
            path, params={"api-version": "2025-05-01"}, json={"properties": properties}
        )
    assert answer.status_code == 200


STARTS = [
    pytest.param(None, id="never configured"),
    pytest.param({"platform": {"enabled": False}}, id="expanded and off"),
    pytest.param({"platform": {"enabled": True}}, id="on, without any provider"),
    pytest.param(
        {
            "platform": {"enabled": True},
            "globalValidation": {
                "requireAuthentication": False,
                "unauthenticatedClientAction": "AllowAnonymous",
                "excludedPaths": ["/health"],
            },
        },
        id="anonymous allowed",
    ),
    pytest.param(
        {
            "platform": {"enabled": True},
            "globalValidation": {"unauthenticatedClientAction": "Return403"},
            "identityProviders": {
                "azureActiveDirectory": {
                    "validation": {
                        "allowedAudiences": ["api://other"],
                        "jwtClaimChecks": {"allowedClientApplications": ["somebody"]},
                        "defaultAuthorizationPolicy": {
                            "allowedApplications": ["somebody"],
                            "allowedPrincipals": {"identities": ["somebody"]},
                        },
                    }
                }
            },
            "unknown": {"kept": [1, None, {"x": "y"}]},
        },
        id="lists that restrict",
    ),
]
WISHES = [
    pytest.param(Protection(), id="closed"),
    pytest.param(Protection(excluded_paths=("/items",)), id="with a path left open"),
    pytest.param(Protection(keep_sign_in=True), id="keeping the sign-in"),
    pytest.param(Protection(app_role="Reader"), id="with another role"),
]


@pytest.mark.parametrize("asked", WISHES)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.usefixtures("core")
def test_what_was_applied_leaves_nothing_to_plan(azure, lab, start, asked):
    if start is not None:
        put(lab, start)
    apply(azure, protect.plan(observe.target(azure, TARGET, NAMED), asked), nothing)
    again = protect.plan(observe.target(azure, TARGET, NAMED), asked)

    assert () == again.changes


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.usefixtures("core")
def test_nothing_that_was_there_is_lost(azure, lab, start):
    if start is not None:
        put(lab, start)
    ref = SiteRef.parse(lab.site("integration")["resourceId"])
    before = azure.sites.auth_settings(ref)
    apply(azure, protect.plan(observe.target(azure, TARGET, NAMED), Protection()), nothing)
    after = azure.sites.auth_settings(ref)

    lost = [
        each
        for each in before.differences(after)
        if isinstance(each.before, list) and each.after[: len(each.before)] != each.before
    ]
    assert [] == lost
    assert before.at("unknown") == after.at("unknown")


@pytest.mark.parametrize("broken", range(5))
@pytest.mark.usefixtures("core")
def test_a_run_that_broke_off_is_resumed_and_ends_the_same(azure, lab, monkeypatch, broken):
    plan = protect.plan(observe.target(azure, TARGET, NAMED), Protection())
    assert len(plan.changes) == 5
    change = type(plan.changes[broken])

    def refuse(*_):
        raise Unreachable("The laptop's lid was closed.")

    with monkeypatch.context() as patch:
        patch.setattr(change, "apply", refuse)
        with pytest.raises(Unreachable) as stopped:
            apply(azure, plan, nothing)
    assert [n < broken for n in range(5)] == [each.done for each in stopped.value.changes]
    resumed = protect.plan(observe.target(azure, TARGET, NAMED), Protection())
    apply(azure, resumed, nothing)

    assert () == protect.plan(observe.target(azure, TARGET, NAMED), Protection()).changes
    with lab.client("graph") as graph:
        names = [app["displayName"] for app in graph.get("/v1.0/applications").json()["value"]]
    assert 1 == names.count("integration")


@pytest.mark.usefixtures("core")
def test_who_opens_the_target_after_the_plan_is_noticed_and_nothing_is_written_over(azure, lab):
    plan = protect.plan(observe.target(azure, TARGET, NAMED), Protection())
    put(lab, {"platform": {"enabled": True}, "globalValidation": {"excludedPaths": ["/*"]}})
    before = azure.sites.auth_settings(plan.start.the_target.ref)

    with pytest.raises(StateChanged, match="changed in the meantime") as moved:
        apply(azure, plan, nothing)
    assert before == azure.sites.auth_settings(plan.start.the_target.ref)
    assert [False] * 4 + [True] == [each.begun for each in moved.value.changes]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(at.AAD_ENABLED, False, id="off"),
        pytest.param(at.ISSUER, "https://login.example/other/v2.0", id="another issuer"),
    ],
)
@pytest.mark.usefixtures("core")
def test_a_provider_that_is_switched_after_the_plan_is_not_switched_back(azure, lab, path, value):
    apply(
        azure,
        protect.plan(observe.target(azure, TARGET, ObserveRequest()), Protection()),
        nothing,
    )
    plan = grant.plan(observe.target(azure, TARGET, NAMED))
    seen = azure.sites.auth_settings(plan.start.the_target.ref)
    put(lab, seen.with_value(path, value).properties)

    with pytest.raises(StateChanged, match="changed in the meantime"):
        apply(azure, plan, nothing)


@pytest.mark.usefixtures("core")
def test_two_plans_of_one_moment_make_one_wiring(azure, lab):
    plans = [protect.plan(observe.target(azure, TARGET, NAMED), Protection()) for _ in range(2)]
    for plan in plans:
        apply(azure, plan, nothing)

    assert () == protect.plan(observe.target(azure, TARGET, NAMED), Protection()).changes
    with lab.client("graph") as graph:
        names = [app["displayName"] for app in graph.get("/v1.0/applications").json()["value"]]
    assert 1 == names.count("integration")
