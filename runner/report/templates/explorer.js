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
  const bounds = data.transports.map(([, , bound]) => bound === 1);
  const key = (...parts) => parts.join("|");
  const cells = new Map(data.cells.map((cell) => [key(cell[0], cell[1], cell[2]), cell]));
  const trials = new Map(data.trials[1].map(([place, flat]) => [data.cells[place], flat]));
  const blocks = new Map(data.blocks.map((block) => [key(block[0], block[1], block[2]), block]));
  const answers = new Map(data.answers.map((one) => [key(one[0], one[1]), one]));
  const OPPOSITE = { faster: "slower", slower: "faster" };
  const MARKS = { faster: "▲", equal: "=", slower: "▼", open: "?", invalid: "!" };
  const MODES = { "one core": "1c", "two cores": "2c", mixed: "1c+2c" };
  const MIXED = { "‡": "modes mixed", "†": "modes mixed in few rounds" };
  const FIRST = 10; // a cell's figures begin here
  const FAR = 4; // how far from 1 a transport may be to share the axis of the others
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
  const unique = (values) => [...new Set(values)];
  const AXIS_LABELS = { python: "Python", payload: "Message", topology: "Pattern", workers: "Workers", placement: "Placement",
    machine: "Machine", start_method: "Start method", messages: "Messages" };
  const SITUATION = Object.keys(AXIS_LABELS);
  const values = Object.fromEntries(AXES.map((axis) => [axis, unique(contexts.map((one) => one[axis]))]));
  values.python = pythons;
  const usual = { python: name(data.newest), ...contexts[0] };
  const choice = { compare: "transport", ...usual };
  const controls = {};
  const wordOf = (axis, value) => (data.worded[axis] ? name(data.worded[axis][values[axis].indexOf(value)]) : axis === "machine" ? `machine ${value}` : `${value} messages`);
  const titleOf = (axis, value) => (["payload", "topology"].includes(axis) ? wordOf(axis, value) : value);

  function addControl(form, id, label, options) {
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
  const form = document.getElementById("controls");
  const view = document.getElementById("view");
  for (const axis of SITUATION) addControl(form, axis, AXIS_LABELS[axis], values[axis].map((one) => [one, titleOf(axis, one)]));
  addControl(view, "compare", "Compare", [["transport", "transports"], ["python", "Pythons"]]);
  addControl(view, "transport", "Transport", transports.map((one, i) => [one, pretty[i]]));
  addControl(view, "baseline", "Baseline", []);
  const figures = document.getElementById("figures");

  /** The place of the context of a situation, -1 where nothing of it was planned. */
  const contextOf = (situation) => contexts.findIndex((one) => AXES.every((axis) => one[axis] === situation[axis]));
  const answerOf = (situation) => answers.get(key(pythons.indexOf(situation.python), contextOf(situation)));
  const situationOf = ([python, context]) => ({ python: pythons[python], ...contexts[context] });

  /** In which axes a situation is another than chosen, and how far it is: see report/answers.py. */
  function gapsTo(situation) {
    return SITUATION.map((axis) => {
      if (situation[axis] === choice[axis]) return 0;
      const steps = data.steps[axis];
      return steps ? steps[values[axis].indexOf(choice[axis])][values[axis].indexOf(situation[axis])] : 1;
    });
  }

  /** The answer of the nearest combination that has one: fewest steps, then fewest axes. */
  function nearest() {
    let [best, least, fewest] = [null, Infinity, Infinity];
    for (const one of data.answers) {
      const gaps = gapsTo(situationOf(one));
      const [far, count] = [gaps.reduce((sum, gap) => sum + gap, 0), gaps.filter(Boolean).length];
      if (far < least || (far === least && count < fewest)) [best, least, fewest] = [one, far, count];
    }
    return best;
  }

  function arms() {
    return choice.compare === "transport" ? transports : pythons;
  }

  function choose(change, changed) {
    Object.assign(choice, change);
    for (const axis of SITUATION) if (!values[axis].includes(choice[axis])) choice[axis] = usual[axis];
    if (!["transport", "python"].includes(choice.compare)) choice.compare = "transport";
    if (!transports.includes(choice.transport)) choice.transport = name(data.opening);
    choice.context = contextOf(choice);
    if (!arms().includes(choice.baseline)) {
      const given = data.baselines[choice.compare];
      choice.baseline = known(given) && arms().includes(name(given)) ? name(given) : arms()[0];
    }
    if (!arms().includes(choice.cell)) choice.cell = "";
    draw();
    if (changed !== "address") history.replaceState(null, "", address());
    document.querySelector("#h-explore a").href = address();
  }

  function address() {
    const words = new URLSearchParams();
    for (const id of Object.keys(controls)) {
      const idle = id === "transport" && choice.compare === "transport";
      if (!idle && controls[id].options.length > 1) words.set(id, choice[id]);
    }
    if (choice.cell) words.set("cell", choice.cell);
    return `#explore?${words}`;
  }

  function read() {
    const found = /^#explore\?(.*)$/.exec(location.hash);
    if (!found) return false;
    const words = Object.fromEntries(new URLSearchParams(found[1]));
    const other = words.compare === "python" || (words.baseline && words.baseline !== choice.baseline);
    if (words.cell || other) figures.open = true;
    choose({ ...usual, cell: "", ...words }, "address");
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

  /** What to use: of the situation, or of the nearest that was measured, which is named. */
  function answer() {
    const own = answerOf(choice);
    const found = own || nearest();
    const lacking = document.getElementById("lacking");
    const button = document.getElementById("nearest");
    lacking.hidden = button.hidden = Boolean(own);
    const [use, sure] = ["use", "sure"].map((id) => document.getElementById(id));
    document.getElementById("chart").replaceChildren();
    if (!found) {
      lacking.textContent = "No transports were compared side by side.";
      button.hidden = true;
      return;
    }
    const there = situationOf(found);
    if (!own) {
      const asked = SITUATION.filter((axis) => values[axis].length > 1).map((axis) => wordOf(axis, choice[axis])).join(", ");
      const differs = SITUATION.filter((axis) => there[axis] !== choice[axis]).map((axis) => `${wordOf(axis, there[axis])} instead of ${["python", "workers"].includes(axis) ? choice[axis] : wordOf(axis, choice[axis])}`);
      const last = differs.pop();
      lacking.textContent = `Not measured: ${asked}. The nearest that was measured is as chosen, but with ${differs.length ? `${differs.join(", ")} and ${last}` : last}:`;
      button.onclick = () => choose({ ...there, cell: "" }, "nearest");
    }
    const [python, context, advice, figuresOf, sureOf, option, baseline] = found;
    use.replaceChildren(make("strong", name(advice)), `: ${name(figuresOf)} `, make("small", `Python ${pythons[python]}, ${name(data.labels[context])}`));
    sure.textContent = `How sure: ${name(sureOf)}.`;
    chart(blocks.get(key(0, python, context)), baseline, option);
  }

  /** The candidates over the baseline: a line of text and a bar for each, the fastest first. */
  function chart(block, baseline, option) {
    const rows = (block ? block[3] : []).filter((place) => place !== baseline && !bounds[place])
      .map((place) => [place, pairOf(block, place, baseline)]).filter(([, pair]) => pair).sort((a, b) => b[1].ratio - a[1].ratio);
    if (!rows.length) return;
    const box = document.getElementById("chart");
    const width = Math.max(250, Math.min(560, box.clientWidth));
    const [left, right, top, step] = [6, width - 6, 22, 34];
    const near = rows.filter(([, pair]) => pair.ratio < FAR && pair.ratio > 1 / FAR);
    const ends = (near.length ? near : rows).flatMap(([, pair]) => (pair.bounded ? [pair.low, pair.high] : [pair.ratio]));
    const [low, high] = [Math.min(0.9, ...ends) / 1.05, Math.max(1.1, ...ends) * 1.05];
    const within = (ratio) => Math.min(high, Math.max(low, ratio));
    const x = (ratio) => left + ((Math.log(within(ratio)) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (right - left);
    const height = top + step * rows.length + 4;
    const said = rows.map(([place, pair]) => `${pretty[place]} ${ratioText(pair.ratio)}× ${spanText(pair)}, ${pair.verdict}`).join("; ");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const about = `Speed relative to ${pretty[baseline]}, with 95 % intervals: ${said}`;
    for (const [attribute, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": about })) svg.setAttribute(attribute, value);
    const one = x(1);
    const anchor = one > width - 110 ? "end" : one < 110 ? "start" : "middle";
    drawn(svg, "text", { x: one, y: 12, "text-anchor": anchor }, `as fast as ${pretty[baseline]}`);
    rows.forEach(([place, pair], i) => {
      const y = top + step * i;
      const decided = ["faster", "slower"].includes(pair.verdict);
      const row = drawn(svg, "g", { class: `${decided ? "sure" : "unsure"}${place === option ? " chosen" : ""}` });
      drawn(row, "title", {}, `${pretty[place]}: ${ratioText(pair.ratio)}× ${spanText(pair)} as fast as ${pretty[baseline]}, ${pair.verdict}`);
      drawn(row, "rect", { x: 0, y, width, height: step });
      drawn(row, "text", { x: left, y: y + 14 }, pretty[place]);
      drawn(row, "text", { x: right, y: y + 14, "text-anchor": "end" }, `${ratioText(pair.ratio)}× ${spanText(pair)}`);
      drawn(row, "path", { class: "middle", d: `M${one} ${y + 18}V${y + 31}` });
      if (pair.ratio < low || pair.ratio > high) { // far off the axis: an arrow at its end
        const [at, to] = pair.ratio < low ? [left, 9] : [right, -9];
        drawn(row, "polygon", { points: `${at},${y + 24} ${at + to},${y + 19} ${at + to},${y + 29}` });
        return;
      }
      if (pair.bounded) drawn(row, "path", { d: `M${x(pair.low)} ${y + 24}H${x(pair.high)}` });
      drawn(row, "circle", { cx: x(pair.ratio), cy: y + 24, r: 5 });
    });
    box.replaceChildren(svg);
  }

  /** Grey out what was not measured together with the rest of the choice; it can be chosen still. */
  function greyOut() {
    for (const axis of SITUATION) {
      for (const option of controls[axis].options) {
        const there = Boolean(answerOf({ ...choice, [axis]: option.value }));
        option.className = there ? "" : "lacks";
        const said = there || option.value === choice[axis] ? "" : " – not measured"; // of its own choice the answer says so
        option.textContent = `${titleOf(axis, option.value)}${said}`;
      }
      controls[axis].classList.toggle("lacks", !answerOf(choice));
    }
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
    greyOut();
    for (const [id, select] of Object.entries(controls)) select.value = choice[id];
    controls.transport.parentElement.hidden = choice.compare === "transport";
    controls.compare.parentElement.hidden = pythons.length < 2;
    answer();
    const places = choice.context < 0 ? [] : list.map((_, place) => place).filter((place) => cellOf(place));
    for (const one of figures.querySelectorAll(":scope > .wide, :scope > .tools, #legend")) one.hidden = !places.length;
    const about = document.getElementById("about");
    const block = places.length ? blockOf() : undefined;
    square(block);
    if (!places.length) {
      about.textContent = "Nothing of this situation was measured.";
      document.getElementById("detail").hidden = true;
      return;
    }
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
    about.textContent = `${where()}: ${places.length} cells, ${rounds}.`;
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
  for (const one of [form, view]) one.addEventListener("submit", (event) => event.preventDefault());
  for (const one of document.querySelectorAll(".scripted")) one.hidden = false;
  for (const one of figures.querySelectorAll("table")) makeTools(one);
  addEventListener("hashchange", read);
  addEventListener("resize", answer);
  choose({}, "address");
  read();
})();
