"use strict";
// What a page can do beyond being read: sort and filter its tables, show the details of a mark, save a chart.
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
      more.textContent = told(words.more, { count: whole.format(Math.min(left, STEP)) });
      return fitting.length;
    };
    more.addEventListener("click", () => { held.limit += STEP; held.show(); });
    const all = () => { held.limit = Infinity; held.show(); };
    const find = () => {
      const row = location.hash && held.rows.find(each => each.id === decodeURIComponent(location.hash.slice(1)));
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

  function sortable(table, held, status) {
    const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const known = new Map();  // the keys of a column, by its place
    const original = [...held.rows];
    headings.forEach((heading, column) => {
      const button = make("button", { type: "button", class: "sort" });
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
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
      });
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
    const plain = text => text.toLocaleLowerCase(lang).normalize("NFD").replace(/\p{M}/gu, "");
    const texts = new Map(held.rows.map(row => [row, plain(row.textContent)]));
    const apply = () => {
      const wanted = plain(search.value).split(/\s+/).filter(Boolean);
      held.fits = row => wanted.every(word => texts.get(row).includes(word))
        && choices.every(([column, choice]) => !choice.value || textOf(row, column) === choice.value);
      const shown = held.show();
      const isFiltered = shown < texts.size;
      status.textContent = told(words.shown, { shown: whole.format(shown), total: whole.format(texts.size) });
      status.classList.toggle("is-filtered", isFiltered);
    };
    let waiting;
    search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
    choices.forEach(([, choice]) => choice.addEventListener("change", apply));
    box.prepend(tools);
  }

  document.querySelectorAll("div.table").forEach((box, place) => {
    const table = box.querySelector("table");
    if (!table || !table.tHead || table.tBodies.length !== 1 || table.querySelector("tbody .group")) return;
    if (table.tBodies[0].rows.length < SORTABLE) return;
    const held = rowsShown(table, box);
    const status = make("p", { role: "status", class: "status" });
    sortable(table, held, status);
    if (held.rows.length >= FILTERABLE) filterable(table, box, held, status, box.id || `table-${place}`);
    box.querySelector(".scroll").before(status);
  });

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
      const address = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }));
      make("a", { href: address, download: `${figure.id}.svg` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
    });
    figure.append(button);
  });
})();
