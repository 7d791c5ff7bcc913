"""
The lab held to the truth: each recorded request is sent to it, and its answer compared.

What may differ is listed in docs/explanation/what-the-lab-is-not.md, which is read here: another
difference fails, and so does a line of the list that is no longer needed.
"""

import json
import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

RECORDINGS = Path(__file__).parent / "recordings"
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "what-the-lab-is-not.md"
ROW = re.compile(r"\| (D\d+) \| `([^`]+)` \| `([^`]+)` \| (.+) \|")
GROUP = "/resourceGroups/rg-story/providers"
IDENTITIES = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities"
ROLE = {
    "allowedMemberTypes": ["Application"],
    "description": "May call",
    "displayName": "Caller",
    "value": "Caller",
}
ZEROS = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Exchange:
    """A request that somebody sent to Azure, and what Azure answered."""

    id: str
    method: str
    url: str
    request_body: object
    status: int
    response_body: object
    source: str
    request_headers: tuple = ()

    @property
    def objects(self):
        """The directory objects in the answer: those of a list, or the one that it is."""
        answer = self.response_body if isinstance(self.response_body, dict) else {}
        return answer.get("value", [answer] if "appId" in answer else [])


EXCHANGES = [
    Exchange(**each)
    for file in sorted(RECORDINGS.glob("*.json"))
    for each in json.loads(file.read_text(encoding="utf-8"))
]

# The same request in the lab's own scene


