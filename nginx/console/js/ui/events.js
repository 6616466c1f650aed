/* events: how an event of the history is shown. */
import { html } from "../lib.js";
import { to } from "../router.js";
import { containers } from "../store.js";
import { shortId, clock, day } from "../format.js";
import { Icon, Ago } from "./parts.js";

/* What the types mean: [words, icon, tone]; what is not here is told by its own name. */
const meanings = {
	"run-container": ["Run containers", "play", "ok"],
	"scale-container": ["Scale", "scale", "busy"],
	"start-container": ["Start", "play", "ok"],
	"stop-container": ["Stop", "stop", "idle"],
	"restart-container": ["Restart", "restart", "busy"],
	"destroy-container": ["Destroy", "trash", "idle"],
	"fail-container": ["Could not run", "cross", "bad"],
	"move-container": ["Move to another engine", "external", "warn"],
	"adopt-container": ["Adopt", "plus", "ok"],
	"copy-image": ["Copy image", "copy", "busy"],
	"crash-loop": ["Crash loop", "loop", "bad"],
	"crash-loop-over": ["Crash loop is over", "check", "ok"],
	"engine-up": ["Engine is up", "disc", "ok"],
	"engine-suspect": ["Engine is suspect", "triangle", "warn"],
	"engine-degraded": ["Engine is degraded", "triangle", "warn"],
	"engine-down": ["Engine is down", "cross", "bad"],
	"engine-pending": ["Engine is pending", "hourglass", "busy"],
	"engine-quarantined": ["Engine is quarantined", "lock", "warn"],
	"add-engine": ["Add engine", "plus", "ok"],
	"update-engine": ["Change engine", "engines", "idle"],
	"delete-engine": ["Remove engine", "trash", "warn"],
	"approve-engine": ["Approve engine", "check", "ok"],
	"register-engine": ["Engine registers", "engines", "ok"],
	"unregister-engine": ["Registration gone", "unplugged", "warn"],
	"leave-engine": ["Engine leaves", "leave", "warn"],
	"quarantine-engine": ["Quarantine", "lock", "warn"],
	"drain-engine": ["Drain", "drain", "busy"],
	"engine-drained": ["Drained", "check", "ok"],
	"uncordon-engine": ["Stop draining", "play", "ok"],
	"engine-events-missed": ["Docker's events were missed", "question", "warn"],
	"cancel-operation": ["Cancel operation", "close", "idle"],
	"add-account": ["Add account", "accounts", "ok"],
	"delete-account": ["Delete account", "trash", "warn"],
	"disable-account": ["Disable account", "lock", "warn"],
	"enable-account": ["Enable account", "check", "ok"],
	"change-password": ["Change password", "key", "idle"],
	"change-role": ["Change role", "shield", "warn"],
	"set-role": ["Change what a role grants", "shield", "warn"],
	"add-role": ["Add role", "shield", "ok"],
	"delete-role": ["Delete role", "trash", "warn"],
	"add-token": ["Make token", "key", "ok"],
	"delete-token": ["End token", "key", "idle"],
	"reveal-environment": ["Reveal environment", "key", "warn"],
	"freeze": ["Moving is frozen", "pause", "bad"],
	"freeze-rescheduling": ["Moving is frozen", "pause", "bad"],
	"check-failed": ["An engine could not be lost", "triangle", "warn"],
	"check-passed": ["Any engine could be lost", "shield", "ok"],
	"freeze-restored": ["Frozen after a restore", "pause", "bad"],
	"thaw": ["Moving goes on", "play", "ok"],
	"keeper-leads": ["Keeper leads", "shield", "idle"],
	"container-running": ["Runs", "disc", "ok"],
	"container-restarting": ["Restarts by Docker's policy", "loop", "warn"],
	"container-exited": ["Has exited", "square", "warn"],
	"container-dead": ["Is dead", "cross", "bad"],
	"container-created": ["Is created", "plus", "idle"],
	"container-paused": ["Is paused", "pause", "idle"],
	"container-missing": ["Has vanished", "question", "warn"],
	"container-removed": ["Is removed", "trash", "idle"],
	create: ["Created", "plus", "idle"],
	start: ["Started", "disc", "ok"],
	die: ["Exited", "square", "warn"],
	kill: ["Was signalled", "cross", "idle"],
	stop: ["Stopped", "square", "idle"],
	destroy: ["Removed", "trash", "idle"],
	oom: ["Out of memory", "triangle", "bad"],
	pause: ["Paused", "pause", "idle"],
	unpause: ["Resumed", "play", "ok"],
	restart: ["Restarted", "restart", "busy"],
	pull: ["Pulled", "download", "idle"],
};

