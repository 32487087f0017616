"""What can be taken home from a training: formats, and the texts and scripts beside the network."""

from tl_core.exports.formats import (
    FOLDER,
    Export,
    ExportConfig,
    ExportFormat,
    export_config,
    export_path,
    find_export,
    find_job,
    get_format,
    list_formats,
    missing_packages,
    note_look,
    note_look_at,
    trained_mark,
)
from tl_core.exports.measured import MEASURED, Loss, Measured, Taken

__all__ = [
    "FOLDER",
    "MEASURED",
    "Export",
    "ExportConfig",
    "ExportFormat",
    "Loss",
    "Measured",
    "Taken",
    "export_config",
    "export_path",
    "find_export",
    "find_job",
    "get_format",
    "list_formats",
    "missing_packages",
    "note_look",
    "note_look_at",
    "trained_mark",
]