class Scene:
    """The story, prepared so that a recorded request has something to ask for."""

    def __init__(self, lab, arm, graph):
        self.lab, self.arm, self.graph = lab, arm, graph
        self.subscription = f"/subscriptions/{lab.subscription_id}"
        self.core = lab.site("core")["resourceId"]

    def answer(self, exchange):
        """The lab's answer to what stands for the request of *exchange*."""
        match urlsplit(exchange.url).hostname:
            case "graph.microsoft.com":
                return self._of_graph(exchange)
            case "login.microsoftonline.com":
                return self._of_entra(exchange)
            case _:
                return self._of_arm(exchange)

    def _of_arm(self, exchange):
        self._prepare_arm(exchange)
        parts = urlsplit(exchange.url)
        path = re.sub(r"(?i)/subscriptions/[^/]+", self.subscription, parts.path)
        path = re.sub(r"(?i)/resourceGroups/[^/]+", "/resourceGroups/rg-story", path)
        path = re.sub(r"(?i)/sites/[^/]+", "/sites/core", path)
        path = re.sub(r"(?i)/userAssignedIdentities/[^/]+", "/userAssignedIdentities/id-1", path)
        version = parts.query.partition("api-version=")[2]
        return self.arm.request(
            exchange.method, path, params={"api-version": version}, json=exchange.request_body
        )

    def _prepare_arm(self, exchange):
        kind, answer = exchange.id.rpartition("-")[0], exchange.response_body
        if kind.startswith("identity") and exchange.status == 200:
            self._identity("id-1")
        if kind.startswith("site-put"):
            self._patch({"type": "SystemAssigned"})
        if kind.startswith(("site-get", "site-patch")):
            self._like(answer)
        if exchange.id == "auth-classic-after":
            before = next(each for each in EXCHANGES if each.id == "auth-put-enable")
            assert 200 == self._of_arm(before).status_code

    def _like(self, recorded):
        """Give core the identities and the tags that a recorded app has."""
        if "tags" in recorded:
            self.arm.patch(self.core, json={"tags": recorded["tags"]}).raise_for_status()
        identity = recorded.get("identity", {"type": "None"})
        attached = identity.get("userAssignedIdentities", {})
        ids = [self._identity(f"id-{number}") for number, _ in enumerate(attached, 1)]
        sent = {"userAssignedIdentities": {each: {} for each in ids}} if ids else {}
        self._patch({"type": identity["type"], **sent})

    def _identity(self, name):
        made = self.arm.put(
            f"{self.subscription}{IDENTITIES}/{name}", json={"location": "westeurope"}
        )
        return made.raise_for_status().json()["id"]

    def _patch(self, identity):
        self.arm.patch(self.core, json={"identity": identity}).raise_for_status()

    def _of_graph(self, exchange):
        parts = urlsplit(exchange.url)
        path, body = unquote(parts.path), exchange.request_body
        query = unquote(parts.query)
        names = self._stand_ins(exchange)
        for recorded, own in names.items():
            path, query = path.replace(recorded, own), query.replace(recorded, own)
            if body is not None:
                body = json.loads(json.dumps(body).replace(recorded, own))
        token = self.lab.token({"aud": self.lab.graph}) if exchange.status == 403 else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.graph.request(
            exchange.method,
            path,
            params=dict([query.split("=", 1)]) if query else None,
            headers={**headers, **dict(exchange.request_headers)},
            json=body,
        )

    def _stand_ins(self, exchange):
        """What stands for the names of *exchange*: by the recorded one, the lab's own."""
        path = unquote(urlsplit(exchange.url).path)
        segments = path.split("/")
        if exchange.id.startswith("assignment"):
            return self._for_assignment(exchange)
        if "-patch-" in exchange.id:
            collection, recorded = segments[-2:]
            return {recorded: self._principal({})["id"]} | (
                {recorded: self._application({})["id"]} if collection == "applications" else {}
            )
        if exchange.id.startswith("principal-post"):
            return {exchange.request_body["appId"]: self._application({})["appId"]}
        if exchange.id.startswith("principal-upsert"):
            known = exchange.id.endswith("known")
            made = self._principal({}) if known else self._application({})
            return {path.split("'")[1]: made["appId"]}
        if exchange.id == "application-upsert-known":
            headers = {"Prefer": "create-if-missing"}
            self.graph.patch(path, json={"displayName": "a"}, headers=headers).raise_for_status()
        return self._for_reading(exchange) if exchange.method == "GET" else {}

    def _for_reading(self, exchange):
        names = {}
        for recorded in exchange.objects:
            if recorded.get("servicePrincipalType") == "ManagedIdentity":
                own = self._managed_identity()
                literal = re.search(r"displayName,'([^']+)'", unquote(exchange.url))
                if literal:
                    names[literal[1]] = own["displayName"]
            elif "servicePrincipalType" in recorded:
                own = self._principal(recorded)
            else:
                own = self._application(recorded)
            names |= {recorded["id"]: own["id"], recorded["appId"]: own["appId"]}
            uris = recorded.get("servicePrincipalNames", [])
            names |= {each: own["appId"] for each in uris if "://" not in each}
        return names

    def _for_assignment(self, exchange):
        answer = exchange.response_body
        if "value" in answer:
            return {urlsplit(exchange.url).path.split("/")[-2]: self._managed_identity()["id"]}
        role_id = answer["appRoleId"]
        roles = [] if role_id == ZEROS else [{**ROLE, "id": role_id}]
        resource = self._principal({"appRoles": roles})
        caller = self._managed_identity()
        names = {answer["resourceId"]: resource["id"], answer["principalId"]: caller["id"]}
        if exchange.method == "GET":
            where = f"/v1.0/servicePrincipals/{resource['id']}/appRoleAssignedTo"
            body = {"appRoleId": role_id, "principalId": caller["id"]}
            made = self.graph.post(where, json=body | {"resourceId": resource["id"]})
            names[answer["id"]] = made.raise_for_status().json()["id"]
            names[urlsplit(exchange.url).path.split("/")[3]] = resource["id"]
        return names

    def _application(self, recorded):
        """A new application with what of a recorded one a client may set."""
        body = {
            "displayName": recorded.get("displayName") or "orders",
            "signInAudience": "AzureADMyOrg",
            "api": {"requestedAccessTokenVersion": 2},
        }
        kept = ("identifierUris", "requiredResourceAccess", "appRoles", "keyCredentials")
        body |= {name: recorded[name] for name in kept if recorded.get(name)}
        return self.graph.post("/v1.0/applications", json=body).raise_for_status().json()

    def _principal(self, recorded):
        kept = {name: recorded[name] for name in ("displayName", "appRoles") if name in recorded}
        application = self._application(kept)
        body = {"appId": application["appId"]}
        return self.graph.post("/v1.0/servicePrincipals", json=body).raise_for_status().json()

    def _managed_identity(self):
        self._patch({"type": "SystemAssigned"})
        principal = self.arm.get(self.core).json()["identity"]["principalId"]
        return self.graph.get(f"/v1.0/servicePrincipals/{principal}").json()

    def _of_entra(self, exchange):
        path = re.sub(r"^/[^/]+", f"/{self.lab.tenant_id}", urlsplit(exchange.url).path)
        form = exchange.request_body
        if form is not None:
            form = form | {
                "client_id": self.lab.environment["MIWIRE_LAB_CLIENT_ID"],
                "client_secret": self.lab.environment["MIWIRE_LAB_CLIENT_SECRET"],
                "scope": f"{self.lab.graph}/.default",
            }
        return self.lab.http.request(exchange.method, self.lab.entra + path, data=form)


