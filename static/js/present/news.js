const NEWS_MS = 5000; // how long a sentence stays that needs no answer

// Sentences that go by themselves.
export class News {
  #situation;
  #timer = null;

  constructor(situation) {
    this.#situation = situation;
  }

  tell(icon, bold, plain, kind = "plain", actions = []) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#situation.learn({ news: null }), NEWS_MS);
    this.#situation.learn({ news: { kind, icon, bold, plain, actions } });
  }
}
