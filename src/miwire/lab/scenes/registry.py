"""Scenes: named starting points, each a function that builds it on a builder."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from miwire.lab.scenes import broken_caller as caller
from miwire.lab.scenes import broken_target as target
from miwire.lab.scenes import story
from miwire.lab.scenes.wired import wired

if TYPE_CHECKING:
    from collections.abc import Callable

    from miwire.lab.scenes.builder import SceneBuilder

    Scenes = dict[str, Callable[[SceneBuilder], None]]

WHOLE: Scenes = {
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
    "wired": wired,
}
"""What can stand before a wire is made, and the wire."""
BROKEN: Scenes = {
    "client-not-allowed": target.client_not_allowed,
    "empty-allow-list": target.empty_allow_list,
    "identity-not-allowed": target.identity_not_allowed,
    "groups-checked": target.groups_checked,
    "ids-swapped": target.ids_swapped,
    "audience-not-allowed": target.audience_not_allowed,
    "bare-audience-missing": target.bare_audience_missing,
    "trailing-slash": caller.trailing_slash,
    "wrong-issuer": target.wrong_issuer,
    "no-identifier-uri": caller.no_identifier_uri,
    "no-service-principal": caller.no_service_principal,
    "no-assignment": caller.no_assignment,
    "only-user-assigned": caller.only_user_assigned,
    "client-id-setting": caller.client_id_setting,
    "msi-disabled": caller.msi_disabled,
    "role-not-in-token": caller.role_not_in_token,
    "role-still-in-token": caller.role_still_in_token,
    "role-not-required": caller.role_not_required,
    "any-in-tenant": target.any_in_tenant,
    "anonymous-allowed": target.anonymous_allowed,
    "excluded-path": target.excluded_path,
    "gate-off": target.gate_off,
    "redirects": target.redirects,
    "config-file": target.config_file,
    "quoted-path": target.quoted_path,
    "identity-vanished": caller.identity_vanished,
    "stale-ids": caller.stale_ids,
    "slot-forgotten": caller.slot_forgotten,
    "may-not-assign": caller.may_not_assign,
    "operator-reads": caller.operator_reads,
    "stopped": target.stopped,
    "restricted": target.restricted,
    "issuer-unchecked": target.issuer_unchecked,
}
"""The wire with one thing broken, in the order of FACTS 6."""
SCENES: Scenes = WHOLE | BROKEN


def described() -> list[dict[str, str]]:
    """Return each scene's `name`, its `kind` (whole or broken) and a `summary` in a sentence."""
    return [
        {"name": name, "kind": kind, "summary": " ".join((inspect.getdoc(build) or "").split())}
        for kind, family in (("whole", WHOLE), ("broken", BROKEN))
        for name, build in family.items()
    ]
