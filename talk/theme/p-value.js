// The page "n, D and p": two sliders, two pictures, one p. No library, no network.
// What the reader chooses is `state`; everything on the page is drawn from it.
(function () {
  "use strict";
  const root = document.getElementById("p-live");
  const part = (name) => document.getElementById("p-" + name);
  const presets = Array.from(document.querySelectorAll("#p-presets button"));
  const marks = presets.filter((b) => b.dataset.mark).map((b) => ({ n: +b.dataset.n, text: b.dataset.mark }));
  const N = [10, 1e7], D = [0.0005, 0.5], LEVEL = 0.05, FLOOR = -20; // FLOOR: log10 p at the chart's foot
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let state = { n: 10000, D: 0.01 };

  // --- the test -----------------------------------------------------------------------------

  // ln Γ(x) for x > 0: Stirling's series, above 8 by way of Γ(x + 1) = x Γ(x).
  function lnGamma(x) {
    let below = 0;
    for (; x < 8; x += 1) below += Math.log(x);
    const y = 1 / (x * x);
    const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x;
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - below;
  }

  // ln of the exact two-sided p of two samples of n each (Gnedenko and Korolyuk, 1951):
  // p = 2 Σ (−1)^(k−1) C(2n, n − kh) / C(2n, n) with h = nD. Γ carries it on between whole h.
  // In logarithms, because at a million records p is far below the smallest number there is.
  function lnP(n, d) {
    if (n * d * d < 0.08) return 0; // 1 − p < 1e−12, and the series would be long
    const h = n * d, middle = 2 * lnGamma(n + 1);
    const term = (k) => middle - lnGamma(n - k * h + 1) - lnGamma(n + k * h + 1);
    const first = term(1);
    let sum = 1;
    for (let k = 2, next = 1; k * h <= n && next > 1e-17; k += 1) {
      next = Math.exp(term(k) - first);
      sum += k % 2 ? next : -next;
    }
    return Math.min(0, Math.LN2 + first + Math.log(sum));
  }

  // Where a falling function of log x passes a value, by halving; x between `range`'s ends.
  function crossing(f, range, value) {
    let [low, high] = range.map(Math.log);
    for (let i = 0; i < 60; i += 1) {
      const middle = (low + high) / 2;
      if (f(Math.exp(middle)) > value) low = middle; else high = middle;
    }
    return Math.exp(high);
  }
  const smallestD = (n) => crossing((d) => lnP(n, d), [1e-5, 1], Math.log(LEVEL));
  const smallestN = (d) => crossing((n) => lnP(n, d), [1, 1e9], Math.log(LEVEL));

  // Φ⁻¹((1 + D) / 2): half the distance between two unit normals whose widest gap is D.
  const pdf = (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  function share(x) { // Φ(x) − Φ(−x), by its series (x is small here)
    let term = x, sum = x;
    for (let k = 1; Math.abs(term) > 1e-16; k += 1) { term *= -x * x / (2 * k); sum += term / (2 * k + 1); }
    return 2 * sum / Math.sqrt(2 * Math.PI);
  }
  const halfGap = (d) => crossing((x) => -share(x), [1e-5, 3], -d);

  // --- numbers in words -----------------------------------------------------------------------

  const digits = (x, k) => Number(x.toPrecision(k));
  const plain = (x, k) => digits(x, k).toLocaleString("en", { maximumFractionDigits: 12 });
  const inWords = (n) => n >= 1e6 ? plain(n / 1e6, 2) + " million" : plain(n, 6);
  const inTrips = (d) => d >= 0.1 ? `${plain(100 * d, 2)} in 100` : `1 in ${plain(1 / d, 2)}`;
  function pIn(html, log10) { // "0.70", "3 × 10⁻⁷", "10⁻²⁷⁷"; in words for a screen reader
    if (log10 > -0.002) return "1";
    if (log10 > -3) return Math.pow(10, log10).toPrecision(2);
    const whole = log10 < -20 ? Math.round(log10) : Math.floor(log10);
    const lead = log10 < -20 ? 1 : Math.round(Math.pow(10, log10 - whole));
    const power = lead === 10 ? whole + 1 : whole, size = plain(-power, 7);
    const before = lead % 10 > 1 ? `${lead}${html ? "\u2009×\u2009" : " times "}` : "";
    return before + (html ? `10<sup>−${size}</sup>` : `10 to the minus ${size}`);
  }

  // --- sliders: a round number at each step, each about a tenth more than the one before -------

  const steps = [10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 40, 43, 47, 50, 56, 62, 68, 75, 82, 91];
  const powers = Array.from({ length: 13 }, (_, i) => Math.pow(10, i - 6));
  const all = powers.flatMap((power) => steps.map((s) => digits(s * power, 2)));
  const scale = ([low, high]) => all.filter((x) => x >= low && x <= high);
  const sliders = { n: scale(N), D: scale(D) };
  const place = (x, [low, high]) => Math.log(x / low) / Math.log(high / low);
  const at = (t, [low, high]) => low * Math.pow(high / low, t);
  const clamp = (x, [low, high]) => Math.min(high, Math.max(low, x));

  function showSlider(key, range, text, from) {
    const input = part(key), values = sliders[key];
    const near = (v) => Math.abs(Math.log(v / state[key]));
    input.max = values.length - 1;
    input.value = values.reduce((best, v, i) => near(v) < near(values[best]) ? i : best, 0);
    input.setAttribute("aria-valuetext", text);
    input.style.setProperty("--from", clamp(place(from, range), [0, 1])); // from here on 5 % calls it
    part(key + "-out").textContent = text;
  }

  const HEIGHT = 310, LEFT = 46, RIGHT = 18, TOP = 40, FOOT = 34; // of a picture, in pixels

  // --- pictures ---------------------------------------------------------------------------------

  function draw(svg, shapes) {
    const width = svg.parentNode.clientWidth;
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    svg.setAttribute("height", HEIGHT);
    svg.innerHTML = shapes(width).join("");
  }
  const text = (x, y, kind, words, anchor) =>
    `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor || "start"}">${words}</text>`;
  const line = (x1, y1, x2, y2, kind) => `<path class="${kind}" d="M${x1} ${y1}L${x2} ${y2}"/>`;
  const power = (p) => p ? `10<tspan dy="-6" class="p-up">−${p}</tspan>` : "1";
  const handle = (x, y) => `<g class="p-handle"><circle cx="${x}" cy="${y}" r="24"/><circle cx="${x}" cy="${y}" r="10"/></g>`;
    const chart = part("chart"), shapes = part("shapes");

  function drawChart(log10, needed) {
    const y = (lg) => TOP + (HEIGHT - TOP - FOOT) * (lg / FLOOR);
    draw(chart, (width) => {
      const x = (n) => LEFT + place(n, N) * (width - LEFT - RIGHT), foot = y(FLOOR), end = width - RIGHT;
      const curve = (d) => {
        const points = Array.from({ length: 241 }, (_, i) => at(i / 240, N)).map((n) => [x(n), y(Math.max(lnP(n, d) / Math.LN10, 3 * FLOOR))]);
        return "M" + points.map(([a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`).join("L");
      };
      const five = y(Math.log10(LEVEL)), here = x(state.n), off = log10 < FLOOR;
      const out = [`<clipPath id="p-clip"><path d="M${LEFT} 0H${end}V${foot}H${LEFT}z"/></clipPath>`,
        `<path class="p-called" d="M${LEFT} ${five}H${end}V${foot}H${LEFT}z"/>`];
      for (let p = 0; p <= -FLOOR; p += 5)
        out.push(line(LEFT, y(-p), end, y(-p), "p-grid"), text(LEFT - 8, y(-p) + 5, "p-tick", power(p), "end"));
      for (const n of [10, 1000, 1e5, 1e7])
        out.push(text(n === 1e7 ? end + RIGHT : x(n), foot + 22, "p-tick", inWords(n), n === 1e7 ? "end" : "middle"));
      for (const mark of marks) {
        const [short] = mark.text.split(":");
        out.push(line(x(mark.n), 12, x(mark.n), foot, "p-mark"),
          text(x(mark.n) - 6, 20, "p-tick", width > 400 ? mark.text : short, "end"));
      }
      out.push(line(LEFT, five, end, five, "p-level"), text(LEFT - 8, five + 7, "p-tick p-alarm", "5 %", "end"));
      out.push(`<g clip-path="url(#p-clip)"><path class="p-enough" d="${curve(needed)}"/><path class="p-curve" d="${curve(state.D)}"/></g>`);
      out.push(`<path class="p-diamond" d="M${here} ${five - 7}l7 7l-7 7l-7 -7z"/>`);
      const flip = here + 180 > end, side = here + (flip ? -16 : 16);
      out.push(line(here, off ? foot : y(log10), here, foot, "p-drop"));
      if (off) out.push(`<path class="p-off" d="M${here - 8} ${foot - 26}h16l-8 13z"/>`,
        text(side, foot - 34, "p-note", `${plain(log10 / FLOOR, 2)} chart heights down`, flip ? "end" : "start"));
      out.push(handle(here, off ? foot : y(log10)));
      return out;
    });
    chart.setAttribute("aria-label", `p against n on logarithmic axes, for D = ${plain(state.D, 3)}: at n = ` +
      `${inWords(state.n)}, p is ${pIn(false, log10)}. The smallest D that 5 % calls at this n is ${plain(needed, 2)}.`);
  }

  const SPAN = 3.6; // the curves are drawn between −3.6 and 3.6 standard deviations
  function drawShapes() {
    const foot = HEIGHT - FOOT, half = halfGap(state.D);
    draw(shapes, (width) => {
      const x = (v) => width / 2 + v / SPAN * (width / 2), y = (v) => foot - v * (foot - TOP - 10) / pdf(0);
      const bell = (mean, from, to) => {
        const points = Array.from({ length: 121 }, (_, i) => from + (to - from) * i / 120);
        return points.map((v) => `${x(v).toFixed(2)} ${y(pdf(v - mean)).toFixed(2)}`);
      };
      const right = bell(half, 0, SPAN), under = bell(-half, SPAN, 0);
      return [
        `<path class="p-share" d="M${right.join("L")}L${under.join("L")}z"/>`,
        `<path class="p-reference" d="M${bell(-half, -SPAN, SPAN).join("L")}"/>`,
        `<path class="p-current" d="M${bell(half, -SPAN, SPAN).join("L")}"/>`,
        line(0, foot, width, foot, "p-axis"),
        text(x(-half - 1.25) - 7, y(pdf(1.25)), "p-name p-reference", "reference", "end"),
        text(x(half + 1.25) + 7, y(pdf(1.25)), "p-name p-current", "current"),
        handle(x(half), y(pdf(0))),
      ];
    });
    shapes.setAttribute("aria-label", `Two normal distributions whose widest gap is D = ${plain(state.D, 3)}: ` +
      `${inTrips(state.D)} records of one lie outside the other.`);
  }

  // --- the page -----------------------------------------------------------------------------------

  let resting, moving, kept = false; // kept: whether the address shall say the state
  function show() {
    const ln = lnP(state.n, state.D), log10 = ln / Math.LN10, called = ln < Math.log(LEVEL);
    const needed = smallestD(state.n), most = smallestN(state.D);
    Object.assign(root.dataset, { n: state.n, d: state.D, log10P: log10, smallestD: needed, called });
    part("big").innerHTML = `p = ${pIn(true, log10)}`;
    part("verdict").textContent = called ? "5\u00a0% calls it" : "5\u00a0% stays silent";
    showSlider("n", N, `${inWords(state.n)} a side`, most);
    showSlider("D", D, `${plain(state.D, 3)}, ${inTrips(state.D)} records`, needed);
    drawChart(log10, needed);
    drawShapes();
    const said = (html) => `With ${inWords(state.n)} records a side, a D of ${plain(state.D, 3)}, ` +
      `${inTrips(state.D)} records, has a p of ${pIn(html, log10)}: a test at 5\u00a0% ` +
      (called ? "calls it. " : "stays silent. ") +
      `At this n it calls any D from ${plain(needed, 2)} on, that is ${inTrips(needed)} records; ` +
      `this D it calls from ${most > 9e8 ? "a billion" : inWords(digits(most, 2))} records a side on.`;
    part("said").innerHTML = said(true);
    clearTimeout(resting); // a screen reader hears where a drag ends, not each step of it
    resting = setTimeout(() => {
      part("spoken").textContent = said(false);
      if (kept) try { history.replaceState(null, "", `#n=${state.n}&D=${state.D}`); } catch (e) { /* forbidden here */ }
    }, 300);
    for (const b of presets) b.setAttribute("aria-pressed", String(+b.dataset.n === state.n && +b.dataset.d === state.D));
  }

  function set(change, keep) {
    cancelAnimationFrame(moving);
    state = { n: Math.round(clamp(change.n || state.n, N)), D: clamp(change.D || state.D, D) };
    kept = keep !== false;
    show();
  }
  function glide(goal) { // a preset moves there, so that the eye can follow; the last step is exact
    if (still.matches) return set(goal);
    const from = state, start = performance.now();
    const step = (now) => {
      const t = clamp((now - start) / 700, [0, 1]), eased = t * t * (3 - 2 * t);
      if (t === 1) return set(goal);
      set({ n: at(eased, [from.n, goal.n]), D: at(eased, [from.D, goal.D]) }, false);
      moving = requestAnimationFrame(step);
    };
    cancelAnimationFrame(moving);
    moving = requestAnimationFrame(step);
  }
  function fromHash() {
    const asked = new URLSearchParams(location.hash.slice(1));
    set({ n: +asked.get("n") || state.n, D: +asked.get("D") || state.D }, false);
  }

  for (const key of ["n", "D"])
    part(key).addEventListener("input", (event) => set({ [key]: sliders[key][+event.target.value] }));
  for (const b of presets) b.addEventListener("click", () => glide({ n: +b.dataset.n, D: +b.dataset.d }));

  // A mouse may press anywhere; a finger must press the handle, or a page could not be scrolled.
  function draggable(svg, to) {
    let held = false, grip = 0; // grip: how far from its middle the handle was taken
    const box = () => svg.getBoundingClientRect();
    const move = (event) => to(event.clientX - box().left - grip, box().width);
    svg.addEventListener("pointerdown", (event) => {
      const taken = event.target.closest(".p-handle circle");
      if (event.button || (event.pointerType !== "mouse" && !taken)) return;
      held = true;
      grip = taken ? event.clientX - box().left - taken.getAttribute("cx") : 0;
      svg.setPointerCapture(event.pointerId);
      if (!taken) move(event);
    });
    svg.addEventListener("pointermove", (event) => { if (held) move(event); });
    for (const over of ["pointerup", "pointercancel"]) svg.addEventListener(over, () => { held = false; });
  }
  draggable(chart, (x, width) => set({ n: digits(at((x - LEFT) / (width - LEFT - RIGHT), N), 2) }));
  draggable(shapes, (x, width) => set({ D: digits(Math.max(share(clamp((x / width * 2 - 1) * SPAN, [0, 1])), D[0]), 2) }));

  for (const made of [root, part("presets"), part("reading")]) made.hidden = false;
  window.addEventListener("hashchange", fromHash);
  window.addEventListener("resize", show);
  fromHash();
})();
