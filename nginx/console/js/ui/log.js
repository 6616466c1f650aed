/* log: what a container prints, followed. Lines are elements of their own, made by hand: thousands come at once. */
import { html, useEffect, useRef, useSignal } from "../lib.js";
import { api } from "../api.js";
import { readFrames, plain } from "./frames.js";
import { Button, Search, Segments, Trouble, Icon } from "./parts.js";
import { CopyAs } from "./overlay.js";
import { count, shortId } from "../format.js";

const KEPT = 5000;
const FIRST = 500;

const stamp = /^(\d{4}-\d\d-\d\dT\S+Z) ?/;

/** The lines that are shown, apart from Preact: appended in bunches, cut off at the top. */
class Lines {
	constructor(box, onHeld) {
		this.box = box;
		this.onHeld = onHeld;
		this.lines = [];
		this.waiting = [];
		this.held = 0;
		this.paused = false;
		this.words = "";
		this.follow = true;
		this.frame = 0;
	}
	add(line) {
		this.waiting.push(line);
		if (this.paused) {
			this.held++;
			this.onHeld(this.held);
			if (this.waiting.length > KEPT) this.waiting.shift();
			return;
		}
		this.frame ||= requestAnimationFrame(() => this.flush());
	}
	flush() {
		this.frame = 0;
		const bunch = this.waiting.splice(0).slice(-KEPT);
		if (!bunch.length) return;
		this.lines.push(...bunch);
		const bits = document.createDocumentFragment();
		for (const line of bunch) if (this.fits(line)) bits.append(this.element(line));
		this.box.append(bits);
		if (this.lines.length > KEPT) this.lines.splice(0, this.lines.length - KEPT);
		while (this.box.childElementCount > KEPT) this.box.firstElementChild.remove();
		if (this.follow) this.toEnd();
	}
	toEnd() {
		this.box.scrollTop = this.box.scrollHeight;
	}
	fits(line) {
		return !this.words || line.text.toLowerCase().includes(this.words);
	}
	element(line) {
		const row = document.createElement("div");
		row.className = "log-line" + (line.stream === 2 ? " log-error" : line.stream === 3 ? " log-note" : "");
		if (line.time) {
			const time = document.createElement("time");
			time.textContent = line.time.replace(/(\.\d{3})\d*/, "$1");
			row.append(time);
		}
		const text = document.createElement("span");
		if (!this.words) text.textContent = line.text;
		else {
			let from = 0;
			const low = line.text.toLowerCase();
			for (let at = low.indexOf(this.words); at >= 0; at = low.indexOf(this.words, from)) {
				text.append(line.text.slice(from, at));
				const mark = document.createElement("mark");
				mark.textContent = line.text.slice(at, at + this.words.length);
				text.append(mark);
				from = at + this.words.length;
			}
			text.append(line.text.slice(from));
		}
		row.append(text);
		return row;
	}
	search(words) {
		this.words = words.toLowerCase();
		this.box.replaceChildren(...this.lines.filter((line) => this.fits(line)).map((line) => this.element(line)));
		if (this.follow) this.toEnd();
	}
	pause(on) {
		this.paused = on;
		if (on) return;
		this.held = 0;
		this.onHeld(0);
		this.flush();
	}
	clear() {
		this.lines = [];
		this.waiting = [];
		this.box.replaceChildren();
	}
}

const sleep = (ms, signal) =>
	new Promise((resolve) => {
		const timer = setTimeout(resolve, ms);
		signal.addEventListener("abort", () => (clearTimeout(timer), resolve()));
	});

/* Follow until the view goes; over cuts it goes on after the last line that came. */
const follow = async (id, streams, lines, signal, say) => {
	let last = "";
	let wait = 500;
	while (!signal.aborted) {
		const query = new URLSearchParams({ follow: "true", timestamps: "true", frames: "true", ...streams });
		if (last) query.set("since", String(Math.floor(Date.parse(last) / 1000)));
		else query.set("tail", String(FIRST));
		let end = "";
		try {
			const response = await api(`/api/containers/${encodeURIComponent(id)}/logs?${query}`, { raw: true, signal, headers: { Accept: "*/*" } });
			say("open");
			wait = 500;
			const from = last;
			await readFrames(response.body, (stream, raw) => {
				if (stream === 3) {
					if (raw.startsWith("end: ")) end = raw.slice(5);
					return;
				}
				const time = stamp.exec(raw)?.[1] || "";
				if (from && time && time <= from) return;
				if (time) last = time;
				lines.add({ stream, time, text: plain(time ? raw.replace(stamp, "") : raw) });
			});
		} catch (problem) {
			if (signal.aborted) return;
			if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
				say("failed", problem);
				return;
			}
		}
		if (signal.aborted) return;
		if (/^(done|ended|finished|exited|stopped)/.test(end)) {
			say("ended");
			return;
		}
		say("cut", end);
		await sleep(wait, signal);
		wait = Math.min(wait * 2, 10000);
	}
};

