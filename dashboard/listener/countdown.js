// Seconds left while the timed recorder records.
//
// It says nothing while it does. Its frame comes from our own server, though, so the microphone
// that it has opened can be seen: the clock runs while that is on, and not while permission is
// asked, nor after the recorder was stopped.

const RECORDER = 'iframe[title^="audio_recorder_streamlit"]';
const EVERY = 100; // ms
const CLOCKS = new WeakMap();

export default function ({ parentElement, data }) {
  clearInterval(CLOCKS.get(parentElement));
  const words = parentElement.querySelector(".countdown");
  let begun = null;
  const tick = () => {
    begun = records() ? (begun ?? performance.now()) : null;
    const left = begun === null ? null : data.seconds - (performance.now() - begun) / 1000;
    words.textContent = spoken(left);
  };
  const clock = setInterval(tick, EVERY);
  CLOCKS.set(parentElement, clock);
  return () => clearInterval(clock);
}

function records() {
  const stream = document.querySelector(RECORDER)?.contentWindow?.stream;
  return Boolean(stream?.active);
}

function spoken(left) {
  if (left === null) return "";
  return left > 0 ? `Recording: ${Math.ceil(left)} s left` : "Sending the recording …";
}
