// SPDX-License-Identifier: Apache-2.0
// The operator's screen: the state of the line as the station tells it, and what is scanned or
// typed back to it. Whatever comes from outside goes in as text, never as markup.

const results = ["PASS", "FAIL", "STATION", "POLICY"];
const shapes = {
    PASS: "M4 13l5.5 5.5L20 6",
    FAIL: "M6 6l12 12M18 6L6 18",
    STATION: "M12 3L22 20H2zM12 10v3.5M12 16.9v.01",
    POLICY: "M3 12a9 9 0 1018 0a9 9 0 10-18 0M6 18L18 6",
    busy: "M12 3a9 9 0 109 9",
    waiting: "M4 6v12M8 6v12M11 6v12M15 6v12M17 6v12M20 6v12",
    label: "M4 6v12M8 6v12M11 6v12M15 6v12M17 6v12M20 6v12",
    trouble: "M12 3L22 20H2zM12 10v3.5M12 16.9v.01",
    absent: "M5 12h14",
};
const words = {absent: "empty", waiting: "scan the serial", label: "scan the label", trouble: "bay not working", done: "done"};

const at = (id) => document.getElementById(id);
const serial = at("serial");
let line = null; // the last state
let chosen = null; // a bay's name: the next serial is for it
const tiles = new Map();

function set(element, text) {
    if (element.textContent !== text) {
        element.textContent = text;
    }
}

function make(tag, className, parent) {
    const element = document.createElement(tag);
    element.className = className;
    parent.append(element);
    return element;
}

function makeShape(parent) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", "shape");
    svg.setAttribute("aria-hidden", "true");
    for (const [name, value] of [["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "3"],
        ["stroke-linecap", "round"], ["stroke-linejoin", "round"]]) {
        path.setAttribute(name, value);
    }
    svg.append(path);
    parent.append(svg);
    return path;
}

function makeTile(name) {
    const root = make("article", "bay", at("bays"));
    const tile = {root, name: make("button", "name", root)};
    tile.name.type = "button";
    set(tile.name, name);
    tile.name.title = "The next serial is for this bay";
    tile.name.addEventListener("click", () => choose(chosen === name ? null : name));
    const word = make("p", "word", root);
    tile.shape = makeShape(word);
    tile.word = make("span", "text", word);
    const below = make("div", "below", root);
    tile.serial = make("bdi", "serial", make("p", "", below));
    tile.why = make("p", "why", below);
    tile.next = make("p", "next", below);
    set(tile.next, "scan the next one");
    tile.again = make("button", "again", root);
    tile.again.type = "button";
    set(tile.again, "Try again");
    tile.again.addEventListener("click", () => order("again " + name));
    tiles.set(name, tile);
    return tile;
}

// What a tile shows: a result stands until the next unit is scanned, also when that is there already.
function view(bay) {
    if (bay.state === "busy") {
        return {shows: "busy", word: bay.step ?? "looks", serial: bay.serial ?? "", why: ""};
    }
    if (bay.state === "label") {
        return {shows: "label", word: words.label, serial: bay.serial ?? "", why: bay.message ?? ""};
    }
    if (bay.state === "trouble") {
        return {shows: "trouble", word: words.trouble, serial: "", why: bay.message ?? ""};
    }
    if (bay.result !== undefined) {
        const {result, message, hint} = bay.result;
        const why = result === "PASS" ? "" : [message, hint].filter(Boolean).join(": ");
        return {shows: result, word: result, serial: bay.result.serial ?? "", why};
    }
    return {shows: bay.state, word: words[bay.state], serial: "", why: ""};
}

function showBay(bay) {
    const tile = tiles.get(bay.name) ?? makeTile(bay.name);
    const {shows, word, serial: text, why} = view(bay);
    if (results.includes(shows) && tile.root.dataset.shows !== shows) {
        set(at("announcer"), `bay ${bay.name}: ${shows} ${text}`);
    }
    tile.root.dataset.shows = shows;
    tile.root.classList.toggle("chosen", chosen === bay.name);
    tile.name.setAttribute("aria-pressed", String(chosen === bay.name));
    tile.shape.setAttribute("d", shapes[shows] ?? shapes.absent);
    set(tile.word, word);
    set(tile.serial, text);
    set(tile.why, why);
    tile.next.hidden = !(results.includes(shows) && bay.state === "waiting");
    tile.again.hidden = shows !== "label" && (bay.state !== "done" || shows === "PASS");
    set(tile.again, shows === "label" ? "Print again" : "Try again");
}

function showCounts({counts, first_pass_permille: permille}) {
    const tried = counts.pass + counts.fail > 0;
    const rows = [["First-pass yield", tried ? (permille / 10).toFixed(1) + " %" : "–", "yield"],
        ["Pass", counts.pass], ["Fail", counts.fail], ["Station", counts.station], ["Policy", counts.policy]];
    const list = at("counts");
    if (list.children.length === 0) {
        for (const [name, , kind] of rows) {
            set(make("dt", kind ? kind + "-name" : "", list), name);
            make("dd", kind ?? "", list).dataset.of = name;
        }
    }
    for (const [name, value] of rows) {
        set(list.querySelector(`[data-of="${name}"]`), String(value));
    }
}

