/* engine-actions: what can be done with an engine. */
import { html } from "../lib.js";
import { engineState } from "../state.js";
import { mayChangeEngines } from "../api.js";
import { perform, ask } from "../act.js";
import { approveEngine, drainEngine, uncordonEngine, removeEngine, forgetEngine } from "../actions.js";
import { containers } from "../store.js";
import { go } from "../router.js";
import { plural } from "../format.js";
import { Button } from "./parts.js";
import { CopyAs, Menu } from "./overlay.js";

const drain = (engine) =>
	ask([drainEngine(engine)], {
		title: `Drain ${engine.id}?`,
		text: html`<p>Nothing more is placed on it, and its containers move elsewhere one after the other, each new copy up before the old one goes. It lasts until the draining is stopped.</p>`,
		button: "Drain",
	});

const remove = async (engine) => {
	const here = containers.data.value.filter((one) => one.managed && one.engine?.id === engine.id).length;
	const done = await ask([(here ? forgetEngine : removeEngine)(engine)], {
		title: `Remove ${engine.id}?`,
		text: here
			? html`<p><strong>${plural(here, "container")} of the pool</strong> ${here === 1 ? "is" : "are"} on it and ${here === 1 ? "is" : "are"} forgotten: ${here === 1 ? "it goes" : "they go"} on running there, out of berth's sight. Drain it first, and they move elsewhere.</p>`
			: html`<p>It leaves the pool, whatever its join agent does, until it is approved or added again.</p>`,
		button: here ? "Remove and forget" : "Remove",
		danger: true,
	});
	if (done?.done) go("#/engines");
};

const approve = (engine) =>
	ask([approveEngine(engine)], {
		title: `Approve ${engine.id}?`,
		text: html`<p>The Docker at <code class="break">${engine.engine?.addr}</code> becomes part of the pool.</p>`,
		button: "Approve",
	});

/** @param {{engine: object, small?: boolean}} props */
export const EngineActions = ({ engine, small }) => {
	const show = { method: "GET", path: `/api/engines/${encodeURIComponent(engine.id)}`, cli: ["engine", engine.id] };
	if (!mayChangeEngines.value) return html`<${CopyAs} small=${small} actions=${[show]} />`;
	const waits = ["pending", "quarantined"].includes(engineState(engine).key) || engine.registration?.state === "withdrawn";
	const first = waits
		? html`<${Button} small=${small} kind="primary" icon="check" onClick=${() => approve(engine)}>Approve</${Button}>`
		: engine.drain
			? html`<${Button} small=${small} icon="play" onClick=${() => perform([uncordonEngine(engine)])}>Stop draining</${Button}>`
			: html`<${Button} small=${small} icon="drain" onClick=${() => drain(engine)}>Drain</${Button}>`;
	return html`<div class="line tight">
		<${CopyAs} small=${small} actions=${[show, approveEngine(engine), drainEngine(engine), uncordonEngine(engine), removeEngine(engine)]} />
		${first}
		${small ? html`<${Menu} small label=${`More for ${engine.id}`} items=${[{ name: "Remove", icon: "trash", danger: true, do: () => remove(engine) }]} />` : html`<${Button} kind="danger" icon="trash" onClick=${() => remove(engine)}>Remove</${Button}>`}
	</div>`;
};
