"""doctor names the cause of what is wrong, and running its fixes makes the next run clean."""

import json
import shlex
import xml.etree.ElementTree as ET

import pytest

from miwire.checks.catalog import ALL
from miwire.explain.checks import ONLY_IN_PLANS
from miwire.operations.doctor import CHECKS

AAD = "identityProviders.azureActiveDirectory"
POLICY = f"{AAD}.validation.defaultAuthorizationPolicy"
ANOTHER = "0a1b2c3d-0000-4444-8888-aaaabbbbcccc"
DOCTOR = ("doctor", "core", "integration", "-o", "json")
READ = frozenset({"fail", "warn"})


def diagnosis(run, *words):
    """The document of a run, which ended as its findings say."""
    ended = run(*(words or DOCTOR))
    document = ended.document

    assert ended.code == document["exitCode"], ended.err
    assert ended.code in {0, 1}, ended.err
    return document


def found(document, verdicts=READ):
    """The verdict of each check that doesn't hold."""
    return {
        each["id"]: each["verdict"] for each in document["findings"] if each["verdict"] in verdicts
    }


def setting(path, value):
    """A state in which one authentication setting of integration has another value."""

    def change(lab):
        properties = lab.settings()
        *parents, member = path.split(".")
        inner = properties
        for each in parents:
            inner = inner.setdefault(each, {})
        inner[member] = value(lab) if callable(value) else value
        lab.put_settings(properties)

    return change


def app_setting(site, **values):
    """A state in which an app has these app settings."""
    return lambda lab: lab.put_app_settings(site, **values)


def principal(**members):
    """A state in which the service principal of the API has other members."""

    def change(lab):
        with lab.client("graph") as graph:
            path = f"/v1.0/servicePrincipals(appId='{lab.audience()}')"
            graph.patch(path, json=members).raise_for_status()

    return change


def registration(**members):
    """A state in which the registration of the API has other members."""

    def change(lab):
        with lab.client("graph") as graph:
            path = f"/v1.0/applications(appId='{lab.audience()}')"
            graph.patch(path, json=members).raise_for_status()

    return change


def deleted(kind):
    """A state in which the registration or service principal of the API was deleted."""

    def change(lab):
        with lab.client("graph") as graph:
            graph.delete(f"/v1.0/{kind}(appId='{lab.audience()}')").raise_for_status()

    return change


def together(*changes):
    """A state with several faults at once."""

    def change(lab):
        for each in changes:
            each(lab)

    return change


def issuer(text):
    return setting(f"{AAD}.registration.openIdIssuer", text)


