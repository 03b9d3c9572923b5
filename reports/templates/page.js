"use strict";
// What a page can do beyond being read: sort, filter and save its tables, show the details of a mark, save a chart,
// search the site.
// Everything is added here, so that a page without script shows no control that does nothing. Words come from <body>.
(() => {
  const words = document.body.dataset;
  const lang = document.documentElement.lang;
  const SORTABLE = 4, FILTERABLE = 12;
  const make = (tag, attributes = {}, text = "") => {
    const element = Object.assign(document.createElement(tag), { textContent: text });
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const told = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const whole = new Intl.NumberFormat(lang);

  // --- what a cell is worth when its column is sorted ---------------------------------------------------------------
  // A cell of a number, an interval or a date bears its value, and in words what a reader sees; other cells are words.
  const isEmpty = text => text === "" || text === "–";
  const worthOf = cell => cell.dataset.value?.split(" ").map(Number);
  const keysOf = cells => {
    const values = cells.map(worthOf);
    if (values.some(Boolean)) return values;
    return cells.map(cell => cell.textContent.trim()).map(text => isEmpty(text) ? undefined : text);
  };
  const collator = new Intl.Collator(lang, { numeric: true });
  const compare = (a, b) => typeof a === "string" ? collator.compare(a, b)
    : a[0] - b[0] || (a[1] ?? a[0]) - (b[1] ?? b[0]);

  // --- what a reader has chosen stands in the address, so that a view can be sent ------------------------------------
  const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const keep = (name, value) => {
    if (value) state.set(name, value); else state.delete(name);
    history.replaceState(null, "", state.size ? `#${state}` : location.href.split("#")[0]);
  };
  const plain = text => text.toLocaleLowerCase(lang).normalize("NFD").replace(/\p{M}/gu, "");
  const searched = text => plain(text).split(/\s+/).filter(Boolean);

  // --- a table as CSV: the rows in sight, numbers and days as such, nothing that a spreadsheet takes for a formula -------
  const ONE = /^-?\d+(\.\d+)?$/;
  const field = text => {
    const safe = /^\s*[=+\-@\t\r]/.test(text) && !ONE.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const dayOf = value => value.replace(/^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/, (_, y, m, d, h, n, s) => `${y}-${m}-${d}${h ? `T${h}:${n}:${s}` : ""}`);
  const csvOf = (table, rows) => {
    const heads = [...table.tHead.rows[0].cells], isMade = "simulated" in table.dataset;
    const isGrouped = Boolean(table.querySelector("tbody .group"));
    const kinds = heads.map(head => head.dataset.kind || "");
    const isTwo = kinds.map(kind => kind.endsWith("interval"));
    const names = heads.flatMap((head, place) => {
      const heading = head.textContent.trim();
      return isTwo[place] ? [told(words.lowest, { heading }), told(words.highest, { heading })] : [heading];
    });
    const lines = [[...(isGrouped ? [words.group] : []), ...names, ...(isMade ? [words.simulated] : [])]];
    let group = "";
    for (const row of rows) {
      if (row.querySelector(".group")) { group = row.textContent.trim(); continue; }
      if (row.hidden) continue;
      const cells = [...row.cells].flatMap((cell, place) => {
        const value = cell.dataset.value, text = cell.textContent.trim();
        if (isTwo[place]) return value ? value.split(" ") : [text, ""];
        return [value === undefined ? text : kinds[place] ? dayOf(value) : value];
      });
      lines.push([...(isGrouped ? [group] : []), ...cells, ...(isMade ? [words.simulated] : [])]);
    }
    return `\ufeff${lines.map(line => line.map(field).join(",")).join("\r\n")}\r\n`;
  };
  const saved = (text, type, name) => {
    const address = URL.createObjectURL(new Blob([text], { type }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  const csvButton = (table, name, rows = () => [...table.tBodies[0].rows]) => {
    const button = make("button", { type: "button", class: "save" }, words.csv);
    const heading = table.caption?.querySelector(".origin, .mark") ? table.caption.cloneNode(true) : table.caption;
    heading?.querySelectorAll?.(".origin, .mark").forEach(part => part.remove());
    if (heading) button.setAttribute("aria-label", `${words.csv}: ${heading.textContent.trim()}`);
    button.addEventListener("click", () => {
      const made = "simulated" in table.dataset ? `-${words.simulated.toLowerCase().replace(/\s+/g, "-")}` : "";
      saved(csvOf(table, rows()), "text/csv;charset=utf-8", `${name}${made}.csv`);
    });
    return button;
  };

  // --- tables -------------------------------------------------------------------------------------------------------
  // The rows of a table are held here, and those are in the page that are asked for: a long table begins with its first.
  const textOf = (row, column) => row.cells[column].textContent.trim();
  const STEP = 200;

  function rowsShown(table, box) {
    const body = table.tBodies[0], first = Number(box.dataset.late) || Infinity;
    const rest = box.querySelector("noscript");  // with script its content is plain text
    const late = rest ? [...new DOMParser().parseFromString(rest.textContent, "text/html").querySelectorAll("tbody tr")] : [];
    const held = { rows: [...body.rows, ...late.map(row => document.adoptNode(row))], fits: () => true, limit: first };
    const more = make("button", { type: "button", class: "rows-more", hidden: "" });
    if (late.length) box.querySelector(".scroll").after(more);
    held.show = () => {
      const fitting = held.rows.filter(held.fits);
      body.replaceChildren(...fitting.slice(0, held.limit));
      const left = Math.max(0, fitting.length - held.limit);
      more.hidden = !left;
      const next = Math.min(left, STEP);
      more.textContent = told(next === 1 ? words.moreOne : words.more, { count: whole.format(next) });
      return fitting.length;
    };
    more.addEventListener("click", () => { held.limit += STEP; held.show(); });
    const all = () => { held.limit = Infinity; held.show(); };
    const find = () => {
      const goal = location.hash.includes("=") ? "" : decodeURIComponent(location.hash.slice(1));
      const row = goal && held.rows.find(each => each.id === goal);
      if (row && !row.isConnected) { all(); row.scrollIntoView(); }
    };
    if (late.length) {
      addEventListener("beforeprint", all);
      addEventListener("hashchange", find);
      held.show();
      find();
    }
    return held;
  }

  function sortable(table, held, status, key) {
    const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const known = new Map();  // the keys of a column, by its place
    const original = [...held.rows];
    headings.forEach((heading, column) => {
      const button = make("button", { type: "button", class: "sort" });
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      const sort = () => {
        const isDown = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach(other => other.setAttribute("aria-sort", "none"));
        heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        if (!known.has(column)) {
          const keys = keysOf(original.map(row => row.cells[column]));
          known.set(column, new Map(original.map((row, place) => [row, keys[place]])));
        }
        const sign = isDown ? -1 : 1;
        const keyed = held.rows.map(row => [known.get(column).get(row), row]);  // the sort keeps the order of equal ones
        keyed.sort(([a], [b]) => !a || !b ? !a - !b : sign * compare(a, b));  // what is not known comes last
        held.rows = keyed.map(([, row]) => row);
        held.show();
        status.textContent = told(isDown ? words.sortedDown : words.sortedUp, { column: button.textContent.trim() });
        return isDown;
      };
      button.addEventListener("click", () => { const isDown = sort(); keep(`${key}.s`, `${column}${isDown ? "-" : ""}`); });
      const asked = state.get(`${key}.s`);
      if (asked === String(column) || asked === `${column}-`) { sort(); if (asked.endsWith("-")) sort(); }
    });
  }

  function filterable(table, box, held, status, key) {
    const name = box.querySelector(".scroll").getAttribute("aria-label");
    const tools = make("div", { class: "tools", role: "search", "aria-label": `${words.filter}: ${name}` });
    const search = make("input", { type: "search", id: `${key}-search`, autocomplete: "off" });
    const field = make("p");
    field.append(make("label", { for: search.id }, words.search), search);
    tools.append(field);
    const heads = table.tHead.rows[table.tHead.rows.length - 1].cells;
    const choices = (box.dataset.facets || "").split(" ").filter(Boolean).map(Number).map(column => {
      const choice = make("select", { id: `${key}-choice-${column}` });
      choice.append(new Option(words.all, ""));
      const values = [...new Set(held.rows.map(row => textOf(row, column)))].filter(text => !isEmpty(text));
      values.sort((a, b) => a.localeCompare(b, lang)).forEach(value => choice.append(new Option(value, value)));
      const place = make("p");
      place.append(make("label", { for: choice.id }, heads[column].textContent.trim()), choice);
      tools.append(place);
      return [column, choice];
    });
    const texts = new Map(held.rows.map(row => [row, plain(row.textContent)]));
    const apply = () => {
      const wanted = searched(search.value);
      held.fits = row => wanted.every(word => texts.get(row).includes(word))
        && choices.every(([column, choice]) => !choice.value || textOf(row, column) === choice.value);
      const shown = held.show();
      const isFiltered = shown < texts.size;
      status.textContent = told(words.shown, { shown: whole.format(shown), total: whole.format(texts.size) });
      status.classList.toggle("is-filtered", isFiltered);
    };
    let waiting;
    const changed = () => {
      apply();
      keep(`${key}.q`, search.value);
      choices.forEach(([column, choice]) => keep(`${key}.${column}`, choice.value));
    };
    search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(changed, 120); });
    choices.forEach(([, choice]) => choice.addEventListener("change", changed));
    box.prepend(tools);
    search.value = state.get(`${key}.q`) || "";
    choices.forEach(([column, choice]) => { choice.value = state.get(`${key}.${column}`) || ""; if (choice.selectedIndex < 0) choice.value = ""; });
    if (search.value || choices.some(([, choice]) => choice.value)) apply();
  }

  document.querySelectorAll("div.table").forEach((box, place) => {
    const table = box.querySelector("table");
    if (!table || !table.tHead || table.tBodies.length !== 1) return;
    const key = box.id || `table-${place}`;
    const held = table.querySelector("tbody .group") ? null : rowsShown(table, box);
    box.append(csvButton(table, key, held ? () => held.rows.filter(held.fits) : undefined));
    if (!held || held.rows.length < SORTABLE) return;
    const status = make("p", { role: "status", class: "status" });
    if (held.rows.length >= FILTERABLE) filterable(table, box, held, status, key);
    sortable(table, held, status, key);
    box.querySelector(".scroll").before(status);
  });
  document.querySelectorAll("figure.chart details table").forEach(table => {
    table.closest(".scroll").after(csvButton(table, table.closest("figure").id));
  });
  const chosen = [...state.keys()].map(name => document.getElementById(name.split(".")[0])).find(Boolean);
  for (let folded = chosen?.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  chosen?.scrollIntoView();

  // --- the head of a table stays in sight: where the table fits, of the window, else of the box that scrolls -----------
  const boxes = [...document.querySelectorAll(".scroll")];
  const settle = () => {
    boxes.forEach(box => box.classList.remove("fits", "wide", "broken"));
    const overflows = box => box.scrollWidth > box.clientWidth;
    // Where a word is too long its letters may part, before the table scrolls; not where every column was asked for.
    const tried = boxes.filter(overflows).filter(box => !box.parentElement.querySelector(":scope > .more[open]"));
    tried.forEach(box => box.classList.add("broken"));
    const fits = boxes.map(box => !overflows(box));
    boxes.forEach((box, place) => {
      box.classList.add(fits[place] ? "fits" : "wide");
      if (!fits[place]) box.classList.remove("broken");
    });
  };
  addEventListener("resize", settle);
  document.addEventListener("toggle", settle, true);
  settle();

  // --- a link to a place that is folded unfolds it --------------------------------------------------------------------
  const unfold = () => {
    const goal = location.hash.includes("=") ? null : document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folds = [];
    for (let folded = goal?.closest("details"); folded; folded = folded.parentElement.closest("details")) folds.push(folded);
    if (!folds.some(fold => !fold.open)) return;
    folds.forEach(fold => { fold.open = true; });
    goal.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();

  // --- search over all pages of the site: its index stands within the page of search -----------------------------------
  const MOST_FOUND = 60;
  const index = document.getElementById("search-index");
  if (index) {
    const places = JSON.parse(index.textContent).flatMap(([file, title, sections]) => [
      { href: file, text: title, place: "", key: plain(title), rank: 0 },
      ...sections.flatMap(([anchor, heading, items]) => [
        ...(heading ? [{ href: `${file}#${anchor}`, text: heading, place: title, key: plain(`${heading} ${title}`), rank: 1 }] : []),
        ...items.map(([own, text]) => ({ href: `${file}#${own || anchor}`, text, place: heading ? `${title} · ${heading}` : title, key: plain(`${text} ${heading} ${title}`), rank: 2 })),
      ]),
    ]);
    const box = document.getElementById("search");
    const asked = make("input", { type: "search", id: "site-search", autocomplete: "off" });
    const tools = make("div", { class: "tools", role: "search" });
    const labelled = make("p");
    labelled.append(make("label", { for: asked.id }, words.search), asked);
    tools.append(labelled);
    const status = make("p", { role: "status", class: "status" }), list = make("ul", { class: "found" });
    box.append(tools, status, list);
    const look = () => {
      const wanted = searched(asked.value);
      const found = wanted.length ? places.filter(each => wanted.every(word => each.key.includes(word))) : [];
      const first = plain(wanted.join(" "));
      found.sort((a, b) => a.rank - b.rank || !plain(a.text).includes(first) - !plain(b.text).includes(first));
      list.replaceChildren(...found.slice(0, MOST_FOUND).map(each => {
        const item = make("li"), link = make("a", { href: each.href }, each.text);
        item.append(link);
        if (each.place) item.append(make("span", { class: "origin" }, each.place));
        return item;
      }));
      const values = { count: whole.format(found.length), shown: whole.format(MOST_FOUND) };
      const count = found.length === 1 ? words.foundOne : found.length > MOST_FOUND ? words.foundMore : words.found;
      status.textContent = wanted.length ? told(count, values) : "";
    };
    let waiting;
    asked.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { look(); keep("q", asked.value); }, 120); });
    asked.value = state.get("q") || "";
    look();
    asked.focus();
  }

  // --- details of a mark: at the pointer at once, by arrow keys on the chart, closed by Escape --------------------------
  const tip = make("div", { class: "tip", role: "status", hidden: "" });
  document.body.append(tip);
  const hide = () => { tip.hidden = true; document.querySelectorAll(".is-told").forEach(mark => mark.classList.remove("is-told")); };
  const show = mark => {
    hide();
    tip.textContent = mark.dataset.tip;
    mark.classList.add("is-told");
    tip.hidden = false;
    const at = mark.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const above = at.top - own.height - 8;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above < 4 ? at.bottom + 8 : above) + scrollY}px`;
  };
  document.querySelectorAll("figure.chart svg").forEach(svg => {
    const marks = [...svg.querySelectorAll("title")].filter(title => title.parentNode !== svg).map(title => {
      title.parentNode.dataset.tip = title.textContent;
      const mark = title.parentNode;
      title.remove();  // else the browser's own tip would follow ours
      return mark;
    });
    if (!marks.length) return;
    const stops = [...new Map(marks.map(mark => [mark.dataset.tip, mark])).values()];  // a bar and its track tell one thing
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    let place = -1;
    const inReadingOrder = (a, b) => {
      const [one, other] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
      return Math.abs(one.top - other.top) > 4 ? one.top - other.top : one.left - other.left;
    };
    svg.addEventListener("focus", () => { stops.sort(inReadingOrder); place = -1; });
    svg.setAttribute("tabindex", "0");
    svg.addEventListener("keydown", event => {
      if (!(event.key in step)) return;
      event.preventDefault();
      place = (place + step[event.key] + stops.length) % stops.length;
      show(stops[place]);
    });
    svg.addEventListener("blur", hide);
    svg.addEventListener("pointerover", event => {
      const mark = event.target.closest("[data-tip]");
      if (mark) show(mark); else hide();
    });
    svg.addEventListener("pointerleave", hide);
  });
  addEventListener("keydown", event => { if (event.key === "Escape") hide(); });

  // --- words that another font makes longer than they were drawn for: the chart makes room at its side -----------------
  const drawnFor = new Map([...document.querySelectorAll("figure.chart svg[viewBox]")]
    .map(svg => [svg, svg.getAttribute("viewBox").split(" ").map(Number)]));
  const fit = () => drawnFor.forEach(([x, y, width, height], svg) => {
    svg.setAttribute("viewBox", [x, y, width, height].join(" "));
    const caption = [...svg.children].filter(part => part.matches("text, rect"));  // title, units, mark and source
    caption.forEach(part => part.removeAttribute("transform"));
    const frame = svg.getBoundingClientRect();
    if (!frame.width) return;
    const texts = [...svg.querySelectorAll("text")].map(text => text.getBoundingClientRect()).filter(box => box.width);
    const unit = width / frame.width;
    const left = Math.max(0, (frame.left - Math.min(...texts.map(box => box.left))) * unit);
    const right = Math.max(0, (Math.max(...texts.map(box => box.right)) - frame.right) * unit);
    if (left + right < 1) return;
    svg.setAttribute("viewBox", [x - Math.ceil(left), y, width + Math.ceil(left) + Math.ceil(right), height].join(" "));
    caption.forEach(part => part.setAttribute("transform", `translate(${-Math.ceil(left)} 0)`));
  });
  addEventListener("resize", fit);
  fit();

  // --- a chart as a picture of its own, with its title, source and mark -------------------------------------------------
  document.querySelectorAll("figure.chart").forEach(figure => {
    const button = make("button", { type: "button", class: "save" }, words.save);
    button.addEventListener("click", () => {
      const svg = [...figure.querySelectorAll("svg")].find(each => getComputedStyle(each).display !== "none").cloneNode(true);
      const [x, , width, height] = svg.getAttribute("viewBox").split(" ");
      svg.removeAttribute("style");
      svg.setAttribute("width", width);
      svg.setAttribute("height", height);
      const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [name, value] of Object.entries({ x, width: "100%", height: "100%", fill: "#fff" })) ground.setAttribute(name, value);
      svg.prepend(ground);
      saved(new XMLSerializer().serializeToString(svg), "image/svg+xml", `${figure.id}.svg`);
    });
    figure.append(button);
  });
})();
