"""What cures a problem: named here, spelled where it is shown (a command line, a page)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Remedy(StrEnum):
    """What to do about a problem."""

    ALLOW_CALLER = "allow-caller"
    ALLOW_THAT_IDENTITY = "allow-that-identity"
    ASK_FOR_NEW_TOKEN = "ask-for-new-token"  # noqa: S105  a remedy, no password
    ASK_FOR_SCOPE = "ask-for-scope"
    ASK_THE_TENANT = "ask-the-tenant"
    ATTACH_IDENTITY = "attach-identity"
    CHANGE_SETTINGS_FILE = "change-settings-file"
    CHECK_LAB = "check-lab"
    CHECK_REQUEST = "check-request"
    CHECK_TENANT_AND_CLOUD = "check-tenant-and-cloud"
    CHOOSE_APP_ROLE = "choose-app-role"
    CHOOSE_IDENTITY = "choose-identity"
    CHOOSE_REGISTRATION = "choose-registration"
    CHOOSE_SETTING_NAME = "choose-setting-name"
    CHOOSE_SIGN_IN = "choose-sign-in"
    CHOOSE_WHERE_TO_LOOK = "choose-where-to-look"
    COMPARE_ISSUER = "compare-issuer"
    CONNECT = "connect"
    CORRECT_CLIENT_ID_SETTING = "correct-client-id-setting"
    CREATE_IDENTITY = "create-identity"
    DELETE_APP_SETTING = "delete-app-setting"
    ENABLE_IDENTITY = "enable-identity"
    ENABLE_PRINCIPAL = "enable-principal"
    EXCLUDE_PATH = "exclude-path"
    EXCLUDE_WEBHOOKS = "exclude-webhooks"
    EXPECT_B2C_ISSUER = "expect-b2c-issuer"
    EXPECT_EXTERNAL_ISSUER = "expect-external-issuer"
    FIND_KEYS_OF_APP = "find-keys-of-app"
    GIVE_SERVICE_REFERENCE = "give-service-reference"
    GRANT = "grant"
    KEEP_REGISTRATION = "keep-registration"
    LIST_RUNS = "list-runs"
    NAME_APP_ONLY_CLIENT = "name-app-only-client"
    NAME_CLIENT_ID = "name-client-id"
    PREPARE = "prepare"
    PREVIEW_FORCED_UNDO = "preview-forced-undo"
    PROBE_AGAIN = "probe-again"
    PROBE_AS_CALLER = "probe-as-caller"
    PROBE_LONGER = "probe-longer"
    PROTECT = "protect"
    REMOVE_IDENTITY = "remove-identity"
    REPLACE_REGISTRATION = "replace-registration"
    REPLACE_SIGN_IN = "replace-sign-in"
    REQUEST_ITS_AUDIENCE = "request-its-audience"
    REQUIRE_HTTPS = "require-https"
    RESTART = "restart"
    RUN_WITHOUT_PREPARE = "run-without-prepare"
    SELECT_IDENTITY = "select-identity"
    SET_ISSUER = "set-issuer"
    START = "start"
    UPGRADE_SETTINGS = "upgrade-settings"
    USE_CLOUD = "use-cloud"
    USE_EXISTING_SETTING = "use-existing-setting"
    USE_KEYS_OF_APP = "use-keys-of-app"
    USE_KEYS_OF_POLICY = "use-keys-of-policy"
    WAIT_LONGER = "wait-longer"
    WRITE_SCOPE = "write-scope"


@dataclass(frozen=True, slots=True)
class Fix:
    """A remedy and the names that it takes; a name that isn't known stays its placeholder."""

    remedy: Remedy
    source: str = "SOURCE"
    target: str = "TARGET"
    identity: str = "RESOURCE_ID"
    name: str = "NAME"
    group: str = "GROUP"
    slot: str = ""
    value: str = "VALUE"
    replaces_sign_in: bool = False
    """Whether the target signs people in, so that the command has to say what becomes of that."""
