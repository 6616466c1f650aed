/* fields: what one types into, each with its name, a hint, and what is wrong with it. */
import { html, useRef } from "../lib.js";

let fieldCount = 0;
const useId = () => {
	const id = useRef(null);
	id.current ??= "field-" + ++fieldCount;
	return id.current;
};

const Frame = ({ id, name, hint, fault, children }) => html`
	<div class="field">
		<label class="field-name" for=${id}>${name}</label>
		${children}
		${fault ? html`<p class="field-fault" id=${id + "-about"} role="alert">${fault}</p>` : hint && html`<p class="field-hint" id=${id + "-about"}>${hint}</p>`}
	</div>`;

/** @param {{name: string, value: string, onInput: (text: string) => void, type?: string, hint?: string, fault?: string, placeholder?: string}} props */
export const Field = ({ name, value, onInput, type = "text", hint, fault, ...rest }) => {
	const id = useId();
	return html`<${Frame} id=${id} name=${name} hint=${hint} fault=${fault}>
		<input id=${id} type=${type} value=${value} autocomplete="off" autocapitalize="none" spellcheck=${false} aria-invalid=${fault ? "true" : undefined} aria-describedby=${fault || hint ? id + "-about" : undefined}
			...${rest} onInput=${(event) => onInput(event.currentTarget.value)} />
	</${Frame}>`;
};

/** Several lines. */
export const Area = ({ name, value, onInput, hint, fault, rows = 3, ...rest }) => {
	const id = useId();
	return html`<${Frame} id=${id} name=${name} hint=${hint} fault=${fault}>
		<textarea id=${id} rows=${rows} value=${value} autocomplete="off" spellcheck=${false} aria-invalid=${fault ? "true" : undefined} aria-describedby=${fault || hint ? id + "-about" : undefined}
			...${rest} onInput=${(event) => onInput(event.currentTarget.value)}></textarea>
	</${Frame}>`;
};

/** One of a few. @param {{of: [string, string][]}} props value and words */
export const Choice = ({ name, value, onInput, hint, fault, of }) => {
	const id = useId();
	return html`<${Frame} id=${id} name=${name} hint=${hint} fault=${fault}>
		<select id=${id} value=${value} aria-describedby=${hint ? id + "-about" : undefined} onChange=${(event) => onInput(event.currentTarget.value)}>
			${of.map(([key, words]) => html`<option key=${key} value=${key} selected=${key === value}>${words}</option>`)}
		</select>
	</${Frame}>`;
};
