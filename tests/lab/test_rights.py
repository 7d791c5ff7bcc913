"""What callers may do: people in the directory, and slots and identities in ARM."""

import pytest

from miwire.lab.documents import GRAPH_APP_ID
from miwire.lab.graph.request import permissions_of

CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
MEMBER = "b79fbf4d-3ef9-4689-8143-76b194e85509"
READ, WRITE = "Application.Read.All", "Application.ReadWrite.All"
ASSIGN = "AppRoleAssignment.ReadWrite.All"
PERMISSIONS = "/providers/Microsoft.Authorization/permissions"
API = {"api-version": "2022-04-01"}


@pytest.fixture
def person(lab):
    """Return a function that opens a client of Graph as a person with directory roles."""

    def enter(*wids):
        claims = {
            "aud": GRAPH_APP_ID,
            "idtyp": "user",
            "oid": "5f000000-0000-4000-8000-000000000000",
            "scp": f"{WRITE} {ASSIGN}",
            "wids": [*wids, MEMBER],
        }
        return lab.client("graph", lab.token(claims))

    return enter


@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        ({"roles": [WRITE]}, {WRITE}),
        ({"roles": [], "scp": WRITE, "wids": [CLOUD_APPLICATION_ADMINISTRATOR]}, set()),
        ({"wids": [CLOUD_APPLICATION_ADMINISTRATOR]}, set()),
        ({"scp": WRITE}, {READ}),
        ({"scp": WRITE, "wids": [MEMBER]}, {READ}),
        ({"scp": "x", "wids": [PRIVILEGED_ROLE_ADMINISTRATOR]}, {READ, ASSIGN}),
        ({"scp": "x", "wids": [CLOUD_APPLICATION_ADMINISTRATOR.upper()]}, {READ, WRITE, ASSIGN}),
    ],
)
def test_an_app_may_what_its_roles_say_and_a_person_what_directory_roles_give(claims, allowed):
    assert allowed == permissions_of(claims)


def test_a_member_reads_the_directory_and_writes_nothing(person):
    with person() as graph:
        statuses = (
            graph.get("/v1.0/applications").status_code,
            graph.post("/v1.0/applications", json={"displayName": "mine"}).status_code,
        )

    assert (200, 403) == statuses


def test_an_administrator_of_applications_writes_too(person):
    with person(CLOUD_APPLICATION_ADMINISTRATOR) as graph:
        made = graph.post("/v1.0/applications", json={"displayName": "mine"})

    assert 201 == made.status_code


def test_nobody_owns_what_there_is(lab):
    with lab.client("graph") as graph:
        principal = graph.get("/v1.0/servicePrincipals").json()["value"][0]["id"]
        application = graph.get("/v1.0/applications").json()["value"][0]
        paths = (
            f"/v1.0/servicePrincipals/{principal}/owners",
            f"/v1.0/applications/{application['id']}/owners",
            f"/v1.0/applications(appId='{application['appId']}')/owners",
        )
        owners = [graph.get(path).json()["value"] for path in paths]
        absent = graph.get("/v1.0/applications/5f000000-0000-4000-8000-000000000000/owners")
        posted = graph.post(paths[0], json={})

    assert [[], [], []] == owners
    assert (404, 400) == (absent.status_code, posted.status_code)


@pytest.mark.parametrize("scene", ["reader", "story"])
def test_permissions_are_told_of_groups_apps_slots_and_identities(lab, scene):
    lab.reset(scene)
    core = lab.site("core")["resourceId"]
    group = core.partition("/providers/")[0]
    identity = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders"
    token = lab.identity_token(lab.arm, lab.inside("stranger"))
    with lab.client("arm", token) as arm:
        answers = [
            arm.get(f"{scope}{PERMISSIONS}", params=API)
            for scope in (group, core, f"{core}/slots/staging", identity)
        ]

    if scene == "reader":
        assert [[["*/read"]]] * 4 == [
            [each["actions"] for each in answer.json()["value"]] for answer in answers
        ]
    else:
        assert [403] * 4 == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    ("method", "below", "action"),
    [
        ("PATCH", "", "write"),
        ("PUT", "/config/authsettingsV2", "config/write"),
        ("GET", "/config/authsettingsV2/list", "config/list/action"),
        ("POST", "/config/appsettings/list", "config/list/action"),
        ("POST", "/restart", "restart/action"),
    ],
)
def test_a_slot_wants_actions_of_its_own(lab, method, below, action):
    lab.reset("slots")
    app = lab.site("integration")["resourceId"]
    token = lab.identity_token(lab.arm, lab.inside("stranger"))
    with lab.client("arm", token) as arm:
        refusals = [
            arm.request(method, f"{site}{below}", params={"api-version": "2025-05-01"}, json={})
            for site in (app, f"{app}/slots/staging")
        ]

    said = [each.json()["error"]["message"].split("'")[5] for each in refusals]
    assert [f"Microsoft.Web/sites/{action}", f"Microsoft.Web/sites/slots/{action}"] == said
