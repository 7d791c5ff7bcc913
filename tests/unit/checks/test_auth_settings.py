"""Values in the settings that don't do what they seem to do are said by a plan, or stop it."""

from dataclasses import replace

import pytest

from miwire.errors import BadRequest
from miwire.finding import InPlan, Verdict
from miwire.model import auth_settings as at
from miwire.operations import grant, protect
from miwire.operations.protect import Protection
from miwire.remedy import Fix, Remedy

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
HOST = "https://login.microsoftonline.com"
OTHER = "99998888-0000-cccc-1111-dddd2222eeee"


def with_setting(wiring, path, value):
    """The wiring with one of the target's authentication settings changed."""
    return wiring.with_target(settings=wiring.the_target.settings.with_value(path, value))


def found(plan, check):
    """The findings of one check in a plan."""
    return [each for each in plan.findings if each.id == check]


@pytest.mark.parametrize(
    ("issuer", "says"),
    [
        (f"{HOST}/v2.0/{TENANT}/", "has the version before the tenant"),
        (f"{HOST}/v2.0", "names no tenant"),
        (f"{HOST}/{{tenant-guid}}/v2.0", "still has a placeholder"),
        (TENANT, "is a bare tenant ID"),
        (f"{HOST}//{TENANT}/v2.0", "has two slashes in its path"),
        (f"{HOST}/{TENANT}/oauth2/v2.0/authorize", "is an endpoint for signing in, not an issuer"),
        (f"{HOST}/{TENANT}/v1.0", "ends in /v1.0, which no issuer does"),
        (f"{HOST}/{TENANT}/v2.0 ", "has a blank in it"),
        (f"login.microsoftonline.com/{TENANT}/v2.0", "doesn't begin with https://"),
    ],
)
def test_a_malformed_issuer_is_named_by_its_form_and_repaired_by_protect(story, issuer, says):
    plan = protect.plan(with_setting(story.wired, at.ISSUER, issuer), Protection())
    (said,) = found(plan, "MIW518")
    (difference,) = plan.differences()

    assert (issuer, story.issuers.v2) == (difference.before, difference.after)
    assert says in said.seen
    assert f"This run sets it to {story.issuers.v2}." in said.seen


def test_granting_leaves_a_malformed_issuer_and_names_the_command_that_repairs_it(story):
    wiring = with_setting(story.wired, at.ISSUER, f"{HOST}/v2.0/{TENANT}/")
    plan = grant.plan(wiring)
    (said,) = found(plan, "MIW120")

    assert () == plan.changes
    assert Verdict.FAIL is said.verdict
    assert "no token can be checked with it" in said.seen
    assert Fix(Remedy.PROTECT, target=str(wiring.the_target.ref)) == said.fix


@pytest.mark.parametrize(
    ("issuer", "who"),
    [
        (f"{HOST}/common/v2.0", "every Microsoft Entra tenant"),
        (f"{HOST}/organizations/v2.0", "every Microsoft Entra tenant"),
        (f"{HOST}/consumers/v2.0", "personal Microsoft accounts"),
        (f"https://fabrikam.ciamlogin.com/{OTHER}/v2.0", "customers of an external tenant"),
        (f"https://fabrikam.b2clogin.com/{OTHER}/v2.0", "customers of a B2C tenant"),
        (f"{HOST}/{OTHER}/v2.0", "identities of that tenant"),
        ("https://accounts.example.com", "users of that provider"),
    ],
)
@pytest.mark.parametrize(
    "asked", [Protection(), Protection(close=True), Protection(any_in_tenant=True)]
)
def test_a_deliberate_issuer_stops_the_plan_that_says_who_signs_in(story, issuer, who, asked):
    with pytest.raises(BadRequest, match="openIdIssuer of integration is") as refused:
        protect.plan(with_setting(story.wired, at.ISSUER, issuer), asked)

    assert who in refused.value.message
    assert Remedy.SET_ISSUER is refused.value.fix.remedy


