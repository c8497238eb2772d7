/* A cell's single trials: dots over the rounds, and a table of them. */
const SHAPES = {
  "●": (x, y) => `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z`,
  "■": (x, y) => `M${x - 3.2} ${y - 3.2}h6.4v6.4h-6.4z`,
  "▲": (x, y) => `M${x} ${y - 4.2}l4.2 7.6h-8.4z`,
  "◆": (x, y) => `M${x} ${y - 4.6}l4.6 4.6l-4.6 4.6l-4.6 -4.6z`,
};
const GLYPHS = Object.keys(SHAPES);
const LOST = (x, y) => `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`;
const glyphOf = (session, sessions) => GLYPHS[sessions.indexOf(session) % GLYPHS.length];

/** The trials of one cell as objects; `flat` holds seven numbers each. */
function trialsOf(data, flat) {
  const found = [];
  const share = (value) => (value === null ? null : value / 100);
  for (let at = 0; at < flat.length; at += 7) {
    const [kind, round, rate, producer, joined, cores, foreign] = flat.slice(at, at + 7);
    const [compared_axis, session, control, status] = data.trials[0][kind];
    found.push({ compared_axis: data.names[compared_axis], session, control: control === 1, status: data.names[status],
      round, rate, producer, joined, cores: share(cores), foreign: share(foreign) });
  }
  return found;
}

function drawn(parent, tag, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.textContent = text;
  parent.append(element);
  return element;
}

/** Round numbers between two bounds, about as many as wanted. */
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((one) => one * power >= raw);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k += 1) found.push(k * step);
  return found;
}

/** Where each session's rounds lie, one session beside the other: session → first, last, start. */
function stretches(trials, sessions) {
  const found = new Map();
  let start = 0;
  for (const session of sessions) {
    const rounds = trials.filter((one) => one.session === session).map((one) => one.round);
    const [first, last] = [Math.min(...rounds), Math.max(...rounds)];
    found.set(session, { first, last, start });
    start += last - first + 1;
  }
  return [found, start];
}

function levels(svg, frame, rates, middle, write) {
  const [least, most] = [Math.min(...rates, middle), Math.max(...rates, middle)];
  const pad = (most - least) * 0.08 || most * 0.05;
  const [low, high] = [least - pad, most + pad];
  const y = (rate) => frame.top + ((high - rate) / (high - low)) * (frame.bottom - frame.top);
  for (const tick of ticks(low, high, 5)) {
    drawn(svg, "path", { class: "rule", d: `M${frame.left} ${y(tick)}H${frame.right}` });
    drawn(svg, "text", { x: frame.left - 6, y: y(tick) + 4, "text-anchor": "end" }, write(tick));
  }
  drawn(svg, "path", { class: "middle", d: `M${frame.left} ${y(middle)}H${frame.right}` });
  return y;
}

function rounds(svg, frame, places, sessions, x) {
  for (const session of sessions) {
    const { first, last } = places.get(session);
    const [from, to] = [x(session, first), x(session, last)];
    const named = sessions.length > 1 && frame.step * (last - first + 1) > 70;
    if (session !== sessions[0]) drawn(svg, "path", { class: "rule", d: `M${from - (frame.step + frame.gap) / 2} 6V${frame.floor}` });
    if (named) drawn(svg, "text", { x: (from + to) / 2, y: 14, "text-anchor": "middle" }, `session ${session}`);
    drawn(svg, "text", { x: from, y: frame.floor + 16, "text-anchor": "middle" }, String(first));
    if (to - from > 34) drawn(svg, "text", { x: to, y: frame.floor + 16, "text-anchor": "middle" }, String(last));
  }
  drawn(svg, "text", { x: (frame.left + frame.right) / 2, y: frame.floor + 32, "text-anchor": "middle" }, "round");
}

