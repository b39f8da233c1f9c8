// With scripts, some parts of a page appear and others, which stood in for them, go.
export function scripted(root = document) {
  document.documentElement.dataset.scripted = "";
  for (const element of root.querySelectorAll("[data-script-only]")) element.hidden = false;
  for (const element of root.querySelectorAll("[data-script-none]")) element.remove();
}

export function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]").value;
}

// A form post from a script. Resolves to { status, data }, where data is null unless the
// answer is JSON; rejects when the server cannot be reached.
export async function post(url, fields = {}, { keepalive = false } = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: new URLSearchParams(fields),
    keepalive,
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  return { status: response.status, data: isJson ? await response.json() : null };
}