SCENES = {
    "client-not-allowed": {"MIW140": "fail"},
    "empty-allow-list": {"MIW107": "warn"},
    "identity-not-allowed": {"MIW141": "fail"},
    "groups-checked": {"MIW108": "warn"},
    "ids-swapped": {"MIW140": "fail", "MIW141": "fail", "MIW212": "warn"},
    "audience-not-allowed": {"MIW010": "fail", "MIW144": "warn"},
    "bare-audience-missing": {
        "MIW010": "fail",
        "MIW125": "fail",
        "MIW144": "warn",
        "MIW231": "warn",
        "MIW233": "warn",
    },
    "trailing-slash": {"MIW010": "fail", "MIW144": "warn"},
    "wrong-issuer": {"MIW121": "fail"},
    "no-identifier-uri": {"MIW233": "fail"},
    "no-service-principal": {"MIW230": "fail"},
    "no-assignment": {"MIW232": "fail"},
    "target-principal-disabled": {"MIW207": "fail"},
    "caller-principal-disabled": {"MIW208": "fail"},
    "only-user-assigned": {"MIW020": "fail"},
    "client-id-setting": {"MIW003": "fail"},
    "msi-disabled": {"MIW008": "fail"},
    "role-still-in-token": {"MIW232": "fail"},
    "role-not-required": {"MIW231": "warn"},
    "any-in-tenant": {"MIW106": "fail", "MIW231": "warn"},
    "anonymous-allowed": {"MIW103": "fail"},
    "excluded-path": {"MIW104": "warn"},
    "warmup-path": {"MIW124": "warn", "MIW401": "fail"},
    "gate-off": {"MIW103": "fail"},
    "redirects": {"MIW150": "warn"},
    "config-file": {"MIW102": "fail"},
    "quoted-path": {"MIW122": "warn"},
    "identity-vanished": {
        "MIW020": "fail",
        "MIW140": "fail",
        "MIW141": "fail",
        "MIW211": "warn",
        "MIW232": "fail",
    },
    "stale-ids": {"MIW140": "fail", "MIW141": "fail", "MIW211": "warn"},
    "may-not-assign": {"MIW232": "fail"},
    "stopped": {"MIW112": "fail"},
    "private": {"MIW113": "warn", "MIW408": "warn"},
    "restricted": {"MIW408": "warn"},
    "firewall": {"MIW408": "warn"},
    "issuer-unchecked": {"MIW121": "fail"},
    "issuer-transposed": {"MIW120": "fail"},
    "no-challenge": {"MIW151": "warn"},
    "operator-reads": {},
    "role-not-in-token": {},
    "slot-forgotten": {"MIW012": "warn"},
}
"""What is wrong in each broken scene, by the checks that name the cause."""
ONLY_INSIDE = {"role-not-in-token"}
"""Nothing outside core shows its cached token."""
FIXED = {
    "client-not-allowed",
    "empty-allow-list",
    "identity-not-allowed",
    "ids-swapped",
    "audience-not-allowed",
    "trailing-slash",
    "no-identifier-uri",
    "no-service-principal",
    "no-assignment",
    "role-still-in-token",
    "role-not-required",
    "any-in-tenant",
    "anonymous-allowed",
    "gate-off",
    "stale-ids",
    "issuer-transposed",
}
"""Scenes in which the printed commands of miwire alone are enough."""
BEGUN = {
    "story": {"MIW001": "fail", "MIW103": "fail"},
    "user-assigned": {"MIW002": "fail", "MIW020": "fail", "MIW103": "fail"},
    "classic": {"MIW001": "fail", "MIW101": "fail"},
}
"""What is wrong before anything was set up."""
AFTER_CONNECT = {
    "functions": {"MIW109": "warn"},
    "slots": {"MIW116": "warn"},
}
"""What is left once `connect` has run."""
IN_UNIT_TESTS = {
    *("MIW114", "MIW115", "MIW143", "MIW145"),
    *("MIW402", "MIW403", "MIW404", "MIW405", "MIW406", "MIW407"),
}
"""
What no state of the lab shows alone: a client certificate, http, an audience that connect would
never choose, a provider that is off, and what is said of an answer, which tests/unit/checks and
tests/e2e/test_operator.py show.
"""
NEVER_FAILS = {"MIW409"}
"""That an answer came; where none comes, it is unknown."""
LEFT = {"ids-swapped": {"MIW212": "warn"}, "stale-ids": {"MIW211": "warn"}}
"""Entries that allow nobody stay: whom they were meant for, miwire doesn't know."""
STATES = {
    "provider without a client id": (
        setting(f"{AAD}.registration.clientId", None),
        {"MIW111": "fail"},
    ),
    "placeholder for an issuer": (
        issuer("https://login.microsoftonline.com/{tenant-guid}/v2.0"),
        {"MIW120": "fail"},
    ),
    "issuer with a blank at its end": (
        issuer(lambda lab: f"{lab.entra}/{lab.tenant_id}/v2.0 "),
        {"MIW120": "fail"},
    ),
    "tenant id for an issuer": (issuer(lambda lab: lab.tenant_id), {"MIW120": "fail"}),
    "authorize endpoint for an issuer": (
        issuer(lambda lab: f"{lab.entra}/{lab.tenant_id}/oauth2/v2.0/authorize"),
        {"MIW120": "fail"},
    ),
    "external tenant for an issuer": (
        issuer(f"https://contoso.ciamlogin.com/{ANOTHER}/v2.0"),
        {"MIW121": "fail"},
    ),
    "audience of ARM": (
        setting(f"{AAD}.validation.allowedAudiences", ["https://management.azure.com"]),
        {"MIW123": "warn"},
    ),
    "two paths in one entry": (
        setting("globalValidation.excludedPaths", ["/health, /items"]),
        {"MIW122": "warn"},
    ),
    "excluded path without a slash": (
        setting("globalValidation.excludedPaths", ["items"]),
        {"MIW122": "warn"},
    ),
    "everything excluded": (
        setting("globalValidation.excludedPaths", ["/*"]),
        {"MIW104": "warn", "MIW401": "fail"},
    ),
    "sign-in with Google": (
        setting(
            "identityProviders.google",
            {
                "enabled": True,
                "registration": {"clientId": "g", "clientSecretSettingName": "GOOGLE_SECRET"},
            },
        ),
        {"MIW105": "warn"},
    ),
    "another caller alone": (
        together(
            setting(f"{POLICY}.allowedApplications", [ANOTHER]),
            setting(f"{POLICY}.allowedPrincipals.identities", [ANOTHER]),
        ),
        {"MIW140": "fail", "MIW141": "fail", "MIW211": "warn"},
    ),
    "claim check for another client": (
        setting(f"{AAD}.validation.jwtClaimChecks", {"allowedClientApplications": [ANOTHER]}),
        {"MIW142": "fail", "MIW211": "warn"},
    ),
    "another tenant in an app setting": (
        app_setting("integration", WEBSITE_AUTH_AAD_ALLOWED_TENANTS=ANOTHER),
        {"MIW146": "fail"},
    ),
    "service principal in the app settings of core": (
        app_setting(
            "core",
            AZURE_CLIENT_ID=ANOTHER,
            AZURE_TENANT_ID=ANOTHER,
            AZURE_CLIENT_SECRET="s3cret-of-core",
        ),
        {"MIW007": "warn"},
    ),
    "redirect to the sign-in page": (
        setting("globalValidation.unauthenticatedClientAction", "RedirectToLoginPage"),
        {"MIW150": "warn"},
    ),
    "403 without a token": (
        setting("globalValidation.unauthenticatedClientAction", "Return403"),
        {"MIW150": "warn"},
    ),
    "404 without a token": (
        setting("globalValidation.unauthenticatedClientAction", "Return404"),
        {"MIW150": "warn"},
    ),
    "challenge removed by a setting": (
        setting(f"{AAD}.login.disableWWWAuthenticate", True),  # noqa: FBT003
        {"MIW151": "warn"},
    ),
    "authentication not required": (
        setting("globalValidation.requireAuthentication", False),  # noqa: FBT003
        {"MIW103": "fail"},
    ),
    "no assignment required": (
        principal(appRoleAssignmentRequired=False),
        {"MIW231": "warn"},
    ),
    "registration deleted": (deleted("applications"), {"MIW201": "fail"}),
    "client id of core for the API's": (
        setting(f"{AAD}.registration.clientId", lambda lab: lab.identity("core")[0]),
        {"MIW201": "fail"},
    ),
    "redirect URI at miwire's registration": (
        registration(web={"redirectUris": ["https://somewhere.example/callback"]}),
        {"MIW203": "fail"},
    ),
    "an id twice": (
        setting(f"{POLICY}.allowedApplications", lambda lab: [*lab.listed()[0], *lab.listed()[0]]),
        {"MIW213": "warn"},
    ),
    "Microsoft provider off": (setting(f"{AAD}.enabled", False), {"MIW111": "fail"}),  # noqa: FBT003
    "service principal deleted": (deleted("servicePrincipals"), {"MIW230": "fail"}),
    "identifier URIs removed": (registration(identifierUris=[]), {"MIW233": "fail"}),
    "two faults at once": (
        together(
            principal(accountEnabled=False),
            setting(f"{POLICY}.allowedApplications", [ANOTHER]),
        ),
        {"MIW140": "fail", "MIW207": "fail", "MIW211": "warn"},
    ),
    "three faults at once": (
        together(
            registration(identifierUris=[]),
            setting("globalValidation.excludedPaths", ["/items"]),
            app_setting("core", WEBSITE_DISABLE_MSI="true"),
        ),
        {"MIW233": "fail", "MIW104": "warn", "MIW008": "fail"},
    ),
}
"""What else can be wrong with a connection that worked, one by one and together."""


