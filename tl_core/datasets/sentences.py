"""A sentence for people that is kept on disk: its English template and what goes into it.

The UI translates it by its template: ``t_marked(sentence.template, **sentence.values)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

Value = str | int | float


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A template and its values.

    Args:
        template: English, a literal marked with ``N_``, with ``str.format`` placeholders.
        values: what goes into the placeholders.

    Raises:
        TypeError: the template is no text, or a value is neither text nor a number.
        ValueError: a placeholder has no value, or more than a name in it.

    Example:
        >>> Sentence(template="Removed: {count}", values={"count": 3}).text
        'Removed: 3'
    """

    template: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.template, str):
            raise TypeError(f"text expected, received {self.template!r}")
        if not all(isinstance(value, Value) for value in self.values.values()):
            raise TypeError("values must be text or numbers")
        for _, placeholder, width, conversion in Formatter().parse(self.template):
            # A template that does not fit its values must fail here, not on a page.
            if placeholder is not None and (width or conversion or placeholder not in self.values):
                raise ValueError(f"placeholder {placeholder!r} has no value")

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values)

    def to_json(self) -> dict[str, Any]:
        """Return the sentence as JSON values."""
        return {"template": self.template, "values": dict(self.values)}

    @classmethod
    def from_json(cls, value: Any) -> "Sentence":
        """Return the sentence that `to_json` described; what does not fit is refused as by the class."""
        return cls(template=value["template"], values=dict(value["values"]))
