"""What is said of files from which no photos can be taken: what each is, and the way on."""

from tl_core.wording import N_

OTHER_ARCHIVE = N_(
    "{title} is an archive in {format} format, not a zip or tar that can be read here. Unpack it on your "
    "computer, and pack the class folders again as a zip (ALZip and Bandizip offer that too)."
)
ONE_FILE = N_(
    "{title} is one file packed with {format}, not a zip or tar of photos. Unpack it on your computer: if "
    "photos come out, put those of each class into a folder and pack these folders as a zip."
)
TABLE = N_(
    "{title} is a file of data ({format}), not a zip or tar of photos. If pictures are in it, save them as "
    "JPEG or PNG files with one folder per class, and pack these folders as a zip."
)
MODEL = N_(
    "{title} is a file that usually holds a trained model ({format}), not a zip or tar of photos, and is not "
    "opened. Bring the photos themselves, with one folder per class."
)
MODEL_OR_TABLE = N_(
    "{title} is an HDF5 file, which holds a trained model or arrays of numbers: it is not a zip or tar of "
    "photos, and is not opened. Bring the photos themselves, with one folder per class, packed as a zip."
)
PHOTO = N_(
    "{title} is a single photo ({format}), not a zip or tar of photos. Choose “Files” to add photos to each "
    "class, or pack the class folders as a zip."
)
VIDEO = N_(
    "{title} is a video, not a zip or tar of photos. Save single frames of it as JPEG or PNG, with one "
    "folder per class, and pack these folders as a zip."
)
DOCUMENT = N_(
    "{title} is a document ({format}), not a zip or tar of photos. Save its pictures as files, put those of "
    "each class into a folder, and pack these folders as a zip."
)
WEB_PAGE = N_(
    "{title} is a web page, not a zip or tar: probably the download went wrong, and the page that came "
    "instead was saved under its name. Open it in a browser to see why, and download again."
)
POINTER = N_(
    "{title} is a Git LFS pointer, not a zip or a photo: a note of about 130 bytes that stands for the file. "
    "Get the files themselves with “git lfs pull”, or with the download button on each file's own page."
)
SHORTCUT = N_(
    "{title} is a shortcut, not a zip or a photo: it only says where the file lies. Choose that file instead."
)
PLACEHOLDER = N_(
    "{title} is a placeholder of iCloud, not a zip or a photo: the file itself is not on this computer yet. "
    "Choose “Download Now” in the Finder, then pack or choose it again."
)
EMPTY = N_(
    "{title} is not a zip or tar: it is empty. Copy or download it again, or pack the class folders again."
)
SPLIT_FIRST = N_(
    "{title} is not a zip that can be read alone: it is the first piece of one that was split into several "
    "(.z01, .z02, …, .zip). Unpack it on your computer with all pieces in one folder, and pack the class "
    "folders again as a single zip."
)
SPLIT_LAST = N_(
    "{title} is not a zip that can be read alone: it is the last piece of one that was split into several "
    "(.z01, .z02, …, .zip), and most photos are in the others. Unpack it on your computer with all pieces "
    "in one folder, and pack the class folders again as a single zip."
)
DAMAGED_ZIP = N_(
    "{title} is not a zip that can be read: it is damaged, incomplete, far too large, or of "
    "another format. Pack the class folders into a zip again."
)
DAMAGED_TAR = N_(
    "{title} is not a tar that can be read: it is damaged. Download or copy it again, or pack the class "
    "folders into a zip."
)
CUT_OFF = N_(
    "{title} is not a zip or tar that can be read: its end is missing, as if a download or a copy had "
    "broken off. Download or copy it again."
)
PASSWORD = N_("{title} is protected by a password. Pack the class folders into a zip without one.")
TOO_LARGE = N_(
    "The table of contents of {title} is far too large: it may list {limit} files with names of usual "
    "length. Keep fewer images of each class, leave out what is no image, and pack the class folders again."
)
