"""The words by which people name variants, masks, copies and persons, in English and Korean."""

import re
from collections.abc import Iterable
from functools import lru_cache

from tl_core.datasets.reading.listing import Trail, vocabulary

AROUND_PARTS = vocabulary(
    "seg set sets data dataset datasets image images imgs img photo photos pics folder final new small "
    "split part samples sample classes class all full jpg jpeg png x y raw "
    "데이터 데이터셋 세트 셋 이미지 사진 폴더 자료"
)
_NUMBERED = AROUND_PARTS | vocabulary(
    "batch ts vs tl vl untitled dcim album chunk shard number no 파트 새 묶음 원천 원천데이터"
)
"""Words of folders that only divide many files into several, once a number stands beside them."""

GENERIC = vocabulary(
    "image images img imgs photo photos picture pictures pics jpg jpeg jpegs png pngs jpegimages data raw "
    "samples 이미지 사진 그림"
)
"""Names of folders that say nothing of what is in them."""

VARIANTS = vocabulary(
    "color colour rgb grayscale greyscale gray grey bw mono segmented segmentation cropped crop crops "
    "resized original originals raw augmented augmentation aug processed preprocessed enhanced filtered "
    "edges canny thumbnails thumbs masked cutout normalized normalised 원본 증강 컬러 흑백 원색 전처리 분할"
)
FIRST_VARIANTS = ("original", "originals", "원본", "color", "colour", "rgb", "컬러", "raw")
"""The variants that look most like a photo of tomorrow."""
_WITHOUT = vocabulary("without no non not un")
_SIZE = re.compile(r"\d+x\d+(px)?")

_ABOUT = vocabulary(
    "doc docs documentation asset assets screenshot screenshots figure figures figs plots notebook "
    "notebooks static public logo logos icon icons results output outputs preview readme github demo"
)
MASKS = vocabulary(
    "mask masks label labels labelids annotation annotations annot annots groundtruth gt trimap trimaps "
    "segmentation segmentations segmentationclass segmentationobject seg heatmap heatmaps matte mattes "
    "bbox 마스크 라벨 레이블 주석"
)
MASK_ENDING = re.compile(
    r"[\s._-]+(mask|masks|seg|segmentation|gt|groundtruth|label|labels|labelids|trimap|lifa|annotation|matte)"
    r"([\s._-]*\d+)?$",
    re.IGNORECASE,
)

COPY = re.compile(
    r"(\s*[-_]?\s*(copy|kopie|copie|copia|복사본|사본)(\s*\(?\d+\)?)?|\s+\d|\s*\(\d+\))$",
    re.IGNORECASE,
)
"""How the Finder, the Explorer and browsers mark a copy."""
_ALBUM_OF_A_YEAR = re.compile(r"photos from \d{4}|\d{4}년의? 사진", re.IGNORECASE)

_DUPLICATES = vocabulary("duplicate duplicates dupes backup backups old copies 중복 백업")
_FOLD = re.compile(
    r"(cv|k)?[\s_-]*(fold|split|폴드)[\s_-]*\d+|\d+[\s_-]*(fold|폴드)", re.IGNORECASE
)
_DATE = re.compile(r"(19|20)\d\d([-_. ]?[01]?\d([-_. ]?[0-3]?\d)?)?|\d{4}년( \d+월)?( \d+일)?")
_OF_A_CAMERA = re.compile(r"\d{3}(_?[A-Z]{4,5}|[A-Z]{5,6})_?")
_SUBMISSION = re.compile(r".+_\d+_assignsubmission_\w+", re.IGNORECASE)
_PERSONS = vocabulary(
    "patient subject person pupil student user participant donor animal video clip seq sequence scene "
    "case group team 환자 학생 사람 참가자 영상 모둠 조"
)
_VIEWS = vocabulary(
    "front back side top bottom camera cam webcam phone iphone galaxy samsung canon nikon sony android "
    "정면 측면 후면 앞면 뒷면 옆면 카메라 휴대폰"
)
"""What a photo was taken with, or from where: hardly ever what it shows."""

PHOTO_WORDS = vocabulary(
    "img image images photo photos picture pic dsc dscn dscf pxl imag frame screenshot snap snapshot scan "
    "kakaotalk kakao talk whatsapp whats app signal vid video mvimg burst untitled download "
    "사진 이미지 그림 스크린샷 캡처"
)
"""Words that cameras and phones put into file names: no class is called so."""


@lru_cache(maxsize=4096)
def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name: small letters, without digits and punctuation.

    Example:
        >>> tokens("1. Training_Data")
        ('training', 'data')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return tuple(word for word in re.split(r"[\W\d_]+", spaced.casefold()) if word)


def is_thumbnails(name: str) -> bool:
    """Whether a folder is called after small copies of photos."""
    return bool({"thumb", "thumbs", "thumbnail", "thumbnails", "썸네일"} & set(tokens(name)))


def is_fold(name: str) -> bool:
    """Whether a folder is one of several divisions of the same photos, as for cross-validation."""
    return bool(_FOLD.fullmatch(name.strip()))