def test_every_broken_scene_is_in_the_table(quick):
    scenes = quick("lab", "scenes", "-o", "json").document["scenes"]

    assert {each["name"] for each in scenes if each["kind"] == "broken"} == SCENES.keys()


@pytest.mark.parametrize("scene", SCENES)
def test_the_cause_in_a_broken_scene_is_named_and_nothing_else_fails(quick, lab, scene):
    lab.reset(scene)

    assert SCENES[scene] == found(diagnosis(quick))


@pytest.mark.parametrize("scene", sorted(FIXED))
def test_the_printed_commands_make_a_broken_scene_clean(quick, lab, scene):
    lab.reset(scene)
    troubles = (each for each in diagnosis(quick)["findings"] if each["verdict"] in READ)
    for fix in dict.fromkeys(each["fix"] for each in troubles if each["fix"]):
        command, *words = shlex.split(fix)
        assert ("miwire", 0) == (command, quick(*words, "--yes").code)

    assert LEFT.get(scene, {}) == found(diagnosis(quick))


@pytest.mark.parametrize("state", STATES)
def test_the_cause_is_named_and_nothing_else_fails(quick, lab, state):
    change, expected = STATES[state]
    lab.reset("wired")
    change(lab)
    ended = quick(*DOCTOR)

    assert expected == found(ended.document)
    assert "s3cret-of-core" not in ended.out + ended.err


