/* scale: how many of the same there are to be, changed in place. */
import { html, useSignal } from "../lib.js";
import { containers } from "../store.js";
import { Popover, asCli } from "./overlay.js";
import { Button, Copyable } from "./parts.js";
import { perform, ask } from "../act.js";
import { scaleContainer } from "../actions.js";

const COUNT_MAX = 1000;

/** What is asked to scale. @param {{of: object, close: () => void}} props any member of the group */
export const ScaleForm = ({ of, close }) => {
	const group = containers.data.value.filter((c) => c.group && c.group === of.group && c.desired === "running").length;
	const wanted = useSignal(group);
	const set = (value) => (wanted.value = Math.max(0, Math.min(COUNT_MAX, Number.isFinite(value) ? Math.round(value) : 0)));
	const action = scaleContainer(of, wanted.value);
	const submit = async (event) => {
		event.preventDefault();
		close();
		if (wanted.value >= group) await perform([action]);
		else
			await ask([action], {
				title: `Scale to ${wanted.value}?`,
				text: html`<p>${group - wanted.value} of ${group} containers of <strong class="break">${of.image.name}</strong> are destroyed, the newest first.</p>`,
				button: `Destroy ${group - wanted.value}`,
				danger: true,
			});
	};
	return html`<form class="stack scale-panel" onSubmit=${submit}>
		<p>Containers like this one <span class="muted">(now ${group})</span></p>
		<div class="stepper">
			<${Button} icon="minus" label="One less" onClick=${() => set(wanted.value - 1)} />
			<input type="number" inputmode="numeric" min="0" max=${COUNT_MAX} aria-label="How many" value=${wanted.value} onInput=${(event) => set(event.currentTarget.valueAsNumber)} />
			<${Button} icon="plus" label="One more" onClick=${() => set(wanted.value + 1)} />
		</div>
		<${Copyable} text=${asCli([action])} label="as CLI" />
		<${Button} kind="primary" type="submit" disabled=${wanted.value === group}>${wanted.value === group ? "Scale" : `Scale to ${wanted.value}`}</${Button}>
	</form>`;
};

/** @param {{of: object, text?: string}} props any member of the group */
export const Scale = ({ of, text }) => html`
	<${Popover} small=${!text} kind=${text ? "plain" : "ghost"} icon="scale" text=${text} label=${`Scale ${of.name || of.id}`}>${(close) => html`<${ScaleForm} of=${of} close=${close} />`}</${Popover}>`;
