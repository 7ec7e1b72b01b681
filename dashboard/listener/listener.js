// Listens by microphone: draws level, clock and verdict, and sends the samples of each second.
//
// Streamlit calls the default export again with each run of the page, so what listens is kept by
// the element that it draws in.

const RATE = 22050; // Hz, what models take
const PARTS = 10; // of a second, each a chunk of samples
const MOST_SECONDS = 30; // that wait for a slow server; older ones are let go
const PATIENCE = 4_000; // ms until what nobody confirmed is sent again at first, with what came since
const LATE_SECONDS = 3; // old at which a new verdict is said to be late, or twice as old a shown one
const QUIETEST = -60; // dB, where the meter begins

const CONSTRAINTS = {
  // What browsers do to speech takes steady sounds away, of which music is full.
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
};

const UNAVAILABLE =
  "The microphone gives no sound. Another program may be using it: close that, and start again.";
const PROBLEMS = {
  NotAllowedError:
    "The microphone was not allowed. Allow it beside the address of this page, and start again.",
  NotFoundError: "There is no microphone on this device. Plug one in, and start again.",
  gone: "The microphone went away. Plug it in again, or choose another one, and start again.",
  insecure:
    "Your browser allows the microphone on https addresses and on this machine only. Open the page"
    + " over https.",
};

const WORKLET = `
registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.chunk = new Int16Array(Math.round(sampleRate / ${PARTS}));
    this.filled = 0;
  }
  process([channels]) {
    if (!channels.length) return true;
    for (let n = 0; n < channels[0].length; n++) {
      let sum = 0;
      for (const channel of channels) sum += channel[n];
      const sample = Math.round((32768 * sum) / channels.length);
      this.chunk[this.filled++] = Math.max(-32768, Math.min(32767, sample));
      if (this.filled === this.chunk.length) this.send();
    }
    return true;
  }
  send() {
    this.port.postMessage(this.chunk.slice());
    this.filled = 0;
  }
});`;

const LISTENERS = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  if (!LISTENERS.has(parentElement)) LISTENERS.set(parentElement, new Listener(parentElement));
  const listener = LISTENERS.get(parentElement);
  listener.update(data, (message) => setTriggerValue("heard", message));
  return () => {
    // Streamlit also cleans up after a call that the next one overtook: then the page is still there.
    if (!parentElement.isConnected) listener.stop();
  };
}

