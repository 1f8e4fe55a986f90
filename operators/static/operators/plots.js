// One plot (uPlot) and its table, redrawn when the numbers, the size or the theme change.

const HEIGHT = 150;
const FONT = "12px system-ui, sans-serif";
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const seconds = (value) => (value < 1 ? `${number.format(value * 1_000)} ms` : `${number.format(value)} s`);
const FORMATS = { count: (value) => number.format(value), level: (value) => number.format(value), seconds };

const probe = document.body.appendChild(document.createElement("span"));
probe.hidden = true;

/** A custom property's colour in the present theme: a canvas knows no light-dark(). */
function colour(name) {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

export class Plot {
  #canvas; #details;
  #plot = null;
  #names = "";
  #shown = { times: [], unit: "count", lines: [] };

  constructor(figure) {
    this.#canvas = figure.querySelector(".canvas");
    this.#details = figure.querySelector("details");
    this.#details.addEventListener("toggle", () => this.#drawTable());
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#canvas);
    const redraw = () => this.#plot?.redraw(false, true);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  }

  draw(times, unit, lines) {
    this.#shown = { times, unit, lines };
    const table = [times, ...lines.map((line) => line.values)];
    const names = lines.map((line) => line.name).join();
    if (this.#plot && names === this.#names) this.#plot.setData(table);
    else this.#make(table, unit, lines);
    this.#names = names;
    this.#drawTable();
  }

  #size() {
    return { width: Math.max(200, this.#canvas.clientWidth), height: HEIGHT };
  }

  #make(table, unit, lines) {
    this.#plot?.destroy();
    const words = FORMATS[unit];
    const axis = { stroke: () => colour("--body-quiet-color"), font: FONT, grid: { stroke: () => colour("--hairline-color"), width: 1 }, ticks: { show: false } };
    this.#plot = new uPlot({
      ...this.#size(),
      scales: { y: { range: (_, low, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [{ ...axis, space: 60, size: 30, values: (_, at) => at.map((second) => clock.format(second * 1_000)) }, { ...axis, size: 64, values: (_, at) => at.map(words) }],
      series: [
        { label: "at", value: (_, second) => (second === null ? "-" : clock.format(second * 1_000)) },
        ...lines.map(({ name }, place) => ({
          label: name,
          stroke: () => colour(`--line-${place + 1}`),
          width: 1.5,
          points: { show: lines[place].values.filter((value) => value !== null).length < 2 },
          value: (_, value) => (value === null ? "-" : words(value)),
        })),
      ],
      cursor: { drag: { x: false, y: false } },
    }, table, this.#canvas);
  }

  /** Newest first; only for who has opened it. */
  #drawTable() {
    if (!this.#details.open) return;
    const { times, unit, lines } = this.#shown;
    const words = FORMATS[unit];
    const table = this.#details.querySelector("table");
    table.tHead.replaceChildren(row("col", ["Minute", ...lines.map((line) => line.name)], true));
    const rows = times.map((second, place) => {
      const values = lines.map(({ values }) => (values[place] === null ? "-" : words(values[place])));
      return row("row", [clock.format(second * 1_000), ...values]);
    });
    table.tBodies[0].replaceChildren(...rows.reverse());
  }
}

function row(scope, words, heads = false) {
  const element = document.createElement("tr");
  words.forEach((word, place) => {
    const cell = document.createElement(heads || place === 0 ? "th" : "td");
    if (cell.tagName === "TH") cell.scope = scope;
    cell.textContent = word;
    element.append(cell);
  });
  return element;
}