def test_where_all_is_well_at_least_25_checks_pass_and_none_is_unknown(quick, lab):
    lab.reset("wired")
    document = diagnosis(quick)

    assert (0, True) == (document["exitCode"], document["ok"])
    assert 25 <= document["summary"]["pass"]
    assert 0 == document["summary"]["unknown"] == document["summary"]["fail"]
    assert 12 >= document["requests"] == len([*lab.requests("arm"), *lab.requests("graph")])
    assert [] == lab.writes()


def test_where_people_sign_in_the_fix_says_what_becomes_of_that(quick, lab):
    lab.reset("signing-in-microsoft")
    fixes = {each["id"]: each["fix"] for each in diagnosis(quick)["findings"]}

    assert fixes["MIW106"].endswith("--allow rg-story/core --replace-sign-in")
    assert "sign-in" not in fixes["MIW001"]


def test_every_check_of_doctor_is_seen_to_fail_or_has_a_reason_why_not():
    tables = (*SCENES.values(), *BEGUN.values(), *AFTER_CONNECT.values())
    seen = {id_ for each in (*tables, *(ids for _, ids in STATES.values())) for id_ in each}

    assert {check.id for check in CHECKS} - seen == IN_UNIT_TESTS | NEVER_FAILS


def test_doctor_has_every_check_but_those_of_plans_and_tokens():
    of_things = {check.id for check in ALL if check.id[3] not in "35"}

    assert of_things - {check.id for check in CHECKS} == ONLY_IN_PLANS


@pytest.mark.parametrize("scene", BEGUN)
def test_what_is_missing_before_anything_was_set_up_is_named(quick, lab, scene):
    lab.reset(scene)

    assert BEGUN[scene] == found(diagnosis(quick))


@pytest.mark.parametrize("scene", AFTER_CONNECT)
def test_what_connect_leaves_to_its_user_is_named(quick, lab, scene):
    lab.reset(scene)
    assert 0 == quick("connect", "core", "integration", "--yes", "--no-wait").code

    assert AFTER_CONNECT[scene] == found(diagnosis(quick))


def test_what_follows_from_a_failure_says_from_which(quick, lab):
    lab.reset("gate-off")
    follows = {
        each["id"]: each["follows"] for each in diagnosis(quick)["findings"] if "follows" in each
    }

    assert {"MIW111": "MIW103", "MIW401": "MIW103"} == follows


def test_what_a_reader_may_not_see_is_unknown_with_the_missing_right(quick, lab):
    lab.reset("operator-reads")
    document = diagnosis(quick)
    unknown = [each for each in document["findings"] if each["verdict"] == "unknown"]

    assert 0 == document["exitCode"]
    assert unknown
    assert all("Microsoft.Web/sites/config/list/action" in each["seen"] for each in unknown)
    assert 1 == quick(*DOCTOR, "--strict").code