def is_date(name: str) -> bool:
    """Whether a name is a day, a month or a year."""
    return bool(_DATE.fullmatch(name.strip()))


def says_nothing(name: str) -> bool:
    """Whether a folder's name says nothing of what its photos show: ``images``, ``part_1``, a date.

    Example:
        >>> says_nothing("HAM10000_images_part_1"), says_nothing("part 2"), says_nothing("7")
        (False, True, False)
    """
    found = set(tokens(name))
    if is_date(name) or is_submission(name) or _OF_A_CAMERA.fullmatch(name):
        return True
    return bool(found) and found <= (GENERIC | _NUMBERED) - {"class", "classes", "x", "y"}


def are_pieces(names: Iterable[str]) -> bool:
    """Whether folders differ only in a number, beside words that say nothing: pieces of many files.

    Example:
        >>> are_pieces(["HAM10000_images_part_1", "HAM10000_images_part_2"]), are_pieces(["s1", "s2"])
        (True, False)
    """
    found = list(names)
    numbers = {re.sub(r"\d+(?=\D*$)", "#", name.casefold()) for name in found}
    if len(found) < 2 or len(numbers) != 1 or "#" not in next(iter(numbers)):
        return False
    pattern = next(iter(numbers)).partition("#")[0]
    known = _NUMBERED - {"class", "classes", "x", "y", "set", "no", "number"}
    last = tokens(pattern)[-1:] or tokens(found[0])[-1:]
    if "download" in tokens(found[0]):
        return True  # the parts in which Google Drive sends a folder
    return (bool(last) and last[0] in known) or all(map(_OF_A_CAMERA.fullmatch, found))


def is_submission(name: str) -> bool:
    """Whether a folder is what a pupil handed in, as Moodle names it."""
    return bool(_SUBMISSION.fullmatch(name))


def is_person(name: str) -> bool:
    """Whether a folder is named after a person, an animal or a film."""
    return bool(_PERSONS & set(tokens(name))) or is_submission(name) or _is_korean_group(name)


def _is_korean_group(name: str) -> bool:
    return bool(re.fullmatch(r"\d+(모둠|조|번|학년.*)", name.strip()))


def is_view(name: str) -> bool:
    """Whether a folder says with what or from where its photos were taken."""
    found = set(tokens(name))
    return bool(found) and found <= _VIEWS


def holds_duplicates(name: str) -> bool:
    """Whether a folder says that what is in it stands elsewhere too."""
    return bool(_DUPLICATES & set(tokens(name)))


def is_variant(name: str) -> bool:
    """Whether a name says how the same pictures were treated: colour, augmented, 128x128."""
    return bool(VARIANTS & set(tokens(name))) or bool(_SIZE.fullmatch(name.casefold()))


def versions(names: Iterable[str]) -> dict[str, str]:
    """Return name -> the name beside it of which it says that it is another version.

    Example:
        >>> versions(["cats", "cats_augmented", "dogs"])
        {'cats_augmented': 'cats'}
    """
    plain = {tokens(name): name for name in names}
    found = {}
    for words, name in plain.items():
        bare = tuple(word for word in words if word not in VARIANTS)
        if bare and bare != words and bare in plain:
            found[name] = plain[bare]
    return found


def variant_rank(name: str) -> int:
    """Return where a variant stands among those that look most like a photo of tomorrow."""
    words = set(tokens(name))
    if _WITHOUT & words:
        return -1
    ranks = [rank for rank, word in enumerate(FIRST_VARIANTS) if word in words]
    return min(ranks, default=len(FIRST_VARIANTS))


def is_about_data(name: str) -> bool:
    """Whether a folder of this name tells of data, as in a repository, and holds none."""
    return bool(_ABOUT & set(tokens(name)))


@lru_cache(maxsize=4096)
def is_mask_folder(name: str) -> bool:
    """Whether a folder of this name may hold masks."""
    words = tokens(name)
    return "".join(words) in MASKS or bool(set(words) & MASKS)


@lru_cache(maxsize=4096)
def without_copy_mark(name: str) -> str:
    """Return a name as it was before its folder was copied.

    Example:
        >>> without_copy_mark("cats - 복사본"), without_copy_mark("cats 2"), without_copy_mark("cats")
        ('cats', 'cats', 'cats')
    """
    return COPY.sub("", name).strip() or name


def is_year_album(name: str) -> bool:
    """Whether a folder is one of Google Takeout's, which repeats the photos of all albums."""
    return bool(_ALBUM_OF_A_YEAR.fullmatch(name.strip()))


def spelled(name: str) -> str:
    """Return what spelling variants of one class share.

    Example:
        >>> spelled("Hot-Dogs ") == spelled("hot_dog")
        True
    """
    joined = "".join(re.split(r"[\W_]+", name.casefold()))
    if not any(letter.isalpha() for letter in joined):
        return name.casefold()
    return (
        joined[:-1]
        if len(joined) > 3 and joined.endswith("s") and not joined.endswith("ss")
        else joined
    )


def joined(trail: Trail) -> str:
    """Return folders as a path."""
    return "/".join(trail)
