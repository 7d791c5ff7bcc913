"""How a remedy is spelled on the command line."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from miwire.remedy import Fix, Remedy
from miwire.shell_words import sh

if TYPE_CHECKING:
    from miwire.errors import MiwireError

SPELLED = {
    Remedy.ALLOW_CALLER: "miwire protect {target} --allow {source}{choice}",
    Remedy.ALLOW_THAT_IDENTITY: "Allow that identity instead: --identity {identity}",
    Remedy.ASK_FOR_NEW_TOKEN: "Get a new token; check the system clock.",
    Remedy.ASK_FOR_SCOPE: (
        "Request the scope api://<client id of the API>/.default, or correct --audience."
    ),
    Remedy.ASK_THE_TENANT: "Get the token from the API's tenant, or correct --tenant.",
    Remedy.ATTACH_IDENTITY: "miwire enable-identity {source} --user-assigned {identity}",
    Remedy.CHANGE_SETTINGS_FILE: "Edit that file, or clear platform.configFilePath.",
    Remedy.CHECK_LAB: (
        "Check the network connection. In the lab, check that it is running: miwire lab status"
    ),
    Remedy.CHECK_REQUEST: "Check the URL, --method and --header.",
    Remedy.CHECK_TENANT_AND_CLOUD: "Check --tenant and --cloud.",
    Remedy.CHOOSE_APP_ROLE: "Choose another one with --app-role.",
    Remedy.CHOOSE_IDENTITY: (
        "Specify which one it uses: --identity RESOURCE_ID (for protect: --allow-client CLIENT_ID)"
    ),
    Remedy.CHOOSE_REGISTRATION: (
        "Choose another one with --app-id, or remove the client ID from the authentication "
        "settings."
    ),
    Remedy.CHOOSE_SETTING_NAME: (
        "Choose another name; only a scope is replaced: URI or client ID, then /.default."
    ),
    Remedy.CHOOSE_SIGN_IN: (
        "Add --replace-sign-in to require tokens instead, or --keep-sign-in to keep user sign-in."
    ),
    Remedy.CHOOSE_WHERE_TO_LOOK: (
        "Check the name, or choose where to look with --subscription and -g."
    ),
    Remedy.COMPARE_ISSUER: ("Compare --issuer with the issuer in that document, or give --tenant."),
    Remedy.CONNECT: "miwire connect {source} {target}{choice}",
    Remedy.CORRECT_CLIENT_ID_SETTING: (
        "Remove the app setting, or attach that identity and specify it with --identity."
    ),
    Remedy.CREATE_IDENTITY: (
        "Run the same command again in a minute. If the identity was deleted long ago, create a "
        "new one: miwire enable-identity {source}"
    ),
    Remedy.DELETE_APP_SETTING: (
        "az webapp config appsettings delete --setting-names {value} --ids {name}"
    ),
    Remedy.ENABLE_IDENTITY: "miwire enable-identity {source}",
    Remedy.ENABLE_PRINCIPAL: "az ad sp update --id {identity} --set accountEnabled=true",
    Remedy.EXCLUDE_PATH: "miwire protect {target} --exclude-path {value}",
    Remedy.EXCLUDE_WEBHOOKS: "miwire protect {target} --exclude-path '/runtime/webhooks/*'",
    Remedy.EXPECT_B2C_ISSUER: (
        "If that is your B2C tenant, pass its exact issuer with --issuer instead of --tenant."
    ),
    Remedy.EXPECT_EXTERNAL_ISSUER: (
        "If that is your external tenant, pass its exact issuer with --issuer instead of --tenant."
    ),
    Remedy.FIND_KEYS_OF_APP: (
        "An API with a claims mapping has a signing key of its own: add --jwks with the jwks_uri "
        "of its tenant and the query appid=CLIENT_ID."
    ),
    Remedy.GIVE_SERVICE_REFERENCE: "Your tenant requires --service-management-reference GUID.",
    Remedy.GRANT: "miwire grant {source} {target}",
    Remedy.KEEP_REGISTRATION: "Omit --app-id to keep using it.",
    Remedy.LIST_RUNS: "miwire undo --list",
    Remedy.NAME_APP_ONLY_CLIENT: (
        "Specify an app-only client: a managed identity, or a registration with a credential."
    ),
    Remedy.NAME_CLIENT_ID: "Use the client ID (app ID), not the object ID.",
    Remedy.PREPARE: "Without downtime: miwire connect {source} {target} --prepare",
    Remedy.PREVIEW_FORCED_UNDO: (
        "Preview it with --dry-run --force; --force undoes only what the run changed."
    ),
    Remedy.PROBE_AGAIN: "miwire probe {target} --wait 3m",
    Remedy.PROBE_AS_CALLER: "miwire probe {target} --with-token   (inside a caller)",
    Remedy.PROBE_LONGER: (
        "The app may still be starting. Try again with a longer timeout: "
        "miwire probe {target} --timeout {name}"
    ),
    Remedy.PROTECT: "miwire protect {target}{choice}",
    Remedy.REMOVE_IDENTITY: "To remove it: --remove-identity",
    Remedy.REPLACE_REGISTRATION: (
        "Use a registration in its place: miwire protect {target} --replace-sign-in --app-id "
        '"$(az ad app create --display-name {name} --query appId -o tsv)"'
    ),
    Remedy.REPLACE_SIGN_IN: "To replace it, add --replace-sign-in: users lose the sign-in page.",
    Remedy.REQUEST_ITS_AUDIENCE: "miwire probe {target} --audience {value}",
    Remedy.REQUIRE_HTTPS: "az webapp update --https-only true --ids {name}",
    Remedy.RESTART: "az webapp restart --ids {name}",
    Remedy.RUN_WITHOUT_PREPARE: "Run it again without --prepare once the callers send tokens.",
    Remedy.SELECT_IDENTITY: (
        "az webapp config appsettings set --settings AZURE_CLIENT_ID={value} --ids {name}"
    ),
    Remedy.SET_ISSUER: (
        "--keep-sign-in leaves it. If nobody signs in that way any more, set this tenant's issuer: "
        "az webapp auth microsoft update -g {group} -n {name} --issuer {value}"
    ),
    Remedy.START: "az webapp start --ids {name}",
    Remedy.UPGRADE_SETTINGS: (
        "Upgrade them first: az webapp auth config-version upgrade -g {group} -n {name}{slot}"
    ),
    Remedy.USE_CLOUD: "--cloud {name}",
    Remedy.USE_EXISTING_SETTING: "Use the existing name: --scope-setting {name}",
    Remedy.USE_KEYS_OF_APP: (
        "An API with a claims mapping has a signing key of its own: add --jwks {name}"
    ),
    Remedy.USE_KEYS_OF_POLICY: "Azure AD B2C publishes keys per policy: add --jwks {name}",
    Remedy.WAIT_LONGER: (
        "Run the same command again with a longer --wait: it continues where it stopped."
    ),
    Remedy.WRITE_SCOPE: "miwire connect {source} {target} --scope-setting {name}",
}
"""With the names that a fix holds, as a shell takes them."""
_CODE = re.compile(r"[A-Z][A-Za-z_]*\d*", re.ASCII)
SIGN_IN_HINT = SPELLED[Remedy.CHOOSE_SIGN_IN]


def spelled(fix: Fix | str) -> str:
    """Return a fix as text that can be typed or followed; empty where there is none."""
    if not isinstance(fix, Fix):
        return fix
    return SPELLED[fix.remedy].format(
        source=sh(fix.source),
        target=sh(fix.target),
        identity=sh(fix.identity),
        name=sh(fix.name),
        group=sh(fix.group),
        slot=f" --slot {sh(fix.slot)}" if fix.slot else "",
        value=sh(fix.value),
        choice=" --replace-sign-in" if fix.replaces_sign_in else "",
    )


def hint_of(error: MiwireError) -> str | None:
    """Return the hint of an error: its own, else what cures it, else where it is explained."""
    return error.hint or (spelled(error.fix) if error.fix else _explaining(error))


def _explaining(error: MiwireError) -> str | None:
    """Return the command that explains the code of an error, if that is known."""
    # Imported for the few errors that have no hint: all other commands would pay for it.
    pasted = import_module("miwire.explain.pasted")
    for each in pasted.explain(error.check or error.message).entries:
        if _CODE.fullmatch(each.code):
            return f"miwire explain {each.code}"
    return None
