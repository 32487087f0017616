"""The words by which people name parts, variants, masks and copies, in English and Korean."""

import re

from tl_core.datasets.reading.listing import Trail, vocabulary

_PARTS = {
    "train": "train training trainset traindata tr 학습 훈련 트레인 트레이닝",
    "validation": "validation valid val dev valset 검증 밸리데이션",
    "evaluation": "eval evaluation 평가",
    "test": "test testing testset testdata te holdout pred predict prediction unlabeled unlabelled "
    "테스트 시험 예측",
}
PART_OF_WORD = {word: part for part, words in _PARTS.items() for word in words.split()}
_AROUND_PARTS = vocabulary(
    "seg set sets data dataset datasets image images imgs img photo photos pics folder final new small "
    "split part samples sample classes class all full jpg jpeg png x y raw "
    "데이터 데이터셋 세트 셋 이미지 사진 폴더 자료"
)
_KOREAN_ENDINGS = re.compile(r"(용|데이터셋|데이터|자료|이미지|사진|셋|세트|집합|폴더)+$")

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

PHOTO_WORDS = vocabulary(
    "img image images photo photos picture pic dsc dscn dscf pxl imag frame screenshot snap snapshot scan "
    "kakaotalk whatsapp signal vid mvimg burst untitled download 사진 이미지 그림 스크린샷 캡처"
)
"""Words that cameras and phones put into file names: no class is called so."""


def tokens(name: str) -> list[str]:
    """Return the words of a name: small letters, without digits and punctuation.

    Example:
        >>> tokens("1. Training_Data")
        ['training', 'data']
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[\W\d_]+", spaced.casefold()) if word]


def part_of(name: str) -> str:
    """Return which part a folder of this name is: train, validation, evaluation, test, or empty.

    Example:
        >>> part_of("seg_train"), part_of("학습용 데이터"), part_of("trains")
        ('train', 'train', '')
    """
    words = [_KOREAN_ENDINGS.sub("", word) or word for word in tokens(name)]
    found = {PART_OF_WORD[word] for word in words if word in PART_OF_WORD}
    rest = [word for word in words if word not in PART_OF_WORD and word not in _AROUND_PARTS]
    if not rest and len(found) == 1:
        return found.pop()
    whole = "".join(tokens(name))
    return PART_OF_WORD.get(whole, "") if len(found) != 1 else ""


def is_variant(name: str) -> bool:
    """Whether a name says how the same pictures were treated: colour, augmented, 128x128."""
    return bool(VARIANTS & set(tokens(name))) or bool(_SIZE.fullmatch(name.casefold()))


def variant_rank(name: str) -> int:
    """Return where a variant stands among those that look most like a photo of tomorrow."""
    words = set(tokens(name))
    ranks = [rank for rank, word in enumerate(FIRST_VARIANTS) if word in words]
    return min(ranks, default=len(FIRST_VARIANTS))


def is_about_data(name: str) -> bool:
    """Whether a folder of this name tells of data, as in a repository, and holds none."""
    return bool(_ABOUT & set(tokens(name)))


def is_mask_folder(name: str) -> bool:
    """Whether a folder of this name may hold masks."""
    words = tokens(name)
    return "".join(words) in MASKS or bool(set(words) & MASKS)


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
    return (
        joined[:-1]
        if len(joined) > 3 and joined.endswith("s") and not joined.endswith("ss")
        else joined
    )


def joined(trail: Trail) -> str:
    """Return folders as a path."""
    return "/".join(trail)
