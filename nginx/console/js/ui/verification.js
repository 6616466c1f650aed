/* verification: the hash chain of the history computed again. */
import { html, useEffect, useSignal } from "../lib.js";
import { api } from "../api.js";
import { count } from "../format.js";
import { Button, Trouble, Icon } from "./parts.js";
import { CopyAs } from "./overlay.js";

/** Fetch it part by part until the whole chain was looked at. @param {(sum: object) => void} tell */
const verify = async (tell) => {
	let sum = { seals: 0, events: 0 };
	let cursor = "";
	for (;;) {
		const part = await api("/api/events/verify" + (cursor ? "?cursor=" + encodeURIComponent(cursor) : ""));
		sum = { ...part, seals: sum.seals + part.seals, events: sum.events + part.events };
		tell(sum);
		if (part.complete || !part.ok || !part.cursor) return;
		cursor = part.cursor;
	}
};

const action = { method: "GET", path: "/api/events/verify", cli: ["events", "verify"] };

export const Verification = () => {
	const found = useSignal(null);
	const problem = useSignal(null);
	const busy = useSignal(false);
	const run = async () => {
		busy.value = true;
		problem.value = null;
		try {
			await verify((sum) => (found.value = sum));
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	useEffect(() => {
		run();
	}, []);
	const sum = found.value;
	const tone = !sum || !sum.complete && sum.ok ? "idle" : sum.ok ? "ok" : "bad";
	if (problem.value) return html`<${Trouble} problem=${problem.value} retry=${run} />`;
	return html`<div class=${"verification verification-" + tone} role="status">
		<${Icon} name=${tone === "bad" ? "cross" : "shield"} size=${18} class=${"tone-" + tone} />
		<div class="verification-text">
			${!sum ? html`<p class="quiet">The chain of hashes is being computed again …</p>` : html`<p><strong>${sum.ok ? (sum.complete ? "Unbroken" : "Unbroken so far") : "Broken"}</strong><span class="quiet">: ${sum.problem || `${count(sum.events)} events under ${count(sum.seals)} seals`}${sum.unsealed ? `, ${count(sum.unsealed)} to be sealed within a second` : ""}</span></p>
			${sum.digest && html`<p class="muted cut"><small>Head ${sum.head}: <code>${sum.digest}</code></small></p>`}`}
		</div>
		<${CopyAs} actions=${[action]} />
		<${Button} small icon="restart" busy=${busy.value} onClick=${run}>Verify</${Button}>
	</div>`;
};
