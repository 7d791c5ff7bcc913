"""
One change as az commands that do nothing where it was made already.

`az rest` is all that is used: `az webapp identity assign` puts the whole app (azure-cli #22495),
and there is no command for app role assignments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from miwire.model.directory import V2_TOKENS, new_role, unique_name
from miwire.plan.changes.app_role import AssignAppRole
from miwire.plan.changes.app_settings import StayWithSlot, WriteScopeSetting
from miwire.plan.changes.identity import AttachUserAssignedIdentity, EnableSystemIdentity
from miwire.plan.changes.registration import (
    CreateRegistration,
    DefineApi,
    RestoreRegistration,
    registration_body,
)
from miwire.plan.changes.service_principal import (
    TAGS,
    CreateServicePrincipal,
    RequireAssignment,
    RestoreServicePrincipal,
)
from miwire.shell_words import backtickless, jmespath, sh
from miwire.text import ascii_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from miwire.model.cloud import Cloud
    from miwire.model.wiring import Wiring
    from miwire.plan.plan import Change

_SITES = "2025-05-01"
_IDENTITIES = "2023-01-31"
_AGAIN = """\
again() {  # new objects take time to propagate
  for pause in 1 2 4 8 15 15 15 15 15 15 15 15; do
    "$@" && return
    sleep $pause
  done
  "$@"
}"""


def opening(cloud: Cloud, wiring: Wiring) -> Iterator[str]:
    """Yield what every step relies on: addresses, and the ids that are known."""
    yield _AGAIN
    yield f"graph={sh(f'{cloud.graph}/v1.0')}"
    yield f"source={sh(f'{cloud.resource_manager}{wiring.the_source.ref.id}')}"
    registration, app_id = wiring.the_target.registration, wiring.the_target.settings.client_id
    if registration is not None:
        yield f"object_id={sh(registration.object_id)}"
        yield f"app_id={sh(registration.app_id)}"
    elif app_id is not None:
        yield f"app_id={sh(app_id)}"
    for caller in wiring.callers:
        if caller.has_identity:
            yield f"principal_id={sh(caller.principal_id)}"


def of(cloud: Cloud, wiring: Wiring, change: Change) -> Iterator[str]:
    """Yield the commands of a change; ids that nobody knows yet are variables."""
    match change:
        case EnableSystemIdentity():
            yield from _system_identity(wiring)
        case AttachUserAssignedIdentity():
            yield from _user_assigned(cloud, wiring, change.identity_id)
        case CreateRegistration():
            yield from _registration(wiring, change)
        case DefineApi():
            yield from _api(wiring, change)
        case CreateServicePrincipal():
            yield from _service_principal(change)
        case AssignAppRole():
            yield from _assignment(change)
        case RequireAssignment():
            body = _body({"appRoleAssignmentRequired": change.required})
            yield _send("patch", "$graph/servicePrincipals(appId='$app_id')", body)
        case WriteScopeSetting() | StayWithSlot():
            yield from _app_setting(cloud, wiring, change)
        case RestoreRegistration() | RestoreServicePrincipal():
            yield from _restored(wiring, change)


def _restored(
    wiring: Wiring, change: RestoreRegistration | RestoreServicePrincipal
) -> Iterator[str]:
    of_api = isinstance(change, RestoreRegistration)
    gone = wiring.the_target.registration if of_api else wiring.the_target.service_principal
    yield f"deleted={sh(gone.object_id if gone else '')}"
    item = "$graph/directory/deletedItems/$deleted"
    yield f"if {_get(item)} >/dev/null 2>&1; then"
    yield f'  az rest --method post --url "{item}/restore" >/dev/null'
    yield "fi"


def _system_identity(wiring: Wiring) -> Iterator[str]:
    attached: dict[str, Any] = {
        each.id: {} for each in wiring.the_source.site.identity.user_assigned
    }
    identity: dict[str, Any] = {"type": "SystemAssigned"}
    if attached:
        identity = {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": attached}
    principal_id = _get("$site", "identity.principalId")
    yield f'site="$source?api-version={_SITES}"'
    yield f'if [ -z "$({principal_id})" ]; then'
    enable = _send("patch", "$site", _body({"identity": identity}))
    yield f"  {enable} >/dev/null"
    yield "fi"
    yield f"principal_id=$({principal_id})"


def _user_assigned(cloud: Cloud, wiring: Wiring, identity_id: str) -> Iterator[str]:
    identity = wiring.the_source.site.identity
    ids = dict.fromkeys((*(each.id for each in identity.user_assigned), identity_id))
    kind = "SystemAssigned, UserAssigned" if identity.system else "UserAssigned"
    body = _body({"identity": {"type": kind, "userAssignedIdentities": {each: {} for each in ids}}})
    attach = _send("patch", f"$source?api-version={_SITES}", body)
    yield f"{attach} >/dev/null"
    url = f"{cloud.resource_manager}{identity_id}?api-version={_IDENTITIES}"
    yield f"identity={sh(url)}"
    yield f"principal_id=$({_get('$identity', 'properties.principalId')})"


def _registration(wiring: Wiring, change: CreateRegistration) -> Iterator[str]:
    if wiring.the_target.settings.client_id is not None:
        yield "# It exists: the settings of the target refer to it."
        object_id = _get("$graph/applications(appId='$app_id')", "id")
        yield f"object_id=$({object_id})"
        return
    create = _send("patch", "$registration", _body(registration_body(change)), upsert=True)
    key = quote(change.unique_name.replace("'", "''"), safe=":/()", errors="surrogatepass")
    path = f"/applications(uniqueName='{key}')"
    yield f'registration="$graph"{sh(path)}'
    yield f"if ! {_get('$registration')} >/dev/null 2>&1; then"
    yield f"  {create} >/dev/null"
    yield "fi"
    yield f"app_id=$(again {_get('$registration', 'appId')})"
    yield f"object_id=$(again {_get('$registration', 'id')})"


def _api(wiring: Wiring, change: DefineApi) -> Iterator[str]:
    yield 'application="$graph/applications/$object_id"'
    if change.v2_tokens:
        body = _body({"api": {"requestedAccessTokenVersion": V2_TOKENS}})
        yield _send("patch", "$application", body)
    if change.uri:
        patch = _send("patch", "$application", '"{\\"identifierUris\\": $uris}"')
        yield f"uris=$(again {_get('$application', 'identifierUris', 'json')})"
        yield 'case "$uris" in'
        yield '  *"\\"api://$app_id\\""*) ;;'
        yield '  "[]") uris="[\\"api://$app_id\\"]" ;;'
        yield '  *) uris="${uris%]*}, \\"api://$app_id\\"]" ;;'
        yield "esac"
        yield f"again {patch}"
    if change.role:
        api = wiring.the_target.registration or unique_name(wiring.the_target.ref)
        role = backtickless(ascii_json(dict(new_role(api, change.role).document)))
        found = _get("$application", f"length(appRoles[?value=={jmespath(change.role)}])")
        merged = _get("$application", f"{{appRoles: [appRoles, `[{role}]`][]}}", "json")
        patch = _send("patch", "$application", '"$roles"')
        yield f'if [ "$({found})" = 0 ]; then'
        yield f"  roles=$({merged})"
        yield f"  again {patch}"
        yield "fi"


def _service_principal(change: CreateServicePrincipal) -> Iterator[str]:
    body = _body({"appRoleAssignmentRequired": change.assignment_required, "tags": TAGS})
    yield "principal=\"$graph/servicePrincipals(appId='$app_id')\""
    yield f"if ! {_get('$principal')} >/dev/null 2>&1; then"
    create = _send("patch", "$principal", body, upsert=True)
    yield f"  again {create} >/dev/null"
    yield "fi"


def _assignment(change: AssignAppRole) -> Iterator[str]:
    role = _get(
        "$graph/applications/$object_id", f"appRoles[?value=={jmespath(change.role)}].id | [0]"
    )
    ids = ("principalId", "principal_id"), ("resourceId", "resource_id"), ("appRoleId", "role_id")
    members = ", ".join(f'\\"{name}\\": \\"${variable}\\"' for name, variable in ids)
    resource = _get("$graph/servicePrincipals(appId='$app_id')", "id")
    yield f"resource_id=$(again {resource})"
    yield f"role_id=$({role})"
    yield 'assignments="$graph/servicePrincipals/$resource_id/appRoleAssignedTo"'
    yield "held=\"length(value[?principalId=='$principal_id' && appRoleId=='$role_id'])\""
    yield 'page="$assignments?\\$top=999"'
    assign = _send("post", "$assignments", '"{' + members + '}"')
    known = _get("$page")
    yield f'if [ "$({known} --query "$held" -o tsv)" = 0 ]; then'
    yield f"  again {assign} >/dev/null"
    yield "fi"


def _app_setting(
    cloud: Cloud, wiring: Wiring, change: WriteScopeSetting | StayWithSlot
) -> Iterator[str]:
    if isinstance(change, StayWithSlot):
        yield from _slot_setting(cloud, wiring, change.name)
    else:
        yield from _scope_setting(wiring, change)


def _scope_setting(wiring: Wiring, change: WriteScopeSetting) -> Iterator[str]:
    """
    Yield a read-merge-write by az itself: no value of another setting is on a command line.

    What the setting holds is compared and never printed.
    """
    source = wiring.the_source.site
    scope = sh(change.scope) if change.scope else '"api://$app_id/.default"'
    list_all = f"$source/config/appsettings/list?api-version={_SITES}"
    found = sh(f"properties.\"{change.name}\" || ''")
    refused = f"{change.name} of {change.app} doesn't contain a scope, so it was left unchanged."
    slot = f" --slot {sh(source.ref.slot)}" if source.ref.slot else ""
    where = (
        f"-g {sh(source.ref.group)} -n {sh(source.ref.name)}{slot}"
        f" --subscription {sh(source.ref.subscription)}"
    )
    yield f"scope={scope}"
    yield f'held=$(az rest --method post --url "{list_all}" --query {found} -o tsv)'
    yield 'case "$held" in'
    yield '  "$scope") ;;'
    yield f"  @* | *[[:space:]]*) echo {sh(refused)} >&2; exit 1 ;;"
    yield '  "" | */.default)'
    yield (
        f'    az webapp config appsettings set {where} --settings "{change.name}=$scope" -o none ;;'
    )
    yield f"  *) echo {sh(refused)} >&2; exit 1 ;;"
    yield "esac"


def _slot_setting(cloud: Cloud, wiring: Wiring, name: str) -> Iterator[str]:
    app = f"{cloud.resource_manager}{wiring.the_source.ref.production.id}"
    yield f"names={sh(f'{app}/config/slotConfigNames?api-version={_SITES}')}"
    listed = "(properties.appSettingNames || `[]`)"
    count = _get("$names", f"length({listed}[?@=='{name}'])")
    others = ", ".join(
        f"{each}: properties.{each}"
        for each in ("connectionStringNames", "azureStorageConfigNames")
    )
    merged = f'{{properties: {{{others}, appSettingNames: [{listed}, `["{name}"]`][]}}}}'
    all_names = _get("$names", merged, "json")
    yield f'if [ "$({count})" = 0 ]; then'
    yield f"  stay=$({all_names})"
    put = _send("put", "$names", '"$stay"')
    yield f"  {put} >/dev/null"
    yield "fi"


def _get(url: str, query: str = "", form: str = "tsv") -> str:
    """Return a command that reads; *query* is JMESPath, *url* holds variables and no other word."""
    asked = f" --query {sh(query)} -o {form}" if query else ""
    return f'az rest --method get --url "{url}"{asked}'


def _send(method: str, url: str, body: str, *, upsert: bool = False) -> str:
    """Return a command that writes; *body* is a word of the shell."""
    headers = "Content-Type=application/json" + (" Prefer=create-if-missing" if upsert else "")
    return f'az rest --method {method} --url "{url}" --headers {headers} --body {body}'


def _body(document: Mapping[str, Any]) -> str:
    return sh(ascii_json(document))