/** A dot plot of the rates, `width` pixels wide; crosses at the foot are trials that were not ok. */
function plotOf(trials, sessions, width, write, said) {
  const rates = trials.map((one) => one.rate).filter((rate) => rate !== null);
  const floor = rates.length ? 200 : 56;
  const frame = { left: 64, right: width - 12, top: 24, bottom: floor - 26, floor, gap: Math.min(24, 150 / sessions.length) };
  const height = floor + 38;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": said })) svg.setAttribute(name, value);
  const [places, span] = stretches(trials, sessions);
  frame.step = (frame.right - frame.left - frame.gap * (sessions.length - 1)) / span;
  const x = (session, round) => {
    const { first, start } = places.get(session);
    return frame.left + frame.gap * sessions.indexOf(session) + (start + round - first + 0.5) * frame.step;
  };
  rounds(svg, frame, places, sessions, x);
  drawn(svg, "path", { class: "rule", d: `M${frame.left} ${frame.floor}H${frame.right}` });
  const y = rates.length ? levels(svg, frame, rates, middleOf(rates), write) : null;
  for (const one of trials) {
    const at = x(one.session, one.round);
    const lost = one.rate === null;
    const d = lost ? LOST(at, frame.floor - 10) : SHAPES[glyphOf(one.session, sessions)](at, y(one.rate));
    const dot = drawn(svg, "path", { class: lost ? "dot lost" : one.control ? "dot control" : "dot", d });
    drawn(dot, "title", {}, `session ${one.session}, round ${one.round}: ${lost ? one.status : `${write(one.rate)} messages/s`}`);
  }
  return svg;
}

function middleOf(rates) {
  const sorted = [...rates].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** What the plot shows, in a sentence. */
function saidOf(trials, sessions, write) {
  const rates = trials.map((one) => one.rate).filter((rate) => rate !== null);
  const lost = trials.length - rates.length;
  const over = `${trials.length} ${trials.length === 1 ? "trial" : "trials"} in ${sessions.length} ${sessions.length === 1 ? "session" : "sessions"}`;
  const span = rates.length
    ? `median ${write(middleOf(rates))}, from ${write(Math.min(...rates))} to ${write(Math.max(...rates))} messages/s` : "none ok";
  return `Rates over rounds of ${over}: ${span}${lost && rates.length ? `; ${lost} not ok` : ""}.`;
}

function legendOf(trials, sessions) {
  const shown = trials.filter((one) => one.rate !== null);
  const several = sessions.map((one) => `${glyphOf(one, sessions)} session ${one}`);
  const parts = sessions.length > 1 ? several : shown.length ? ["● a trial"] : [];
  if (shown.some((one) => one.control)) parts.push("hollow: as the baseline's control (A/A)");
  if (shown.length < trials.length) parts.push("× at the foot: not ok");
  if (shown.length) parts.push("dashed: the median of these");
  return parts.join("; ");
}

function fillTrials(table, trials, write) {
  const known = (value, text) => (value === null ? "–" : text(value));
  const two = (value) => value.toFixed(2);
  const line = (tag, texts, scope) => {
    const row = document.createElement("tr");
    row.append(...texts.map((text, i) => {
      const cell = document.createElement(tag === "th" || i === 0 ? "th" : "td");
      if (cell.tagName === "TH") cell.scope = scope;
      cell.textContent = text;
      cell.className = i === 2 || i === 8 ? "left" : "right";
      return cell;
    }));
    return row;
  };
  table.tHead.replaceChildren(line("th", ["round", "session", "block", "messages/s", "send time",
    "join time", "cores", "CPU of others", "status"], "col"));
  table.tBodies[0].replaceChildren(...trials.map((one) => line("td", [
    String(one.round), String(one.session), `${one.compared_axis}${one.control ? ", control" : ""}`,
    known(one.rate, write), known(one.producer, write), known(one.joined, write),
    known(one.cores, two), known(one.foreign, two), one.status,
  ], "row")));
  makeSortable(table);
}

/** Show a cell's trials in the panel: `measured` were made, `flat` are those that the page holds. */
function showTrials(data, flat, measured, write) {
  const box = document.getElementById("trials");
  const trials = trialsOf(data, flat || []);
  const [said, plot, legend, frame, tools] = ["p", "figure", ".note", ".wide.tall", ".tools"].map((one) => box.querySelector(one));
  for (const one of [plot, legend, frame, tools]) one.hidden = !trials.length;
  const everyone = "every trial is in trials/*.csv of the run's folder";
  if (!trials.length) {
    said.textContent = measured
      ? `The run has too many trials for this page to hold; ${everyone}.` : "No trial of this cell was measured.";
    return;
  }
  said.textContent = trials.length < measured
    ? `${trials.length} of its ${measured} trials, spread evenly over the run; ${everyone}.`
    : `All of its ${measured} measured trials.`;
  const sessions = [...new Set(trials.map((one) => one.session))];
  const width = Math.max(270, Math.min(720, box.clientWidth));
  plot.replaceChildren(plotOf(trials, sessions, width, write, saidOf(trials, sessions, write)));
  legend.textContent = legendOf(trials, sessions);
  fillTrials(frame.querySelector("table"), trials, write);
}
