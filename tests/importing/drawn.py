"""What is seen of a page of a PDF: each thing stands in a box of its own, and shows there whole or not at all."""

WIDTH = 960  # px
WHITE = (255, 255, 255)


def draw(page):
    return page.render(scale=WIDTH / page.get_width()).to_pil().convert("RGB")


def seen(picture, whole, boxes):
    """The names of the boxes in which a picture shows what `whole` does there. `boxes` are by name, in px."""
    found = set()
    for thing, box in boxes.items():
        part = picture.crop(box)
        if part.tobytes() == whole.crop(box).tobytes():
            found.add(thing)
        else:
            assert part.getcolors() == [(part.width * part.height, WHITE)], f"a trace of {thing}"
    return found
