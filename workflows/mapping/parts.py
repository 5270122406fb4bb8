"""What a mapping's text is read into: literals, pipes and the filters behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows.mapping.problems import Problem

# Where a pipe's value comes from: an answer, the submission's id, a question's label, the moment the
# submission was received, chance, or (for a pipe that cannot be read but has a default) nowhere.
Origin = Literal["answer", "code", "response_id", "label", "date", "random", "nothing"]


@dataclass(frozen=True, slots=True)
class FilterCall:
    """One filter behind a pipe: its name in the registry and its arguments, checked."""

    name: str
    arguments: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipe:
    """One pipe. `kind` is the kind of field it wants, "" for any; `position` counts characters from 1.

    `key` is the field it needs, None for none. With `is_response_id`, it yields the submission's id, unless
    it has a `key` and that key an answer. `argument` is the label, the date's format or the random number's
    range and place.
    """

    key: str | None
    text: str
    position: int
    kind: str = ""
    is_response_id: bool = False
    origin: Origin = "answer"
    argument: str = ""
    filters: tuple[FilterCall, ...] = ()

    @property
    def alternates(self) -> tuple[str, ...]:
        """The keys of the fields that stand in, in turn, when its value is empty."""
        return tuple(str(call.arguments[0]) for call in self.filters if call.name == "or")

    @property
    def has_default(self) -> bool:
        """Whether it yields something even when its field has no answer."""
        return any(call.name == "default" for call in self.filters)


@dataclass(frozen=True, slots=True)
class Template:
    """A text, read. `single` is its pipe when there is nothing beside it but white space."""

    parts: tuple[str | Pipe, ...]
    pipes: tuple[Pipe, ...]
    single: Pipe | None
    problems: tuple[Problem, ...]

    @property
    def is_sound(self) -> bool:
        """Whether none of its problems is an error."""
        return not any(problem.level == "error" for problem in self.problems)


class PipeRefused(ValueError):
    """A pipe that cannot be read; `code` and `params` are those of a `Problem`, but for text and position."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
