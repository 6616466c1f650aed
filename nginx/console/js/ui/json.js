/* json: a document as the API gives it. */
import { html } from "../lib.js";
import { Card, Button, copyText } from "./parts.js";
import { CopyAs } from "./overlay.js";

/* Names, texts and the rest told apart; each piece is text. */
const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const pieces = (text) => {
	const out = [];
	let from = 0;
	for (const match of text.matchAll(token)) {
		out.push(text.slice(from, match.index));
		const kind = match[2] ? "name" : match[1] ? "text" : "value";
		out.push(html`<span class=${"json-" + kind}>${match[1] || match[0]}</span>`, match[2] || "");
		from = match.index + match[0].length;
	}
	out.push(text.slice(from));
	return out;
};

/** @param {{of: object, action: import("./overlay.js").Action}} props action: how to get it otherwise */
export const Json = ({ of, action }) => {
	const text = JSON.stringify(of, null, 2);
	return html`<${Card} title="As the API gives it" flush aside=${html`<span class="line tight"><${CopyAs} actions=${[action]} /><${Button} small icon="copy" onClick=${() => copyText(text)}>Copy</${Button}></span>`}>
		<pre class="json" tabindex="0" aria-label="JSON">${pieces(text)}</pre>
	</${Card}>`;
};
