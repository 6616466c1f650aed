/* events: how an event of the history is shown. */
import { html } from "../lib.js";
import { to } from "../router.js";
import { shortId, clock, day } from "../format.js";
import { Icon } from "./icons.js";
import { Ago } from "./parts.js";

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
	"freeze-restored": ["Frozen after a restore", "pause", "bad"],
	"thaw": ["Moving goes on", "play", "ok"],
	"keeper-leads": ["Keeper leads", "shield", "idle"],
	create: ["created", "plus", "idle"],
	start: ["started", "disc", "ok"],
	die: ["exited", "square", "warn"],
	kill: ["was signalled", "cross", "idle"],
	stop: ["stopped", "square", "idle"],
	destroy: ["removed", "trash", "idle"],
	oom: ["out of memory", "triangle", "bad"],
	pause: ["paused", "pause", "idle"],
	unpause: ["resumed", "play", "ok"],
	restart: ["restarted", "restart", "busy"],
	pull: ["pulled", "download", "idle"],
};

const isDocker = (event) => event.tags?.some((tag) => tag.toLowerCase() === "docker");

/** @param {object} event @returns {{words: string, icon: string, tone: string, docker: boolean}} */
export const eventMeaning = (event) => {
	const docker = isDocker(event);
	const [words, icon, tone] = meanings[event.type] || [event.type, "info", "idle"];
	return { words, icon, tone, docker };
};

/* The container's and the engine's ids stand beside as links: they need not be in the message too. */
const without = (event) =>
	(event.message || "")
		.split(" ")
		.filter((word) => !(event.container?.id && word === "id=" + event.container.id) && !(event.engine?.id && (word === "engine=" + event.engine.id || (word === "id=" + event.engine.id && !event.container))))
		.join(" ")
		.replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, "$1");

const Links = ({ event }) => html`
	${event.container?.id && html`<a class="link mono nowrap" href=${to("containers", event.container.id)}>${event.container.name || shortId(event.container.id)}</a>`}
	${event.engine?.id && html`<a class="quiet nowrap" href=${to("engines", event.engine.id)}>${event.container?.id ? "on " : ""}${event.engine.id}</a>`}`;

/** One event in a line or two. @param {{event: object, full?: boolean}} props full: with its time of day and request */
export const EventLine = ({ event, full }) => {
	const { words, icon, tone, docker } = eventMeaning(event);
	const message = without(event);
	return html`<li class="event">
		<span class=${"event-icon tone-" + tone}><${Icon} name=${icon} size=${14} /></span>
		<div class="event-text">
			<p class="line tight"><span class="strong">${words}</span><${Links} event=${event} /></p>
			${message && html`<p class="quiet break event-message">${message}</p>`}
			<p class="muted event-foot">
				${full ? html`<time dateTime=${event.time} title=${event.time}>${day(event.time)} ${clock(event.time)}</time>` : html`<${Ago} time=${event.time} />`}
				<span>${docker ? "Docker" : event.account || "berth itself"}</span>
				${full && event.request_id && html`<span>request <code>${event.request_id.slice(0, 8)}</code></span>`}
			</p>
		</div>
	</li>`;
};

/** @param {{events: object[], full?: boolean, label: string}} props newest first */
export const EventList = ({ events, full, label }) => html`
	<ol class="events" aria-label=${label}>${events.map((event) => html`<${EventLine} key=${event.id} event=${event} full=${full} />`)}</ol>`;
