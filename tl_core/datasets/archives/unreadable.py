"""Why an archive cannot be read, before it is known whether it is the whole upload or one file of it."""

from tl_core.errors import DatasetRefused, ImageRefused
from tl_core.wording import Sentence, Value, clean_text


class Unreadable(Exception):
    """An archive cannot be read.

    Args:
        template: the sentence that says why, with ``{title}``.
        **values: its other values.
    """

    def __init__(self, template: str, /, **values: Value) -> None:
        super().__init__(template)
        self._template = template
        self._values = values

    def sentence(self, title: str) -> Sentence:
        """Return why the archive called `title` cannot be read."""
        values = self._values | {"title": clean_text(title)[-200:]}
        return Sentence(template=self._template, values=values)

    def as_upload(self, title: str) -> DatasetRefused:
        """Return the error that ends it all."""
        return DatasetRefused.restored(self.sentence(title))

    def as_file(self, name: str) -> ImageRefused:
        """Return the error that leaves out one file of an archive."""
        return ImageRefused.restored(self.sentence(name))