@pytest.mark.parametrize("path", ["authsettingsV2", r"Microsoft.Web/sites\?"])
def test_an_app_that_may_not_be_read_is_exit_5_with_every_check_unknown(quick, lab, path):
    lab.reset("wired")
    refused = {"error": {"code": "AuthorizationFailed", "message": "perform action 'a/b/read'"}}
    effect = {"status": 403, "body": refused}
    lab.faults({"rules": [{"service": "arm", "path": path, "effect": effect}]})
    ended = quick(*DOCTOR)
    passed = {each["id"] for each in ended.document["findings"] if each["verdict"] == "pass"}

    assert (5, "NotPermitted") == (ended.code, ended.document["error"]["code"])
    assert 0 < ended.document["summary"]["unknown"]
    assert not passed & {"MIW103", "MIW106", "MIW120", "MIW140", "MIW207"}


def test_the_articles_end_is_a_failure_with_a_fix_that_works(quick):
    quick("enable-identity", "core")
    quick("protect", "integration", "--allow-any-in-tenant", "--yes")
    before = diagnosis(quick)
    fix = next(each["fix"] for each in before["findings"] if each["id"] == "MIW106")

    assert ("fail", 1) == (found(before)["MIW106"], before["exitCode"])
    assert 0 == quick(*shlex.split(fix)[1:], "--yes").code
    assert "MIW106" not in found(diagnosis(quick))


def test_fix_shows_asks_and_records_and_undo_takes_it_back(quick, lab):
    refused = quick("doctor", "core", "integration", "--fix", "-o", "json")
    assert 2 == refused.code
    assert [] == lab.writes()
    planned = quick(*DOCTOR, "--fix", "--dry-run").document
    assert {False} == {each["done"] for each in planned["changes"]}

    fixed = diagnosis(quick, *DOCTOR, "--fix", "--yes")
    assert {True} == {each["done"] for each in fixed["changes"]}
    assert {} == found(fixed)
    assert 0 == quick("undo", fixed["run"], "--yes").code
    assert "MIW103" in found(diagnosis(quick))


def test_only_and_skip_choose_checks_and_an_unknown_one_is_told(quick, lab):
    lab.reset("wired")
    chosen = diagnosis(quick, *DOCTOR, "--only", "MIW103,miw140")
    left_out = diagnosis(quick, *DOCTOR, "--skip", "MIW103")
    wrong = quick(*DOCTOR, "--only", "MIW999")

    assert ["MIW103", "MIW140"] == [each["id"] for each in chosen["findings"]]
    assert "MIW103" not in {each["id"] for each in left_out["findings"]}
    assert (2, "BadRequest") == (wrong.code, wrong.document["error"]["code"])
    assert "Did you mean MIW" in wrong.document["error"]["hint"]


def test_one_app_is_diagnosed_without_a_source(quick, lab):
    lab.reset("wired")
    document = diagnosis(quick, "doctor", "integration", "-o", "json")

    assert document["source"] is None
    assert {"target", "directory", "calls"} == {each["category"] for each in document["findings"]}
    assert {} == found(document)


def test_junit_has_a_case_for_each_finding_and_fails_as_the_exit_code_does(quick, lab):
    lab.reset("no-assignment")
    ended = quick("doctor", "core", "integration", "-o", "junit")
    (suite,) = ET.fromstring(ended.out)  # noqa: S314  written here
    failed = [
        case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None
    ]

    assert 1 == ended.code
    assert ["MIW232 the caller holds an app role of the API"] == failed
    assert any("MIW401" in case.get("name") for case in suite.iter("testcase"))


def test_people_read_the_verdict_first_and_the_counts_last(quick, lab):
    lab.reset("target-principal-disabled")
    lines = quick("doctor", "core", "integration").out.splitlines()

    assert "✗ core can't call integration: 1 cause, 2 consequences." == lines[0]
    assert any(
        line.startswith("  ✗  MIW207  The service principal of integration") for line in lines
    )
    assert any("fix  az ad sp update --id" in line for line in lines)
    assert "To read about a finding: miwire explain MIW207" == lines[-2]
    assert " 1 fail" in lines[-1]


