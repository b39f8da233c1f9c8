"""What is said about a Markdown deck."""

OPEN_FENCE = "A block of code on slide {} is never closed; it ends with the slide."
NO_BORDERS = "The text has no line of --- and no headings, so it became one slide."
NOT_TEXT = "The file is not UTF-8 text. Save it as UTF-8 and try again."
TOO_LONG = "The text is longer than {} characters. Split it and try again."
NO_MARKDOWN = "The archive has no Markdown file. Put one .md file in it and try again."
WHICH_ONE = "The archive has several Markdown files. Name the one with the slides slides.md and try again."
EMPTY = "The file has no slides. Write something and try again."
TOO_MANY = "This deck has {} slides; the limit is {}. Split it and try again."

# What was left out: of one, of several, and how a slide's entry in the report says it.
LEFT_OUT = {
    "remote": ("A picture from another place was left out.", "{} pictures from other places were left out."),
    "missing": (
        "A picture that is not in the file was left out.",
        "{} pictures that are not in the file were left out.",
    ),
    "frame": ("A frame was left out.", "{} frames, films or drawings were left out."),
    "style": ("The deck's own styles and scripts were left out.", "The deck's own styles and scripts were left out."),
    "component": ("A component was left out.", "{} components were left out."),
    "icon": ("An icon was left out.", "{} icons were left out."),
    "include": ("A file to include was left out.", "{} files to include were left out."),
    "diagram": ("A diagram is shown as its source.", "{} diagrams are shown as their source."),
    "maths": ("A formula is shown as its source.", "{} formulas are shown as their source."),
}
ON_SLIDE = {
    "remote": "Slide {} wants a picture from another place: {}",
    "missing": "Slide {} wants a picture that is not in the file: {}",
    "frame": "Slide {} has something that is not shown: {}",
    "style": "Slide {} has styles or scripts that are not used.",
    "component": "Slide {} has a component that is not shown: {}",
    "icon": "Slide {} has an icon that is not shown: {}",
    "include": "Slide {} includes a file that is not shown: {}",
    "diagram": "Slide {} has a diagram that is shown as its source.",
    "maths": "Slide {} has a formula that is shown as its source: {}",
}
KINDS = dict.fromkeys(("iframe", "object", "embed", "video", "audio", "canvas", "svg", "form"), "frame") | {
    "script": "style", "template": "style", "noscript": "style",
}  # fmt: skip