@pytest.mark.parametrize(
    ("issuer", "verdict"),
    [
        (f"{HOST}/{OTHER}/v2.0", Verdict.FAIL),
        (f"{HOST}/contoso.example/v2.0", Verdict.UNKNOWN),
    ],
)
def test_granting_says_that_the_issuer_is_not_known_to_be_this_tenants(story, issuer, verdict):
    plan = grant.plan(with_setting(story.wired, at.ISSUER, issuer))
    (said,) = found(plan, "MIW121")

    assert (verdict, InPlan.NOTE) == (said.verdict, said.in_plan)
    assert () == plan.changes


def test_the_v1_issuer_and_the_token_version_change_in_one_plan(story):
    made = with_setting(story.wired, at.ISSUER, story.issuers.v1)
    registration = made.the_target.registration
    v1 = made.with_target(registration=replace(registration, token_version=None, unique_name=None))
    plan = protect.plan(v1, Protection(close=True))
    after = v1
    for change in plan.changes:
        after = change.preview(after)
    (said,) = found(plan, "MIW518")

    assert ["define-api", "write-auth-settings"] == [each.action for each in plan.changes]
    assert after.the_target.registration.issues_v2_tokens
    assert story.issuers.v2 == after.the_target.settings.at(at.ISSUER)
    assert "version 2 tokens" in said.seen


def test_keeping_the_sign_in_leaves_the_issuer_and_the_token_version(story):
    wiring = with_setting(story.wired, at.ISSUER, story.issuers.v1)
    plan = protect.plan(wiring, Protection(keep_sign_in=True))

    assert () == plan.changes
    assert [] == found(plan, "MIW518")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("/health, /items", "has several paths in one entry"),
        ("/a;/b", "has several paths in one entry"),
        ("/a,/b", "has several paths in one entry"),
        ("items", "doesn't begin with a slash"),
        (" /items", "doesn't begin with a slash"),
        ("*", "doesn't begin with a slash"),
        ('"/items"', "has quotes in it"),
        ("'/items'", "has quotes in it"),
    ],
)
def test_an_excluded_path_that_matches_nothing_is_not_called_open(story, entry, why):
    plan = protect.plan(with_setting(story.wired, at.EXCLUDED_PATHS, [entry]), Protection())
    (said,) = found(plan, "MIW122")

    assert f"{why}, so it matches nothing" in said.seen
    assert [] == found(plan, "MIW104")


def test_an_excluded_path_that_opens_something_is_named_without_those_that_do_not(story):
    wiring = with_setting(story.wired, at.EXCLUDED_PATHS, ["/health", "items", "/odata(1,2)"])
    (said,) = found(protect.plan(wiring, Protection()), "MIW104")

    assert "Paths that require no token: /health and /odata(1,2)." == said.seen


@pytest.mark.parametrize(
    "audience",
    [
        "https://management.azure.com",
        "https://management.azure.com/",
        "https://graph.microsoft.com",
        "https://vault.azure.net",
        "00000003-0000-0000-c000-000000000000",
    ],
)
def test_an_audience_of_microsofts_own_is_a_warning(story, audience):
    plan = grant.plan(with_setting(story.wired, at.AUDIENCES, ["api://api-client", audience]))
    (said,) = found(plan, "MIW123")

    assert Verdict.WARN is said.verdict
    assert f"accepts tokens for {audience}, which is Microsoft's" in said.seen


def test_the_apps_own_audiences_are_no_warning(story):
    assert [] == found(protect.plan(story.wired, Protection()), "MIW123")


@pytest.mark.parametrize("path", ["/", "/items", "items"])
def test_a_warm_up_path_may_be_open(story, path):
    wiring = story.wired.with_target(app_settings={"WEBSITE_WARMUP_PATH": path})
    (said,) = found(protect.plan(wiring, Protection()), "MIW124")

    assert Verdict.WARN is said.verdict
    assert "may accept requests without a token" in said.seen


@pytest.mark.parametrize("app_settings", [None, {}, {"WEBSITE_WARMUP_PATH": ""}])
def test_without_a_warm_up_path_none_is_named(story, app_settings):
    wiring = story.wired.with_target(app_settings=app_settings)

    assert [] == found(protect.plan(wiring, Protection()), "MIW124")
