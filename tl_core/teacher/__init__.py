"""The teacher of a class: what a pupil may do, who is here, what is laid out for all, what a lesson leaves.

What the engine asks (`allowed`, `limits`) imports none of the rest.
"""

from tl_core.teacher.allowed import is_pupil, only_the_teacher
from tl_core.teacher.limits import LIMITS, Limits, read_limits, write_limits

__all__ = ["LIMITS", "Limits", "is_pupil", "only_the_teacher", "read_limits", "write_limits"]
