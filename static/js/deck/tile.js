const SIZES = "(max-width: 560px) 45vw, (max-width: 1250px) 28vw, 250px";

// The tile of a slide, made of a template.
export function tile(template, slide) {
  const item = template.content.firstElementChild.cloneNode(true);
  if (slide.thumb) item.querySelector("[data-slide-picture]").append(picture(slide));
  tell(item, slide);
  return item;
}

// What stands on a tile besides the picture.
export function tell(item, slide) {
  item.querySelector("[data-number]").textContent = slide.number;
  item.querySelector("[data-slide-title]").textContent = slide.title;
  item.toggleAttribute("data-hidden", slide.hidden);
}

function picture({ thumb, large, ratio }) {
  const image = new Image(320, Math.max(1, Math.round(320 / ratio)));
  image.className = "picture__image";
  image.alt = "";
  image.loading = "lazy";
  image.decoding = "async";
  image.sizes = SIZES;
  image.srcset = `${thumb} 320w, ${large} 640w`;
  image.src = thumb;
  return image;
}
