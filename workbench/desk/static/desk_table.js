// A table as people know it from spreadsheets: search, filter, sort, choose columns, pages of rows, copy, save.
// Its view stands in the address under `NAME.q`, so that it can be sent to somebody.
'use strict';

window.deskTable = (() => {
  const PAGE = 100;
  const CHOICES = 30;
  const MOST_FILTERS = 4;
  const { make, say, base, query } = desk;

  const read = name => {
    const given = new URLSearchParams(location.hash.slice(1).includes('=') ? location.hash.slice(1) : '');
    const own = {};
    for (const [key, value] of given) if (key.startsWith(`${name}.`)) own[key.slice(name.length + 1)] = value;
    return own;
  };

  const write = (name, view) => {
    const given = new URLSearchParams(location.hash.slice(1).includes('=') ? location.hash.slice(1) : '');
    for (const key of [...given.keys()]) if (key.startsWith(`${name}.`)) given.delete(key);
    for (const [key, value] of Object.entries(view)) if (value) given.set(`${name}.${key}`, value);
    const hash = given.toString();
    history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
  };

  const ready = async section => {
    const { page, table: name } = section.dataset;
    const place = section.querySelector('.rows');
    const tools = section.querySelector('.tools');
    place.textContent = say('Loading the table…');
    let data;
    try {
      data = await desk.send('GET', `api/tables/${page}/${name}.json${location.search}`);
    } catch (error) {
      place.textContent = error.message;
      return;
    }
    const { columns, texts, keys, count, linked, links } = data;
    if (!count) {
      place.textContent = say('No rows.');
      return;
    }
    const folded = Array.from({ length: count }, (_, row) => texts.map(column => column[row]).join('\u0001').toLocaleLowerCase());
    const at = Object.fromEntries(columns.map((column, index) => [column.name, index]));
    const view = read(name);
    let rows = [];
    const widths = texts.map(column => { const long = column.reduce((sum, text) => sum + text.length, 0) / count; return long > 45 ? 'wide' : long > 14 ? 'middle' : 'narrow'; });

    const chosen = () => {
      const wanted = (view.c || '').split(',').filter(column => column in at);
      return wanted.length ? wanted : columns.filter(column => !column.hidden).map(column => column.name);
    };

    const choose = () => {
      const wanted = (view.q || '').toLocaleLowerCase();
      const only = Object.entries(view).filter(([key]) => key.startsWith('f.') && key.slice(2) in at).map(([key, value]) => [texts[at[key.slice(2)]], value]);
      rows = [];
      for (let row = 0; row < count; row += 1) {
        if ((!wanted || folded[row].includes(wanted)) && only.every(([column, value]) => column[row] === value)) rows.push(row);
      }
      const [column, direction] = (view.s || '').split(':');
      if (column in at) {
        const index = at[column];
        const own = keys[index];
        const compare = own ? (a, b) => (own[a] < own[b] ? -1 : own[a] > own[b] ? 1 : 0)
          : (() => { const collator = new Intl.Collator(document.documentElement.lang, { numeric: true }); return (a, b) => collator.compare(texts[index][a], texts[index][b]); })();
        const isEmpty = row => (own ? own[row] === null : texts[index][row] === '–' || texts[index][row] === '');
        const filled = rows.filter(row => !isEmpty(row)).sort((a, b) => (direction === 'desc' ? compare(b, a) : compare(a, b)));
        rows = [...filled, ...rows.filter(isEmpty)];
      }
    };

    // A cell that names an innovation leads to its story.
    const cell = (column, row) => {
      const text = texts[at[column]][row];
      if (column !== linked || !links[row]) return text;
      const asked = new URLSearchParams(query);
      for (const [key, value] of new URLSearchParams(links[row])) asked.set(key, value);
      return make('a', { href: `${base}innovation?${asked}` }, text);
    };

    const draw = () => {
      const names = chosen();
      const pages = Math.max(1, Math.ceil(rows.length / PAGE));
      const number = Math.min(Math.max(1, Number(view.p) || 1), pages);
      const first = (number - 1) * PAGE;
      const part = rows.slice(first, first + PAGE);
      const [sorted, direction] = (view.s || '').split(':');
      const head = make('tr', {}, ...names.map(column => {
        const facts = columns[at[column]];
        const sort = sorted === column ? (direction === 'desc' ? 'descending' : 'ascending') : null;
        return make('th', { scope: 'col', 'aria-sort': sort, class: facts.kind },
          make('button', { type: 'button', onclick: () => { view.s = `${column}:${sort === 'ascending' ? 'desc' : 'asc'}`; view.p = ''; update(); place.querySelectorAll('th button')[names.indexOf(column)].focus(); } },
            facts.title, make('span', { 'aria-hidden': 'true' }, sort === 'ascending' ? ' ▲' : sort === 'descending' ? ' ▼' : '')));
      }));
      const lines = part.map(row => make('tr', {}, ...names.map(column => make('td', { class: `${columns[at[column]].kind} ${widths[at[column]]}` }, cell(column, row)))));
      const drawn = make('table', { 'aria-rowcount': rows.length + 1 }, make('caption', { class: 'unseen' }, data.title), make('thead', {}, head), make('tbody', {}, ...lines));
      place.replaceChildren(drawn);
      if (!rows.length) place.append(make('p', {}, say('Nothing matches.')));
      const told = say('{from}–{to} of {count}').replace('{from}', rows.length ? first + 1 : 0).replace('{to}', first + part.length).replace('{count}', rows.length === count ? count : `${rows.length} / ${count}`);
      pager.replaceChildren(
        make('button', { type: 'button', disabled: number === 1, onclick: () => turn(number - 1) }, say('Previous')),
        make('span', { role: 'status' }, told),
        make('button', { type: 'button', disabled: number === pages, onclick: () => turn(number + 1) }, say('Next')));
      for (const link of saved) link.href = address(link.dataset.form);
    };

    const turn = number => { view.p = number > 1 ? String(number) : ''; update(); place.scrollTop = 0; };
    const update = () => { choose(); draw(); write(name, view); };

    const address = form => {
      const asked = new URLSearchParams(location.search);
      for (const [key, value] of new URLSearchParams(query)) if (!asked.has(key)) asked.set(key, value);
      for (const [key, value] of Object.entries(view)) if (key !== 'p' && value) asked.set(`v.${key}`, value);
      return `${base}api/tables/${page}/${name}.${form}?${asked}`;
    };

    const copy = async button => {
      const names = chosen();
      const lines = [names.map(column => columns[at[column]].title), ...rows.map(row => names.map(column => texts[at[column]][row]))];
      const text = lines.map(line => line.map(cell => (/^[=+@-]./.test(cell) && !/^[-+]?[\d.,]+$/.test(cell) ? `'${cell}` : cell).replace(/[\t\n\r]/g, ' ')).join('\t')).join('\n');
      try {
        await navigator.clipboard.writeText(text);
      } catch (_error) {  // over plain HTTP browsers give no clipboard
        const area = make('textarea', { class: 'unseen' });
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand('copy');
        area.remove();
      }
      button.textContent = say('Copied');
      setTimeout(() => { button.textContent = say('Copy'); }, 1500);
    };

    let wait;
    const search = make('input', { type: 'search', 'aria-label': `${say('Search')}: ${data.title}`, placeholder: say('Search'), value: view.q || '',
      oninput: event => { clearTimeout(wait); wait = setTimeout(() => { view.q = event.target.value; view.p = ''; update(); }, count > 5000 ? 60 : 0); } });
    const filters = columns.filter(column => column.kind === 'text').map(column => {
      const values = [...new Set(texts[at[column.name]])];
      if (values.length < 2 || values.length > CHOICES || values.length > count / 2 || column.hidden) return null;
      values.sort((a, b) => a.localeCompare(b, document.documentElement.lang, { numeric: true }));
      const select = make('select', { 'aria-label': `${say('Filter')}: ${column.title}`, onchange: event => { view[`f.${column.name}`] = event.target.value; view.p = ''; update(); } },
        make('option', { value: '' }, `${column.title}: ${say('all')}`), ...values.map(value => make('option', { value }, value)));
      select.value = view[`f.${column.name}`] || '';
      return select;
    });
    const boxes = columns.map(column => make('label', {}, make('input', { type: 'checkbox', value: column.name, checked: chosen().includes(column.name), onchange: () => {
      const wanted = [...menu.querySelectorAll('input:checked')].map(box => box.value);
      view.c = wanted.length === columns.length ? '' : wanted.join(',');
      update();
    } }), ` ${column.title}`));
    const menu = make('details', { class: 'columns' }, make('summary', {}, say('Columns')), make('div', {}, ...boxes));
    const copied = make('button', { type: 'button', onclick: () => copy(copied) }, say('Copy'));
    const saved = ['xlsx', 'csv'].map(form => make('a', { class: 'button', 'data-form': form, href: '' }, form.toUpperCase()));
    const pager = make('div', { class: 'pager' });
    tools.replaceChildren(search, ...filters.filter(Boolean).slice(0, MOST_FILTERS), menu, copied, ...saved, pager);
    choose();
    draw();
  };
  // Of many lists one is shown at a time; which one stands in the address. A list is fetched when it is shown first.
  const tabs = document.querySelector('nav.tabs');
  const lazily = section => {
    if (section.dataset.ready) return;
    section.dataset.ready = '1';
    ready(section);
  };
  const show = () => {
    const sections = [...document.querySelectorAll('section.table')];
    if (!tabs) return sections.forEach(lazily);
    const hash = location.hash.slice(1);
    const named = hash.includes('=') ? [...new URLSearchParams(hash).keys()].map(key => key.split('.')[0]) : [hash];
    const current = sections.find(section => named.includes(section.id)) || sections[0];
    for (const section of sections) section.hidden = section !== current;
    for (const link of tabs.querySelectorAll('a')) {
      if (link.hash.slice(1) === current.id) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
    }
    lazily(current);
  };
  window.addEventListener('hashchange', show);
  return show;
})();
window.deskTable();