# What differs


@dataclass(frozen=True)
class Row:
    """A line of the page: which exchanges may differ in what, both with wildcards, and why."""

    id: str
    exchanges: str
    difference: str
    why: str

    def covers(self, exchange_id, difference):
        return fnmatchcase(exchange_id, self.exchanges) and fnmatchcase(difference, self.difference)


def members(value, path=""):
    """Every member of a document with its type; the items of a list count as one."""
    match value:
        case dict():
            yield path, "object"
            for name, each in value.items():
                inner = "*" if path.endswith("userAssignedIdentities") else name
                # Tags are whatever somebody wanted them to be.
                if not path.endswith("tags"):
                    yield from members(each, f"{path}.{inner}".lstrip("."))
        case list():
            yield path, "list"
            for each in value:
                yield from members(each, f"{path}[]")
        case None:
            yield path, "null"
        case bool():
            yield path, "boolean"
        case int() | float():
            yield path, "number"
        case _:
            yield path, "string"


def typed(document):
    found = {}
    for path, kind in members(document):
        found.setdefault(path, set()).add(kind)
    return found


def differences(exchange, status, body):
    """
    What a client could tell the lab's answer from Azure's by: status, members and types.

    null fits every type, and a list that is empty says nothing about what would be in it.
    """
    if status != exchange.status:
        yield f"status {exchange.status} is {status}"
        return
    theirs, ours = typed(exchange.response_body or None), typed(body)
    for path in sorted(theirs.keys() | ours.keys()):
        outer = path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
        if path and (path.endswith("[]") or outer not in theirs or outer not in ours):
            # An item is compared by its members; below what one side lacks nothing is.
            continue
        if path not in ours:
            yield f"lacks {path}"
        elif path not in theirs:
            yield f"adds {path}"
        elif "null" not in theirs[path] | ours[path] and theirs[path] != ours[path]:
            yield f"{path}: {' or '.join(theirs[path])} is {' or '.join(ours[path])}"


@pytest.fixture(scope="module")
def seen(_lab):
    """Every difference that there is: pairs of an exchange's id and what differs."""
    found = []
    for exchange in EXCHANGES:
        _lab.reset("story")
        with _lab.client("arm") as arm, _lab.client("graph") as graph:
            arm.params = {"api-version": "2025-05-01"}
            answer = Scene(_lab, arm, graph).answer(exchange)
        body = answer.json() if answer.content else None
        found += [(exchange.id, each) for each in differences(exchange, answer.status_code, body)]
    return found


@pytest.fixture(scope="module")
def rows():
    """The differences on purpose, as the page lists them."""
    return [Row(*found) for found in ROW.findall(PAGE.read_text(encoding="utf-8"))]


def test_a_recorded_answer_differs_only_where_the_page_says_so(seen, rows):
    unexplained = [each for each in seen if not any(row.covers(*each) for row in rows)]

    assert [] == unexplained


def test_the_page_lists_no_difference_that_is_gone(seen, rows):
    needless = [row.id for row in rows if not any(row.covers(*each) for each in seen)]

    assert rows
    assert [] == needless


def test_the_page_says_how_many_exchanges_were_compared(seen, capsys):
    different = len({exchange_id for exchange_id, _ in seen})
    compared = len(EXCHANGES)
    sentence = (
        f"{compared} recorded or published exchanges are compared, {compared - different} are"
        f" answered alike, and {different} differ on purpose."
    )

    assert len({each.id for each in EXCHANGES}) == compared
    assert sentence in PAGE.read_text(encoding="utf-8").replace("\n", " ")
    with capsys.disabled():
        sys.stdout.write(f" {sentence} ")
