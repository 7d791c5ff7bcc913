"""The function that builds each scene; what each is, in a sentence: `names.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miwire.lab.scenes import broken_caller, broken_target, story, wired

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.lab.scenes.builder import SceneBuilder

BUILDERS: dict[str, Callable[[SceneBuilder], None]] = {
    "story": story.story,
    "empty": story.empty,
    "functions": story.functions,
    "windows": story.windows,
    "slots": story.slots,
    "user-assigned": story.user_assigned,
    "reader": story.reader,
    "contributor": story.contributor,
    "twins": story.twins,
    "two-tenants": story.two_tenants,
    "classic": story.classic,
    "signing-in": story.signing_in,
    "signing-in-microsoft": story.signing_in_microsoft,
    "wired": wired.wired,
    "client-not-allowed": broken_target.client_not_allowed,
    "empty-allow-list": broken_target.empty_allow_list,
    "identity-not-allowed": broken_target.identity_not_allowed,
    "groups-checked": broken_target.groups_checked,
    "ids-swapped": broken_target.ids_swapped,
    "audience-not-allowed": broken_target.audience_not_allowed,
    "bare-audience-missing": broken_target.bare_audience_missing,
    "trailing-slash": broken_caller.trailing_slash,
    "wrong-issuer": broken_target.wrong_issuer,
    "no-identifier-uri": broken_caller.no_identifier_uri,
    "no-service-principal": broken_caller.no_service_principal,
    "no-assignment": broken_caller.no_assignment,
    "target-principal-disabled": broken_caller.target_principal_disabled,
    "caller-principal-disabled": broken_caller.caller_principal_disabled,
    "only-user-assigned": broken_caller.only_user_assigned,
    "client-id-setting": broken_caller.client_id_setting,
    "msi-disabled": broken_caller.msi_disabled,
    "role-not-in-token": broken_caller.role_not_in_token,
    "role-still-in-token": broken_caller.role_still_in_token,
    "role-not-required": broken_caller.role_not_required,
    "any-in-tenant": broken_target.any_in_tenant,
    "anonymous-allowed": broken_target.anonymous_allowed,
    "excluded-path": broken_target.excluded_path,
    "warmup-path": broken_target.warmup_path,
    "gate-off": broken_target.gate_off,
    "redirects": broken_target.redirects,
    "config-file": broken_target.config_file,
    "quoted-path": broken_target.quoted_path,
    "identity-vanished": broken_caller.identity_vanished,
    "stale-ids": broken_caller.stale_ids,
    "slot-forgotten": broken_caller.slot_forgotten,
    "may-not-assign": broken_caller.may_not_assign,
    "operator-reads": broken_caller.operator_reads,
    "stopped": broken_target.stopped,
    "private": broken_target.private,
    "restricted": broken_target.restricted,
    "firewall": broken_target.firewall,
    "issuer-unchecked": broken_target.issuer_unchecked,
    "issuer-transposed": broken_target.issuer_transposed,
    "no-challenge": broken_target.no_challenge,
}
