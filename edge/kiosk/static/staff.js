/* The staff's screen: sends one press at a time, by finger, key or barcode scanner. What may be pressed the lane says:
   a button without leave is dead. Digits of a PIN and what is typed stay here until they are sent. */
'use strict';
(() => {
  const SETTLE_MS = 250,
    SCAN_GAP_MS = 60, // a scanner types faster than any finger
    SCAN_CHARS_MIN = 4,
    TOAST_MS = 5000,
    PIN_DIGITS_MIN = 4,
    PIN_DIGITS_MAX = 12;
  const body = document.body,
    screen = document.getElementById('screen'),
    main = document.querySelector('main'),
    lost = document.getElementById('lost'),
    toast = document.getElementById('toast'),
    keys = document.getElementById('keys'),
    address = `/lanes/${encodeURIComponent(body.dataset.lane)}/act`;
  let sending = false,
    toastTimer,
    pin = '',
    typing = null, // the field that the screen's keyboard types into
    drafts = {};

  /* a new page */
  main.addEventListener('leaving', () => {
    for (const f of main.querySelectorAll('[data-field]')) drafts[f.dataset.field] = f.value;
  });
  main.addEventListener('fresh', () => {
    /* A glove bounces: a new question takes no press before it has stood for a moment. */
    const fresh = [...main.querySelectorAll('button:not([data-dead])')];
    for (const b of fresh) b.disabled = true;
    setTimeout(() => {
      for (const b of fresh) b.disabled = false;
    }, SETTLE_MS);
    opened();
  });
  function opened() {
    pin = '';
    showPin();
    const fields = [...main.querySelectorAll('[data-field]')];
    for (const f of fields) f.value ||= drafts[f.dataset.field] || '';
    drafts = {};
    if (typing) closeKeys();
    if (main.querySelector('.lookup')) (fields.find((f) => !f.value) || fields[0])?.focus();
  }

  /* sending */
  function say(zh, en) {
    const chinese = body.dataset.lang === 'zh',
      small = document.createElement('small');
    small.lang = chinese ? 'en' : 'zh-Hant-TW';
    small.textContent = chinese ? en : zh;
    toast.replaceChildren(chinese ? zh : en, small);
    toast.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => {
      toast.hidden = true;
    }, TOAST_MS);
  }
  const sayOwn = (name) => say(toast.dataset[`${name}Zh`], toast.dataset[`${name}En`]);
  const valueOf = (name) => main.querySelector(`[data-field=${name}]`)?.value.trim() || undefined;
  function gathered(what) {
    if (what === 'statement') return { text: valueOf('statement'), driver: valueOf('driver') };
    if (what === 'driver') return { driver: valueOf('driver') };
    const plain = (name) => valueOf(name)?.toUpperCase().replace(/\s/g, ''),
      written = {};
    for (const name of ['container', 'seal_no', 'plate', 'transport_order'])
      if (plain(name)) written[name] = plain(name);
    return { written };
  }
  function pressOf({ act, check, ok, choice, paper, gather }) {
    const press = { act, check, choice, paper };
    if (ok) press.ok = ok === 'true';
    if (act === 'pin') press.text = pin;
    return gather ? { ...press, ...gathered(gather) } : press;
  }
  /* A statement without words would be photographed, and half a PIN would count as a wrong one. */
  const isEmpty = ({ act, gather }) =>
    (act === 'pin' && pin.length < PIN_DIGITS_MIN) || (gather === 'statement' && !valueOf('statement'));
  async function act(button) {
    if (sending || button.disabled || !lost.hidden) return;
    if (isEmpty(button.dataset)) {
      sayOwn('empty');
      return;
    }
    sending = true;
    body.classList.add('sending');
    button.classList.add('pressed');
    try {
      const answer = await fetch(address, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(pressOf(button.dataset)),
      });
      if (answer.ok) toast.hidden = true;
      else {
        const told = await answer.json();
        say(told.zh, told.en);
      }
    } catch {
      /* the fault screen says it */
    } finally {
      sending = false;
      body.classList.remove('sending');
      button.classList.remove('pressed');
    }
  }

  /* fingers */
  const target = (e) => e.target.closest('button, a.lang');
  screen.addEventListener('pointerdown', (e) => {
    const b = target(e);
    if (b && !b.disabled) b.classList.add('pressed'); // seen before anything is sent
    if (b?.closest('#keys')) e.preventDefault(); // the field keeps the focus
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave'])
    document.addEventListener(
      end,
      () => {
        for (const b of screen.querySelectorAll('.pressed')) if (!sending) b.classList.remove('pressed');
      },
      true,
    );
  screen.addEventListener('click', (e) => {
    const b = target(e);
    if (e.target.closest('input')) openKeys(e.target);
    if (!b || b.disabled) return;
    if (e.detail && !b.closest('#keys')) b.blur(); // a finger leaves no focus behind, or the next Enter would press this button again
    if (b.dataset.digit !== undefined) digit(b.dataset.digit);
    else if (b.dataset.char !== undefined) typed(b.dataset.char);
    else if (b.dataset.close !== undefined) closeKeys();
    else if (b.dataset.act) act(b);
  });

  /* the PIN: seen as dots only */
  function digit(d) {
    pin = d ? (pin + d).slice(0, PIN_DIGITS_MAX) : pin.slice(0, -1);
    showPin();
  }
  function showPin() {
    const dots = document.getElementById('digits');
    if (dots) dots.textContent = '●'.repeat(pin.length);
  }

  /* the keyboard on the screen */
  function openKeys(field) {
    typing = field;
    document.getElementById('keys-name').textContent = field.closest('label').querySelector('span').textContent;
    keys.hidden = false;
    mirror();
  }
  function closeKeys() {
    typing = null;
    keys.hidden = true;
  }
  function mirror() {
    if (typing) document.getElementById('keys-value').textContent = typing.value;
  }
  function typed(char) {
    if (!typing) return;
    typing.value = char ? (typing.value + char).slice(0, typing.maxLength) : typing.value.slice(0, -1);
    mirror();
  }
  main.addEventListener('input', mirror);

  /* keys and scanners: one quick run of characters that ends with Enter is a barcode, never an answer */
  let run = '',
    runTimer;
  function scanned(text) {
    const asked = main.querySelector('[data-value]'),
      plain = (s) => s.toUpperCase().replace(/[\s-]/g, '');
    const fields = [...main.querySelectorAll('input[data-field]')];
    if (fields.length) {
      const container = /^[A-Z]{4}\d{7}$/.test(plain(text)) && fields.find((f) => f.dataset.field === 'container');
      const field = container || fields.find((f) => !f.value) || fields[0];
      field.value = text.toUpperCase();
      field.focus();
    } else if (asked) {
      if (plain(asked.dataset.value) === plain(text)) act(main.querySelector('[data-act=answer][data-ok=true]'));
      else sayOwn('differs');
    } else sayOwn('unused');
  }
  function shortcut(key) {
    if (typing && (key === 'Enter' || key === 'Escape')) {
      closeKeys();
      return;
    }
    if (key === 'Backspace' && pin) {
      digit('');
      return;
    }
    const b = screen.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
    if (b?.href) location.assign(b.href);
    else if (b) act(b);
  }
  function inField(e) {
    if (e.key === 'Escape') {
      e.preventDefault();
      if (typing) closeKeys();
      else e.target.blur();
    } else if (e.key === 'Enter' && e.target.tagName === 'INPUT') {
      e.preventDefault();
      if (typing) closeKeys();
      const open = [...main.querySelectorAll('input[data-field]')].find((f) => !f.value);
      if (open && open !== e.target) open.focus();
      else {
        const primary = main.querySelector('[data-act=lookup]:not(:disabled)');
        if (primary) act(primary);
      }
    }
  }
  document.addEventListener('keydown', (e) => {
    if (e.repeat || e.ctrlKey || e.altKey || e.metaKey || e.target.closest('#sim')) return;
    if (e.target.closest('[data-field]')) {
      inField(e);
      return;
    }
    if (document.getElementById('digits') && /^\d$/.test(e.key)) {
      digit(e.key);
      return;
    }
    if (e.key.length === 1 && e.key !== ' ') {
      clearTimeout(runTimer);
      run += e.key;
      runTimer = setTimeout(() => {
        const chars = run;
        run = '';
        if (chars.length === 1) shortcut(chars.toLowerCase());
      }, SCAN_GAP_MS);
      return;
    }
    if (e.key === 'Enter' && run.length >= SCAN_CHARS_MIN) {
      clearTimeout(runTimer);
      e.preventDefault();
      const text = run;
      run = '';
      scanned(text);
      return;
    }
    clearTimeout(runTimer);
    run = '';
    if (e.target.closest('a, button') && (e.key === 'Enter' || e.key === ' ')) return;
    if (e.key === 'Backspace' || e.key === 'Enter' || e.key === 'Escape') {
      e.preventDefault();
      shortcut(e.key);
    }
  });
  opened();
})();
