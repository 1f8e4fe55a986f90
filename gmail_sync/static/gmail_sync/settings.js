// What the reader has set for this browser; read anew each time, so that all tabs follow.

const USUAL = { advance: "older", keys: "on", swipes: "on", notify: "off", sender: "on" };
const nameOf = (name) => `finito.${name}`;

export class Settings {
  /** Let `opener` open a dialog whose fields show and change the settings that they are named for. */
  offer(dialog, opener) {
    opener.addEventListener("click", () => this.#open(dialog));
    dialog.addEventListener("change", ({ target: { name, type, checked, value } }) => {
      this.set(name, type === "checkbox" ? (checked ? "on" : "off") : value);
    });
  }

  #open(dialog) {
    for (const field of dialog.querySelectorAll("[name]")) {
      if (field.type === "checkbox") field.checked = this.get(field.name) === "on";
      else field.value = this.get(field.name);
    }
    dialog.showModal();
  }

  get(name) {
    try {
      return localStorage.getItem(nameOf(name)) ?? USUAL[name];
    } catch {
      return USUAL[name]; // a browser that keeps nothing
    }
  }

  set(name, value) {
    if (!(name in USUAL)) return;
    try {
      localStorage.setItem(nameOf(name), value);
    } catch {
      // likewise
    }
  }
}
