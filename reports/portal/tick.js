'use strict';
(() => {
  const body = document.body;
  const read = key => { try { return JSON.parse(localStorage.getItem(key) || '{}'); } catch (_error) { return {}; } };
  const keep = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch (_error) { return false; } };
  const told = (template, done, all) => template.replace('{done}', done).replace('{all}', all);

  const key = body.dataset.key;
  if (key) {
    const boxes = [...document.querySelectorAll('input[type=checkbox]')];
    const shown = document.querySelector('#progress');
    const ticks = read(key);
    const count = () => {
      shown.textContent = told(shown.dataset.text, boxes.filter(box => box.checked).length, boxes.length);
      boxes.forEach(box => box.closest('tr').classList.toggle('ticked', box.checked));
    };
    boxes.forEach(box => {
      box.checked = Boolean(ticks[box.name]);
      box.addEventListener('change', () => {
        ticks[box.name] = box.checked;
        if (!keep(key, ticks)) document.querySelector('#unkept').hidden = false;
        count();
      });
    });
    document.querySelector('#clear').addEventListener('click', () => {
      boxes.forEach(box => { box.checked = false; delete ticks[box.name]; });
      keep(key, ticks);
      count();
    });
    document.querySelectorAll('button.copy').forEach(button => button.addEventListener('click', async () => {
      const value = button.closest('tr').querySelector('.value');
      try {
        await navigator.clipboard.writeText(value.textContent);
      } catch (_error) {  // a page opened from a folder has no clipboard in some browsers
        getSelection().selectAllChildren(value);
        document.execCommand('copy');
      }
      const label = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 1200);
    }));
    count();
  }
  document.querySelectorAll('[data-of]').forEach(cell => {
    const done = Object.values(read(cell.dataset.of)).filter(Boolean).length;
    cell.textContent = done ? told(cell.dataset.text, done, cell.dataset.all) : '–';
  });
})();
