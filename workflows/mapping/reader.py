"""Reading one submission through templates: what each pipe, text and id yields."""

from __future__ import annotations

from segment.limits import MAX_EVENT_BYTES
from workflows.mapping.definition import SubmissionData
from workflows.mapping.pipes import Pipe, Template
from workflows.mapping.values import Fault, encode, find_fault, is_empty, name_type, print_text, too_large


class SubmissionReader:
    """Looks things up in one submission.

    Remembers, by the pipe's text, what it checked and printed: a mapping may have one pipe 10,000 times.
    """

    __slots__ = ("_answers", "_faults", "_id", "_printed")

    def __init__(self, submission: SubmissionData) -> None:
        self._answers = submission.answers
        self._id = submission.id
        self._faults: dict[str, Fault | None] = {}
        self._printed: dict[str, str | Fault] = {}

    def read(self, template: Template) -> object | Fault:
        """What `template` yields: the JSON value of a single pipe, else a text. A missing answer is None.

        A text with literals stands as it is, even when all of its pipes are empty.
        """
        if template.single is None:
            return self._print(template)
        value = self._look_up(template.single)
        return self._find_fault(template.single, value) or value

    def read_id(self, template: Template) -> str | Fault:
        """The id that `template` yields, "" for none. A number becomes text as JSON prints it.

        An id whose pipes are all empty is empty whatever stands beside them: a bare "user-" would make one
        person of everybody who left the answer out.
        """
        pipes = template.pipes
        if pipes and all(is_empty(self._look_up(pipe)) for pipe in pipes):
            return ""
        value = self.read(template)
        if isinstance(value, Fault) or type(value) is str:
            return value
        if type(value) is int or type(value) is float:
            return encode(value)
        return Fault("bad_id", {"type": name_type(value), "value": encode(value)})

    def _look_up(self, pipe: Pipe) -> object:
        if pipe.is_response_id and (pipe.key is None or pipe.key not in self._answers):
            return self._id
        return self._answers.get(pipe.key) if pipe.key is not None else None

    def _print(self, template: Template) -> str | Fault:
        texts: list[str] = []
        size = 0
        for part in template.parts:
            text = part if isinstance(part, str) else self._print_pipe(part)
            if isinstance(text, Fault):
                return text
            size += len(text)
            if size > MAX_EVENT_BYTES:
                return too_large(size)
            texts.append(text)
        return "".join(texts)

    def _print_pipe(self, pipe: Pipe) -> str | Fault:
        text = self._printed.get(pipe.text)
        if text is None:
            value = self._look_up(pipe)
            text = self._printed[pipe.text] = self._find_fault(pipe, value) or print_text(value)
        return text

    def _find_fault(self, pipe: Pipe, value: object) -> Fault | None:
        if type(value) is not list and type(value) is not dict:
            return find_fault(value)
        if pipe.text not in self._faults:
            self._faults[pipe.text] = find_fault(value)
        return self._faults[pipe.text]
