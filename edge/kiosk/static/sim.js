/* The simulator strip: fetched anew after each press and each change of the screen; its buttons go to the emulator. */
'use strict';
(() => {
  const POLL_MS = 1000,
    strip = document.getElementById('sim'),
    lane = encodeURIComponent(document.body.dataset.lane);
  let html = '',
    asking = false,
    again = false;
  async function refresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(`/sim/strip/${lane}?lang=${document.body.dataset.lang}`);
      const fresh = await answer.text();
      if (answer.ok && fresh !== html) {
        const open = strip.querySelector('details[open]'),
          top = strip.scrollTop;
        html = fresh;
        strip.innerHTML = fresh;
        strip.querySelector('details')?.toggleAttribute('open', !!open);
        strip.scrollTop = top;
      }
    } catch {
      /* the screen says that the agent is away */
    } finally {
      asking = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }
  strip.addEventListener('click', async (e) => {
    const button = e.target.closest('[data-sim]');
    if (!button) return;
    button.blur();
    try {
      await fetch(`/sim/${button.dataset.sim}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: button.dataset.order,
      });
    } catch {
      /* as above */
    }
    refresh();
  });
  document.addEventListener('painted', refresh);
  setInterval(refresh, POLL_MS);
  refresh();
})();
