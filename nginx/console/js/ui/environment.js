/* environment: a container's variables, masked until somebody who may asks for them; the history tells of that. */
import { html, useSignal, useEffect } from "../lib.js";
import { api, session } from "../api.js";
import { shortId } from "../format.js";
import { Card, Button, Trouble } from "./parts.js";
import { CopyAs, confirm } from "./overlay.js";

const mayReveal = () => {
	const { options, permissions } = session.value || {};
	if (options?.includes("reveal-environment")) return true;
	return (permissions || []).some((grant) => grant.path === "/" && (grant.access === "write" || grant.methods?.includes("POST")));
};

/** @param {{c: object}} props the container */
export const Environment = ({ c }) => {
	const clear = useSignal(null);
	const problem = useSignal(null);
	useEffect(() => {
		clear.value = null;
	}, [c.id]);
	const masked = Object.entries(c.image.environment || {});
	const shown = clear.value ? Object.entries(clear.value) : masked;
	const action = { title: "Reveal", method: "GET", path: `/api/containers/${c.id}/environment`, cli: ["env", shortId(c.id)] };
	const reveal = async () => {
		if (!(await confirm({ title: "Show the values?", text: "They may be passwords. The history tells that you have looked.", button: "Show", actions: [action] }))) return;
		problem.value = null;
		api(action.path).then(
			(document) => (clear.value = document.environment),
			(failed) => (problem.value = failed),
		);
	};
	return html`<${Card} title="Environment" aside=${masked.length > 0 && mayReveal() && html`<span class="line tight"><${CopyAs} actions=${[action]} />${clear.value ? html`<${Button} small onClick=${() => (clear.value = null)}>Hide</${Button}>` : html`<${Button} small icon="key" onClick=${reveal}>Reveal</${Button}>`}</span>`}>
		<${Trouble} problem=${problem.value} />
		${shown.length ? html`<dl class="env">${shown.map(([name, value]) => html`<div key=${name}><dt class="break">${name}</dt><dd class="break">${value === "***" && !clear.value ? html`<span class="muted" aria-label="masked">••••••</span>` : value}</dd></div>`)}</dl>` : html`<p class="quiet">${c.managed ? "No variables were given to it." : "Not known: it is not managed."}</p>`}
	</${Card}>`;
};