const isDocker = (event) => event.tags?.some((tag) => tag.toLowerCase() === "docker");

/** @param {object} event @returns {{words: string, icon: string, tone: string, docker: boolean}} */
export const eventMeaning = (event) => {
	const docker = isDocker(event);
	const [words, icon, tone] = meanings[event.type] || [event.type, "info", "idle"];
	return { words, icon, tone, docker };
};

/* The list is kept by id once for all events that are shown. */
let named = null;
let names = new Map();
const nameOf = (container) => {
	if (container.name) return container.name;
	if (named !== containers.data.value) {
		named = containers.data.value;
		names = new Map(named.map((one) => [one.id, one.name]));
	}
	return names.get(container.id) || shortId(container.id);
};

/* "a=1 b=two words" as pairs; what stands before the first name is a pair without one. */
const pairs = (message) => {
	const out = [];
	let at = 0;
	let name = "";
	for (const match of message.matchAll(/(?:^| )([a-z_]+)=/g)) {
		if (match.index > at || name) out.push([name, message.slice(at, match.index)]);
		name = match[1];
		at = match.index + match[0].length;
	}
	out.push([name, message.slice(at)]);
	return out.filter(([, value]) => value !== "");
};

/* What follows an id without a name of its own is what there is to say. */
const apart = (event, [name, value]) => {
	const id = event.container?.id;
	return name === "id" && id && value.startsWith(id + " ") ? ["", value.slice(id.length + 1)] : [name, value];
};

/* Container and engine stand beside it as links: they need not be in the message too. */
const isTold = (event, name, value) =>
	(name === "id" && (value === event.container?.id || value === event.engine?.id)) ||
	(name === "engine" && value === event.engine?.id) ||
	(Boolean(event.container?.id) && ((name === "name" && value === nameOf(event.container)) || (name === "image" && isDocker(event))));

const Message = ({ event }) => {
	const told = pairs(event.message || "").map((pair) => apart(event, pair)).filter(([name, value]) => !isTold(event, name, value));
	if (!told.length) return null;
	return html`<p class="quiet break event-message">${told.map(([name, value]) => html`<span class="event-pair" key=${name}>${name && name !== "reason" && html`<span class="muted">${name.replaceAll("_", " ")} </span>`}${value.replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, "$1")}</span> `)}</p>`;
};

const Links = ({ event }) => html`
	${event.container?.id && html`<a class="link mono nowrap" href=${to("containers", event.container.id)}>${nameOf(event.container)}</a>`}
	${event.engine?.id && html`<a class="quiet nowrap" href=${to("engines", event.engine.id)}>${event.container?.id ? "on " : ""}${event.engine.id}</a>`}`;

/** One event in a line or two. @param {{event: object, full?: boolean}} props full: with its time of day and request */
export const EventLine = ({ event, full }) => {
	const { words, icon, tone, docker } = eventMeaning(event);
	const when = full ? html`<time class="event-time muted" dateTime=${event.time} title=${event.time}>${day(event.time)} ${clock(event.time)}</time>` : "";
	return html`<li class="event">
		${when}
		<span class=${"event-icon tone-" + tone}><${Icon} name=${icon} size=${14} /></span>
		<div class="event-text">
			<p class="line tight"><span class="strong">${words}</span><${Links} event=${event} />${event.times > 1 && html`<span class="badge badge-idle">× ${event.times}</span>`}</p>
			<${Message} event=${event} />
			<p class="muted event-foot">
				${!full && html`<${Ago} time=${event.time} />`}
				<span class="event-who muted">${docker ? "Docker" : event.account || "berth itself"}</span>
				${full && event.request_id && html`<span class="event-request muted">request <code>${event.request_id.slice(0, 8)}</code></span>`}
			</p>
		</div>
	</li>`;
};

/** @param {{events: object[], full?: boolean, label: string}} props newest first */
export const EventList = ({ events, full, label }) => html`
	<ol class=${full ? "events events-full" : "events"} aria-label=${label}>${events.map((event) => html`<${EventLine} key=${event.id} event=${event} full=${full} />`)}</ol>`;

const isOfContainer = (event) => event.container?.id && (isDocker(event) || event.type.startsWith("container-"));

/**
 * What matters of the last events: of the changes of one container, which come in bunches, the newest with their number.
 * @param {object[]} list newest first
 */
export const digest = (list) => {
	const first = new Map();
	const out = [];
	for (const event of list) {
		if (!isOfContainer(event)) {
			out.push(event);
			continue;
		}
		const before = first.get(event.container.id);
		if (!before) {
			first.set(event.container.id, { ...event, times: 1 });
			out.push(first.get(event.container.id));
		} else if (event.type === before.type) before.times++;
	}
	return out;
};
