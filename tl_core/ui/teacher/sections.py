"""The sections of the teacher's page; what they do is refused to others where it is done, not here."""

from tl_core.ui.projects import class_archive
from tl_core.ui.sections import Section
from tl_core.ui.teacher import after, for_class, now
from tl_core.wording import N_

SECTIONS: tuple[Section[[]], ...] = (
    Section(name="now", title=N_("Now"), show=now.show),
    Section(name="class", title=N_("For the class"), show=for_class.show),
    Section(name="after", title=N_("After the lesson"), show=after.show),
    Section(name="archive", title=N_("Everything of the class"), show=class_archive.show),
)
