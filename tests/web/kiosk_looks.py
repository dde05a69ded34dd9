"""Scripts that look at a screen as it is painted: what is cut off, lies upon another, is too small to press or read."""

from __future__ import annotations

# what sticks out of the screen, out of the middle, or of its own box (but a site's name, which may be cut)
CLIPPED = """() => {
  const box = document.getElementById('screen').getBoundingClientRect();
  return [...document.querySelectorAll('#screen *')].filter(e => {
    const r = e.getBoundingClientRect();
    if (!r.width || e.closest('.off, #lost, #toast, label.statement > span')) return false;
    if (e.parentElement.closest('svg')) return false;
    const part = e.closest('main, header, nav, footer, .banners, #keys');
    const room = part ? part.getBoundingClientRect() : box;
    const style = getComputedStyle(e), inline = style.display === 'inline' || e.closest('.site, textarea, svg');
    return r.right > room.right + 1 || r.left < room.left - 1 || r.bottom > room.bottom + 1 || r.top < room.top - 1
      || (!inline && (e.scrollWidth > e.clientWidth + 2
        || (style.overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 2)
        || (e.tagName === 'BUTTON' && e.scrollHeight > e.clientHeight + 2)));
  }).map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`);
}"""
# texts that lie upon each other: two leaves of the middle that overlap by more than a hair
OVERLAPS = """() => {
  const kinds = ['h1', 'h2', 'p', 'dl', 'button', 'input', 'textarea', '.ids', '.frame', '.card', '.pict', '.doors',
    '.ticks', 'label > span', 'em', '.ask > small', '.side > small', '.op', '.dots', 'kbd', '.lb']
    .map(kind => `main ${kind}`);
  const leaves = [...document.querySelectorAll(kinds)]
    .filter(e => e.getBoundingClientRect().width && !e.closest('.off')
      && !e.parentElement.closest('.card, dl, .frame, .ids, p'));
  const found = [];
  for (const [n, a] of leaves.entries()) for (const b of leaves.slice(n + 1)) {
    if (a.contains(b) || b.contains(a)) continue;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (w > 2 && h > 2) found.push(`${a.className || a.tagName} / ${b.className || b.tagName}: ${h.toFixed(1)}px`);
  }
  return found;
}"""
# what a glove could not press: targets below 9u (ui.md §8b), u as the style sheet has it
SMALL_TARGETS = """() => {
  const box = document.getElementById('screen').getBoundingClientRect();
  const least = 9 * Math.min(box.width, 1.6 * box.height) / 100 - 1;
  return [...document.querySelectorAll('#screen button, #screen a, #screen input')].filter(e => {
    const r = e.getBoundingClientRect();
    return r.width && (r.height < least || r.width < least);
  }).map(e => `${e.className} ${e.textContent.trim().slice(0, 30)}`);
}"""
# the smallest letter of each text in the middle, the banners and the footer, in px
LETTERS = """() => {
  const walk = document.createTreeWalker(document.getElementById('screen'), NodeFilter.SHOW_TEXT), found = [];
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest('header, .off, [hidden]')) continue;
    found.push([parseFloat(getComputedStyle(e).fontSize), n.data.trim()]);
  }
  return found;
}"""
# every text with the language it is marked with
SPOKEN = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest('script, kbd, .mono, .idbox b, .lane b, .who, time, i')) continue;
    found.push([e.closest('[lang]').lang, n.data.trim()]);
  }
  return found;
}"""