def test_inside_core_whose_identity_may_read_nothing_it_is_exit_5(miwire, lab):
    lab.reset("wired")
    ended = miwire("lab", "exec", "core", "--", "miwire", "doctor", "core", "integration")

    assert 5 == ended.code


@pytest.mark.usefixtures("brief_pauses")
def test_a_wait_ends_when_the_failure_is_gone(miwire, lab):
    lab.reset("wired")
    lab.faults({"rules": [{"service": "gate", "times": 2, "effect": {"status": 500}}]})
    ended = miwire("doctor", "integration", "--strict", "--wait", "60")

    assert 0 == ended.code, ended.out


def test_the_document_holds_no_token(quick, lab):
    lab.reset("wired")
    ended = quick(*DOCTOR)

    assert "eyJ" not in json.dumps(ended.document) + ended.err


def test_inside_a_source_that_may_read_its_own_token_is_observed(miwire, lab):
    lab.reset("reader")
    assert 0 == miwire("connect", "stranger", "integration", "--yes").code
    line = ("miwire", "doctor", "stranger", "integration", "-o", "json")
    document = json.loads(miwire("lab", "exec", "stranger", "--", *line).out)
    calls = {each["id"]: each["verdict"] for each in document["findings"]}

    assert ("pass", "unknown") == (calls["MIW402"], calls["MIW207"])
    assert 0 == document["exitCode"]


def test_with_a_filter_nothing_is_claimed_that_was_left_out(quick, lab):
    lab.reset("story")
    few = quick("doctor", "core", "integration", "--only", "MIW101")
    none = quick("doctor", "core", "integration", "--only", "MIW101", "--skip", "MIW101")

    assert few.out.startswith("✓ 1 check made, ")
    assert "can call" not in few.out
    assert (2, "") == (none.code, none.out)


def test_a_pair_whose_setting_chooses_an_identity_is_whole(quick, lab):
    lab.reset("user-assigned")
    with lab.client("arm") as arm:
        core = arm.get(lab.site("core")["resourceId"], params={"api-version": "2025-05-01"}).json()
    chosen = next(iter(core["identity"]["userAssignedIdentities"].values()))["clientId"]
    lab.put_app_settings("core", AZURE_CLIENT_ID=chosen)
    fixed = diagnosis(quick, *DOCTOR, "--fix", "--yes")

    assert {} == found(fixed)
    assert "pass" == next(e["verdict"] for e in fixed["findings"] if e["id"] == "MIW140")


def test_the_fix_for_a_slot_protects_the_slot(quick, lab):
    lab.reset("slots")
    assert 0 == quick("connect", "core", "integration", "--yes").code
    (fix,) = (e["fix"] for e in diagnosis(quick)["findings"] if e["id"] == "MIW116")

    assert 0 == quick(*shlex.split(fix)[1:], "--yes").code
    assert "MIW116" not in found(diagnosis(quick))


def test_a_redirect_elsewhere_is_not_called_open(quick, lab):
    lab.reset("wired")
    elsewhere = {"status": 302, "headers": {"Location": "https://elsewhere.example/"}}
    lab.faults({"rules": [{"service": "gate", "effect": elsewhere}]})

    assert "open to others" not in quick("doctor", "core", "integration").out


def test_a_dry_run_of_the_fix_shows_its_plan(quick, lab):
    lab.reset("no-assignment")
    told = quick("doctor", "core", "integration", "--fix", "--dry-run").out

    assert "The plan of --fix:\n  1  Entra ID: assign app role Caller to core" in told


def test_a_long_list_of_dead_ids_is_told_in_a_few_lines(quick, lab):
    lab.reset("wired")
    path = f"{POLICY}.allowedApplications"
    dead = [f"{n:08x}-0000-4444-8888-aaaabbbbcccc" for n in range(300)]
    setting(path, lambda lab: [*dead, *lab.listed()[0]])(lab)
    seen = [each["seen"] for each in diagnosis(quick)["findings"] if each["id"] == "MIW211"]

    assert 5 >= len(seen)
    assert any("weren't looked up" in each for each in seen)
