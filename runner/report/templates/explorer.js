/* The reader's choice of cells. Everything is written as text, never as markup. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const name = (number) => data.names[number];
  const AXES = ["machine", "payload", "topology", "workers", "start_method", "placement", "messages"];
  const contexts = data.contexts.map((context) =>
    Object.fromEntries(AXES.map((axis, i) => [axis, axis === "workers" ? String(context[i]) : name(context[i])])));
  const pythons = data.pythons.map(name);
  const transports = data.transports.map(([raw]) => name(raw));
  const pretty = data.transports.map(([, shown]) => name(shown));
  const key = (...parts) => parts.join("|");
  const cells = new Map(data.cells.map((cell) => [key(cell[0], cell[1], cell[2]), cell]));
  const trials = new Map(data.trials[1].map(([place, flat]) => [data.cells[place], flat]));
  const blocks = new Map(data.blocks.map((block) => [key(block[0], block[1], block[2]), block]));
  const OPPOSITE = { faster: "slower", slower: "faster" };
  const MARKS = { faster: "▲", equal: "=", slower: "▼", open: "?", invalid: "!" };
  const MODES = { "one core": "1c", "two cores": "2c", mixed: "1c+2c" };
  const MIXED = { "‡": "modes mixed", "†": "modes mixed in few rounds" };
  const FIRST = 10; // a cell's figures begin here
  if (!contexts.length) return;

  /** The ratio of arm a to arm b of a block, with interval and verdict, or null. */
  function pairOf(block, a, b) {
    if (!block) return null;
    const [i, j] = [block[3].indexOf(a), block[3].indexOf(b)];
    if (i < 0 || j < 0 || i === j) return null;
    const [low, high] = [Math.min(i, j), Math.max(i, j)];
    const count = block[3].length;
    const place = low * count - (low * (low + 1)) / 2 + (high - low - 1);
    const [middle, below, above] = block[6].slice(3 * place, 3 * place + 3);
    if (middle === null) return null;
    const exp = (log) => Math.exp(log / 1e4);
    const letter = data.letters.indexOf(block[5][place]);
    const verdict = data.verdicts[letter % data.verdicts.length] || "open";
    const mixed = data.marks[Math.floor(letter / data.verdicts.length)] || "";
    const bounded = below !== null;
    if (i < j) return { ratio: exp(middle), bounded, low: exp(middle - below), high: exp(middle + above), verdict, mixed };
    return { ratio: exp(-middle), bounded, low: exp(-middle - above), high: exp(below - middle), verdict: OPPOSITE[verdict] || verdict, mixed };
  }

  const digits = (number, count) => number.toLocaleString("en", { minimumFractionDigits: count, maximumFractionDigits: count });
  function three(number) {
    if (number === 0) return "0";
    const power = Number(number.toExponential(2).split("e")[1]); // after rounding: 0.9996 is 1.00
    return digits(number, Math.max(0, 2 - power));
  }
  const ratioText = (number) => (number < 0.1 ? number.toPrecision(2) : digits(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0));
  const spanText = (pair) => (pair.bounded ? `[${ratioText(pair.low)}–${ratioText(pair.high)}]` : "[too few rounds]");
  function scaled(number, units) {
    for (const [size, unit] of units) if (Math.abs(number) >= size * 0.9995) return `${three(number / size)} ${unit}`.trim();
    return three(number);
  }
  const rateText = (number) => scaled(number, [[1e9, "G"], [1e6, "M"], [1e3, "k"]]);
  const timeText = (number) => scaled(number, [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]]);
  const known = (value) => value !== undefined && value !== null;
  const shown = (value, write) => (known(value) ? write(value) : "–");
  const figure = (cell, field) => cell[FIRST + data.figures.indexOf(field)];

  /* The choice: what the controls say, what the address says, what is drawn. */
  const choice = { compare: "transport" };
  const controls = {};
  const form = document.getElementById("controls");
  const unique = (values) => [...new Set(values)];

  function addControl(id, label, options) {
    const box = document.createElement("label");
    box.textContent = label;
    const select = document.createElement("select");
    select.name = id;
    for (const [value, text] of options) select.append(new Option(text, value));
    select.addEventListener("change", () => choose({ [id]: select.value, cell: "" }, id));
    box.append(select);
    form.append(box);
    controls[id] = select;
    box.hidden = options.length < 2;
  }
  addControl("compare", "Compare", [["transport", "transports"], ["python", "Pythons"]]);
  addControl("python", "Python", pythons.map((one) => [one, one]));
  addControl("transport", "Transport", transports.map((one, i) => [one, pretty[i]]));
  const LABELS = { machine: "Machine", payload: "Payload", topology: "Topology", workers: "Workers", start_method: "Start method", placement: "Placement", messages: "Messages" };
  for (const axis of AXES) addControl(axis, LABELS[axis], unique(contexts.map((one) => one[axis])).map((one) => [one, one]));
  addControl("baseline", "Baseline", []);

  /** The context that has the value just chosen and as many of the others as can be. */
  function contextFor(wanted, changed) {
    let [best, most] = [0, -1];
    contexts.forEach((context, place) => {
      let score = 0;
      for (const axis of AXES) if (context[axis] === wanted[axis]) score += axis === changed ? 100 : 1;
      if (score > most) [best, most] = [place, score];
    });
    return best;
  }

  function arms() {
    return choice.compare === "transport" ? transports : pythons;
  }

  function choose(change, changed) {
    Object.assign(choice, change);
    if (!["transport", "python"].includes(choice.compare)) choice.compare = "transport";
    if (!pythons.includes(choice.python)) choice.python = pythons.at(-1);
    if (!transports.includes(choice.transport)) choice.transport = name(data.opening);
    choice.context = contextFor(choice, changed);
    Object.assign(choice, contexts[choice.context]);
    if (!arms().includes(choice.baseline)) {
      const given = data.baselines[choice.compare];
      choice.baseline = known(given) && arms().includes(name(given)) ? name(given) : arms()[0];
    }
    if (!arms().includes(choice.cell)) choice.cell = "";
    draw();
    if (changed !== "address") write();
  }

  function write() {
    const words = new URLSearchParams();
    for (const id of Object.keys(controls)) {
      const idle = id === (choice.compare === "transport" ? "transport" : "python");
      if (!idle && controls[id].options.length > 1) words.set(id, choice[id]);
    }
    if (choice.cell) words.set("cell", choice.cell);
    history.replaceState(null, "", `#explore?${words}`);
  }

  function read() {
    const found = /^#explore\?(.*)$/.exec(location.hash);
    if (!found) return false;
    const words = Object.fromEntries(new URLSearchParams(found[1]));
    choose({ cell: "", ...words }, "address");
    document.getElementById("explore").scrollIntoView({ behavior: "instant" });
    return true;
  }

  /* Drawing */
  function make(tag, text, attributes = {}) {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
    return element;
  }
  function withNote(element, note) {
    if (note) element.append(make("small", note));
    return element;
  }
  const armName = (place) => (choice.compare === "transport" ? pretty[place] : pythons[place]);
  function cellOf(place) {
    const [python, transport] = choice.compare === "transport"
      ? [pythons.indexOf(choice.python), place] : [place, transports.indexOf(choice.transport)];
    return cells.get(key(python, transport, choice.context));
  }
  function blockOf() {
    const other = choice.compare === "transport" ? pythons.indexOf(choice.python) : transports.indexOf(choice.transport);
    return blocks.get(key(choice.compare === "transport" ? 0 : 1, other, choice.context));
  }
  function where() {
    const other = choice.compare === "transport" ? choice.python : pretty[transports.indexOf(choice.transport)];
    return `${other}, ${name(data.labels[choice.context])}`;
  }

  function ratioCell(pair, isReference) {
    if (isReference) return make("td", "1");
    if (!pair) return make("td", "–");
    const cell = make("td", `${ratioText(pair.ratio)} ${MARKS[pair.verdict]} ${pair.mixed}`.trim(), {
      class: pair.verdict.split(" ").at(-1), title: pair.mixed ? `${pair.verdict}; ${MIXED[pair.mixed]}` : pair.verdict,
    });
    return withNote(cell, spanText(pair));
  }

  /** Words stand left and figures right: mode and flags are words. */
  const sideOf = (column) => (column === 3 || column === 9 ? "left" : "right");

  function row(place, baseline, block) {
    const cell = cellOf(place);
    const line = document.createElement("tr");
    const head = make("th", "", { scope: "row" });
    const open = make("button", armName(place), { type: "button" });
    open.addEventListener("click", () => choose({ cell: arms()[place] }, "cell"));
    head.append(open);
    line.append(head);
    const rate = figure(cell, "rate");
    const spread = known(rate) && known(figure(cell, "rate_low")) ? `[${rateText(figure(cell, "rate_low"))}–${rateText(figure(cell, "rate_high"))}]` : "";
    line.append(withNote(make("td", known(rate) ? rateText(rate) : name(cell[3])), spread));
    line.append(ratioCell(pairOf(block, place, baseline), place === baseline));
    const texts = [
      shown(MODES[name(cell[5])], String), shown(figure(cell, "cpu_per_message"), timeText),
      shown(figure(cell, "latency_p50"), timeText), shown(figure(cell, "latency_p99"), timeText),
      shown(figure(cell, "peak_rss_kib"), (kib) => `${three(kib / 1024)} MiB`),
      `${cell[8]} of ${cell[7]}`, name(cell[6]).split(";").join(", ") || "–",
    ];
    line.append(...texts.map((text, i) => withNote(make("td", text, { class: sideOf(i + 3) }), i === 5 ? name(cell[9]) : "")));
    return line;
  }

  function draw() {
    const baseline = controls.baseline;
    const list = arms();
    const given = list.map((one, place) => [one, armName(place)]);
    baseline.replaceChildren(...given.map(([value, text]) => new Option(text, value)));
    baseline.parentElement.hidden = list.length < 2;
    for (const [id, select] of Object.entries(controls)) select.value = choice[id];
    controls.python.parentElement.hidden = choice.compare === "python" || pythons.length < 2;
    controls.transport.parentElement.hidden = choice.compare === "transport";
    const places = list.map((_, place) => place).filter((place) => cellOf(place));
    const block = blockOf();
    const against = list.indexOf(choice.baseline);
    const table = document.getElementById("explorer");
    table.caption.textContent = `Speed relative to ${armName(against)} (${where()})`;
    const titles = [choice.compare === "transport" ? "transport" : "Python", "messages/s", `relative to ${armName(against)}`,
      "mode", "CPU per message", "latency, median", "latency, 99 %", "peak memory", "trials ok", "flags"];
    const head = document.createElement("tr");
    head.append(...titles.map((title, i) => make("th", title, { scope: "col", class: i === 0 ? "" : sideOf(i) })));
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...places.map((place) => row(place, against, block)));
    makeSortable(table);
    const rounds = block ? `${block[4]} rounds` : "not compared side by side";
    document.getElementById("said").textContent = `${where()}: ${places.length} cells, ${rounds}.`;
    square(block);
    detail();
  }

  function square(block) {
    const each = document.getElementById("each");
    each.hidden = !block;
    if (!block) return;
    const table = document.getElementById("square");
    const head = document.createElement("tr");
    head.append(make("th", "row / column", { scope: "col" }), ...block[3].map((place) => make("th", armName(place), { scope: "col", class: "right" })));
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...block[3].map((a) => {
      const line = document.createElement("tr");
      line.append(make("th", armName(a), { scope: "row" }), ...block[3].map((b) => ratioCell(pairOf(block, a, b), a === b)));
      return line;
    }));
  }

  function facts(cell) {
    const rates = (field) => shown(figure(cell, field), (rate) => `${rateText(rate)} messages/s`);
    const between = (low, high, write) => (known(figure(cell, low)) ? `${write(figure(cell, low))} – ${write(figure(cell, high))}` : "–");
    const percent = (share) => `${three(100 * share)} %`;
    return [
      ["status", name(cell[3])], ["reason", name(cell[4]) || "–"], ["trials", [`${cell[8]} ok of ${cell[7]}`, name(cell[9])].filter(Boolean).join(", ")],
      ["end-to-end time", rates("rate")], ["its 95 % interval", between("rate_low", "rate_high", rateText)],
      ["5 % to 95 % of the trials", between("rate_p5", "rate_p95", rateText)],
      ["send time", rates("send_rate")], ["join time", rates("join_rate")],
      ["CPU per message", shown(figure(cell, "cpu_per_message"), timeText)],
      ["CPU over wall time", shown(figure(cell, "cores"), (cores) => `${digits(cores, 2)}, ${name(cell[5]) || "–"}`)],
      ["voluntary switches per message", shown(figure(cell, "switches_per_message"), three)],
      ["peak memory", shown(figure(cell, "peak_rss_kib"), (kib) => `${three(kib / 1024)} MiB`)],
      ["messages in a trial", shown(figure(cell, "messages_median"), (count) => digits(count, 0))],
      ["share of the least and most served worker", between("share_low", "share_high", percent)],
      ["round trip: median, 90 %, 99 %, 99.9 %, longest", !known(figure(cell, "latency_p50")) ? "–"
        : ["p50", "p90", "p99", "p999", "max"].map((mark) => shown(figure(cell, `latency_${mark}`), timeText)).join(", ")],
      ["flags", name(cell[6]).split(";").filter(Boolean).map((flag) => (data.flags[flag] ? `${flag}: ${data.flags[flag]}` : flag)).join("; ") || "none"],
    ].filter(([, text]) => text !== "–");
  }

  function detail() {
    const panel = document.getElementById("detail");
    const place = arms().indexOf(choice.cell);
    const cell = place < 0 ? null : cellOf(place);
    panel.hidden = !cell;
    if (!cell) return;
    document.getElementById("h-detail").textContent = `${armName(place)} (${where()})`;
    panel.querySelector("dl").replaceChildren(...facts(cell).flatMap(([title, text]) => [make("dt", title), make("dd", text)]));
    const traces = data.failures.filter((one) => one[0] === cell[0] && one[1] === cell[1] && one[2] === cell[2]);
    document.getElementById("traces").replaceChildren(...traces.flatMap((one) => [
      make("p", `${name(one[3])}, ${one[4]} trial${one[4] === 1 ? "" : "s"}:`), make("pre", name(one[5]), { tabindex: "0" }),
    ]));
    showTrials(data, trials.get(cell), cell[7], rateText);
    panel.focus({ preventScroll: false });
  }

  document.getElementById("close").addEventListener("click", () => {
    const back = choice.cell;
    choose({ cell: "" }, "cell");
    const place = arms().indexOf(back);
    const button = [...document.querySelectorAll("#explorer tbody button")].find((one) => one.textContent === armName(place));
    if (button) button.focus();
  });
  document.getElementById("legend").textContent = data.legend;
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const one of document.querySelectorAll(".scripted")) one.hidden = false;
  addEventListener("hashchange", read);
  if (!read()) choose({}, "address");
})();
