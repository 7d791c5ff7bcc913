"""A step of the demo, before and after it was run."""

from __future__ import annotations

from dataclasses import dataclass, field

from miwire.shell_words import sh_line


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the story, and the exit code with which it holds."""

    title: str
    command: tuple[str, ...]
    holds: int = 0
    stdin: str = field(default="", repr=False)
    secret: tuple[str, str] | None = field(default=None, repr=False)
    """A variable of this step alone."""

    @property
    def shown(self) -> str:
        """The command line as a shell would have it."""
        return ("… | " if self.stdin else "") + sh_line(("miwire", *self.command))


@dataclass(frozen=True, slots=True)
class Told:
    """A step after it was run."""

    step: Step
    exit_code: int
    printed: str

    @property
    def held(self) -> bool:
        """Whether it ended as the story says."""
        return self.exit_code == self.step.holds
