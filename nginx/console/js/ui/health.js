/* health: an engine's heartbeats and how full it is. */
import { html } from "../lib.js";
import { memory, cores, percent, roundTrip } from "../format.js";
import { Bar } from "./parts.js";

const BEATS = 60;
const BEAT_S = 5;

/** How many of the heartbeats were answered, in words. @param {(number|null)[]} strip */
export const stripWords = (strip) => {
	if (!strip?.length) return "No heartbeats are known yet";
	const missed = strip.filter((beat) => beat === null).length;
	const minutes = Math.round((strip.length * BEAT_S) / 60) || 1;
	const worst = Math.max(0, ...strip.filter((beat) => beat !== null));
	return `Heartbeats of the last ${minutes} min: ${missed ? `${missed} of ${strip.length} without an answer` : "all answered"}, slowest ${roundTrip(worst)}`;
};

/**
 * The last minutes' heartbeats: a bar for each five seconds, its height the round trip; a low red cross mark where none came.
 * @param {{strip: (number|null)[]|undefined, tall?: boolean}} props
 */
export const Strip = ({ strip, tall }) => {
	const beats = strip || [];
	const height = tall ? 40 : 20;
	/* A single slow one must not flatten all others. */
	const answered = beats.filter((beat) => beat !== null).sort((a, b) => a - b);
	const top = Math.max(1, (answered[Math.floor(answered.length * 0.9)] || 0) * 1.7);
	const pad = BEATS - beats.length;
	return html`<svg class="strip" viewBox=${`0 0 ${BEATS * 4} ${height}`} height=${height} preserveAspectRatio="none" role="img" aria-label=${stripWords(beats)}>
		<title>${stripWords(beats)}</title>
		${Array.from({ length: Math.max(0, pad) }, (_, i) => html`<rect key=${"p" + i} class="beat-none" x=${i * 4} y=${height - 2} width="3" height="2" />`)}
		${beats.slice(-BEATS).map((beat, i) => {
			const x = (Math.max(0, pad) + i) * 4;
			if (beat === null) return html`<rect key=${i} class="beat-missed" x=${x} y="0" width="3" height=${height} />`;
			const tallness = Math.min(height, Math.max(3, (beat / top) * height));
			return html`<rect key=${i} class="beat" x=${x} y=${height - tallness} width="3" height=${tallness} />`;
		})}
	</svg>`;
};

/** What is reserved on an engine: as the record says it, else the sum over its containers. */
export const loadOf = (engine, containers) => {
	const load = engine.load;
	if (load)
		return {
			cpus: (load.reserved_cpus ?? 0) + (load.foreign_cpus ?? 0),
			memory: (load.reserved_memory ?? 0) + (load.foreign_memory ?? 0),
			containers: (load.containers ?? 0) + (load.foreign_containers ?? 0),
			usedCpus: load.used_cpus,
			usedMemory: load.used_memory,
		};
	const here = containers.filter((one) => one.engine?.id === engine.id);
	const counted = here.filter((one) => (one.managed ? one.desired === "running" : one.state === "running"));
	return {
		cpus: counted.reduce((sum, one) => sum + (one.image.cpus || 0), 0),
		memory: counted.reduce((sum, one) => sum + (one.image.memory || 0), 0),
		containers: here.length,
	};
};

const Meter = ({ name, tone, reserved, used, whole, words }) => {
	const share = percent(reserved, whole);
	const now = used === undefined || used === null ? null : percent(used, whole);
	const label = `${name}: ${words(reserved)} of ${words(whole)} reserved${now === null ? "" : `, ${words(used)} used`}`;
	return html`<div class="meter">
		<div class="spread meter-words"><span class="muted">${name}</span><span><span class=${share > 90 ? "tone-warn strong" : "strong"}>${Math.round(share)}%</span><span class="muted"> ${words(reserved)} / ${words(whole)}</span></span></div>
		<${Bar} label=${label} parts=${[{ name: "reserved", value: share, tone }]} />
		${now !== null && html`<${Bar} label=${label} parts=${[{ name: "used", value: now, tone: tone + "-used" }]} />`}
	</div>`;
};

/** CPU and memory of an engine or of the pool. @param {{load: object, cpus: number, memory: number}} props */
export const Meters = ({ load, cpus, memory: whole }) => html`
	<${Meter} name="CPU" tone="cpu" reserved=${load.cpus} used=${load.usedCpus} whole=${cpus} words=${cores} />
	<${Meter} name="Memory" tone="memory" reserved=${load.memory} used=${load.usedMemory} whole=${whole} words=${memory} />`;
