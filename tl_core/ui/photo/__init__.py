"""The followed photo: where it comes from, which part of it a network sees, and those before it."""

from tl_core.ui.photo.cropping import chosen_crop, crop_choice
from tl_core.ui.photo.followed import (
    LONGEST_SIDE,
    Photo,
    follow_file,
    follow_frame,
    followed_photo,
    is_chosen,
    lab_photo,
    take_photo,
    url_parameters,
)
from tl_core.ui.photo.picking import chosen_or, past_strip, photo_picker

__all__ = [
    "LONGEST_SIDE",
    "Photo",
    "chosen_crop",
    "chosen_or",
    "crop_choice",
    "follow_file",
    "follow_frame",
    "followed_photo",
    "is_chosen",
    "lab_photo",
    "past_strip",
    "photo_picker",
    "take_photo",
    "url_parameters",
]
