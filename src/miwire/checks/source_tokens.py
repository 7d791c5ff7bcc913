"""MIW01x: the tokens of the app that calls: what its code requests, keeps, and has in its slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from miwire.checks.registry import Check, doubtful, fails, holds
from miwire.finding import Severity
from miwire.model import auth_settings as at
from miwire.model.directory import named_in
from miwire.model.wiring import Part
from miwire.remedy import Fix, Remedy
from miwire.text import is_among, listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from miwire.checks.registry import Judgement
    from miwire.model.wiring import Target, Wiring

_DEFAULT = "/.default"


def scopes_are_accepted(wiring: Wiring) -> Iterator[Judgement]:
    """
    Require that a scope in the app settings of the app that calls leads to an accepted token.

    A version 1 token repeats the requested audience letter by letter in `aud`, and a version 2
    token has the client id there: a slash at the end, or another API's URI, ends in 401, and a name
    that is no identifier URI in no token at all (AADSTS500011). Only scopes that name this API or
    an audience that its settings accept are judged.
    """
    source, target = wiring.the_source, wiring.the_target
    own = wiring.scope_setting.name if wiring.scope_setting else None
    wrong: dict[str, str] = {}
    right = own is not None
    for name, scope in source.scopes.items():
        if name == own or not _concerns(target, scope):
            continue
        why = _rejected(target, scope.removesuffix(_DEFAULT))
        if why is None:
            right = True
            yield holds(f"{name} of {source.name} requests an accepted audience")
        else:
            wrong[name] = why
    for name, why in wrong.items():
        said = (
            f"The app setting {name} of {source.name} is {printable(source.scopes[name])}: {why}."
        )
        fix = Fix(Remedy.WRITE_SCOPE, str(source.ref), str(target.ref), name=name)
        # With another setting that is right, nobody knows which one the code reads.
        yield doubtful(said, fix) if right else fails(said, fix)


def _concerns(target: Target, scope: str) -> bool:
    api, audience = target.registration, scope.removesuffix(_DEFAULT)
    if api is None:
        return False
    accepted = {each.removesuffix("/").casefold() for each in target.settings.audiences}
    named = audience.removesuffix("/").casefold()
    return api.answers_to(audience) or named_in(named) == api.app_id or named in accepted


def _rejected(target: Target, audience: str) -> str | None:
    """Say why a token for *audience* isn't accepted or issued; None: it is, or nobody knows."""
    api, accepted = target.registration, target.settings.audiences
    if api is None:
        return None
    if not api.answers_to(audience):
        if named_in(audience) == api.app_id:
            return (
                f"{api.display_name} has no identifier URI of that name, so Entra ID issues no "
                "token for it (AADSTS500011)"
            )
        other = target.other_apis.get(named_in(audience))
        if other is None:
            return None
        api = other
    if api.issues_v2_tokens:
        if api.app_id in accepted:
            return None
        return (
            f"the tokens of {api.display_name} have the client ID {api.app_id} in aud, which "
            f"{target.name} doesn't accept"
        )
    if audience in accepted:
        return None
    slash = ", slash included" if audience.endswith("/") else ""
    return (
        f"version 1 tokens repeat it in aud{slash}, and {target.name} accepts only "
        f"{listed(map(printable, accepted))}"
    )


@dataclass(frozen=True, slots=True)
class TokenStep:
    """What a plan changes of the tokens that callers get."""

    before: Wiring
    after: Wiring
    """As it will be once every change is made."""


def no_older_token_is_used(step: TokenStep) -> Judgement | None:
    """
    Look for callers that may have a token from before a change of audience, version or app role.

    App Service keeps a managed identity's token for up to 24 hours and issues no newer one before,
    and code with DefaultAzureCredential keeps it until it restarts. A change of the allow-lists
    needs no new token: they are compared with ids.
    """
    before, after = step.before.the_target, step.after.the_target
    api = before.registration
    if api is None or api.deleted or before.service_principal is None:
        return None  # nobody can have a token for it
    changed = _changed(before, after)
    held = {each.principal_id for each in before.assignments}
    callers = [each for each in step.before.callers if each.has_identity]
    assigned = {each.principal_id for each in after.assignments} - held
    if not changed:
        callers = [each for each in callers if each.principal_id in assigned]
        changed = ["may lack the app role"] if callers else []
    if not callers or not changed:
        return None
    source = step.before.source
    return doubtful(
        f"Tokens that {listed(each.name for each in callers)} got before this run "
        f"{' and '.join(changed)}. App Service may return them for up to 24 hours, and running "
        "code keeps them until it restarts: restart it after this run.",
        Fix(Remedy.RESTART, name=source.ref.id) if source is not None else "",
    )


def _changed(before: Target, after: Target) -> list[str]:
    was, will = before.registration, after.registration
    if was is None or will is None:
        return []
    said = []
    if was.issues_v2_tokens != will.issues_v2_tokens:
        said.append(f"are of version {2 if was.issues_v2_tokens else 1}")
    if was.app_id != will.app_id or before.settings.client_id not in {None, will.app_id}:
        said.append("are for another audience")
    return said


def slots_may_call_too(wiring: Wiring) -> Iterator[Judgement]:
    """
    Look for deployment slots of the app that calls whose own identity isn't allowed.

    A slot has an identity of its own, or none, and a swap doesn't take it along: code that runs in
    the slot calls with the slot's.
    """
    source, target = wiring.the_source, wiring.the_target
    allowed = {each.principal_id.casefold() for each in target.assignments}
    lists = target.settings.listed(at.IDENTITIES)
    for slot in source.slots:
        ids = [
            each
            for each in (
                slot.identity.system.principal_id if slot.identity.system else None,
                *(one.principal_id for one in slot.identity.user_assigned),
            )
            if each
        ]
        fix: Fix | str = Fix(Remedy.GRANT, source=str(slot.ref), target=str(target.ref))
        if any(is_among(each, lists) or each.casefold() in allowed for each in ids):
            yield holds(f"an identity of {slot.display_name} is allowed")
        elif ids:
            yield doubtful(
                f"The slot {slot.display_name} has an identity of its own, which isn't allowed to "
                f"call {target.name}: code that runs there is rejected.",
                fix,
            )
        else:
            yield doubtful(
                f"The slot {slot.display_name} has no managed identity: code that runs there gets "
                f"no token for {target.name}.",
                Fix(Remedy.ENABLE_IDENTITY, source=str(slot.ref)),
            )


SCOPES: Check[Wiring] = Check(
    "MIW010",
    "the scopes in the app settings lead to accepted tokens",
    scopes_are_accepted,
    fix=Remedy.WRITE_SCOPE,
    severity=Severity.HIGH,
    needs=(Part.SOURCE_SETTINGS, Part.DIRECTORY),
    blocks=True,
    after=("MIW233",),
)
OLDER_TOKEN: Check[TokenStep] = Check(
    "MIW011",
    "no caller uses a token from before the change",
    no_older_token_is_used,
    no_fix="a restart helps, of an app that isn't known where only its identity is",
    severity=Severity.LOW,
)
SLOTS: Check[Wiring] = Check(
    "MIW012",
    "the slots of the app that calls may call as well",
    slots_may_call_too,
    fix=Remedy.GRANT,
    severity=Severity.LOW,
    needs=(Part.SOURCE_SLOTS,),
)
ALL = (SCOPES, OLDER_TOKEN, SLOTS)
