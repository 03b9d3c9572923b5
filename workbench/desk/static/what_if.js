// Sliders of one season: each move asks the server, which answers in milliseconds; the last answer wins.
'use strict';

const whatIf = () => {
  const place = document.getElementById('what-if');
  if (!place || place.dataset.ready) return;
  place.dataset.ready = '1';
  const { make, say, send, notice } = desk;
  const levels = JSON.parse(place.dataset.levels);
  const groups = Object.fromEntries(JSON.parse(place.dataset.groups).map(group => [group.number, group]));
  const weights = JSON.parse(place.dataset.weights);
  const weighed = new Map();
  const changed = new Map();
  const part = name => place.querySelector(`.${name}`);
  let asking = 0;

  const asked = keep => ({
    levels: [...changed].map(([key, level]) => { const [of, indicator] = key.split('\u0001'); return { of, indicator, level }; }),
    weights: [...weighed].map(([indicator, points]) => ({ indicator, points })),
    rulebook: part('rules').value,
    with_holding: part('holding').open && (Number(part('hold-below').value) > 0 || part('hold').selectedOptions.length > 0),
    hold: [...part('hold').selectedOptions].map(option => option.value),
    hold_below: part('hold-below').value,
    name: part('name').value,
    keep
  });

  const update = async () => {
    const mine = ++asking;
    try {
      const answer = await send('POST', 'api/what-if', asked(false));
      if (mine !== asking) return;
      part('iid').textContent = answer.after.iid;
      part('change').textContent = answer.change ? `(${answer.change})` : '';
      part('predicate').textContent = answer.after.predicate;
      part('place').textContent = answer.after.place;
      part('notes').replaceChildren(...answer.notes.map(note => make('p', {}, note)));
      notice('');
    } catch (error) {
      if (mine === asking) notice(error.message);
    }
  };

  const offer = () => {
    const of = part('of').value;
    part('sliders').replaceChildren(...Object.entries(levels[of] || {}).map(([number, level]) => {
      const key = `${of}\u0001${number}`;
      const now = changed.has(key) ? changed.get(key) : level;
      const output = make('output', {}, String(now));
      const slider = make('input', { type: 'range', min: 0, max: groups[number].top, step: 1, value: now, 'aria-label': groups[number].name, oninput: event => {
        const given = Number(event.target.value);
        output.textContent = given;
        if (given === level) changed.delete(key); else changed.set(key, given);
        update();
      } });
      return make('label', {}, make('span', {}, groups[number].name), slider, output);
    }));
  };

  const offerWeights = () => {
    if (!part('weights')) return;
    part('weights').replaceChildren(...weights.map(weight => {
      const now = weighed.has(weight.number) ? weighed.get(weight.number) : weight.points;
      const output = make('output', {}, String(now));
      const slider = make('input', { type: 'range', min: 0, max: weight.top, step: weight.step, value: now, 'aria-label': groups[weight.number].name, oninput: event => {
        const given = Number(event.target.value);
        output.textContent = given;
        if (given === weight.points) weighed.delete(weight.number); else weighed.set(weight.number, given);
        update();
      } });
      return make('label', {}, make('span', {}, groups[weight.number].name), slider, output);
    }));
  };

  part('of').addEventListener('change', offer);
  part('hold').addEventListener('change', update);
  part('rules').addEventListener('change', update);
  part('holding').addEventListener('toggle', update);
  part('hold-below').addEventListener('input', event => { part('hold-value').textContent = event.target.value; update(); });
  part('reset').addEventListener('click', () => { changed.clear(); weighed.clear(); for (const option of part('hold').options) option.selected = false; part('rules').value = ''; part('hold-below').value = 0; part('hold-value').textContent = '0'; offer(); offerWeights(); update(); });
  const keep = part('keep');
  if (keep) keep.addEventListener('click', async () => {
    try {
      const answer = await send('POST', 'api/what-if', asked(true));
      part('kept').textContent = say('Kept as {name}').replace('{name}', answer.name);
    } catch (error) {
      notice(error.message);
    }
  });
  offer();
  offerWeights();
};
document.addEventListener('desk-ready', whatIf);
document.addEventListener('DOMContentLoaded', whatIf);
