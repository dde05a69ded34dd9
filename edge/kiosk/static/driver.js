/* The driver's screen sounds each verdict once: GO two rising notes, STOP three low ones; spoken too where that is set. */
'use strict';
(() => {
  const GAIN = 0.25,
    NOTES = {
      go: [
        [660, 0, 0.16],
        [990, 0.2, 0.3],
      ],
      stop: [
        [196, 0, 0.3],
        [196, 0.42, 0.3],
        [196, 0.84, 0.5],
      ],
      refer: [
        [440, 0, 0.22],
        [440, 0.34, 0.22],
      ],
    };
  const voice = document.body.dataset.voice,
    screen = document.getElementById('screen');
  let sounded = screen.dataset.verdict, // what stood there at the first paint has sounded already
    context;

  function play(notes) {
    context ||= new AudioContext();
    for (const [pitch, after, lasts] of notes) {
      const from = context.currentTime + after,
        tone = context.createOscillator(),
        level = context.createGain();
      tone.frequency.value = pitch;
      level.gain.setValueAtTime(GAIN, from);
      level.gain.exponentialRampToValueAtTime(0.001, from + lasts);
      tone.connect(level).connect(context.destination);
      tone.start(from);
      tone.stop(from + lasts);
    }
  }
  function speak() {
    speechSynthesis.cancel();
    for (const line of document.querySelectorAll('footer [lang=zh-Hant-TW], footer [lang=en]')) {
      const said = new SpeechSynthesisUtterance(line.textContent);
      said.lang = line.lang === 'en' ? 'en-US' : 'zh-TW';
      speechSynthesis.speak(said);
    }
  }
  document.addEventListener('painted', () => {
    const verdict = screen.dataset.verdict;
    if (verdict === sounded) return;
    sounded = verdict;
    if (!verdict || voice === 'off') return;
    play(NOTES[screen.dataset.tone]);
    if (voice === 'speech') speak();
  });
})();
