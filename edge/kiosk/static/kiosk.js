/* The page of one lane: paints what the server sends, whole and again and again; sends back one press at a time.
   It decides nothing and keeps nothing. No build, no dependency. */
'use strict';
(() => {
  const SILENCE_MS = 12000,
    RELOAD_MS = 60000,
    RETRY_MS = 3000,
    SETTLE_MS = 250,
    TOAST_MS = 5000;
  const body = document.body,
    screen = document.getElementById('screen'),
    lost = document.getElementById('lost');
  const toast = document.getElementById('toast'),
    lane = body.dataset.lane;
  const parts = new Map([...document.querySelectorAll('[data-part]')].map((e) => [e.dataset.part, e]));
  const painted = new Map();
  let stream,
    heard = performance.now(),
    tried = 0,
    sending = false,
    anchored,
    toastTimer;

  /* painting */
  function paint(message) {
    if (message.build !== body.dataset.build) {
      location.reload();
      return;
    }
    Object.assign(screen.dataset, message.data);
    for (const [name, html] of Object.entries(message.parts)) {
      if (painted.get(name) === html) continue;
      painted.set(name, html);
      parts.get(name).innerHTML = html;
      if (name === 'main') settle();
    }
    body.classList.toggle('busy', message.data.busy === 'true');
    anchor();
    document.dispatchEvent(new Event('painted'));
  }
  /* A glove bounces: a new question takes no press before it has stood for a moment. */
  function settle() {
    const fresh = parts.get('main').querySelectorAll('button');
    for (const b of fresh) b.disabled = true;
    setTimeout(() => {
      for (const b of fresh) b.disabled = false;
    }, SETTLE_MS);
  }
  /* The gate's clock and the seconds of the session run on between two messages. */
  function anchor() {
    anchored = {
      at: performance.now(),
      clock: Date.parse(screen.dataset.clock),
      left: parseFloat(screen.dataset.left),
    };
    tick();
  }
  function tick() {
    const now = performance.now(),
      passed = now - anchored.at,
      time = document.querySelector('time'),
      left = document.querySelector('.left');
    if (time && anchored.clock)
      time.textContent = new Date(anchored.clock + passed).toLocaleTimeString('en-GB', {
        hour: '2-digit',
        minute: '2-digit',
        timeZone: 'Asia/Taipei',
      });
    if (left) {
      const seconds = Math.max(0, Math.ceil(anchored.left - passed / 1000));
      left.querySelector('b').textContent = seconds;
      left.classList.toggle('soon', seconds <= Number(left.dataset.warn));
    }
    const silence = now - heard;
    lost.hidden = silence <= SILENCE_MS;
    if (silence > RELOAD_MS) revive(now);
    else if (stream.readyState === EventSource.CLOSED && now - tried > RETRY_MS) listen();
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
    stream = new EventSource(
      `/lanes/${encodeURIComponent(lane)}/screen?lang=${body.dataset.lang}&light=${body.dataset.palette}`,
    );
    stream.addEventListener('screen', (e) => {
      heard = performance.now();
      lost.hidden = true;
      paint(JSON.parse(e.data));
    });
  }

  /* acting */
  function say(refusal) {
    const zh = body.dataset.lang === 'zh',
      small = document.createElement('small');
    small.lang = zh ? 'en' : 'zh-Hant-TW';
    small.textContent = zh ? refusal.en : refusal.zh;
    toast.replaceChildren(zh ? refusal.zh : refusal.en, small);
    toast.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => {
      toast.hidden = true;
    }, TOAST_MS);
  }
  async function act(button) {
    if (sending || button.disabled || !lost.hidden) return;
    sending = true;
    body.classList.add('sending');
    button.classList.add('pressed');
    const press = { act: button.dataset.act };
    if (button.dataset.check) Object.assign(press, { check: button.dataset.check, ok: button.dataset.ok === 'true' });
    if (button.dataset.choice) press.choice = button.dataset.choice;
    try {
      const answer = await fetch(`/lanes/${encodeURIComponent(lane)}/act`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(press),
      });
      if (!answer.ok) say(await answer.json());
      else toast.hidden = true;
    } catch {
      /* the fault screen says it */
    } finally {
      sending = false;
      body.classList.remove('sending');
      button.classList.remove('pressed');
    }
  }
  screen.addEventListener('click', (e) => {
    const b = e.target.closest('[data-act]');
    if (!b) return;
    if (e.detail) b.blur(); // a finger leaves no focus behind, or the next Enter would press this button again
    act(b);
  });
  document.addEventListener('keydown', (e) => {
    if (e.repeat || e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.target.closest('a, #sim') || (e.target.closest('button') && (e.key === 'Enter' || e.key === ' '))) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const b = screen.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (b) {
      e.preventDefault();
      act(b);
    }
  });

  listen();
  anchor();
  setInterval(tick, 500);
})();
