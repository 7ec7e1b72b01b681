// wavesurfer.js holds the sound and draws its waveform; what a model makes of it is drawn here.
let WaveSurfer = null; // until the first player
let failures = 0;

const ICONS = { play: "M8 5v14l11-7z", pause: "M6 5h4v14H6zm8 0h4v14h-4z" };
const KEY_SECONDS = 5; // of an arrow
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600]; // seconds apart
const MAX_TICKS = 6;
const DRAG_PIXELS = 4; // less is a click

const players = new WeakMap(); // by the root that Streamlit keeps for each
let heard = null; // the one that plays; the others wait

const clock = (seconds) => {
  const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const pad = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
};
const percent = (share) => `${Math.round(100 * share)}%`;
const make = (tag, text = "", style = {}) => {
  const made = Object.assign(document.createElement(tag), { textContent: text });
  Object.assign(made.style, style);
  return made;
};
const swatch = (color) => make("i", "", { background: color });

class Player {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.plot = this.find(".plot");
    this.audio = this.find("audio");
    this.wave = WaveSurfer.create({
      container: this.find(".wave"),
      media: this.audio,
      height: "auto",
      cursorWidth: 0,
      interact: false,
      normalize: true,
      hideScrollbar: true,
      barWidth: 2,
      barGap: 1,
    });
    this.listen();
    this.find(".player").style.visibility = ""; // it was not to be pressed before
  }

  listen() {
    this.wave.on("timeupdate", () => this.place());
    for (const event of ["play", "pause"]) this.wave.on(event, () => this.turned());
    this.audio.addEventListener("error", () => {
      this.find(".words").textContent = "This browser cannot play the sound.";
    });
    this.find(".toggle").onclick = () => this.wave.playPause();
    this.find(".player").onkeydown = (event) => this.key(event);
    this.plot.onclick = (event) => this.seek(this.at(event));
    this.plot.onpointerdown = (event) => (this.from = event.clientX);
    this.plot.onpointermove = (event) => this.moved(event);
    this.plot.onpointerleave = () => this.hover(null);
  }

  // ------------------------------------------------------------------------- where it plays

  get seconds() {
    return this.data.seconds;
  }

  at(event) {
    const box = this.plot.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * this.seconds;
  }

  seek(time) {
    // wave.setTime() forgets where to go while the browser still goes somewhere else.
    this.audio.currentTime = Math.min(Math.max(time, 0), this.seconds);
    this.place();
  }

  moved(event) {
    if (event.buttons && Math.abs(event.clientX - this.from) > DRAG_PIXELS) {
      this.plot.setPointerCapture(event.pointerId);
      this.seek(this.at(event));
    } else if (event.pointerType === "mouse") this.hover(this.at(event));
  }

  hover(time) {
    this.hovered = time;
    this.tell();
  }

  key(event) {
    const now = this.wave.getCurrentTime();
    const goes = { ArrowLeft: now - KEY_SECONDS, ArrowRight: now + KEY_SECONDS };
    Object.assign(goes, { ArrowDown: goes.ArrowLeft, ArrowUp: goes.ArrowRight });
    Object.assign(goes, { Home: 0, End: this.seconds });
    const pressed = event.target.closest("button, summary"); // which takes the space bar itself
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in goes) this.seek(goes[event.key]);
    else if (event.key === " " && !pressed) this.wave.playPause();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  turned() {
    const plays = this.wave.isPlaying();
    if (plays && heard !== this) heard?.wave.pause();
    if (plays) heard = this;
    this.find(".toggle").ariaLabel = plays ? "Pause" : "Play";
    this.find(".icon").setAttribute("d", plays ? ICONS.pause : ICONS.play);
  }

  place() {
    const time = this.wave.getCurrentTime();
    this.find(".head").style.left = `${(100 * time) / this.seconds}%`;
    this.tell();
  }

  // ------------------------------------------------------------------------------ in words

  tell() {
    const now = this.wave.getCurrentTime();
    const likeliest = this.likeliest(this.hovered ?? now);
    this.find(".time").textContent = `${clock(now)} / ${clock(this.seconds)}`;
    const place = this.hovered === null ? "" : `${clock(this.hovered)}: `;
    const said = likeliest ? `${likeliest.name} ${percent(likeliest.share)}` : "";
    const shown = likeliest ? [place, swatch(likeliest.color), said] : [this.data.name];
    this.find(".now").replaceChildren(...shown);
    const here = `${clock(now)} of ${clock(this.seconds)}`;
    if (here === this.here) return; // a reader of the screen needs no more than each second
    this.here = here;
    this.plot.ariaValueNow = Math.floor(now);
    this.plot.ariaValueText = said ? `${here}, ${said}` : here;
  }

  likeliest(time) {
    if (!this.data.genres) return null;
    const { edges, layers } = this.data.genres;
    const step = Math.max(0, edges.findLastIndex((edge, n) => edge <= time && n < edges.length - 1));
    const shares = layers.map(({ name, color, values }) => ({ name, color, share: values[step] }));
    return shares.reduce((best, one) => (one.share > best.share ? one : best));
  }

  // ------------------------------------------------------------------------------- drawing

  update(data) {
    const src = new URL(`.${data.src}`, document.baseURI).href;
    const other = src !== this.src;
    const goesOn = other && (data.atOnce || !this.audio.paused);
    Object.assign(this, { data, src, hovered: null, here: null });
    this.paint();
    const peaks = data.peaks.length ? data.peaks : [0, 0];
    // With peaks and a length nothing is fetched and decoded; the same address plays on.
    this.wave.load(src, [peaks], data.seconds);
    this.draw();
    this.turned();
    this.place();
    // A browser plays nothing before the visitor touched the page; the button is there then.
    if (goesOn) this.wave.play().catch((error) => console.info(error));
  }

  paint() {
    const theme = getComputedStyle(this.find(".player"));
    const progressColor = theme.getPropertyValue("--st-primary-color");
    this.wave.setOptions({ waveColor: "#808080", progressColor });
  }

  draw() {
    const { name, genres, mel, seconds } = this.data;
    this.find(".player").ariaLabel = `Player: ${name}`;
    this.plot.ariaValueMax = Math.floor(seconds);
    this.find(".words").textContent = genres?.words ?? "";
    this.drawTicks();
    this.drawMel(mel);
    for (const part of [".genres", ".strongest"]) this.find(part).toggleAttribute("hidden", !genres);
    const shown = genres?.layers.slice(0, genres.shown) ?? [];
    this.drawGenres(genres?.edges ?? [], shown);
    this.find(".marks").replaceChildren(...shown.map((layer) => this.mark(layer)));
    this.drawLegend(shown, genres?.layers.slice(genres.shown) ?? []);
  }

  drawTicks() {
    const apart = TICKS.find((one) => this.seconds / one <= MAX_TICKS) ?? TICKS.at(-1);
    const times = Array.from({ length: Math.floor(this.seconds / apart) + 1 }, (_, n) => n * apart);
    const place = (time) => ({ left: `${(100 * time) / this.seconds}%` });
    const fits = times.filter((time) => time / this.seconds < 0.97); // the last would stick out
    this.find(".ticks").replaceChildren(...fits.map((t) => make("span", clock(t), place(t))));
  }

  drawMel(mel) {
    this.find(".wave").hidden = Boolean(mel);
    const box = this.find(".mel");
    box.hidden = !mel;
    if (!mel) return;
    const image = this.find(".mel img");
    image.src = new URL(`.${mel.src}`, document.baseURI);
    image.style.width = `${(100 * mel.seconds) / this.seconds}%`;
    const ticks = Object.entries(mel.ticks);
    const label = ([name, share]) => make("span", name, { bottom: percent(share) });
    box.replaceChildren(image, ...ticks.map(label));
  }

  drawGenres(edges, layers) {
    const svg = this.find(".genres");
    svg.setAttribute("viewBox", `0 0 ${this.seconds} 1`);
    let below = Array(Math.max(edges.length - 1, 0)).fill(0);
    svg.replaceChildren(
      ...layers.map(({ color, values }) => {
        const above = below.map((low, n) => low + values[n]);
        const path = document.createElementNS(svg.namespaceURI, "path");
        path.setAttribute("d", `M${steps(edges, above)}L${steps(edges, below, true)}Z`);
        path.setAttribute("fill", color);
        below = above;
        return path;
      }),
    );
  }

  mark({ color, start, end }) {
    const row = make("div");
    const [left, width] = [start, end - start].map((s) => `${(100 * s) / this.seconds}%`);
    row.append(make("span", "", { background: color, left, width }));
    return row;
  }

  drawLegend(shown, rest) {
    const [first, second] = [".legend", "details .legend"].map((name) => this.find(name));
    first.replaceChildren(...shown.map((layer) => this.button(layer)));
    second.replaceChildren(...rest.map((layer) => this.button(layer)));
    this.find("details").hidden = !rest.length;
    this.find("summary").textContent = `${rest.length} other genres`;
  }

  button({ name, color, start, share }) {
    const button = Object.assign(make("button"), { type: "button" });
    const aside = Object.assign(make("span", "Play what sounds most like "), { className: "aside" });
    button.append(aside, swatch(color), name, make("small", `${clock(start)} · ${percent(share)}`));
    button.onclick = () => {
      this.seek(start);
      this.wave.play();
    };
    return button;
  }

  destroy() {
    if (heard === this) heard = null;
    this.audio.pause();
    this.wave.destroy();
    this.audio.removeAttribute("src"); // ends what is still being loaded
    this.audio.load();
  }
}