class Listener {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`.${name}`);
    this.chunks = []; // that nobody confirmed yet
    this.heard = 0; // chunks since the beginning
    this.part("toggle").onclick = () => (this.stream ? this.stop() : this.start());
  }

  async start() {
    this.part("toggle").disabled = true;
    this.part("problem").textContent = "";
    try {
      await this.open();
    } catch (error) {
      this.stop();
      this.part("problem").textContent = PROBLEMS[error.name] ?? UNAVAILABLE;
    }
    this.part("toggle").disabled = false;
    this.draw();
  }

  async open() {
    if (!navigator.mediaDevices) throw { name: "insecure" };
    this.stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
    const [track] = this.stream.getAudioTracks();
    track.onended = () => this.lose();
    const source = this.connect();
    const code = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await this.context.audioWorklet.addModule(code);
    URL.revokeObjectURL(code);
    if (!this.stream || !this.root.isConnected) return this.stop(); // left while it opened
    Object.assign(this, { run: Date.now(), chunks: [], heard: 0, awaited: null, verdict: null });
    const tap = new AudioWorkletNode(this.context, "tap");
    tap.port.onmessage = ({ data }) => this.hear(data);
    source.connect(tap).connect(this.context.destination); // it gives silence there
    await this.context.resume();
  }

  // Firefox reads a microphone only at the rate of the device; the server then resamples.
  connect() {
    this.context = new AudioContext({ sampleRate: RATE });
    try {
      return this.context.createMediaStreamSource(this.stream);
    } catch {
      this.context.close();
      this.context = new AudioContext();
      return this.context.createMediaStreamSource(this.stream);
    }
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.stream = this.context = null;
    this.level(QUIETEST);
    this.draw();
  }

  lose() {
    this.stop();
    this.part("problem").textContent = PROBLEMS.gone;
  }

  hear(chunk) {
    if (!this.stream) return;
    if (!this.root.isConnected) return this.stop();
    this.heard += 1;
    this.chunks.push(chunk);
    if (this.chunks.length > MOST_SECONDS * PARTS) this.chunks.splice(0, PARTS);
    this.level(decibels(chunk));
    this.flush();
    this.draw();
  }

  // One message at a time: what comes while the server is busy goes with the next one. Streamlit
  // may lose one where a click runs the whole page. Where it is only slow, more copies would make
  // it slower, so each one is waited for twice as long as the one before.
  flush() {
    const again = this.awaited !== null;
    const waiting = again && performance.now() - this.sent < this.patience;
    const whole = Math.floor(this.chunks.length / PARTS) * PARTS;
    if (waiting || !whole) return;
    const size = this.chunks[0].length;
    const position = (this.heard - this.chunks.length) * size;
    const pcm = base64(this.chunks.slice(0, whole));
    this.awaited = position + whole * size;
    this.sent = performance.now();
    this.patience = again ? 2 * this.patience : PATIENCE;
    this.send({ run: this.run, rate: size * PARTS, position, pcm });
  }

  update(data, send) {
    this.send = send;
    if (data.run === this.run) {
      if (this.awaited !== null && data.received >= this.awaited) this.confirm(data.received);
      if (data.over && this.stream) this.stop();
      this.flush();
    }
    if (data.run === this.run || !this.run) this.verdict = data.verdict;
    this.late = this.age();
    this.draw();
  }

  confirm(received) {
    const gone = received / this.chunks[0].length - (this.heard - this.chunks.length);
    this.chunks.splice(0, Math.max(gone, 0));
    this.awaited = null;
  }

  // Seconds that were heard after those that the verdict is about.
  age() {
    return this.verdict ? this.heard / PARTS - this.verdict.at : 0;
  }

  level(db) {
    const meter = this.part("meter");
    const shown = Math.round(Math.max(QUIETEST, Math.min(0, db)));
    this.part("level").style.width = `${100 * (1 - shown / QUIETEST)}%`;
    meter.setAttribute("aria-valuenow", shown);
    meter.setAttribute("aria-valuetext", this.stream ? `${shown} dB` : "off");
  }

  draw() {
    const seconds = Math.floor(this.heard / PARTS);
    const rest = String(seconds % 60).padStart(2, "0");
    write(this.part("clock"), `${Math.floor(seconds / 60)}:${rest}`);
    write(this.part("toggle"), this.stream ? "Stop" : "Start listening");
    this.part("toggle").classList.toggle("on", Boolean(this.stream));
    this.part("verdict").hidden = !this.verdict;
    if (this.verdict) drawVerdict(this.part, this.verdict);
    write(this.part("news"), this.news());
  }

  news() {
    if (!this.stream) return "";
    if (!this.verdict) return "Listening … the first verdict comes after three seconds.";
    const late = this.age() > 2 * LATE_SECONDS ? this.age() : this.late;
    if (late < LATE_SECONDS) return "";
    return `The server is ${Math.round(late)} s behind: it skips what it has no time for.`;
  }
}

function drawVerdict(part, verdict) {
  write(part("genre"), verdict.genre);
  write(part("words"), verdict.words);
  const list = part("bars");
  while (list.children.length > verdict.bars.length) list.lastChild.remove();
  while (list.children.length < verdict.bars.length) list.append(emptyRow());
  verdict.bars.forEach((bar, n) => drawRow(list.children[n], bar));
}

function emptyRow() {
  const row = document.createElement("li");
  row.innerHTML =
    '<span class="name"></span><div class="track"><div class="bar"></div></div>'
    + '<span class="share"></span>';
  return row;
}

function drawRow(row, { name, share, color, likeliest }) {
  const [label, track, number] = row.children;
  write(label, name);
  write(number, `${Math.round(100 * share)}%`);
  track.firstChild.style.width = `${100 * share}%`;
  track.firstChild.style.background = color;
  row.classList.toggle("likeliest", likeliest);
}

// Writes only what is new: readers of live regions would otherwise say it again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function decibels(chunk) {
  const squares = chunk.reduce((sum, sample) => sum + sample * sample, 0);
  return 10 * Math.log10(squares / chunk.length / 32768 ** 2 + 1e-12);
}

function base64(chunks) {
  let text = "";
  for (const chunk of chunks) text += String.fromCharCode(...new Uint8Array(chunk.buffer));
  return btoa(text);
}
