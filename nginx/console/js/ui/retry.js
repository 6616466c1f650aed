/* retry: what has failed of an operation, once more: asked for where the failure is shown. */
import { html } from "../lib.js";
import { go, to } from "../router.js";
import { ask } from "../act.js";
import { retryOperation } from "../actions.js";
import { plural } from "../format.js";

const words = {
	"run-container": "run anew, with the same specification",
	"scale-container": "run anew, with the same specification",
	"start-container": "started",
	"stop-container": "stopped",
	"restart-container": "restarted",
	"destroy-container": "destroyed",
};

/** Ask, begin it, and go where it shows how it goes. @param {object} operation */
export const retry = async (operation) => {
	const n = operation.failed;
	const done = await ask([retryOperation(operation)], {
		title: `Try the ${n} again that failed?`,
		text: html`<p>${plural(n, "container")} ${n === 1 ? "is" : "are"} to be ${words[operation.type]}. What has gone well stays as it is.</p>`,
		button: "Try again",
		danger: operation.type === "destroy-container",
		headers: { Prefer: "respond-async" },
	});
	if (done?.done) go(to("operations", done.answers[0].id));
};