// Corners of a staircase, from left to right or back.
function steps(edges, heights, back = false) {
  const corners = heights.flatMap((height, n) => [edges[n], edges[n + 1]].map((x) => `${x} ${1 - height}`));
  return (back ? corners.reverse() : corners).join("L");
}

// Whether wavesurfer.js is there. A browser keeps in mind that an address failed: the next try has
// another one.
async function loaded() {
  const name = `player/wavesurfer.esm.js${failures ? `?again=${failures}` : ""}`;
  try {
    WaveSurfer ??= (await import(new URL(name, document.baseURI))).default;
  } catch (error) {
    failures += 1;
    console.warn(error);
  }
  return WaveSurfer !== null;
}

function apologize(root) {
  const words = root.querySelector(".words");
  words.style.visibility = "visible"; // the rest of the player is not
  words.textContent = "The player did not arrive. Reload the page to try again.";
}

// Streamlit calls this again after each rerun that changed the data, and when the theme changes.
export default async function ({ data, parentElement }) {
  if (!WaveSurfer && !(await loaded())) return apologize(parentElement);
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement));
  players.get(parentElement).update(data);
  return () => {
    // Streamlit also cleans up after a call that the next one overtook: then the page is still there.
    if (parentElement.isConnected) return;
    players.get(parentElement)?.destroy();
    players.delete(parentElement);
  };
}
