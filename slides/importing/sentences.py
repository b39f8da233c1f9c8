"""How an import ends when it does not end well: one sentence each, which says what to do. No Django here."""

EMPTY = "The file is empty. Choose another one."
DAMAGED = "The file is damaged or incomplete. Save or download it once more and try again."
PASSWORD = "This PDF is protected by a password. Save it without one and try again."
FILE_PASSWORD = "This file is protected by a password. Save it without one and try again."
NOT_SLIDES = "This is not {}. Save it as PDF or PowerPoint and try again."
NOT_SLIDES_BUT = "This is not {}. It is {}. Save it as PDF or PowerPoint and try again."
NO_SUCH_PICTURE = "{} pictures are not supported. Export it as JPEG or PNG and try again."
TOO_MANY_PIXELS = "The picture has {} megapixels; the limit is {}. Make it smaller and try again."
NO_PICTURE = "“{}” is not a picture. Add it by itself."
NO_SVG = "SVG is not supported. Save it as PDF and try again."
TOO_BIG = "The file is larger than {} MB. Save it with smaller pictures, or ask your admin to allow more."
TOO_MANY_PAGES = "This PDF has {} pages; the limit is {}. Split it and try again."
EXPANDS = "The file expands to more than {} MB. Save it with smaller pictures, or ask your admin to allow more."
EXPANDS_TIMES = (
    "The file expands to more than {} times its size, as no ordinary file does. Save it as PDF and try again."
)
TOO_MANY_PARTS = "The file has more than {} parts. Save it as PDF and try again."
PART_TOO_LARGE = "A part of the file is too large to be read. Save it as PDF and try again."
BAD_NAMES = (
    "The file has parts with names or links that lead out of it, so it is not opened. Save it as PDF and try again."
)
HAS_DTD = (
    "The file defines its own abbreviations (a DTD), which no ordinary presentation does. Save it as PDF and try again."
)
TOO_LONG = "The import took longer than {} and was stopped. Save the file in a simpler form and try again."
TOO_MUCH_MEMORY = "The file needs more memory than an import may use. Save it with smaller pictures and try again."
DISK_FULL = "The server's disk is full. Ask your admin to free some space, then try again."
TOO_MANY_UPLOADS = "You have {} files on the way already. Let them finish, or stop some."
TOO_MUCH_UPLOADED = "You have {} MB on the way already. Let it finish, or stop some of it."
SPOILT = "A part of the file has changed on the way. Add the file once more."
NOT_ALL_HERE = "Not all of the file is here yet."
GONE = "The uploaded file is no longer on the server. Upload it again."
STOPPED = "The import stopped unexpectedly, twice. Save the file once more as PDF and try again."
OUR_FAULT = "The import failed because of a fault in this server. Ask your admin to look at its log."
KEPT = "A talk is on it already, so the deck keeps the slides that were ready."
TOO_MANY_SLIDES = "This deck has {} slides; the limit is {}. Split it and try again."
NO_SLIDES = "This deck has no slides. Choose another one."
NOT_CONVERTED = "LibreOffice could not turn this file into slides. Save it as PDF and try again."

# What the server lacks.
NO_OFFICE = "PowerPoint and OpenDocument files need LibreOffice on the server: {}. Until then, save the file as PDF."

# Warnings: the import went on.
NOT_MATCHED = "The slides and the file's notes could not be matched, so the notes were left out."

# The report: what a presenter may want to know of slides that are there.
HIDDEN_SLIDE = "Slide {} is hidden and will be skipped."
FILM = "The film on slide {} is shown as a picture and does not play."
SOUND = "The sound on slide {} does not play."
EXTERNAL = "What slide {} took from another place was removed."
LINKS_REMOVED = "Links on slide {} that lead to other files or unsafe addresses were removed."
EXTERNAL_ANYWHERE = "What the file took from other places was removed."
LEFT_OUT = {
    "macros": "The file's macros were left out.",
    "controls": "The file's controls were left out.",
    "embedded": "Embedded files were left out; their pictures are shown.",
}
FONT = "{} is not on the server; {} stands in for it."
FONT_NOT_CARRIED = "The file does not carry {}; {} stands in for it."
SMALL_TEXT = "Slide {} has text of {} points, hard to read in a hall."
NO_TEXT = "Slide {} has no text that a screen reader could read."
OTHER_SHAPE = "Slide {} has another shape than most."
BUILDS_SHOWN = "Slide {} appears whole; its builds were not kept."
BUILDS_NOT_UNDERSTOOD = "Slide {} builds in a way that is not understood; it is shown whole."
FLATTENED = {
    "emphasis": "The emphasis on slide {} is not shown.",
    "interactive": "What slide {} does when something on it is clicked is not kept.",
    "motion": "A movement on slide {} is not shown.",
    "object": "The embedded object on slide {} is shown as a picture.",
    "parts": "A diagram or chart on slide {} appears whole.",
}
ANIMATION = "The picture on slide {} moves; its first frame is shown."
SMALL_PICTURE = "The picture on slide {} has only {} × {} pixels, too few for a hall."
EMPTY_PICTURE = "“{}” could not be read, so slide {} is empty."
LEFT_OUT_FILES = "Left out, because they are no pictures: {}."
EMPTY_PAGE = "Page {} could not be read and is shown empty."
MISSING_PAGES = "The file says it has {} pages, but only {} can be found."
LOST_NOTES = "The notes of slide {} found no place in the new file."

# Not the file's fault: it is kept, and can be tried again without another upload.
WORTH_AGAIN = tuple(sentence.partition("{")[0] for sentence in (STOPPED, OUR_FAULT, NO_OFFICE))


def builds_kept(slide, steps):
    if not steps:
        return BUILDS_SHOWN.format(slide)
    return f"Slide {slide} builds up in {steps} step{'' if steps == 1 else 's'}."


def duration(seconds):
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"