function showFailures(failures) {
    const most = failures.slice(0, 6);
    at("pareto").hidden = most.length === 0;
    at("failures").replaceChildren(...most.map(({code, count}) => {
        const row = document.createElement("li");
        set(make("span", "code", row), code);
        set(make("strong", "", row), String(count));
        const meter = make("meter", "", row);
        meter.max = most[0].count;
        meter.value = count;
        meter.setAttribute("aria-label", `${code}: ${count}`);
        return row;
    }));
}

function showBanner() {
    const isLost = document.body.classList.contains("lost");
    const isHalted = line?.is_halted === true;
    at("banner").hidden = !isLost && !isHalted;
    at("resume").hidden = isLost || !isHalted;
    set(at("banner-text"), isLost ? "No connection to the station. It is tried again by itself."
        : isHalted ? `The line stands: ${line.message ?? "too many faults of the station"}` : "");
}

const manyFrom = 13; // bays, from which on the tiles need the whole screen

// Tiles that are a little wider than high, on a screen that is; many are flat.
function columnsFor(bays) {
    return Math.ceil(bays / Math.max(1, Math.round(Math.sqrt(bays / (bays < manyFrom ? 1.6 : 1.1)))));
}

function show(state) {
    const before = failuresOf(line);
    line = state;
    document.title = `${state.station} – ${state.counts.pass} passed`;
    set(at("station"), state.station);
    set(at("product"), state.product ?? "");
    document.body.classList.toggle("many", state.bays.length >= manyFrom);
    at("bays").style.setProperty("--columns", columnsFor(state.bays.length));
    state.bays.forEach(showBay);
    for (const [name, tile] of tiles) {
        if (!state.bays.some((bay) => bay.name === name)) {
            tile.root.remove(); // the station came back with other bays
            tiles.delete(name);
        }
    }
    showCounts(state);
    if (failuresOf(state) !== before) {
        showFailures(state.failures);
    }
    showBanner();
}

function failuresOf(state) {
    return JSON.stringify(state?.failures ?? null);
}

// Orders

function say(text, isBad = false) {
    set(at("said"), text);
    at("said").classList.toggle("bad", isBad);
}

async function order(text, done = "") {
    serial.focus();
    try {
        const answer = await fetch("orders", {method: "POST", body: text});
        say(answer.ok ? done : await answer.text(), !answer.ok);
    } catch {
        say("the station cannot be reached: scan again when it is back", true);
    }
}

function choose(name) {
    chosen = name;
    say(name === null ? "" : `the next serial is for bay ${name}`);
    line?.bays.forEach(showBay);
    serial.focus();
}

// A serial; or "BAY:" and a bay's name, as it stands on a label at the bay.
at("scan").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = serial.value.trim();
    serial.value = "";
    if (text === "") {
        return;
    }
    if (text.startsWith("BAY:")) {
        const name = text.slice(4);
        if (tiles.has(name)) {
            choose(name);
        } else {
            say(`there is no bay ${name}`, true);
        }
        return;
    }
    const bay = chosen ?? "-";
    chosen = null;
    order(`scan ${bay} ${text}`, `${text}${bay === "-" ? "" : " in bay " + bay}`);
});
at("resume").addEventListener("click", () => order("resume"));

// A scanner is a keyboard that types wherever the focus is: it is always in the field.
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
        choose(null);
    } else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey && event.target !== serial
        && !(event.key === " " && event.target instanceof HTMLButtonElement)) {
        serial.focus();
    }
});
document.addEventListener("pointerup", (event) => {
    if (!(event.target instanceof Element && event.target.closest("button, input"))) {
        setTimeout(() => serial.focus());
    }
});
addEventListener("focus", () => serial.focus());

// Every ten seconds something comes (the station's beat); a station that hangs says nothing.
const PATIENCE_MS = 25000;

// The state, as it changes. A browser makes a lost connection anew by itself, but for one that was
// refused: so it is made here.
function watch() {
    const events = new EventSource("events");
    let silence = 0;
    const lose = () => {
        document.body.classList.add("lost");
        showBanner();
    };
    const hear = () => {
        clearTimeout(silence);
        silence = setTimeout(() => {
            events.close();
            lose();
            watch();
        }, PATIENCE_MS);
    };
    hear();
    events.addEventListener("here", hear);
    events.addEventListener("state", (event) => {
        hear();
        document.body.classList.remove("lost");
        show(JSON.parse(event.data));
    });
    events.addEventListener("error", () => {
        lose();
        if (events.readyState === EventSource.CLOSED) {
            clearTimeout(silence);
            setTimeout(watch, 1000);
        }
    });
}
showBanner();
watch();
