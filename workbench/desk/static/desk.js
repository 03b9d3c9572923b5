// The desk's page: jobs and their progress, files that are dropped, forms that confirm, what the first page fetches.
// What is kept is on the disk of the server; this script only shows it, so that a reload loses nothing.
'use strict';

const desk = (() => {
  const body = document.body;
  const base = body.dataset.base;
  const words = JSON.parse(body.dataset.words || '{}');
  const say = text => words[text] || text;
  const query = body.dataset.query;

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === 'class') element.className = value;
      else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.filter(child => child !== null && child !== undefined));
    return element;
  };

  const told = answer => [answer.error, answer.place && `(${answer.place})`, answer.next_step].filter(Boolean).join(' ');

  const send = async (method, path, what) => {
    let reply;
    try {
      reply = await fetch(`${base}${path}${path.includes('?') ? '&' : '?'}${query}`, {
        method,
        headers: { 'X-XSRFToken': body.dataset.xsrf, ...(what instanceof Blob ? {} : { 'Content-Type': 'application/json' }) },
        body: what instanceof Blob ? what : what === undefined ? undefined : JSON.stringify(what),
        credentials: 'same-origin'
      });
    } catch (_error) {
      throw new Error(say('The server cannot be reached; trying again.'));
    }
    const answer = await reply.json().catch(() => ({}));
    if (!reply.ok) throw new Error(told(answer) || `${reply.status}`);
    return answer;
  };

  const notice = (text, look = 'bad') => {
    const news = document.getElementById('news');
    news.className = `notice ${look}`;
    news.hidden = !text;
    news.textContent = text;
  };

  // Jobs ------------------------------------------------------------------------------------------------------------
  const panel = document.getElementById('jobs');
  const shown = new Map();
  const asked = new Set(JSON.parse(sessionStorage.getItem('iga-jobs') || '[]'));
  let firstSnapshot;

  const remember = id => {
    asked.add(id);
    sessionStorage.setItem('iga-jobs', JSON.stringify([...asked].slice(-20)));
  };

  const drawJob = job => {
    const isOurs = asked.has(job.id);
    const before = shown.get(job.id);
    if (job.has_ended && !isOurs && !before) return;
    const head = make('p', {}, make('b', {}, job.title), ` ${[job.season, job.about].filter(Boolean).join(' · ')} · ${job.state_text}`,
      isOurs ? '' : ` · ${job.person}`);
    const line = make('article', { class: `job ${job.state}`, 'data-id': job.id }, head);
    if (!job.has_ended) {
      line.append(make('progress', { max: 100, ...(job.percent === null ? {} : { value: job.percent }), 'aria-label': job.title }),
        make('span', { class: 'step' }, job.waits_for ? job.waits_for : [job.step, job.percent === null ? '' : `${job.percent} %`].filter(Boolean).join(' ')),
        ...(job.may_run ? [make('button', { type: 'button', onclick: () => send('POST', `api/jobs/${job.id}/cancel`).then(drawJob, error => notice(error.message)) }, say('Cancel'))] : []));
    } else {
      if (job.cause) line.append(make('p', {}, [job.cause, job.place && `(${job.place})`, job.next_step].filter(Boolean).join(' ')));
      const links = job.files.map(file => make('a', { href: base + file.path.split('/').map(encodeURIComponent).join('/') }, file.name));
      if (job.front_page) links.push(make('a', { href: base + job.front_page, target: '_blank' }, say('Open the result')));
      if (['letters', 'minutes', 'handover', 'region_letters'].includes(job.kind)) links.push(make('a', { href: `${base}reports?${query}#letters` }, say('Open the result')));
      if (job.kind === 'load') links.push(make('a', { href: `${base}files?${query}#the-balance` }, say('Open the result')));
      line.append(...links, make('a', { href: `${base}api/jobs/${job.id}/log`, target: '_blank' }, say('Log')),
        ...(job.may_run ? [make('button', { type: 'button', onclick: () => start(`api/jobs/${job.id}/again`) }, say('Run again'))] : []),
        make('button', { type: 'button', class: 'close', 'aria-label': 'OK', onclick: () => { asked.delete(job.id); sessionStorage.setItem('iga-jobs', JSON.stringify([...asked])); shown.delete(job.id); line.remove(); panel.hidden = !panel.children.length; } }, '×'));
    }
    const place = panel.querySelector(`[data-id="${job.id}"]`);
    if (place) place.replaceWith(line); else panel.prepend(line);
    shown.set(job.id, job);
    panel.hidden = false;
  };

  const start = async (path, what) => {
    try {
      const job = await send('POST', path, what);
      remember(job.id);
      drawJob(job);
      notice('');
    } catch (error) {
      notice(error.message);
    }
  };

  const listen = () => {
    const stream = new EventSource(`${base}api/events?${query}&_xsrf=${encodeURIComponent(body.dataset.xsrf)}`);
    stream.addEventListener('job', event => drawJob(JSON.parse(event.data)));
    stream.addEventListener('snapshot', event => {
      const id = JSON.parse(event.data).snapshot_id;
      if (firstSnapshot === undefined) firstSnapshot = id;
      else if (id !== firstSnapshot) {
        firstSnapshot = id;
        refresh();
      }
    });
    // In an office each answer ends with its news and the browser asks again: a server is lost only if it stays silent.
    let lost, isTold = false;
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);  // refused once: asked anew
      lost = lost || setTimeout(() => { isTold = true; notice(say('The server cannot be reached; trying again.'), 'amber'); }, body.dataset.patience * 1000);
    };
    stream.onopen = () => { clearTimeout(lost); lost = 0; if (isTold) { isTold = false; notice(''); } };
    window.addEventListener('pagehide', () => stream.close());
  };

  // A new snapshot: what stands on the page is fetched again in place, unless somebody is writing in it.
  const refresh = async () => {
    const main = document.getElementById('main');
    if (main.querySelector('.what-if, form.columns, .tools input:focus, form.confirm input:focus')) return;
    const reply = await fetch(location.href, { headers: { 'X-XSRFToken': body.dataset.xsrf }, credentials: 'same-origin' });
    if (!reply.ok) return;
    const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html');
    main.replaceWith(document.adoptNode(fresh.getElementById('main')));
    for (const bar of ['form.season', 'nav.pages', '.simulation']) {
      const old = document.querySelector(bar), now = fresh.querySelector(bar);
      if (old && now) old.replaceWith(document.adoptNode(now));
      else if (now) document.querySelector('header.band').after(document.adoptNode(now));
      else if (old) old.remove();
    }
    body.dataset.xsrf = fresh.body.dataset.xsrf;
    body.dataset.city = fresh.body.dataset.city;
    body.dataset.edition = fresh.body.dataset.edition;
    ready();
  };

  // Files that are dropped --------------------------------------------------------------------------------------------
  const lay = async (drop, files) => {
    const field = name => drop.querySelector(`[name=${name}]`);
    if (![field('city'), field('edition')].every(input => input.reportValidity())) return;
    let count = 0;
    for (const file of files) {
      const line = make('li', {}, `${file.name} … ${say('Uploading')}`);
      drop.querySelector('.dropped').append(line);
      const path = ['api/files', field('city').value, field('edition').value, file.name].map((part, at) => at ? encodeURIComponent(part) : part).join('/');
      try {
        const answer = await send('PUT', path, file);
        line.textContent = `✓ ${answer.path}${answer.what ? `: ${answer.what}. ${answer.next_step}` : ''}`;
        count += 1;
      } catch (error) {
        line.textContent = `✗ ${file.name}: ${error.message}`;
        line.className = 'bad';
      }
    }
    if (count) notice(say('{count} file(s) laid into the inbox').replace('{count}', count), 'good');
  };

  // Evidence: a ZIP, files, or a folder with all that lies in it; each goes up by its path in the folder.
  const filesIn = async entry => {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      return [[entry.fullPath.replace(/^\//, ''), file]];
    }
    const reader = entry.createReader(), found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return found;
      for (const inner of some) found.push(...await filesIn(inner));
    }
  };

  const layEvidence = async (form, files) => {
    const list = form.querySelector('.dropped'), counted = make('li', { role: 'status' }, '');
    list.append(counted);
    let count = 0;
    for (const [named, file] of files) {
      counted.textContent = `${named} … ${say('Uploading')} (${count}/${files.length})`;
      try {
        const address = named.split('/').map(encodeURIComponent).join('/');
        const answer = await send('PUT', `api/evidence/${encodeURIComponent(form.dataset.city)}/${form.dataset.edition}/${address}`, file);
        if (answer.path) count += 1;
        if (answer.reason) list.append(make('li', {}, `– ${named}: ${answer.reason}`));
      } catch (error) {
        list.append(make('li', { class: 'bad' }, `✗ ${named}: ${error.message}`));
      }
    }
    if (count) counted.textContent = `✓ ${say('{count} file(s) of evidence laid down; check them now').replace('{count}', count)}`;
    else counted.remove();
  };

  const readyEvidence = form => {
    for (const input of form.querySelectorAll('input[type=file]')) {
      input.addEventListener('change', async event => {
        const files = [...event.target.files].map(file => [file.webkitRelativePath || file.name, file]);
        event.target.value = '';
        await layEvidence(form, files);
      });
    }
  };

  const dropEvidence = async (form, transfer) => {
    const entries = [...transfer.items].map(item => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const files = [...transfer.files].map(file => [file.name, file]), found = [];
    for (const entry of entries) found.push(...await filesIn(entry));
    await layEvidence(form, entries.length ? found : files);
  };

  const readyDrop = drop => {
    drop.querySelector('input[type=file]').addEventListener('change', event => {
      lay(drop, [...event.target.files]);
      event.target.value = '';
    });
  };

  const wholePage = () => {
    const drop = () => document.querySelector('section.drop, form.evidence');
    document.addEventListener('dragover', event => { if (drop()) { event.preventDefault(); drop().classList.add('over'); } });
    document.addEventListener('dragleave', event => { if (drop() && !event.relatedTarget) drop().classList.remove('over'); });
    document.addEventListener('drop', event => {
      if (!drop()) return;
      event.preventDefault();
      drop().classList.remove('over');
      if (drop().matches('form')) dropEvidence(drop(), event.dataTransfer);
      else lay(drop(), [...event.dataTransfer.files]);
    });
  };

  // What each page has --------------------------------------------------------------------------------------------
  const readyActions = async place => {
    const list = place.querySelector('.actions');
    try {
      const answer = await send('GET', place.dataset.fetch);
      list.replaceChildren(...answer.actions.map(action => make('li', {}, make('b', {}, action.what), make('span', { class: 'who' }, ` ${action.who}`),
        action.gain ? make('span', { class: 'gain' }, ` ${action.gain}`) : '', action.until ? make('span', {}, ` ≤ ${action.until}`) : '')));
      if (!answer.actions.length) list.replaceWith(make('p', {}, answer.why));
    } catch (error) {
      list.replaceWith(make('p', { class: 'bad' }, error.message));
    }
  };

  const values = form => Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === 'string'));

  const readyForms = () => {
    for (const form of document.querySelectorAll('form.job')) {
      form.addEventListener('submit', event => {
        event.preventDefault();
        start('api/jobs', { kind: form.dataset.kind, parameters: values(form) });
      });
    }
    for (const form of document.querySelectorAll('form.confirm')) {
      form.addEventListener('submit', async event => {
        event.preventDefault();
        const given = values(form);
        if (event.submitter && event.submitter.name) given[event.submitter.name] = event.submitter.value || given.other || '';
        if (form.dataset.what === 'unit' && !given.unit) return;
        try {
          const answer = await send('POST', `api/confirm/${form.dataset.what}`, given);
          form.replaceWith(make('span', { class: 'good', role: 'status' }, ` ✓ ${answer.kept}`));
        } catch (error) {
          notice(error.message);
        }
      });
    }
    document.querySelectorAll('form.evidence').forEach(readyEvidence);
    for (const form of document.querySelectorAll('form.document')) {
      form.querySelector('input[type=file]').addEventListener('change', async event => {
        for (const file of [...event.target.files]) {
          const line = make('li', {}, `${file.name} … ${say('Uploading')}`);
          form.querySelector('.dropped').append(line);
          const of = `kind=${form.kind.value}&innovation=${encodeURIComponent(form.innovation.value)}`;
          try {
            await send('PUT', `api/documents/${encodeURIComponent(form.dataset.city)}/${form.dataset.edition}/${encodeURIComponent(file.name)}?${of}`, file);
            line.textContent = `✓ ${file.name}`;
          } catch (error) {
            line.textContent = `✗ ${file.name}: ${error.message}`;
            line.className = 'bad';
          }
        }
        event.target.value = '';
        refresh();
      });
    }
    for (const form of document.querySelectorAll('form.columns')) {
      form.addEventListener('change', () => form.requestSubmit());
      const keep = form.querySelector('button.keep');
      if (keep) keep.addEventListener('click', async () => {
        try {
          await send('POST', 'api/confirm/columns', values(form));
          const job = await send('POST', 'api/jobs', { kind: 'load', parameters: {} });
          remember(job.id);
          location.href = form.dataset.files;
        } catch (error) {
          notice(error.message);
        }
      });
    }
    for (const form of document.querySelectorAll('form.season')) {
      form.addEventListener('change', () => form.requestSubmit());
    }
    for (const button of document.querySelectorAll('button.all-sites')) {
      button.addEventListener('click', async () => {
        for (const item of document.querySelectorAll('ul.sites li')) {
          const form = item.querySelector('form.job');
          if (form) await start('api/jobs', { kind: form.dataset.kind, parameters: values(form) });
        }
      });
    }
    for (const button of document.querySelectorAll('button.copy')) {
      button.addEventListener('click', async () => {
        const text = button.closest('section').querySelector('.to-copy');
        try {
          await navigator.clipboard.writeText(text.textContent);
        } catch (_error) {  // over plain HTTP browsers give no clipboard
          getSelection().selectAllChildren(text);
          document.execCommand('copy');
        }
        const label = button.textContent;
        button.textContent = say('Copied');
        setTimeout(() => { button.textContent = label; }, 1500);
      });
    }
    for (const button of document.querySelectorAll('button.again')) {
      button.addEventListener('click', () => start(`api/jobs/${button.dataset.job}/again`));
    }
  };

  const ready = () => {
    readyForms();
    document.querySelectorAll('section.drop').forEach(readyDrop);
    document.querySelectorAll('[data-fetch]').forEach(readyActions);
    if (window.deskTable) window.deskTable();
    document.dispatchEvent(new Event('desk-ready'));
  };

  document.addEventListener('DOMContentLoaded', () => {
    wholePage();
    ready();
    listen();
  });
  return { base, query, say, make, send, notice };
})();
