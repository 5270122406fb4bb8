"""Several lines of one kind in one log record: fewer writes, yet a line for each thing that happened.

`config.logs` writes them as `action name=value …` or, with LOG_FORMAT=json, as an object a line.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Value = str | int | uuid.UUID | None
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """`names` of the columns of `rows`; the first column is the action, a word of ours.

    Pass it to a logger in the place of the message. No value may be what a person typed.
    """

    names: tuple[str, ...]
    rows: Sequence[Row]

    def __str__(self) -> str:
        return "\n".join(self.texts())

    def texts(self) -> Iterator[str]:
        """`accepted submission=… status=200 reason=-`: nothing stands as a dash."""
        template = "%s" + "".join(f" {name}=%s" for name in self.names[1:])
        return (
            template % tuple([value if value or value == 0 else "-" for value in row]) for row in self.rows
        )

    def objects(self) -> Iterator[str]:
        """The same as JSON objects, with the action under the first name."""
        return (json.dumps(dict(zip(self.names, row, strict=True)), default=str) for row in self.rows)
