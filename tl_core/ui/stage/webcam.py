"""What every place with a camera says of it (`webcam.js`)."""

from tl_core.ui.text import t


def webcam_words(insecure: str, off: str) -> dict[str, str]:
    """Return the words of a camera.

    Args:
        insecure: translated; what this place needs https for, and what a photo does there in its place.
        off: translated; said before anybody starts it.
    """
    return {
        "start": t("Start the camera"),
        "stop": t("Stop the camera"),
        "turn": t("Other camera"),
        "handheld": t("Take a photo with this device"),
        "cameraName": t("The camera's picture"),
        "stillName": t("The photo that was taken"),
        "off": off,
        "waiting": t("The browser asks whether this page may use the camera."),
        "insecure": insecure,
        "denied": t(
            "The browser does not let this page use the camera. Allow it in the browser's address bar and "
            "start again, or take a photo with this device."
        ),
        "absent": t(
            "No camera was found. Connect one and start again, or choose a photo of this device."
        ),
        "busy": t(
            "The camera cannot be read: another program may be using it. Close that and start again, or "
            "take a photo with this device."
        ),
        "ended": t("The camera was switched off or unplugged. Start it again when it is back."),
        "unread": t("That file is no photo that this browser can read. Take or choose another."),
    }
