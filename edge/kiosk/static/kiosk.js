/* What both screens of a lane do: paint what the server sends, whole and again and again, and say when it falls silent.
   Decides nothing and keeps nothing. No build, no dependency. */
'use strict';
(() => {
  const SILENCE_MS = 12000,
    RELOAD_MS = 60000,
    RETRY_MS = 3000;
  const body = document.body,
    screen = document.getElementById('screen'),
    lost = document.getElementById('lost');
  const parts = new Map([...document.querySelectorAll('[data-part]')].map((e) => [e.dataset.part, e]));
  const painted = new Map();
  let stream,
    heard = performance.now(),
    tried = 0,
    anchored;

  function paint(message) {
    if (message.build !== body.dataset.build) {
      location.reload();
      return;
    }
    Object.assign(screen.dataset, message.data);
    for (const [name, html] of Object.entries(message.parts)) {
      if (painted.get(name) === html) continue;
      painted.set(name, html);
      const part = parts.get(name);
      part.dispatchEvent(new Event('leaving'));
      part.innerHTML = html;
      part.dispatchEvent(new Event('fresh'));
    }
    body.classList.toggle('busy', message.data.busy === 'true');
    anchor();
    document.dispatchEvent(new Event('painted'));
  }
  /* The gate's clock and the seconds of the session run on between two messages. */
  function anchor() {
    anchored = {
      at: performance.now(),
      clock: Date.parse(screen.dataset.clock),
      left: parseFloat(screen.dataset.left),
      tag: parseFloat(screen.dataset.tag),
    };
    tick();
  }
  function tick() {
    const now = performance.now(),
      passed = now - anchored.at,
      time = document.querySelector('time');
    if (time && anchored.clock)
      time.textContent = new Date(anchored.clock + passed).toLocaleTimeString('en-GB', {
        hour: '2-digit',
        minute: '2-digit',
        timeZone: 'Asia/Taipei',
      });
    countDown(passed / 1000);
    const silence = now - heard;
    lost.hidden = silence <= SILENCE_MS;
    if (silence > RELOAD_MS) revive(now);
    else if (stream.readyState === EventSource.CLOSED && now - tried > RETRY_MS) listen();
  }
  function countDown(passed) {
    const left = document.querySelector('.left'),
      tag = document.querySelector('[data-count=tag]');
    let soon = false;
    if (left) {
      const seconds = Math.max(0, Math.ceil(anchored.left - passed));
      left.querySelector('b').textContent = seconds;
      soon = seconds <= Number(left.dataset.warn);
      left.classList.toggle('soon', soon);
    }
    document.querySelector('.bar .soon:not(.left)')?.toggleAttribute('hidden', !soon);
    if (tag && anchored.tag) {
      const seconds = Math.max(0, Math.ceil(anchored.tag - passed));
      tag.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    }
  }
  /* Reload only from a server that answers: the browser's own error page would never come back by itself. */
  async function revive(now) {
    if (now - tried < RETRY_MS) return;
    tried = now;
    try {
      if ((await fetch(location.href, { cache: 'no-store' })).ok) location.reload();
    } catch {
      /* still down: the fault screen stays */
    }
  }
  function listen() {
    tried = performance.now();
    if (stream) stream.close();
    stream = new EventSource(body.dataset.stream);
    stream.addEventListener('screen', (e) => {
      heard = performance.now();
      lost.hidden = true;
      paint(JSON.parse(e.data));
    });
  }

  /* other scripts hear the first paint too */
  document.addEventListener('DOMContentLoaded', () => {
    listen();
    anchor();
    setInterval(tick, 500);
  });
})();