const stateWords = { opening: ["busy", "Connecting"], open: ["ok", "Following"], cut: ["warn", "Cut off, it is tried again"], ended: ["idle", "It has ended"], failed: ["bad", "Not available"] };

/** @param {{c: object}} props the container; when it starts again, its log goes on */
export const Log = ({ c }) => {
	const box = useRef(null);
	const lines = useRef(null);
	const state = useSignal("opening");
	const problem = useSignal(null);
	const held = useSignal(0);
	const paused = useSignal(false);
	const wrap = useSignal(true);
	const times = useSignal(false);
	const which = useSignal("both");
	const words = useSignal("");
	const atEnd = useSignal(true);
	const running = c.state === "running" || c.state === "restarting";
	useEffect(() => {
		lines.current = new Lines(box.current, (n) => (held.value = n));
		lines.current.words = words.value.toLowerCase();
		lines.current.paused = paused.value;
		const stop = new AbortController();
		const streams = { stdout: String(which.value !== "stderr"), stderr: String(which.value !== "stdout") };
		lines.current.clear();
		problem.value = null;
		follow(c.id, streams, lines.current, stop.signal, (next, failed) => {
			state.value = next;
			problem.value = next === "failed" ? failed : null;
		});
		return () => stop.abort();
	}, [c.id, c.generation, which.value, running]);
	const [tone, text] = stateWords[state.value];
	return html`<div class="log-view">
		<div class="log-bar">
			<${Search} label="Search the log" placeholder="Only lines with …" value=${words.value} onInput=${(next) => {
				words.value = next;
				lines.current.search(next);
			}} />
			<${Segments} label="Stream" value=${which.value} onChange=${(next) => (which.value = next)} of=${[["both", "Both"], ["stdout", "Out"], ["stderr", "Err"]]} />
			<label class="check"><input type="checkbox" checked=${wrap.value} onChange=${() => (wrap.value = !wrap.value)} />Wrap</label>
			<label class="check"><input type="checkbox" checked=${times.value} onChange=${() => (times.value = !times.value)} />Times</label>
			<span class="push line tight">
				<span class=${`line tight tone-${tone}`} role="status"><${Icon} name=${{ ok: "disc", warn: "unplugged", bad: "cross", idle: "square", busy: "ring" }[tone]} size=${12} />${text}</span>
				<${Button} small icon=${paused.value ? "play" : "pause"} onClick=${() => {
					paused.value = !paused.value;
					lines.current.pause(paused.value);
				}}>${paused.value ? (held.value ? `Go on (${count(held.value)} new)` : "Go on") : "Pause"}</${Button}>
				<a class="button button-plain button-small" href=${`/api/containers/${encodeURIComponent(c.id)}/logs?timestamps=true`} download=${`${c.name || shortId(c.id)}.log`}><${Icon} name="download" /><span>Download</span></a>
				<${CopyAs} actions=${[{ method: "GET", path: `/api/containers/${c.id}/logs?follow=true&tail=100`, cli: ["log", "-f", "--tail", "100", shortId(c.id)] }]} />
			</span>
		</div>
		<${Trouble} problem=${problem.value} />
		<div class="log-frame">
			<div ref=${box} class=${`log ${wrap.value ? "log-wrap" : ""} ${times.value ? "log-times" : ""}`} role="log" aria-label=${`Log of ${c.name || shortId(c.id)}`} aria-live="off" tabindex="0" onScroll=${(event) => {
				const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
				atEnd.value = scrollHeight - scrollTop - clientHeight < 40;
				if (lines.current) lines.current.follow = atEnd.value;
			}}></div>
			${!atEnd.value && html`<${Button} small kind="primary" icon="follow" class="log-end" onClick=${() => {
				lines.current.follow = true;
				lines.current.toEnd();
			}}>To the end</${Button}>`}
		</div>
	</div>`;
};
