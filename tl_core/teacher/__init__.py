"""The teacher of a class: what a pupil may do, what is laid out for all, what is left of a lesson."""

from tl_core.teacher.allowed import is_pupil, only_the_teacher
from tl_core.teacher.limits import LIMITS, Limits, read_limits, write_limits

__all__ = ["LIMITS", "Limits", "is_pupil", "only_the_teacher", "read_limits", "write_limits"]
