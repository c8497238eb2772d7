"use strict";
/* Every table of the page can be sorted by its headers, and a long one filtered. */
const SCALES = {
  k: 1e3, M: 1e6, G: 1e9, "%": 0.01, ns: 1e-9, "µs": 1e-6, ms: 1e-3, s: 1,
  KiB: 1024, MiB: 1048576, GiB: 1073741824,
};

/** The number that a formatted text means, or NaN: "1.28 ▲", "362 k", "36.2 µs", "12 %", "1,024". */
function numberOf(text) {
  const found = /^[~±]?(-?[\d,]*\.?\d+)\s*(\S*)/.exec(text.trim());
  if (!found) return NaN;
  const unit = found[2].replace(/\/s$/, "");
  return parseFloat(found[1].replace(/,/g, "")) * (SCALES[unit] || 1);
}

function firstText(cell) {
  return cell.firstChild ? cell.firstChild.textContent : "";
}

/** Order as people expect: numbers by size, versions by their parts, the rest by letters. */
function compareTexts(a, b, versions) {
  if (!versions) {
    const [x, y] = [numberOf(a), numberOf(b)];
    if (!isNaN(x) && !isNaN(y)) return x - y;
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
  }
  return a.localeCompare(b, "en", { numeric: true });
}

function sortBy(table, index, header) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const versions = header.textContent.startsWith("Python");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [firstText(row.cells[index]), row]);
  rows.sort((a, b) => compareTexts(a[0], b[0], versions) * (descending ? -1 : 1));
  body.append(...rows.map((pair) => pair[1]));
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((header, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sortBy(table, index, header));
    header.replaceChildren(button);
  });
}

function makeFilterable(table) {
  const label = document.createElement("label");
  label.className = "filter";
  label.textContent = "Search this table";
  const input = document.createElement("input");
  input.type = "search";
  input.autocomplete = "off";
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  label.append(input);
  table.closest(".wide").before(label);
}

/** What a table shows, as rows of texts; rows that a search hides are left out. */
function shownIn(table) {
  const text = (cell) => cell.innerText.replace(/[\s↕↑↓]*$/, "").replace(/\s*\n\s*/g, " ");
  const rows = [table.tHead.rows[0], ...[...table.tBodies[0].rows].filter((row) => !row.hidden)];
  return rows.map((row) => [...row.cells].map(text));
}

function markdownOf(table) {
  const line = (texts) => `| ${texts.map((text) => text.replace(/\|/g, "\\|")).join(" | ")} |`;
  const [head, ...rows] = shownIn(table).map(line);
  const rule = `|${[...table.tHead.rows[0].cells].map((cell) => (cell.className === "right" ? "--:" : "---")).join("|")}|`;
  return [head, rule, ...rows].join("\n");
}

/** A table as CSV; no text begins a formula where a spreadsheet opens it. */
function csvOf(table) {
  const harmless = (text) => (/^\s*[=+\-@]/.test(text) && isNaN(Number(text)) ? `'${text}` : text);
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  return shownIn(table).map((texts) => texts.map((text) => quoted(harmless(text))).join(",")).join("\n") + "\n";
}

/** Copy text; a page that lies on the disk may not use the clipboard's own interface. */
function copy(text) {
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}

function makeTools(table) {
  const tools = table.closest(".wide").parentElement.querySelectorAll(".tools");
  const place = [...tools].find((one) => table.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (!place) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy as Markdown";
  button.addEventListener("click", () => {
    const done = copy(markdownOf(table));
    button.textContent = done ? "Copied" : "Could not copy";
    button.focus();
    setTimeout(() => (button.textContent = "Copy as Markdown"), 2000);
  });
  place.append(button);
  if (place.querySelector("a")) return; // the file beside the page, with numbers unrounded
  const link = document.createElement("button");
  link.type = "button";
  link.textContent = "CSV";
  link.addEventListener("click", () => {
    const file = document.createElement("a");
    file.href = `data:text/csv;charset=utf-8,${encodeURIComponent(csvOf(table))}`;
    file.download = `${table.dataset.id || table.caption.id.replace(/^t-/, "")}.csv`;
    file.click();
  });
  place.prepend(link);
}

/** What a cell's colour means, for whoever points at it. */
const MEANINGS = {
  faster: "faster: decided", slower: "slower: decided", equal: "equal: no difference that matters", open: "not decided",
  invalid: "no verdict: the A/A control differs", true: "the measurements support it", false: "the measurements refute it",
  depends: "it depends",
};
function makeTooltips(table) {
  for (const cell of table.tBodies[0].querySelectorAll("td[class]")) {
    const meaning = MEANINGS[cell.className.split(" ")[0]];
    if (meaning && !cell.title) cell.title = meaning;
  }
}

function makeReady(root) {
  for (const table of root.querySelectorAll("table[data-id]")) {
    if (table.tBodies[0].rows.length > 1 && table.dataset.id !== "situations") makeSortable(table);
    if (table.tBodies[0].rows.length > 8 && table.dataset.id !== "situations") makeFilterable(table);
    makeTools(table);
    makeTooltips(table);
  }
}

/** What is folded is made when it is opened: without a script the same stands in its noscript. */
function fill(details) {
  const kept = details.querySelector(":scope > noscript");
  if (!kept) return;
  const made = document.createElement("div");
  made.innerHTML = kept.textContent;
  kept.replaceWith(made);
  makeReady(made);
}
for (const one of document.querySelectorAll("details")) {
  one.addEventListener("toggle", () => one.open && fill(one));
  one.querySelector("summary").addEventListener("click", () => fill(one));
}
makeReady(document);

/* A link into a folded part opens it. */
function unfold() {
  let id = "";
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    return;
  }
  if (!id || id.startsWith("explore")) return;
  if (!document.getElementById(id)) {
    const kept = [...document.querySelectorAll("details")].find((one) => {
      const raw = one.querySelector(":scope > noscript");
      return raw && raw.textContent.includes(`id="${id}"`);
    });
    if (kept) fill(kept);
  }
  const target = document.getElementById(id);
  for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  if (target && target.closest("details")) target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();
